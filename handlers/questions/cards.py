"""What is shown of a question: its answer with the quotes it stands on, and how the hand-off to the team stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.cards import Button, Buttons, Byline, Card, Feedback, Note, Part, Quote, Said, Text, stamp
from handlers.effects import Effect, Replace, Whisper
from handlers.facts import Facts, Role, name_of
from handlers.questions.record import Draft, Record, Status
from handlers.teams import managers
from knowledge.answers import Answer, Citation, Intent, Outcome
from knowledge.curated import Curated

SUGGESTIONS = 3
"""Passages that are offered where the guide is not sure."""
WITH_SUPERVISOR = ("/who/work-time-recommended", "/who/work-time-agreed")
"""Passages on what is agreed on with one's supervisor, besides those of profiles."""
PERHAPS_OURS = ("elsewhere", "chit_chat")
"""Reasons to decline that may be a misunderstanding: a way to a human is offered."""


# ── the answer ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answer_card(answer: Answer, record: str, facts: Facts) -> Card:
    """The answer as a card. `record` is the key that its buttons carry; with "" it has none (the command line)."""
    if (shown := curated_shown(answer, facts)) and _leaves_room(answer):
        return curated_card(shown, record, facts)
    match answer.outcome:
        case Outcome.ANSWERED:
            return answered_card(answer, record, facts)
        case Outcome.SUGGESTED:
            return _suggested(answer, record, facts)
        case Outcome.FLOW:
            return _flow(answer, record, facts)
        case Outcome.DECLINED:
            return _declined(answer, record)
        case Outcome.SILENT:
            return _silent(answer, record, facts)


def answered_card(answer: Answer, record: str, facts: Facts) -> Card:
    """The card of an answer that the guide is sure of, or that the asker chose among the suggestions."""
    parts: list[Part] = [Text("answer")]
    if answer.intent is Intent.INCIDENT or answer.cited[0].flow == Intent.INCIDENT:
        parts.append(Text("urgent"))
    if answer.language != "fi":
        parts.append(Note("unofficial"))
    parts += _quotes(answer.cited)
    if any(c.department for c in answer.cited):
        parts.append(Note("own"))
    if any(c.note for c in answer.cited):
        parts.append(Note("notes"))
    data = _words(answer.cited, answer.language) | _contacts(facts) | {"approved_at": "", "title": ""}
    if shown := curated_shown(answer, facts):
        parts.append(Said(shown.answer, "curated"))
        data |= {"approved_at": shown.approved_at, "title": shown.questions[0]}
    return Card("questions/answered", (*parts, *_agreeing(answer, record), *_ending(record, facts)), data)


def shared_card(answer: Answer, facts: Facts) -> Card:
    """The answer for everybody: without buttons, under the name of who shared it."""
    card = answer_card(answer, "", facts)
    sharer = facts.person.name if facts.person else ""
    return replace(card, parts=(Byline("questions/share.by", sharer), *card.parts))


def near_card(answer: Answer, record: str, facts: Facts, *, may_send: bool) -> Card:
    """After an answer that did not help: what else may have been meant, to choose from, and the way to a human."""
    offered = answer.related[:SUGGESTIONS]
    parts: list[Part] = [Text("sorry")]
    if offered:
        parts += [Text("near"), Buttons(tuple(Button("questions/show", record, c.id) for c in offered))]
    parts += _perhaps(record, facts)
    send = (Button("questions/send", record, style="primary"),) if may_send else ()
    parts.append(Buttons((*send, reporting(record))))
    data = _words(offered, answer.language) | {"may_send": may_send, "titles": _titles(facts)}
    return Card("questions/feedback", tuple(parts), data)


def curated_card(curated: Curated, record: str, facts: Facts) -> Card:
    """An answer of the communications team by itself: never mixed with the guideline's own words."""
    said = (Said(curated.questions[0], "question"), Said(curated.answer, "reply"))
    parts = (Text("body"), *said, Note("who"), *_ending(record, facts))
    return Card("questions/curated", parts, {"approved_at": curated.approved_at})


def curated_shown(answer: Answer, facts: Facts) -> Curated | None:
    """The communications team's answer that is shown with or in place of the guideline's, if any."""
    if facts.curated and (_leaves_room(answer) or answer.outcome is Outcome.ANSWERED):
        return facts.curated.curated
    return None


def _perhaps(record: str, facts: Facts) -> list[Part]:
    """Answers of the communications team that may be meant, to choose from by their titles."""
    if not (record and facts.curated_near):
        return []
    return [Text("perhaps"), Buttons(tuple(Button("questions/curated", record, c.id) for c in facts.curated_near))]


def _titles(facts: Facts) -> list[str]:
    return [c.questions[0] for c in facts.curated_near]


def _leaves_room(answer: Answer) -> bool:
    """Whether the guideline has no answer of its own, so that one of the communications team's may stand alone."""
    declined = answer.outcome is Outcome.DECLINED and answer.reason in PERHAPS_OURS
    return declined or answer.outcome in (Outcome.SILENT, Outcome.SUGGESTED)


def _declined(answer: Answer, record: str) -> Card:
    parts: list[Part] = [Text("body")]
    if record:
        send = (Button("questions/send", record),) if answer.reason in PERHAPS_OURS else ()
        parts.append(Buttons((*send, reporting(record))))
    return Card("questions/declined", tuple(parts), {"reason": answer.reason})


def _suggested(answer: Answer, record: str, facts: Facts) -> Card:
    offered = answer.related[:SUGGESTIONS]
    show = tuple(Button("questions/show", record, c.id) for c in offered)
    parts: list[Part] = [Text("body")]
    if record:
        send = Buttons((Button("questions/send", record), reporting(record)))
        parts += [Buttons(show), *_perhaps(record, facts), send]
    else:
        parts += _quotes(offered)
    data = _words(offered, answer.language) | {"titles": _titles(facts)}
    return Card("questions/suggested", tuple(parts), data)


def _silent(answer: Answer, record: str, facts: Facts) -> Card:
    topic = answer.topic.name[answer.language] if answer.topic else ""
    parts: list[Part] = [Text("body")]
    if answer.related:
        parts += [Text("nearest"), *_quotes(answer.related[:1])]
    parts += _perhaps(record, facts)
    if record:
        parts.append(Buttons((Button("questions/send", record, style="primary"), reporting(record))))
    data = {"topic": topic, "has_record": bool(record), "titles": _titles(facts)}
    return Card("questions/silent", tuple(parts), data | _words(answer.related[:1], answer.language))


def _flow(answer: Answer, record: str, facts: Facts) -> Card:
    data = _words(answer.cited, answer.language) | _contacts(facts) | {"incident_type": answer.incident_type}
    parts: list[Part] = [Text("body")]
    if answer.language != "fi":
        parts.append(Note("unofficial"))
    ending = (*_agreeing(answer, record), *_ending(record, facts))
    return Card(f"questions/{answer.intent}", (*parts, *_quotes(answer.cited), *ending), data)


def _ending(record: str, facts: Facts) -> tuple[Part, ...]:
    """What can be done with an answer; what only the asker sees in a conversation of several they may share."""
    if not record:
        return ()
    buttons = [Button("questions/send", record)]
    if facts.public:
        buttons.append(Button("questions/share", record))
    buttons.append(reporting(record))
    return (Buttons(tuple(buttons)), Feedback("questions/feedback", record))


def _agreeing(answer: Answer, record: str) -> tuple[Part, ...]:
    """The way to agree on it, where the guideline says that it is agreed on with one's supervisor (R18–R19, R29)."""
    first = answer.cited[0] if answer.cited else None
    with_supervisor = first is not None and (first.flow == Intent.EXPERT_PROFILE or first.id.endswith(WITH_SUPERVISOR))
    if not record or not (answer.intent is Intent.EXPERT_PROFILE or with_supervisor):
        return ()
    return (Buttons((Button("agreements/choose", style="primary"),)),)


def reporting(record: str) -> Button:
    """The way from every answer to a report of an incident (R145); `record` is the question that was asked."""
    return Button("incidents/begin", value=record)


def _numbers(cited: Sequence[Citation]) -> list[int]:
    """The number of each citation's quote: two rules of one paragraph share its quote."""
    quotes = list(dict.fromkeys(c.quote for c in cited))
    return [quotes.index(c.quote) + 1 for c in cited]


def _quotes(cited: Sequence[Citation]) -> list[Part]:
    """A quote for each paragraph that is cited, in the order of the numbers."""
    first = dict(reversed(list(zip(_numbers(cited), cited, strict=True))))
    return [_quote(first[number], number) for number in sorted(first)]


def _quote(citation: Citation, number: int) -> Quote:
    return Quote(
        text=citation.quote,
        focus=citation.focus,
        title=citation.title,
        heading=" › ".join(citation.heading[1:]),
        version=citation.version,
        link=citation.id,
        number=number,
        department=citation.department or "",
    )


def _words(cited: Sequence[Citation], language: str) -> dict[str, object]:
    return {
        "rules": [c.short.get(language, "") for c in cited],
        "numbers": _numbers(cited),
        "own_rules": [
            {"number": number, "title": c.title} for number, c in zip(_numbers(cited), cited, strict=True) if c.department
        ],
        "editor_notes": [c.note[language] for c in cited if language in c.note],
    }


def _contacts(facts: Facts) -> dict[str, object]:
    """Whom the guideline tells to turn to, by name where the directory knows them (R145)."""
    person = facts.person
    supervisor = facts.people.person(person.supervisor) if person and person.supervisor else None
    return {
        "supervisor": supervisor.name if supervisor else "",
        "it_managers": [p.name for p in facts.people.bearers(Role.IT_MANAGER)],
    }


# ── the hand-off ────────────────────────────────────────────────────────────────────────────────────────────────────


def team_card(record: Record, facts: Facts) -> Card:
    """The question before the team, as it stands now."""
    parts: list[Part] = [Text("body"), Said(record.sent_text, "question"), Text("state")]
    if record.reply:
        parts.append(Said(record.reply, "reply"))
    buttons = _team_buttons(record)
    return Card("questions/team", (*parts, buttons) if buttons.buttons else tuple(parts), _state(record, facts))


def _team_buttons(record: Record) -> Buttons:
    take = Button("questions/take", record.key, style="primary")
    reply = Button("questions/reply", record.key)
    keep = Button("curated/add", record.key)
    match record.status:
        case Status.WAITING:
            return Buttons((take, reply))
        case Status.TAKEN:
            return Buttons((replace(reply, style="primary"),))
        case Status.REPLIED:
            return Buttons((keep,))
        case _:
            return Buttons(())


def state_card(record: Record, facts: Facts) -> Card:
    """How it stands, for its asker."""
    return Card("questions/state", (Text("body"), Said(record.sent_text, "question")), _state(record, facts))


def late_card(record: Record, facts: Facts) -> Card:
    """For who came too late: who has it, or answered it, and when."""
    return Card("questions/late", (Text("body"),), _state(record, facts))


def draft_card(record: Record, draft: Draft, facts: Facts) -> Card:
    """Whether words of the thread are the answer: asked of their writer alone."""
    send = Button("questions/confirm", record.key, draft.id, style="primary")
    edit = Button("questions/reply", record.key, draft.id)
    parts = (Text("body"), Said(draft.text, "reply"), Buttons((send, edit)))
    return Card("questions/draft", parts, _state(record, facts))


def replied_card(record: Record, facts: Facts) -> Card:
    """The team's answer, as its asker gets it."""
    said = (Said(record.sent_text, "question"), Said(record.reply, "reply"))
    return Card("questions/replied", (Text("body"), *said, Note("who")), _state(record, facts))


def still_waiting_card(record: Record, facts: Facts, *, late: bool) -> Card:
    """That a question waits: `late` where this comes later than it was to."""
    parts = (Text("body"), Said(record.sent_text, "question"), _team_buttons(record))
    return Card("questions/still_waiting", parts, _state(record, facts) | {"late": late})


def refreshed(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the hand-off's cards brought up to date."""
    team = team_card(record, facts)
    return [Replace("team", team), Replace("chase", team), Replace("state", state_card(record, facts))]


def _state(record: Record, facts: Facts) -> dict[str, object]:
    """What the words about a hand-off need; the asker's name only where they agreed to it."""
    return {
        "status": record.status.value,
        "idea": record.idea,
        "number": record.key.rpartition("/")[2],
        "asker": name_of(record.asker, facts) if record.named else "",
        "sent_at": stamp(record.sent_at),
        "taken_by": name_of(record.taken_by, facts),
        "taken_at": stamp(record.taken_at),
        "replied_by": name_of(record.replied_by, facts),
        "replied_at": stamp(record.replied_at),
    }


# ── short replies ───────────────────────────────────────────────────────────────────────────────────────────────────


def refused(reason: str, facts: Facts) -> Whisper:
    """Why it cannot be done, and whom to turn to."""
    return Whisper(Card("questions/refused", (Text(reason),), {"managers": managers(facts)}))


def gone() -> Whisper:
    """There is no such question, or the button is unknown."""
    return Whisper(Card("questions/gone", (Text("body"),)))
