"""A security incident, from frightened words to its erasing (R145–R148).

The table of its life is `record.TRANSITIONS`; who may see and do what is `rights`; who is told is `routing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from handlers.cards import Card, Text
from handlers.effects import Effect, Notify, OpenForm, Reply, Whisper
from handlers.events import (
    Asked,
    Commented,
    Elapsed,
    Event,
    Flagged,
    Joined,
    Pressed,
    Secured,
    Submitted,
    Unattended,
    Undelivered,
)
from handlers.facts import Facts, name_of
from handlers.incidents import cards, clocks, escalation, handling, managing, reporting
from handlers.incidents.record import OPEN, Kind, Record, Route, Status, stripped
from handlers.incidents.rights import handles, is_manager, sees
from knowledge.answers import Intent, Outcome

KIND_WORDS: Mapping[Kind, str] = MappingProxyType({
    Kind.IDENTITY_THEFT: "identiteettivarkaus väärennös valetili identitetsstöld förfalskning identity theft forgery",
    Kind.PHISHING: "kalastelu huijaus nätfiske bluff phishing scam",
    Kind.MALWARE: "haittaohjelma virus skadeprogram malware",
    Kind.THREAT: "uhkaus uhkailu hot threat",
    Kind.HARASSMENT: "häirintä trakasserier harassment",
    Kind.ACCOUNT_TAKEOVER: "tilin kaappaus kaapattu kapning account takeover",
    Kind.OTHER: "muu annan other",
    Kind.UNKNOWN: "epäselvä oklart unknown",
})  # fmt: skip
"""By which words a kind is searched for, in the three languages."""
FORMS = ("incidents/write", "incidents/manage", "incidents/resolve", "incidents/reopen", "incidents/review")


def key_of(record: str) -> str:
    """The case's key; a form adds `@` and what it is for."""
    return record.partition("@")[0]


def begins(event: Event) -> bool:
    """Whether the event makes a new case: words, a message that was chosen, a form that is no draft's."""
    if isinstance(event, Submitted):
        return event.form == "incidents/report" and "@draft" not in event.record
    return isinstance(event, Asked | Flagged)


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words tell of an incident, or ask to report one."""
    answer = facts.answer
    if facts.person is None:
        return False  # whoever asks without a conversation can be answered, and not be told what becomes of a report
    if event.addressed and event.files and not event.text.strip():
        return True
    if answer is None or answer.intent is not Intent.INCIDENT:
        return False
    # A question that the guideline answers is answered; its answer has a button that goes on from its words.
    asks = answer.outcome is not Outcome.FLOW and event.text.rstrip().endswith("?")
    return bool(event.intent) or not asks


def journalled(record: Record) -> Record:
    """What the journal keeps of a case: who did what and when, and nothing that was written or handed in."""
    return stripped(record)


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a case; see the module for its life."""
    decided, effects = _decided(record, event, facts)
    # A form is kept as the answer to its delivery, which may come again: it holds no secret (R86, R139).
    return decided, [cards.without_secrets(e) for e in effects]


def _decided(  # noqa: C901 - the table of what is looked at first: a line for each case
    record: Record | None, event: Event, facts: Facts
) -> tuple[Record | None, list[Effect]]:
    if begins(event):
        return _begin(event, facts)
    match event:
        case Pressed(action="incidents/begin"):
            return None, [Reply(cards.start_card(facts, event.value))]
        case Pressed(action="incidents/choose") if record is None and "incidents/" not in event.record:
            return reporting.choose(None, _kind(event.value), facts)
        case Pressed(action="incidents/list", value=words) if record is None:
            return None, _listed(words, facts)
        case Pressed(action="incidents/figures"):
            return None, _figures(facts)
        case _ if record is None:
            return None, _gone(event)
        case Elapsed() | Undelivered() | Joined() | Secured() | Unattended():
            return _of_itself(record, event, facts)
        case Submitted(form="incidents/report") if record.status is Status.FORGOTTEN and _is_reporter(record, facts):
            # The words were dropped, or lay too long, while this form was open: what is sent is a report all the same.
            again = replace(record, status=Status.DRAFT, conversation=event.conversation, thread=event.thread)
            filed, effects = reporting.submit(again, event, facts)
            return record if filed is again else filed, effects
        case Pressed() if record.status is Status.FORGOTTEN and facts.person and facts.person.bears(record.reporter):
            return record, [Reply(cards.start_card(facts))]
        case _ if not sees(record, facts.person, facts):
            # In a thread that others see people talk with one another; in one's own somebody waits for an answer.
            return record, [] if isinstance(event, Commented) and facts.public else cards.refused(_name(event))
        case _ if record.status is Status.DRAFT:
            return _of_a_draft(record, event, facts)
        case _:
            return _of_people(record, event, facts)


def _begin(event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    if facts.person is None or facts.person.standing == "stranger":
        return None, [Whisper(Card("incidents/refused", (Text("stranger"),)))]
    match event:
        case Asked(intent=Intent.INCIDENT, text=text) if text.strip():
            return reporting.at_once(event, _suggested(facts), facts)
        case Asked(intent=Intent.INCIDENT) if not event.files:
            return None, [Reply(cards.start_card(facts))]
        case Asked():
            return reporting.offer(event, _suggested(facts), facts)
        case Flagged():
            return reporting.flag(event, _suggested(facts), facts)
        case Submitted():
            return reporting.submit(None, event, facts)
        case _:
            return None, _gone(event)


def _suggested(facts: Facts) -> Kind:
    """The kind that the words suggest; where they suggest none, nobody has to know (R145: a suspicion is enough)."""
    kind = facts.answer.incident_type if facts.answer else None
    return Kind(kind.value) if kind and kind.value != Kind.OTHER else Kind.UNKNOWN


def _kind(value: str) -> Kind:
    return Kind(value) if value in set(Kind) else Kind.UNKNOWN


def _of_itself(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """What the clock, the platforms, the auditor and other cases tell."""
    match event:
        case Elapsed():
            return escalation.elapsed(record, event, facts)
        case Undelivered():
            return escalation.undelivered(record, event, facts)
        case Joined():
            return escalation.joined(record, event, facts)
        case Secured():
            return escalation.secured(record, event, facts)
        case _:
            return escalation.unattended(record, event, facts)


def _of_a_draft(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """What its writer does with words that are not reported yet."""
    match event:
        case Pressed(action="incidents/report", value=route):
            return reporting.report(record, event, Route(route) if route in set(Route) else Route.BOTH, facts)
        case Pressed(action="incidents/form"):
            changed, effects = reporting.choose(record, record.kind, facts)
            return changed or record, effects
        case Pressed(action="incidents/choose", value=kind):
            changed, effects = reporting.choose(record, _kind(kind), facts)
            return changed or record, effects
        case Pressed(action="incidents/drop"):
            dropped, effects = escalation.forget(record, facts)
            return dropped, [cards.told(dropped, facts, "dropped"), *effects]
        case Submitted(form="incidents/report"):
            changed, effects = reporting.submit(record, event, facts)
            return changed or record, effects
        case Commented():
            return reporting.add(record, event, facts)
        case _:
            return record, [Reply(cards.offer_card(record, facts), slot="offer")]


def _of_people(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: C901 - the table of the flow: a line for each event it knows
    match event:
        case Pressed(action="incidents/show" | "incidents/list"):
            shown = cards.privately(cards.case_card(record, facts), record, facts, "case")
            looks = facts.person is not None and bool(record.supervisor) and facts.person.bears(record.supervisor)
            return replace(record, cared=record.cared or looks), shown
        case Pressed(action="incidents/document"):
            whole = cards.case_card(record, facts, whole=True)
            return record, cards.privately(whole, record, facts, "document")
        case Pressed(action="incidents/take"):
            return handling.take(record, event, facts)
        case Pressed(action=action) if action in FORMS:
            return handling.opening(record, event, facts)
        case Pressed(action="incidents/split"):
            return handling.split(record, event, facts)
        case Pressed(action="incidents/law" | "incidents/clock" | "incidents/notice" | "incidents/noticed"
                     | "incidents/unneeded"):  # fmt: skip
            return _of_the_law(record, event, facts)
        case Commented() | Submitted(form="incidents/write"):
            return handling.write(record, event, facts)
        case Submitted(form="incidents/manage"):
            return managing.manage(record, event, facts)
        case Submitted(form="incidents/resolve"):
            return handling.resolve(record, event, facts)
        case Submitted(form="incidents/reopen"):
            return handling.reopen(record, event, facts)
        case Submitted(form="incidents/review"):
            return handling.review(record, event, facts)
        case Submitted(form="incidents/clock"):
            return clocks.start(record, event, facts)
        case Submitted(form="incidents/unneeded"):
            return clocks.unneeded(record, event, facts)
        case Submitted(form="incidents/report", values=values):
            # Of a draft's card: it was reported meanwhile.
            return record, cards.late(record, facts, unsent=values.get("text", "").strip())
        case Pressed():
            return record, cards.late(record, facts)
        case _:
            return record, _gone(event)


def _of_the_law(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    if not handles(record, facts.person):
        return record, cards.refused(event.action)
    law = event.value if event.value in clocks.HOURS else "gdpr"
    match event.action:
        case "incidents/clock":
            return clocks.begin(record, replace(event, value=law), facts)
        case "incidents/notice":
            return record, cards.privately(cards.notice_card(record, law, facts), record, facts, "document")
        case "incidents/noticed":
            return clocks.decide(record, event, law, "done", "", facts)
        case "incidents/unneeded":
            return record, [OpenForm(clocks.unneeded_form(record, law))]
        case _:
            return record, cards.privately(cards.law_card(record, facts), record, facts, "document")


def _listed(words: str, facts: Facts) -> list[Effect]:
    """The cases that who asks may see, the open ones first; with the words, number or kind that were asked for."""
    mine = [c for c in facts.cases if c.status is not Status.DRAFT and sees(c, facts.person, facts)]
    wanted = words.casefold().strip()
    found = [c for c in mine if not wanted or wanted in _searched(c, facts)]
    ordered = sorted(found, key=lambda c: (c.status not in OPEN, -(c.reported_at or c.made_at).timestamp()))
    card = cards.list_card(ordered, facts, words, len(found))
    if facts.public and facts.person and ordered:
        return [
            Whisper(Card("incidents/told", (Text("list_in_private"),))), Notify(card, person=facts.person.id),
        ]  # fmt: skip
    return [Reply(card)]


def _searched(record: Record, facts: Facts) -> str:
    """The text in which a case is searched for."""
    names = (name_of(p, facts) for p in (record.reporter, record.holder) if p)
    parts = (
        record.number,
        record.kind.value,
        KIND_WORDS[record.kind],
        record.text,
        record.outcome,
        *record.marks,
        *names,
    )
    return "\n".join(parts).casefold().replace("[.]", ".")


def _figures(facts: Facts) -> list[Effect]:
    if not is_manager(facts.person):
        return cards.refused("incidents/figures", "not_figures")
    return [Reply(cards.figures_card(facts.cases, facts))]


def _is_reporter(record: Record, facts: Facts) -> bool:
    return facts.person is not None and facts.person.bears(record.reporter)


def _name(event: Event) -> str:
    """What somebody wanted to do: for the journal."""
    match event:
        case Pressed(action=name) | Submitted(form=name):
            return name
        case _:
            return type(event).__name__


def _gone(event: Event) -> list[Effect]:
    """There is no such case, or none that is theirs: which of the two is not told."""
    if isinstance(event, Elapsed | Undelivered | Joined | Secured | Unattended | Commented):
        return []
    return cards.refused(_name(event))
