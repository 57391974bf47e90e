"""Home views brought up to date: which people's change with what happened, on each platform that has such views."""

from __future__ import annotations

from bot.clock import Clock
from bot.directory import Directory
from bot.platforms import Platforms
from bot.storage import Store, Unit
from handlers.facts import TEAMS, Role
from handlers.incidents.rights import is_manager


class Homes:
    """Has home views renewed, in the transaction of what changed them; the sender makes each as it is when it is sent."""

    def __init__(self, store: Store, directory: Directory, platforms: Platforms, clock: Clock) -> None:
        self._store = store
        self._directory = directory
        self._platforms = platforms
        self._clock = clock

    def renew(self, person: str, unit: Unit, *, opened: bool = False) -> None:
        """Renew somebody's view, which they may just have `opened`."""
        for platform in self._platforms.values():
            if platform.abilities.homes:
                unit.renew_home(person, platform.home(person), self._clock.now(), opened=opened)

    def renew_all(self, unit: Unit) -> None:
        """Renew every view that was ever opened."""
        for person in self._store.homes():
            self.renew(person, unit)

    def renew_administrators(self, unit: Unit) -> None:
        """Renew the administrators' views, and their deputies'."""
        for person in self._directory.everybody:
            if Role.ADMINISTRATOR in person.roles | person.deputy_for:
                self.renew(person.id, unit)

    def renew_after(self, concerned: set[str], unit: Unit) -> None:
        """Renew the views of those concerned by a change, and of everybody in a team: its lists may have changed."""
        for person_id in self._store.homes():
            person = self._directory.person(person_id)
            if person_id in concerned or is_manager(person) or (person and any(person.in_team(team) for team in TEAMS)):
                self.renew(person_id, unit)
