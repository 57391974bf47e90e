"""Reporting (R145–R148): from frightened words to a filed report by one press, and what is told to whom at once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.cards import Card, Text, errors_of, files_in
from handlers.effects import Effect, Fetch, FieldErrors, Forget, Notify, OpenForm, Pass, Remind, Reply, Tell
from handlers.events import Asked, Attachment, Commented, Event, Flagged, Joined, Submitted
from handlers.facts import TEAMS, Facts, Role
from handlers.incidents import cards, forms
from handlers.incidents.aid import severity_of
from handlers.incidents.data import account_of, data_of, keepers
from handlers.incidents.links import defanged, marks_of
from handlers.incidents.record import OPEN, PERSONAL, Deed, Evidence, Kind, Move, Record, Route, Severity, Status
from handlers.incidents.rights import allowed
from handlers.incidents.routing import climbs_at, excluded_by, is_fallback, ladder, supervisor_of
from handlers.masking import veiled
from handlers.teams import COMMUNICATIONS

DRAFT_LASTS = timedelta(hours=24)
"""How long words that were not reported are kept."""
WAVE_LASTS = timedelta(hours=72)
"""How long after a report others of the same link or sender join it."""
CARES = timedelta(minutes=30)
"""Real time until a supervisor who has not opened a threat is told again, and the one above them too (R147)."""
AUTHOR = "author:"
"""How the mark begins that tells who wrote a message that was chosen: others may choose more of theirs."""
MOST_FILES = 30


def offer(event: Asked, kind: Kind, facts: Facts) -> tuple[Record, list[Effect]]:
    """First aid for what the words tell of, and the offer to report it as written."""
    record = _with_text(_draft(event, kind, facts), event.text, facts)
    record, fetched = with_files(record, event.files, event.person, facts)
    return record, [
        Reply(cards.offer_card(record, facts), slot="offer"), *fetched, Remind("forget", facts.now + DRAFT_LASTS),
    ]  # fmt: skip


def flag(event: Flagged, kind: Kind, facts: Facts) -> tuple[Record, list[Effect]]:
    """The form for a message that somebody chose to report, with its words and its address in it (R144: defanged)."""
    author = (f"{AUTHOR}{event.author}",) if event.author else ()
    record = _with_text(replace(_draft(event, kind, facts), marks=author), event.text, facts)
    record, fetched = with_files(record, event.files, event.person, facts)
    values = {"text": record.text, "link": defanged(event.link)}
    form = forms.report_form(record, kind, facts, values)
    return record, [OpenForm(form), *fetched, Remind("forget", facts.now + DRAFT_LASTS)]


def add(record: Record, event: Commented, facts: Facts) -> tuple[Record, list[Effect]]:
    """More words and files for what is not reported yet."""
    text = "\n".join(filter(None, (record.text, event.text.strip())))
    added, fetched = with_files(_with_text(record, text, facts), event.files, event.person, facts)
    return added, [Reply(cards.offer_card(added, facts), slot="offer"), *fetched]


def choose(record: Record | None, kind: Kind, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The form for the kind that was chosen: its first aid stands above what is asked."""
    text = record.text if record else facts.words
    return record, [OpenForm(forms.report_form(record, kind, facts, {"text": text}))]


def submit(record: Record | None, event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A sent form. What it lacks is said at its fields; a secret is taken out of it, which is said but stops nothing."""
    wanted = event.values.get("kind")
    kind = Kind(wanted) if wanted in set(Kind) else record.kind if record else Kind.UNKNOWN
    form = forms.report_form(record, kind, facts, event.values)
    values = {f.name: event.values.get(f.name) or f.value for f in form.fields}
    errors = errors_of(form, values)
    concerned = ""
    if named := values["concerned"].strip():
        found = facts.people.find(named)
        concerned = found[0].id if len(found) == 1 else ""
        if not concerned:
            errors["concerned"] = "several" if found else "unknown_person"
    route = Route(values["route"]) if values.get("route") in set(Route) else Route.BOTH
    if route is Route.IT_MANAGER and kind in PERSONAL:
        errors.setdefault("route", "not_left")  # R147 leaves no choice; one whose supervisor is part of it has another
    if errors:
        return record, [FieldErrors(form, errors)]
    draft = record or _draft(event, kind, facts)
    text = "\n".join(filter(None, (values["text"].strip(), values.get("link", "").strip())))
    account = values.get("account", "")
    draft = replace(
        _with_text(draft, text, facts), kind=kind, route=route,
        concerned="" if facts.person and facts.person.bears(concerned) else concerned,
        account="" if account == forms.NOBODY else account, severity=severity_of(kind),
    )  # fmt: skip
    draft, fetched = with_files(draft, files_in(values.get("files", "")), event.person, facts)
    filed, effects = file(draft, event, facts)
    return filed, [*effects, *fetched]


def report(record: Record, event: Event, route: Route, facts: Facts) -> tuple[Record, list[Effect]]:
    """Report the words as they were written."""
    if route is Route.IT_MANAGER and record.kind in PERSONAL:
        route = Route.BOTH
    # What is against a person is not made known to an account's keepers by a guess (R148): the form asks.
    guess = "" if record.kind in PERSONAL else forms.guessed_account(record.text, facts)
    account = record.account or guess
    return file(replace(record, route=route, account=account), event, facts)


def at_once(event: Asked, kind: Kind, facts: Facts) -> tuple[Record, list[Effect]]:
    """A command with what happened: reported without another press.

    What is against a person is asked about first: the supervisor may be the one (R147).
    """
    if kind in PERSONAL:
        return offer(event, kind, facts)
    record = _with_text(_draft(event, kind, facts), event.text, facts)
    record, fetched = with_files(record, event.files, event.person, facts)
    filed, effects = report(record, event, Route.BOTH, facts)
    return filed, [*effects, *fetched]


def file(draft: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Make a report of a draft: to whom it goes is settled here, once; one of a wave joins the case that leads it."""
    draft = replace(draft, reported_at=facts.now, excluded=excluded_by(draft, facts))
    if leader := _leader(draft, facts):
        return _join(draft, leader, event, facts)
    return settled(replace(draft, status=Status.REPORTED), event.person, facts)


def settled(record: Record, person: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """A report on its way: the IT manager, the supervisor, the account's keepers, and the reporter are told at once."""
    supervisor = supervisor_of(record, facts) if record.route in (Route.BOTH, Route.TOLD) else None
    people = ladder(record, facts, 0)
    history = [*record.history, Deed(facts.now, person, Move.REPORT, details={"value": record.route.value})]
    if supervisor and record.last("duty") is None:
        history.append(_duty(supervisor.id, facts))
    filed = replace(
        record, told=tuple(p.id for p in people), level=0, fallback=is_fallback(record, facts),
        supervisor=supervisor.id if supervisor else "", history=tuple(history),
    )  # fmt: skip
    effects: list[Effect] = [
        _confirmed(filed, facts),
        *alerts(filed, facts, "new"),
        Remind("escalate", climbs_at(filed, facts)),
        Forget("forget"),
    ]
    if supervisor:
        effects.append(Notify(cards.supervisor_card(filed, facts), person=supervisor.id, slot="supervisor"))
        effects += [Remind("care", facts.now + CARES)] if filed.kind in PERSONAL else []
    if filed.concerned:
        effects.append(Notify(cards.note_card(filed, facts, "concerned"), person=filed.concerned, slot="note"))
    return filed, [*effects, *protected(filed, facts), *_without_manager(filed, facts)]


def _duty(supervisor: str, facts: Facts) -> Deed:
    """R146: what a supervisor must always do is done with the report itself."""
    return Deed(facts.now, "", "duty", details={"to": supervisor, "rule": "R146"})


def _confirmed(record: Record, facts: Facts) -> Effect:
    """The reporter's lasting message: the one visible reply to the report, kept up to date."""
    card = cards.state_card(record, facts)
    return Tell(card, record.reporter, record.conversation, slot="state", language=record.language)


def alerts(record: Record, facts: Facts, why: str, *, late: bool = False) -> list[Effect]:
    """The case to each who has it to take. One that still waits to be sent is not sent beside the newer one."""
    card = cards.alert_card(record, facts, why, late=late)
    return [Notify(card, person=p, slot="alert", renews=True) for p in record.told]


def protected(record: Record, facts: Facts) -> list[Effect]:
    """A municipality's own account: communications and its other administrators are told what to do, and no more."""
    if not record.account:
        return []
    account = account_of(record, facts)
    card = cards.protect_card(record, facts)
    others = [p for p in (keepers(account) if account else ()) if p not in (record.reporter, *record.excluded)]
    return [*_communications(record, card, facts), *(Notify(card, person=p) for p in others)]


def _communications(record: Record, card: Card, facts: Facts) -> list[Effect]:
    """The team in its channel; one by one where somebody who must not know of it is in the team."""
    roles = TEAMS[COMMUNICATIONS]
    team = {p.id: p for r in roles for p in (*facts.people.holders(r), *facts.people.deputies(r))}
    if not set(team) & set(record.excluded):
        return [Notify(card, team=COMMUNICATIONS)]
    return [Notify(card, person=p.id) for p in allowed(record, team.values()) if not p.away]


def _without_manager(record: Record, facts: Facts) -> list[Effect]:
    """Where no IT manager and no deputy is there: the administrators are told so, by its number alone."""
    if not record.fallback:
        return []
    card = Card("incidents/unheld", (Text("nobody"),), data_of(record, facts))
    return [Notify(card, person=p.id) for p in facts.people.holders(Role.ADMINISTRATOR) if p.id not in record.excluded]


# ── one wave ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _leader(draft: Record, facts: Facts) -> Record | None:
    """The open case of the same wave. What is against a person, or has to be hidden from somebody, is nobody's wave."""
    if draft.kind in PERSONAL or draft.route is Route.NOT_SUPERVISOR or draft.concerned:
        return None
    mine = set(draft.marks)
    for case in facts.open_cases:
        alike = case.status in OPEN and not case.excluded and mine & set(case.marks) and _goes_with(draft, case)
        if alike and case.reported_at and facts.now - case.reported_at <= WAVE_LASTS:
            return case
    return None


def _goes_with(draft: Record, case: Record) -> bool:
    """Whether a report is of the kind of a case, or says less; what is urgent goes with nothing that is not."""
    known = draft.kind is case.kind or draft.kind in (Kind.UNKNOWN, Kind.OTHER)
    return known and case.kind not in PERSONAL and not (draft.severity is Severity.HIGH is not case.severity)


def _join(draft: Record, leader: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    deed = Deed(facts.now, event.person, Move.JOIN, details={"value": leader.number})
    supervisor = supervisor_of(draft, facts) if draft.route in (Route.BOTH, Route.TOLD) else None
    joined = replace(
        draft, status=Status.JOINED, leader=leader.key, supervisor=supervisor.id if supervisor else "",
        history=(*draft.history, deed, *((_duty(supervisor.id, facts),) if supervisor else ())),
    )  # fmt: skip
    told = Joined(f"{event.key}:joined", event.person, "", leader.key, joined.key, joined.reporter)
    effects: list[Effect] = [
        Tell(
            cards.state_card(joined, facts), joined.reporter, joined.conversation, slot="state", language=joined.language
        ),
        Pass(told),
        Forget("forget"),
        Remind("erase", erased_at(joined, facts)),
        *protected(joined, facts),
    ]
    if supervisor:
        effects.append(Notify(cards.supervisor_card(joined, facts), person=supervisor.id, slot="supervisor"))
    return joined, effects


def erased_at(record: Record, facts: Facts) -> datetime:
    """When a case is erased (UTC): so many months after it was closed, or joined another, by its kind."""
    closed = record.resolved_at or record.reported_at or facts.now
    months = closed.month - 1 + facts.plan.months(record.kind.value)
    return closed.replace(year=closed.year + months // 12, month=months % 12 + 1, day=min(closed.day, 28))


# ── the words and the files ─────────────────────────────────────────────────────────────────────────────────────────


def _draft(event: Event, kind: Kind, facts: Facts) -> Record:
    return Record(
        key=event.record, reporter=event.person,
        conversation=event.conversation, language=facts.language, made_at=facts.now, thread=event.thread, kind=kind,
        severity=severity_of(kind),
    )  # fmt: skip


def _with_text(record: Record, text: str, facts: Facts) -> Record:
    """The record with what happened, without secrets (R86, R139) and with no link that opens (R144)."""
    clean = veiled(text.strip())
    # Many things may happen on an account of the municipality's own: its address makes no wave of them.
    own = {mark for account in facts.register for mark in marks_of(account.address, ())}
    authors = tuple(mark for mark in record.marks if mark.startswith(AUTHOR))
    marks = (*authors, *(mark for mark in marks_of(clean, facts.domains) if mark not in own))
    hidden = record.veiled or clean != text.strip()
    return replace(record, text=defanged(clean)[: forms.KEPT], veiled=hidden, marks=marks)


def with_files(record: Record, files: tuple[Attachment, ...], person: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """The record with files that are to be put by; what lies on a page of ours already has its checksum."""
    known = {e.source for e in record.evidence}
    new = [f for f in files if f.source not in known][: max(MOST_FILES - len(record.evidence), 0)]
    kept = tuple(
        Evidence(f.source, veiled(f.name)[:200], person, facts.now, f.size, _checksum(f.source)) for f in new
    )  # fmt: skip
    return replace(record, evidence=(*record.evidence, *kept)), [
        Fetch(replace(f, name=veiled(f.name))) for f in new if not _checksum(f.source)
    ]  # fmt: skip


def _checksum(source: str) -> str:
    """The SHA-256 of a file that was put by before it came here, "" for one that lies elsewhere."""
    platform, _, name = source.partition(":")
    return name if platform == "web" and re.fullmatch("[0-9a-f]{64}", name) else ""
