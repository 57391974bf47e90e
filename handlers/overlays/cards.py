"""What is shown of a department's guideline: its text cut to passages, how it stands, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.accounts.cards import coming, comment_data, deed_data, empty_deed, names_of
from handlers.accounts.turns import turn
from handlers.cards import Button, Buttons, Card, Note, Part, Said, Text, excerpt, rows
from handlers.cited import of_guideline, rules
from handlers.effects import Effect, Replace, Reply, Whisper
from handlers.facts import Facts, name_of
from handlers.overlays.record import FILLING, LONGEST, Move, Record, Status, may_move
from handlers.refusals import refusal
from handlers.teams import managers
from knowledge.proposed import Cut

PASSAGES = of_guideline("intro/department-guidelines", "intro/department-guidelines-approval")
"""What the common guideline says of guidelines of one's own (R9, R10)."""
SHOWN, FITTING = 8, 5000
"""Passages and characters of a card at a time: a message holds no more."""
COMMENTS = 3


def start_card(facts: Facts) -> Card:
    """What a guideline of one's own is, in the common guideline's words, and the way to begin."""
    buttons = Buttons((Button("overlays/begin", style="primary"), Button("overlays/list")))
    return Card("overlays/start", (Text("body"), *rules(PASSAGES, facts), buttons), {"longest": LONGEST})


def list_card(readable: Sequence[Record], facts: Facts) -> Card:
    """The guidelines that a person may read: the common one, those of their department, what they proposed or decide."""
    common = next((c for p in PASSAGES if (c := facts.passages.get(p))), None)
    parts: list[Part] = [Text("body")]
    for record in readable:
        parts += [Text("item", data_of(record, facts)), Buttons((Button("overlays/show", record.key),))]
    parts += [Buttons((Button("overlays/begin"),)), Note("help")]
    data = {"common": common.title if common else "", "common_version": common.version if common else ""}
    return Card("overlays/list", tuple(parts), _empty() | data | {"count": len(readable)})


def whole_card(record: Record, facts: Facts, *buttons: Button, page: int = 1) -> Card:
    """The guideline itself, as it is cut to passages; `page` counts from 1."""
    pages = pages_of(record)
    page = page if 0 < page <= len(pages) else 1
    parts: list[Part] = [Text("head"), Text("turn")] if page == 1 else [Text("going_on")]
    if page == 1:
        parts += [Note("basis"), Text("cut")]
        parts += [Said(excerpt(c.text, 200), "comment", comment_data(c, facts)) for c in record.comments[-COMMENTS:]]
    parts += [_passage(cut, number) for number, cut in pages[page - 1]]
    further = (Button("overlays/more", record.key, str(page + 1)),) if page < len(pages) else ()
    data = data_of(record, facts) | {"page": page, "pages": len(pages)}
    return Card("overlays/guideline", (*parts, *rows((*further, *buttons))), data)


def _passage(cut: Cut, number: int) -> Said:
    return Said(cut.text, "passage", {"passage": number, "heading": cut.heading})


def pages_of(record: Record) -> list[list[tuple[int, Cut]]]:
    """The passages with their numbers, as many together as a message holds; at least one page."""
    pages: list[list[tuple[int, Cut]]] = [[]]
    for number, cut in enumerate(record.cuts, start=1):
        held = sum(len(c.text) for _, c in pages[-1])
        if pages[-1] and (len(pages[-1]) == SHOWN or held + len(cut.text) > FITTING):
            pages.append([])
        pages[-1].append((number, cut))
    return pages


def draft_card(record: Record, facts: Facts) -> Card:
    """The proposer's own, while they write: what is missing, how it is cut, a button for each stretch of the text."""
    key, stretches = record.key, record.parts
    send = () if missing(record) else (Button("overlays/send", key, style="primary"),)
    withdraw = Button("overlays/withdraw", key, style="danger")
    card = whole_card(record, facts, *send, Button("overlays/add", key), Button("overlays/edit", key), withdraw)
    deed = record.last(Move.RETURN)
    told: list[Part] = [Text("missing")] if missing(record) else []
    if record.status is Status.RETURNED and deed and deed.text:
        told.append(Said(deed.text, "reason", deed_data(deed, facts)))
    numbers = range(1, len(stretches) + 1)
    # One row of its own: the number on a button is its place in the row.
    change = (Buttons(tuple(Button("overlays/part", key, str(n)) for n in numbers)),) if stretches else ()
    return Card(card.name, (*card.parts[:2], *told, *card.parts[2:], *change), card.data)


def missing(record: Record) -> list[str]:
    """What must still be written before it can be sent."""
    needed = {"title": record.title, "department": record.department, "basis": record.basis, "text": record.text}
    return [name for name, value in needed.items() if not any(c.isalnum() for c in value)]


def decider_card(record: Record, facts: Facts) -> Card:
    """The guideline before those who decide: with the buttons of the moment, none of which an earlier round can use."""
    return whole_card(record, facts, *_decider_buttons(record))


def _decider_buttons(record: Record) -> tuple[Button, ...]:
    key, comment = record.key, Button("overlays/comment", record.key)
    if record.body is None:
        return (comment,) if record.status is not Status.FORGOTTEN else ()
    skip = (Button("overlays/skip", key, record.moment),) if record.body.skipped_by else ()
    return (Button("overlays/decide", key, record.moment, style="primary"), *skip, comment)


def read_card(record: Record, facts: Facts, *, proposer: bool, follows: bool, repeals: bool, page: int = 1) -> Card:
    """The guideline for whoever reads it, with what they may do."""
    key = record.key
    if page == 1 and proposer and record.status in FILLING:
        return draft_card(record, facts)
    if record.status is Status.PROPOSED and follows and not proposer:
        return whole_card(record, facts, *_decider_buttons(record), page=page)
    own = _proposer_buttons(record) if proposer else (Button("overlays/comment", key),) if follows else ()
    renew = (Button("overlays/renew", value=key),) if record.status is Status.ACCEPTED else ()
    repeal = (Button("overlays/repeal", key, style="danger"),) if repeals and record.status is Status.ACCEPTED else ()
    return whole_card(record, facts, *own, *renew, *repeal, page=page)


def state_card(record: Record, facts: Facts, told: str = "") -> Card:
    """How it stands, for its proposer; `told` is what just happened."""
    parts: list[Part] = [Text("head"), *([Text(told)] if told else []), Text("turn")]
    deed = record.history[-1] if record.history else None
    if deed and deed.text and deed.move in (Move.RETURN, Move.REJECT, Move.REPEAL):
        parts.append(Said(deed.text, "reason", deed_data(deed, facts)))
    parts += [Note("coming")] if record.status is Status.PROPOSED else []
    show = Button("overlays/show", record.key)
    return Card("overlays/state", (*parts, *rows((show, *_proposer_buttons(record)))), data_of(record, facts))


def _proposer_buttons(record: Record) -> tuple[Button, ...]:
    key = record.key
    withdraw = (Button("overlays/withdraw", key, style="danger"),) if may_move(record, Move.WITHDRAW) else ()
    if record.status is Status.PROPOSED:
        return (Button("overlays/take_back", key), Button("overlays/comment", key), *withdraw)
    return withdraw


def news_card(record: Record, facts: Facts, what: str) -> Card:
    """What the communications team is told."""
    row = Buttons((Button("overlays/show", record.key), Button("overlays/comment", record.key)))
    return Card("overlays/news", (Text(what), Text("turn"), row), data_of(record, facts))


def nobody_card(record: Record, facts: Facts) -> Card:
    """That nobody is there who could record the decision."""
    return Card("overlays/nobody", (Text("body"),), data_of(record, facts))


# ── short replies ───────────────────────────────────────────────────────────────────────────────────────────────────


def told(record: Record, facts: Facts, what: str) -> Reply:
    """The one visible answer to who acted."""
    parts = (Text(what), Text("turn")) if record.status is Status.PROPOSED else (Text(what),)
    return Reply(Card("overlays/told", parts, data_of(record, facts)))


def refused(record: Record | None, facts: Facts, why: str, unsent: str = "") -> Whisper:
    """Why something cannot be done, and who can; without a record nothing of it is told."""
    data = data_of(record, facts) if record else _empty()
    return refusal("overlays/refused", data | {"managers": managers(facts)}, why, unsent=unsent)


def late(record: Record, facts: Facts, unsent: str = "") -> list[Effect]:
    """For who came too late: who did what and when, and the cards as they are now."""
    told_late = refusal("overlays/late", data_of(record, facts), "body", "turn", unsent=unsent)
    return [told_late, *refreshed(record, facts)]


def refreshed(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the cards brought up to date."""
    return [Replace("decider", decider_card(record, facts)), Replace("state", state_card(record, facts))]


def gone() -> Whisper:
    """There is no such guideline, or the button is unknown."""
    return Whisper(Card("overlays/gone", (Text("body"),)))


# ── data ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def data_of(record: Record, facts: Facts) -> dict[str, object]:
    """What all words about a guideline need."""
    request, deed = record.request, record.history[-1] if record.history else None
    found = turn(request, facts)
    return {
        "number": record.number,
        "title": record.title,
        "department": record.department,
        "basis": record.basis,
        "status": record.status.value,
        "proposer": name_of(record.proposer, facts),
        "turn": [p.name for p in found.acting],
        "absent": [p.name for p in found.whose] if found.moved else [],
        "since": record.since.isoformat(),
        "body": names_of(record.body),
        "coming": [names_of(b) for b in coming(request)],
        "last": deed_data(deed, facts) if deed else empty_deed(),
        "accepted_on": record.accepted_on,
        "count": len(record.cuts),
        "characters": len(record.text),
        "longest": LONGEST,
        "missing_fields": missing(record),
        "replaces": record.replaces.rpartition("/")[2],
        "replaced_by": record.replaced_by.rpartition("/")[2],
    }


def _empty() -> dict[str, object]:
    names = ("number", "title", "department", "basis", "status", "proposer", "since", "accepted_on", "replaces",
             "replaced_by")  # fmt: skip
    lists: dict[str, object] = {name: [] for name in ("turn", "absent", "coming", "missing_fields")}
    numbers: dict[str, object] = {"count": 0, "characters": 0, "longest": LONGEST}
    return {**dict.fromkeys(names, ""), **lists, **numbers, "body": names_of(None), "last": empty_deed()}
