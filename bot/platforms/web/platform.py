"""The web as a `Platform`: conversations lie in the store, and open pages are told when one changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import TypeAdapter

from bot.clock import Clock
from bot.platforms import Abilities, Refused
from bot.rendering import CardShown
from bot.storage import Said, Store
from handlers.agreements.typed import refuses
from handlers.masking import veiled

SHOWN = 100
"""Messages of a conversation that a page shows."""
CARDS_SHOWN = TypeAdapter(CardShown)


class WebPlatform:
    """Keeps messages in the store's embedded chat. `changed` is called with the conversation after each change."""

    name = "web"
    abilities = Abilities(whispers=True, seeks=False)

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.changed: Callable[[str], None] = lambda _: None

    def direct(self, person: str) -> str:
        """The conversation of the bot and this person alone."""
        return f"web:dm:{person}"

    def channel(self, team: str) -> str:
        """The conversation of a team."""
        return f"web:team:{team}"

    def is_direct(self, conversation: str) -> bool:
        """Whether the conversation is one person's own with the bot."""
        return conversation.startswith("web:dm:")

    def home(self, person: str) -> str:
        """There are no home views here: `omat` shows the same in the conversation."""
        return self.direct(person)

    def lane(self, conversation: str, person: str) -> str:  # noqa: ARG002 - the web has no pace to keep
        """Each conversation by itself."""
        return conversation

    def root(self, conversation: str) -> str:  # noqa: ARG002 - the web has no threads
        """No conversation is a thread here."""
        return ""

    def below(self, conversation: str, message: str) -> str:  # noqa: ARG002 - the web has no threads
        """The same conversation: there are no threads here."""
        return conversation

    def fetch(self, source: str) -> Iterator[bytes]:
        """Never needed: what a page sends is put by before the form is."""
        raise Refused(f"{source}: files of the page are not fetched")

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002 - no doors here
        """Add a card to a conversation."""
        return self._say(conversation, card, key, only_for="")

    def show_home(self, person: str, card: CardShown) -> None:
        """Never called: `abilities` tells that there are no home views."""
        raise Refused(f"{person}: the web has no home views ({card.name})")

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002
        """Add a card that only one person sees."""
        return self._say(conversation, card, key, only_for=person)

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        """Change a card in a conversation."""
        self._store.edit(int(message), CARDS_SHOWN.dump_json(card).decode(), self._clock.now())
        self.changed(conversation)

    def hear(self, conversation: str, person: str, text: str, key: str) -> None:
        """Add what a person wrote, without what must not be kept; of words that refuse a consent nothing is (R77)."""
        if refuses(text):
            return
        said = {
            "conversation": conversation,
            "author": person,
            "text": veiled(text),
            "card": "",
            "language": "",
            "only_for": "",
        }
        self._store.say({**said, "key": f"said:{person}:{key}"}, self._clock.now())
        self.changed(conversation)

    def messages(self, conversation: str, reader: str) -> list[tuple[Said, CardShown | None]]:
        """What a reader sees of a conversation's last part, oldest first, each with its card where the bot spoke."""
        return [
            (said, CARDS_SHOWN.validate_json(said.card) if said.card else None)
            for said in self._store.said([conversation], reader, SHOWN)
        ]

    def _say(self, conversation: str, card: CardShown, key: str, only_for: str) -> str:
        said = {
            "conversation": conversation,
            "author": "",
            "text": "",
            "card": CARDS_SHOWN.dump_json(card).decode(),
            "language": card.language,
            "only_for": only_for,
            "key": key,
        }
        number = self._store.say(said, self._clock.now())
        self.changed(conversation)
        return str(number)
