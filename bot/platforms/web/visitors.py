"""Who a request is from, and which conversations are theirs to see."""

from __future__ import annotations

from starlette.requests import Request

from bot.app import Bot
from bot.platforms.web.platform import WebPlatform
from bot.rendering import Renderer, moment
from handlers.facts import TEAMS, Person


class Visitors:
    """The people of the directory as they open the page, each with the words of their language."""

    def __init__(self, bot: Bot, platform: WebPlatform, renderer: Renderer) -> None:
        self._bot = bot
        self._platform = platform
        self._renderer = renderer

    def of(self, request: Request, *, strict: bool = False) -> Person | None:
        """The person in `?as=`, as `person` tells."""
        return self.person(request.query_params.get("as", ""), strict=strict)

    def person(self, person_id: str, *, strict: bool = False) -> Person | None:
        """Somebody by their id; unless it is `strict`, the first of the directory for an id that is nobody's."""
        everybody = self._bot.directory.everybody
        found = self._bot.directory.person(person_id)
        return found if found or strict or not everybody else everybody[0]

    def may(self, person: Person, conversation: str) -> bool:
        """Whether somebody may see a conversation, and act in it."""
        return conversation in {c["id"] for c in self.conversations(person)}

    def conversations(self, person: Person) -> list[dict[str, str]]:
        """Somebody's own conversation with the bot, and those of their teams: `id`, `name`, `kind`."""
        own = [{"id": self._platform.direct(person.id), "name": "Someopas", "kind": "direct"}]
        teams = [
            {"id": self._platform.channel(team), "name": self.label(f"team.{team}", person), "kind": "team"}
            for team in TEAMS
            if person.in_team(team)
        ]
        return own + teams

    def label(self, name: str, person: Person | None) -> str:
        """A word of the person's language."""
        return self._renderer.label(name, language_of(person))

    def name(self, person_id: str) -> str:
        """What somebody is called in a conversation; the bot for nobody."""
        person = self._bot.directory.person(person_id)
        return person.name if person else "Someopas"

    def time(self, person: Person) -> str:
        """The bot's time, as the person reads it."""
        return moment(self._bot.clock.now().isoformat(), language_of(person))


def language_of(person: Person | None) -> str:
    """The language to show somebody the page in."""
    return (person.language if person else "") or "fi"
