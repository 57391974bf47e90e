"""What its handler changes of a case in one form: kind, haste, state, account, who takes it over, who else may see it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.cards import errors_of
from handlers.effects import Effect, FieldErrors, Notify, Remind
from handlers.events import Submitted
from handlers.facts import Facts
from handlers.incidents import cards, forms, reporting
from handlers.incidents.handling import said_to, touched
from handlers.incidents.links import defanged
from handlers.incidents.record import (
    ENDED,
    HELD,
    OPEN,
    PERSONAL,
    TRANSITIONS,
    Kind,
    Move,
    Record,
    Severity,
    Status,
    may_move,
)
from handlers.incidents.rights import handles
from handlers.incidents.routing import climbs_at, speaks_at
from handlers.masking import veiled

STATES = {Status.TAKEN: Move.INVESTIGATE, Status.WAITING: Move.WAIT, Status.CONTAINED: Move.CONTAIN}
MOST_ADDED = 20
"""People who may be let see a case at a time."""


def manage(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """What the handler changed in one form: each change is a deed of its own."""
    person = facts.person
    if person is None or not handles(record, person):
        return record, cards.refused("incidents/manage")
    form = forms.manage_form(record, facts, event.values)
    values = {f.name: event.values.get(f.name, f.value).strip() for f in form.fields}
    errors = errors_of(form, values)
    offered, problem = _one(values.get("offered", ""), record, facts)
    if problem:
        errors["offered"] = problem
    added, problem = _several(values.get("added", ""), record, facts)
    if problem:
        errors["added"] = problem
    if offered and record.status not in HELD:
        errors.setdefault("offered", "take_first")
    if errors:
        return record, [FieldErrors(form, errors)]
    return _managed(record, event.person, values, offered, added, facts)


def _managed(
    record: Record, person: str, values: Mapping[str, str], offered: str, added: tuple[str, ...], facts: Facts
) -> tuple[Record, list[Effect]]:
    changed = _judged(record, person, values, facts)
    changed, effects = _widened(changed, person, values, added, facts)
    if offered and offered != record.holder:
        changed = touched(changed, Move.OFFER, person, facts, details={"to": offered}, offered=offered)
        effects += [
            Notify(cards.alert_card(changed, facts, "offered"), person=offered, slot="alert", renews=True),
            Remind("offer", climbs_at(changed, facts)),
        ]
    if changed == record:
        return record, [cards.told(record, facts, "unchanged")]
    if changed.status is not record.status:
        effects += said_to(changed, person, "state", facts)
    if changed.kind is not record.kind:
        effects += _of_another_kind(record, changed, facts)
    if changed.status in HELD:
        effects.append(Remind("silent", speaks_at(changed, facts)))
    elif changed.status is Status.REPORTED and changed.severity is not record.severity:
        effects.append(Remind("escalate", climbs_at(changed, facts)))
    # R147 leaves no choice of whom to tell, but the reporter went straight to the IT manager for something else: a person
    # has to decide how the supervisor hears of it.
    untold = changed.kind in PERSONAL and record.kind not in PERSONAL and not (changed.supervisor or changed.excluded)
    # First the old copies: what is said anew keeps why it is said.
    told = cards.told(changed, facts, "managed_untold" if untold else "managed")
    return changed, [told, *cards.refreshed(changed, facts), *effects]


def _of_another_kind(record: Record, changed: Record, facts: Facts) -> list[Effect]:
    """What another kind brings: another time of keeping, and of a threat the supervisor who looks after the person."""
    effects: list[Effect] = []
    if changed.status in {*ENDED, Status.JOINED}:
        effects.append(Remind("erase", reporting.erased_at(changed, facts)))
    if changed.kind in PERSONAL and record.kind not in PERSONAL and changed.supervisor and changed.status in OPEN:
        card = cards.supervisor_card(changed, facts)
        effects.append(Notify(card, person=changed.supervisor, slot="supervisor", renews=True))
        effects += [] if changed.cared else [Remind("care", facts.now + reporting.CARES)]
    return effects


def _judged(record: Record, person: str, values: Mapping[str, str], facts: Facts) -> Record:
    """The case with its kind, haste, state and hold as the handler sees them."""
    changed = record
    kind, severity = Kind(values["kind"]), Severity(values.get("severity", record.severity.value))
    if kind is not record.kind:
        changed = touched(changed, "kind", person, facts, details={"value": kind.value}, kind=kind)
    if severity is not record.severity:
        changed = touched(changed, "severity", person, facts, details={"value": severity.value}, severity=severity)
    state = Status(values["state"]) if values.get("state") else record.status
    move = STATES.get(state)
    if state is not record.status and move and may_move(record, move):
        changed = touched(changed, move, person, facts, status=TRANSITIONS[record.status, move])
    hold = defanged(veiled(values["hold"]))
    if hold != record.hold:
        changed = touched(changed, "held" if hold else "released", person, facts, text=hold, hold=hold)
    return changed


def _widened(
    record: Record, person: str, values: Mapping[str, str], added: tuple[str, ...], facts: Facts
) -> tuple[Record, list[Effect]]:
    """The case with more people who may see it, and with the municipality's account that it is about."""
    changed, effects = record, list[Effect]()
    new = tuple(p for p in added if p not in record.added)
    for one in new:
        changed = touched(changed, "add", person, facts, details={"to": one}, added=(*changed.added, one))
    effects += [Notify(cards.note_card(changed, facts, "added"), person=p, slot="note") for p in new]
    account = values.get("account", record.account)
    account = "" if account == forms.NOBODY else account
    if account != record.account:
        changed = touched(changed, "account", person, facts, account=account)
        effects += reporting.protected(changed, facts)
    return changed, effects


def _one(text: str, record: Record, facts: Facts) -> tuple[str, str]:
    """The person that is meant, and what is wrong with it."""
    if not text:
        return "", ""
    found = facts.people.find(text)
    if len(found) != 1:
        return "", "several" if found else "unknown_person"
    return ("", "excluded") if found[0].id in record.excluded else (found[0].id, "")


def _several(text: str, record: Record, facts: Facts) -> tuple[tuple[str, ...], str]:
    people: list[str] = []
    for line in text.replace(";", "\n").splitlines():
        # A name may hold a comma; ids that a platform chose have commas between them, names that we show semicolons.
        whole = len(facts.people.find(line)) == 1
        for one in [line] if whole else line.split(","):
            person, problem = _one(one.strip(), record, facts)
            if problem:
                return (), problem
            people += [person] if person else []
    return tuple(dict.fromkeys(people))[:MOST_ADDED], ""
