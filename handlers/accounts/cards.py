"""What is shown of a request: the whole of it, how it stands, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.accounts.checks import lines
from handlers.accounts.findings import all_findings, unsettled
from handlers.accounts.record import DECIDING, FILLING, LIVING, Body, Comment, Deed, Move, Record, Status, may_move
from handlers.accounts.steps import STEPS, measures, shown, young
from handlers.accounts.turns import department_of, nominees, turn, unagreed
from handlers.cards import Button, Buttons, Card, Note, Part, Said, Text, excerpt, rows, stamp
from handlers.effects import Effect, Replace, Reply, Whisper
from handlers.facts import Facts, name_of
from handlers.refusals import refusal
from handlers.register.record import VERIFYING
from handlers.teams import managers
from knowledge.document import LANGUAGES

COMMENTS = 3
"""The newest comments that a card shows."""
POINTS = (*VERIFYING, "terms", "passwords", "photos", "guardians")
"""The four points that make an account official (R70–R72), and those of going live (R83, R93–R94, R139–R140)."""


def picture(record: Record, facts: Facts, *buttons: Button, heading: str = "head") -> Card:
    """The whole request: its nine headings with what was answered, who is named, what was proposed and said."""
    parts: list[Part] = [Text(heading), Note("who")]
    parts += [Text(step.name) for step in STEPS]
    parts += [Text("warnings")] if record.reasons else []
    parts += [Text("named")] if nominees(record) else []
    parts += [Text("proposal")] if record.last(Move.PROPOSE) else []
    parts += [Said(excerpt(c.text, 200), "comment", comment_data(c, facts)) for c in record.comments[-COMMENTS:]]
    parts.append(Text("turn"))
    return Card("accounts/request", (*parts, *rows(buttons)), data_of(record, facts) | answers_of(record, facts))


def decider_card(record: Record, facts: Facts) -> Card:
    """The request before those who decide: with the buttons of the moment, none of which an earlier round can use."""
    return picture(record, facts, *_decider_buttons(record))


def _decider_buttons(record: Record) -> tuple[Button, ...]:
    key, seen = record.key, record.moment
    comment = Button("accounts/comment", key)
    match record.status:
        case Status.SENT:
            return (
                Button("accounts/propose", key, seen, style="primary"), Button("accounts/return", key, seen),
                Button("accounts/reject", key, seen, style="danger"), comment,
            )  # fmt: skip
        case Status.PROPOSED:
            skip = (Button("accounts/skip", key, seen),) if record.body and record.body.skipped_by else ()
            return (Button("accounts/decide", key, seen, style="primary"), *skip, comment)
        case Status.DRAFT | Status.FORGOTTEN:
            return ()
        case _:
            return (comment,)


def state_card(record: Record, facts: Facts, told: str = "") -> Card:
    """How a request stands, for its requester: whose turn, since when, what comes next; `told` is what just happened."""
    parts: list[Part] = [Text("head"), Text(told or "turn")]
    if told:
        parts.append(Text("turn"))
    deed = record.last(Move.RETURN, Move.REJECT)
    if record.status in (Status.RETURNED, Status.REJECTED) and deed and deed.text:
        parts.append(Said(deed.text, "reason", deed_data(deed, facts)))
    parts += [Note("coming")] if record.status in DECIDING else []
    return Card("accounts/state", (*parts, *rows(_requester_buttons(record))), data_of(record, facts))


def state_buttons(record: Record, *, own: bool) -> tuple[Button, ...]:
    """What can be done with a request that is shown whole: the requester's buttons, or a comment."""
    if own:
        return tuple(b for b in _requester_buttons(record) if b.action != "accounts/show")
    return (Button("accounts/comment", record.key),)


def _requester_buttons(record: Record) -> tuple[Button, ...]:
    key = record.key
    show, copy = Button("accounts/show", key), Button("accounts/copy", "", key)
    comment = Button("accounts/comment", key)
    withdraw = (Button("accounts/withdraw", key, style="danger"),) if may_move(record, Move.WITHDRAW) else ()
    if record.status in FILLING:
        return (Button("accounts/resume", key, style="primary"), show, *withdraw)
    if record.status in DECIDING:
        return (show, Button("accounts/take_back", key), comment, *withdraw)
    if record.status in LIVING:
        return (Button("accounts/checklist", key, style="primary"), show, comment, *withdraw)
    return (show, copy)


def news_card(record: Record, facts: Facts, event: str) -> Card:
    """What the communications team is told of a request: made, proposed, decided, live."""
    buttons: tuple[Button, ...] = (Button("accounts/show", record.key), Button("accounts/comment", record.key))
    if record.status is Status.OPENED and "list_link" not in record.ticks:
        buttons = (Button("accounts/tick", record.key, "list_link", style="primary"), *buttons)
    parts: tuple[Part, ...] = (Text(event), Text("turn"), Buttons(buttons))
    return Card("accounts/news", parts, data_of(record, facts))


def checklist_card(record: Record, facts: Facts) -> Card:
    """The points before an account is official, and the others of going live, each with who ticks it."""
    data = data_of(record, facts) | {"points": points(record, facts), "keeper": record.answer("keeper")}
    parts: list[Part] = [Text("head"), Text("verifying"), Text("other"), Note("bio")]
    # The link on the municipality's list is the communications team's: their button is on what they are told.
    open_ = tuple(p for p in wanted(record) if p not in record.ticks and p != "list_link")
    if record.status is Status.APPROVED:
        buttons: tuple[Button, ...] = (Button("accounts/open", record.key, style="primary"),)
    elif record.status is Status.OPENED or open_:
        buttons = tuple(Button("accounts/tick", record.key, point) for point in open_)
    else:
        buttons = ()
    return Card("accounts/checklist", (*parts, *rows(buttons)), data)


def wanted(record: Record) -> tuple[str, ...]:
    """The points of the request's checklist: guardians' permissions where children or the young are the target group."""
    return POINTS if young(record.answers) else POINTS[:-1]


def points(record: Record, facts: Facts) -> list[dict[str, object]]:
    """Each point with who ticked it and when."""
    found = []
    for point in wanted(record):
        tick = record.ticks.get(point)
        found.append(
            {
                "name": point,
                "by": name_of(tick.person, facts) if tick else "",
                "at": stamp(tick.at if tick else None),
                "verifying": point in VERIFYING,
            }
        )
    return found


# ── short replies ───────────────────────────────────────────────────────────────────────────────────────────────────


def told(record: Record, facts: Facts, what: str, **more: object) -> Reply:
    """The one visible answer to who acted: a sentence on what happened, and whose turn it is now."""
    parts = (Text(what), Text("turn")) if record.status in DECIDING else (Text(what),)
    return Reply(Card("accounts/told", parts, data_of(record, facts) | more))


def refused(record: Record | None, facts: Facts, why: str, unsent: str = "") -> Whisper:
    """Why it cannot be done, who may, and what was written given back, without what must not be kept."""
    data = data_of(record, facts) if record else {}
    return refusal("accounts/refused", data | {"managers": managers(facts)}, why, unsent=unsent)


def late(record: Record, facts: Facts, unsent: str = "") -> list[Effect]:
    """For who came too late: who did what and when, and the cards as they are now."""
    told_late = refusal("accounts/late", data_of(record, facts), "body", "turn", unsent=unsent)
    return [told_late, *refreshed(record, facts)]


def refreshed(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the request's cards brought up to date."""
    return [
        Replace("decider", decider_card(record, facts)),
        Replace("state", state_card(record, facts)),
        *([Replace("checklist", checklist_card(record, facts))] if record.status in LIVING else []),
        *([Replace("live", news_card(record, facts, "live"))] if record.opened_at else []),
    ]


def gone() -> Whisper:
    """There is no such request, or the button is unknown."""
    return Whisper(Card("accounts/gone", (Text("body"),)))


# ── data ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def data_of(record: Record, facts: Facts) -> dict[str, object]:
    """What all words about a request need."""
    found = turn(record, facts)
    deed = record.history[-1] if record.history else None
    return {
        "number": record.number,
        "title": record.answer("name"),
        "owner": record.answer("owner"),
        "channel": record.answer("channel"),
        "other_channel": record.answer("other_channel"),
        "status": record.status.value,
        "requester": name_of(record.requester, facts),
        "turn": [p.name for p in found.acting],
        "absent": [p.name for p in found.whose] if found.moved else [],
        "since": record.since.isoformat(),
        "body": names_of(record.body),
        "coming": [names_of(b) for b in coming(record)],
        "waits_for": [name_of(p, facts) for p in unagreed(record)],
        "supervised": record.status is Status.SENT,
        "address": record.address,
        "official_at": stamp(record.official_at),
        "last": deed_data(deed, facts) if deed else empty_deed(),
        "empty": not record.answers,
    }


def answers_of(record: Record, facts: Facts) -> dict[str, object]:
    """The answers of the nine steps as the words need them: people by name, goals with their measures."""
    a = record.answers
    names = ("need", "content", "benefits_more", "plan", "why_channel")
    plain = (
        "audience",
        "hours",
        "tasks",
        "leader",
        "meeting",
        "rhythm",
        "commitment",
        "own_names",
        "mailbox",
        "lifetime",
    )
    more = ("review", "ends", "keeper", "unit_page", "promise")
    people = ("updater", "main", "substitute")
    several = ("producers", "admins")
    proposal = record.last(Move.PROPOSE)
    return {
        **{name: shown(a, name) for name in (*names, *plain, *more)},
        "department": department_of(record, facts),
        "goals": list(lines(a.get("goals", ""))),
        "benefits": [b for b in a.get("benefits", "").split(",") if b],
        "measures": [{"goal": goal, "measure": measure} for goal, measure in measures(a)],
        **{name: name_of(a.get(name, ""), facts) for name in people},
        **{name: [name_of(p, facts) for p in a.get(name, "").split(",") if p] for name in several},
        "reasons": [{"name": name, "why": why} for name, why in record.reasons.items()],
        "agreements": [
            {"name": name_of(person, facts), "answer": _agreed(record, person), "parts": list(parts)}
            for person, parts in nominees(record).items()
        ],
        "own_name_people": [name_of(p, facts) for p in record.own_names],
        "proposal": deed_data(proposal, facts) if proposal else empty_deed(),
    }  # fmt: skip


def _agreed(record: Record, person: str) -> str:
    found = record.agreements.get(person)
    return found.answer if found else ""


def deed_data(deed: Deed, facts: Facts) -> dict[str, object]:
    """A deed as words need it."""
    return {
        "move": deed.move,
        "by": name_of(deed.person, facts),
        "on_behalf": name_of(deed.on_behalf, facts),
        "at": deed.at.isoformat(),
        "text": excerpt(deed.text, 300),
        "body": deed.details.get("body_fi", ""),
        "names": {code: deed.details.get(f"body_{code}", "") for code in LANGUAGES},
        **{name: deed.details.get(name, "") for name in ("date", "section", "hours", "led")},
    }


def empty_deed() -> dict[str, object]:
    """No deed yet."""
    names = ("move", "by", "on_behalf", "at", "text", "body", "date", "section", "hours", "led")
    return {**dict.fromkeys(names, ""), "names": dict.fromkeys(LANGUAGES, "")}


def comment_data(comment: Comment, facts: Facts) -> dict[str, object]:
    """Who wrote a comment and when."""
    return {"by": name_of(comment.person, facts), "at": comment.at.isoformat()}


def coming(record: Record) -> Sequence[Body]:
    """The bodies that still decide after the present turn."""
    if record.status is Status.PROPOSED:
        return record.chain[record.stage + 1 :]
    return record.chain if record.status in (Status.SENT, *FILLING) else ()


def names_of(body: Body | None) -> Mapping[str, str]:
    """What a body is called, by language; empty where there is none."""
    return dict(body.names) if body else dict.fromkeys(LANGUAGES, "")


def unsettled_steps(record: Record, facts: Facts) -> list[dict[str, object]]:
    """The steps that something stands in the way of, with what."""
    found = unsettled(all_findings(record.answers, facts), record.reasons)
    by_field = {f.name: step for step in STEPS for f in step.fields}
    numbers: dict[int, list[str]] = {}
    for finding in found:
        step = by_field.get(finding.field, STEPS[7])
        numbers.setdefault(step.number, []).append(finding.field)
    return [{"number": number, "fields": fields} for number, fields in sorted(numbers.items())]
