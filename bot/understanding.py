"""What words stand for, given where they were written: a question, a button, a form, or a comment below a card.

The words themselves are understood by `handlers/typed.py`; here is found which record they may be about.
"""

from __future__ import annotations

from bot.addressing import Addressing
from bot.facts import FactFinder
from bot.platforms import Platforms, platform_of
from bot.storage import Store
from handlers.events import Asked, Commented, Event
from handlers.home.typed import is_command
from handlers.typed import meant

BELOW = ("accounts/", "incidents/", "agreements/", "overlays/")
"""Records whose parties may write below their cards."""
ANSWERED = ("team", "chase")
"""The slots of a question's cards before the communications team, below which it is answered."""


class Understanding:
    """Finds what an event means. It reads the store and writes nothing."""

    def __init__(self, store: Store, platforms: Platforms, addressing: Addressing, finder: FactFinder) -> None:
        self._store = store
        self._platforms = platforms
        self._addressing = addressing
        self._finder = finder

    def of(self, event: Event) -> Event:
        """What the words stand for, given where they were written and what was said there before."""
        if not isinstance(event, Asked):
            return meant(event, None)
        public = self._addressing.is_public(event.conversation)
        draft = self._finder.requests.draft(event, public=public)
        offered = self._finder.cases.offered(event)
        last = self._finder.questions.last(event)
        if not draft and not event.addressed:
            return meant(self._in_thread(event), last, draft, offered)
        understood = meant(event, last, draft, offered)
        if draft or understood is not event:
            return understood
        return self._in_thread(event) if public else self._below_a_card(event)

    def takes_part(self, conversation: str) -> bool:
        """Whether the bot is part of a thread, so that words in it are for it also without its name."""
        flows = ("questions", "accounts")
        return self._card_of(conversation) is not None or any(self._store.newest_in(f, conversation, "") for f in flows)

    def _below_a_card(self, event: Asked) -> Event:
        """Words below a request's or a case's card in one's own conversation are said in it, unless they are a command.

        Below is also what quotes the card. So are words in the thread in which a case was told of. Files alone belong to
        the one that was told of last.
        """
        cases = self._finder.cases
        found = self._card_of(event.conversation) or self._quoted(event)
        if found is None and self._root(event.conversation) and (case := cases.told_in(event)):
            found = case, "thread"
        if found is None and event.files and not event.text.strip() and (case := cases.told_by(event.person)):
            found = case, "files"
        if found is None or not found[0].startswith(BELOW) or not found[1] or is_command(event.text):
            return event
        return _comment(found, event)

    def _quoted(self, event: Asked) -> tuple[str, str] | None:
        """The record and the slot of the message that the words quote: a card, or what was said below one."""
        found = self._store.shown(event.below) if event.below else None
        if found is None or found[1].kind not in ("post", "reply"):
            return None
        return found[1].record, found[1].slot or found[1].kind

    def _in_thread(self, event: Asked) -> Event:
        """Words in the thread of a card of the bot's are a comment on its record, unless they name the bot.

        Where it hears only what names it, they are one unless they are a command, as in one's own conversation.
        """
        if event.addressed and not self._comments_by_name(event):
            return event
        found = self._card_of(event.conversation) or self._finder.requests.sent_in(event.conversation)
        if found is None or not found[1] or (event.addressed and not _is_answered_below(*found)):
            return event
        return _comment(found, event)

    def _comments_by_name(self, event: Asked) -> bool:
        platform = self._platforms.get(platform_of(event.conversation))
        among_others = self._addressing.is_public(event.conversation)
        return among_others and platform is not None and not platform.abilities.overhears and not is_command(event.text)

    def _card_of(self, conversation: str) -> tuple[str, str] | None:
        """The record and the slot of the card that the conversation is the thread of."""
        root = self._root(conversation)
        return self._store.post_of(root) if root else None

    def _root(self, conversation: str) -> str:
        platform = self._platforms.get(platform_of(conversation))
        return platform.root(conversation) if platform else ""


def _is_answered_below(record: str, slot: str) -> bool:
    """Whether words that name the bot are said in a record where they stand below its card."""
    return record.startswith(BELOW) or (record.startswith("questions/") and slot in ANSWERED)


def _comment(card: tuple[str, str], event: Asked) -> Commented:
    """What was written below a card, as said in its record."""
    record, slot = card
    return Commented(
        event.key, event.person, event.conversation, record, event.text, slot, thread=event.thread, door=event.door,
        files=event.files,
    )  # fmt: skip
