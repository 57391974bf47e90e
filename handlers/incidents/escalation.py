"""What happens by itself: silence climbs until a named person has the case, and erasing waits for no hand (R146)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.cards import Card, Text
from handlers.effects import Effect, Forget, Notify, Purge, Remind, Replace
from handlers.events import Elapsed, Event, Joined, Secured, Undelivered
from handlers.facts import Facts, Role
from handlers.incidents import cards, clocks, handling, reporting
from handlers.incidents.data import data_of
from handlers.incidents.record import ENDED, HELD, OPEN, Deed, Message, Move, Record, Status, Twin, may_move, stripped
from handlers.incidents.rights import UNSEEN, allowed, parties
from handlers.incidents.routing import TOP, climbs_at, holders_of, ladder, speaks_at

COUNTED = timedelta(minutes=5)
"""A wave is spoken of no more often than this, however fast it grows."""
HELD_AGAIN = timedelta(days=30)
"""How often a case with a legal hold is looked at again."""


def elapsed(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A timer of the case fell due."""
    match event.timer:
        case "forget":
            return forget(record, facts)
        case "escalate" if record.status is Status.REPORTED:
            return climb(record, facts, late=event.late)
        case "silent" if record.status in HELD:
            return silent(record, facts, late=event.late)
        case "offer" if record.status in HELD and record.offered:
            return unanswered(record, facts)
        case "count" if record.status in OPEN:
            return count(record, facts)
        case "care" if record.status in OPEN and not record.cared:
            return uncared(record, facts)
        case "gdpr" | "nis2":
            return clocks.remind(record, event, facts)
        case "review" if record.status is Status.RESOLVED:
            card = cards.note_card(record, facts, "review")
            again = Remind("review", facts.working_time.after(facts.now, handling.REVIEW_AFTER))
            return record, [*(Notify(card, person=p, slot="note") for p in holders_of(record, facts)), again]
        case "erase":
            return erase(record, facts)
        case _:
            return record, []


def climb(record: Record, facts: Facts, *, late: bool) -> tuple[Record, list[Effect]]:
    """Nobody has taken it: the next level is told, and those before once more; the reporter hears that it went on."""
    if record.unreached and not ladder(record, facts, TOP):
        record = replace(record, unreached=())  # nobody was reached: everybody is tried again, until somebody is
    level = min(record.level + 1, TOP)
    people = dict.fromkeys(p.id for p in ladder(record, facts, level))
    if level < TOP and set(people) <= set(record.told):
        level = TOP  # there is nobody between: no quarter of an hour is waited for them
        people = dict.fromkeys(p.id for p in ladder(record, facts, level))
    told = dict.fromkeys((*record.told, *people))
    known = tuple(p for p in told if p not in record.unreached)
    climbed = replace(record, level=level, told=known, history=_with_climb(record, level, facts, late=late))
    effects = [
        *reporting.alerts(climbed, facts, "untaken", late=late),
        Replace("state", cards.state_card(climbed, facts)),
    ]
    if set(known) - set(record.told):
        effects += handling.follow(climbed, cards.note_card(climbed, facts, "climbed", late=late), (record.reporter,))
    return climbed, [*effects, Remind("escalate", climbs_at(climbed, facts))]


def silent(record: Record, facts: Facts, *, late: bool) -> tuple[Record, list[Effect]]:
    """Its holder has done nothing for long: they are reminded, and when that does not help, those above are told."""
    again = Remind("silent", speaks_at(record, facts))
    if not record.stale:
        deed = Deed(facts.now, "", "reminded", details={"late": "yes"} if late else {})
        card = cards.note_card(record, facts, "silent", late=late)
        reminded = replace(record, stale=True, history=(*record.history, deed))
        return reminded, [*(Notify(card, person=p, slot="note") for p in holders_of(record, facts)), again]
    level = min(record.level + 1, TOP)
    people = dict.fromkeys((*record.told, *(p.id for p in ladder(record, facts, level))))
    told = tuple(p for p in people if p not in record.unreached)
    climbed = replace(record, told=told, level=level, history=_with_climb(record, level, facts, late=late))
    card = cards.alert_card(climbed, facts, "gone_silent", late=late)
    return climbed, [*(Notify(card, person=p, slot="alert", renews=True) for p in told), again]


def unanswered(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Who was asked to take it over has not: it stays with its holder, who is told."""
    card = cards.note_card(record, facts, "not_answered")
    kept = replace(
        record, offered="", history=(*record.history, Deed(facts.now, "", "kept", details={"to": record.offered}))
    )
    told = [Notify(card, person=p, slot="note") for p in holders_of(record, facts)]
    return kept, [*told, *cards.refreshed(kept, facts)]


def uncared(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The supervisor has not opened a threat against one of theirs: they are told again (R147).

    Their deputy and the one above hear that they are to make sure of it: number and kind, as the case is not theirs.
    """
    told = facts.people.person(record.supervisor) if record.supervisor else None
    above = [facts.people.person(i) for i in ((told.deputy, told.supervisor) if told else ()) if i]
    others = [p for p in allowed(record, above) if p.id not in (record.reporter, record.concerned)]
    said = replace(record, history=(*record.history, Deed(facts.now, "", "uncared", details={"to": record.supervisor})))
    again: list[Effect] = [
        Notify(cards.supervisor_card(said, facts), person=p.id, slot="supervisor", renews=True)
        for p in allowed(record, [told])
    ]
    card = Card("incidents/unheld", (Text("uncared"),), data_of(said, facts))
    return said, [*again, *(Notify(card, person=p.id) for p in others)]


def _with_climb(record: Record, level: int, facts: Facts, *, late: bool) -> tuple[Deed, ...]:
    """The timeline with this climb; one that only says the same again is counted in the line of the one before."""
    before = record.history[-1] if record.history else None
    again = before is not None and before.move == "escalate" and before.details.get("value") == str(level)
    times = int(before.details.get("times", "1")) + 1 if before and again else 1
    details = {"value": str(level), "times": str(times)} | ({"late": "yes"} if late else {})
    deed = Deed(facts.now, "", "escalate", details=details)
    return (*record.history[:-1], deed) if again else (*record.history, deed)


# ── a wave ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def joined(record: Record, event: Joined, facts: Facts) -> tuple[Record, list[Effect]]:
    """Another report of the same wave. Where the case was closed meanwhile, it is opened again: no report is lost."""
    if record.status in UNSEEN:
        return record, []
    if not event.reporter:
        return _left(record, event, facts)
    if event.said:
        return _twin_said(record, event, facts)
    if any(t.key == event.other for t in record.twins):
        return record, []
    twin = Twin(event.other, event.reporter, facts.now)
    more = replace(
        record, twins=(*record.twins, twin),
        history=(*record.history, Deed(facts.now, "", "joined", details={"value": event.other.rpartition("/")[2]})),
    )  # fmt: skip
    if record.status in ENDED:
        return handling.reopened(more, "", "", facts, answered=False)
    if record.counted_at is None or facts.now - record.counted_at >= COUNTED:
        return count(more, facts)
    return more, [Remind("count", record.counted_at + COUNTED)]


def _twin_said(record: Record, event: Joined, facts: Facts) -> tuple[Record, list[Effect]]:
    """Words of another reporter of the wave, for whoever has the case."""
    words = (Message(facts.now, event.reporter, event.text),) if event.text else ()
    said = replace(
        record, messages=(*record.messages, *words)[-handling.KEPT_MESSAGES:],
        history=(*record.history, Deed(facts.now, event.reporter, "files" if event.files else "message")),
    )  # fmt: skip
    if record.status in ENDED:
        return handling.reopened(said, "", "", facts, answered=False)
    card = handling.said_card(said, event.reporter, event.text, event.files, facts)
    return said, handling.follow(said, card, _having(record))


def _left(record: Record, event: Joined, facts: Facts) -> tuple[Record, list[Effect]]:
    """A report that was no part of the wave is a case of its own: what its reporter wrote went with it."""
    gone = next((t for t in record.twins if t.key == event.other), None)
    if gone is None:
        return record, []
    twins = tuple(t for t in record.twins if t.key != event.other)
    theirs = {gone.reporter} - {t.reporter for t in twins} - set(parties(record))
    deed = Deed(facts.now, event.person, Move.SPLIT, details={"value": event.other.rpartition("/")[2]})
    return replace(
        record, twins=twins, messages=tuple(m for m in record.messages if m.person not in theirs),
        history=(*(d for d in record.history if d.person not in theirs), deed),
    ), []  # fmt: skip


def _having(record: Record) -> tuple[str, ...]:
    return (record.holder,) if record.holder else record.told


def count(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """How many reports there are now, to whoever has the case: at most one message in five minutes."""
    counted = replace(record, counted_at=facts.now)
    card = cards.note_card(counted, facts, "wave")
    return counted, [*(Notify(card, person=p, slot="wave", renews=True) for p in _having(record)), Forget("count")]


# ── what the platforms and the auditor tell ─────────────────────────────────────────────────────────────────────────


def undelivered(record: Record, event: Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """Who was to take the case could not be reached: it goes on to the next at once, and the reporter is told."""
    if record.status not in OPEN or event.slot not in ("alert", "supervisor"):
        return record, []
    if event.slot == "supervisor":
        return _supervisor_missed(record, event.receiver, facts)
    lost = replace(
        record, unreached=tuple(dict.fromkeys((*record.unreached, event.receiver))),
        told=tuple(p for p in record.told if p != event.receiver),
        history=(*record.history, Deed(facts.now, "", "unreached", details={"to": event.receiver})),
    )  # fmt: skip
    if record.status in HELD:
        return lost, []
    people = tuple(p.id for p in ladder(lost, facts, lost.level))
    new = [p for p in people if p not in lost.told]
    routed = replace(lost, told=tuple(dict.fromkeys((*lost.told, *people))), fallback=lost.fallback or not lost.told)
    card = cards.alert_card(routed, facts, "new")
    effects: list[Effect] = [Notify(card, person=p, slot="alert", renews=True) for p in new]
    effects += handling.follow(routed, cards.note_card(routed, facts, "unreached"), (record.reporter,))
    return routed, [*effects, Replace("state", cards.state_card(routed, facts)), *_told_administrators(routed, facts)]


def _supervisor_missed(record: Record, supervisor: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """A supervisor who cannot be reached: the one above them is told in their place, and whoever has the case knows."""
    missed = facts.people.person(supervisor)
    above = [facts.people.person(i) for i in ((missed.deputy, missed.supervisor) if missed else ()) if i]
    missing = {d.details.get("to") for d in record.history if d.move == "unreached"}  # two may stand in for one another
    known = {record.reporter, record.concerned, supervisor} | missing
    found = [p for p in allowed(record, above) if p.id not in known][:1]
    deed = Deed(facts.now, "", "unreached", details={"to": supervisor})
    changed = replace(record, supervisor=found[0].id if found else "", history=(*record.history, deed))
    if not found:
        lost = cards.note_card(changed, facts, "supervisor_unreached")
        told = [Notify(lost, person=p, slot="note") for p in _having(record)]
        return changed, [*told, *_told_administrators(changed, facts)]
    card = cards.supervisor_card(changed, facts)
    return changed, [Notify(card, person=p.id, slot="supervisor") for p in found]


def _told_administrators(record: Record, facts: Facts) -> list[Effect]:
    card = Card("incidents/unheld", (Text("unreached"),), data_of(record, facts))
    return [Notify(card, person=p.id) for p in allowed(record, facts.people.holders(Role.ADMINISTRATOR))]


def unattended(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: ARG001 - one shape
    """The auditor found an open case that nothing would wake: it is woken, and the administrators are told."""
    if record.status not in OPEN:
        return record, []
    if record.status in HELD and not record.holder:
        record = replace(record, status=Status.REPORTED)  # whoever had it is not known any more: it is to be taken
    timer = "escalate" if record.status is Status.REPORTED else "silent"
    card = Card("incidents/unheld", (Text("unattended"),), data_of(record, facts))
    found = replace(record, history=(*record.history, Deed(facts.now, "", "unattended")))
    people = allowed(record, facts.people.holders(Role.ADMINISTRATOR))
    return found, [*(Notify(card, person=p.id) for p in people), Remind(timer, facts.now)]


def secured(record: Record, event: Secured, facts: Facts) -> tuple[Record, list[Effect]]:
    """A file was put by, with its checksum; or it could not be had, which whoever sent it is told."""
    found = next((e for e in record.evidence if e.source == event.source), None)
    if found is None:
        # It came when the case was erased or forgotten already: nothing would ever take it off the disk.
        return record, [Purge((event.sha256,))] if event.sha256 and record.status in UNSEEN else []
    if found.sha256:
        return record, []
    kept = replace(found, sha256=event.sha256, size=event.size or found.size, lost=not event.sha256)
    changed = replace(record, evidence=tuple(kept if e.source == event.source else e for e in record.evidence))
    if event.sha256:
        return changed, []
    card = cards.note_card(changed, facts, "file_lost", file=found.name)
    return changed, [Notify(card, person=found.person, slot="note")]


# ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def forget(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Words that were never reported are kept no longer."""
    if not may_move(record, Move.FORGET):
        return record, []
    files = tuple(e.sha256 for e in record.evidence if e.sha256)
    gone = replace(stripped(record), status=Status.FORGOTTEN, evidence=())
    card = Card("incidents/told", (Text("dropped"),), data_of(gone, facts))
    return gone, [Replace("offer", card), Purge(files), Forget("forget")]


def erase(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The time of keeping is over: only kind and days are left. A legal hold, its leader's too, stops it."""
    if not may_move(record, Move.ERASE):
        return record, []
    leading = next((c for c in facts.cases if c.key == record.leader), None)
    if record.hold or (leading and (leading.hold or leading.status in OPEN)):
        return record, [Remind("erase", facts.now + HELD_AGAIN)]
    files = tuple(e.sha256 for e in record.evidence if e.sha256)
    first = next((d for d in record.history if d.move == Move.TAKE), None)
    gone = Record(
        record.key, "", "", record.language, record.made_at, record.version, Status.ERASED, kind=record.kind,
        severity=record.severity, reported_at=record.reported_at, resolved_at=record.resolved_at,
        history=(Deed(first.at, "", Move.TAKE),) if first else (),
    )  # fmt: skip
    return gone, [*cards.erased(gone, facts), Purge(files), Forget("review"), Forget("gdpr"), Forget("nis2")]
