"""What is shown of agreements: the whole page, how it stands, lists; and short replies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from handlers.accounts.cards import comment_data, deed_data, empty_deed
from handlers.accounts.checks import NUMBER
from handlers.agreements.forms import FIELDS, NEAR, RULES
from handlers.agreements.record import DECIDING, IN_FORCE, Kind, Move, Record, Status, may_move
from handlers.agreements.rights import is_own, leads, readers, reminded, supervised, turn
from handlers.cards import Button, Buttons, Card, Note, Part, Said, Text, excerpt, rows, stamp
from handlers.cited import rules
from handlers.effects import Effect, Replace, Reply, Whisper
from handlers.facts import Facts, name_of
from handlers.masking import FEWEST
from handlers.refusals import refusal
from handlers.register.record import Record as Account
from handlers.register.record import months_after

SHOWN = 10
"""Agreements of a list at a time, and the newest comments of a page."""
NAMES = ("channels", "purpose", "profile", "address", "email", "why", "distance", "apart", "views")


# ── before there is one ─────────────────────────────────────────────────────────────────────────────────────────────


def choose_card(facts: Facts) -> Card:
    """What can be agreed on, each with a line and the guideline's own sentence."""
    parts: list[Part] = [Text("head")]
    for number, kind in enumerate(Kind, start=1):
        rule = RULES[kind][-1] if kind is not Kind.LEADER else RULES[kind][0]
        begin = Buttons((Button("agreements/begin", "", kind.value),))
        parts += [Text(kind.value), *rules((rule,), facts, number), begin]
    parts += [Note("supervisor"), Buttons((Button("agreements/mine"),))]
    return Card("agreements/choose", tuple(parts), {"supervisor": _supervisor_of(facts)})


def kind_card(kind: Kind, facts: Facts) -> Card:
    """One kind: the guideline's sentences for and against, the way to its form, and how it is written on one line."""
    parts = (Text(kind.value), *rules(RULES[kind], facts), Note("words"), Buttons((_begin(kind),)))
    return Card("agreements/kind", parts, {"kind": kind.value, "review": _in_a_year(facts)})


def _begin(kind: Kind) -> Button:
    return Button("agreements/begin", "", kind.value, style="primary")


def _supervisor_of(facts: Facts) -> str:
    person = facts.person
    return name_of(person.supervisor, facts) if person and facts.people.person(person.supervisor) else ""


def _in_a_year(facts: Facts) -> str:
    return months_after(facts.today, NEAR).isoformat()


# ── an agreement ────────────────────────────────────────────────────────────────────────────────────────────────────


def page_card(record: Record, facts: Facts, *buttons: Button) -> Card:
    """The whole agreement as one page, with its review date."""
    parts: list[Part] = [Text("head"), Note("who"), Text("terms")]
    parts += [Text("changes")] if record.status is Status.CHANGING else []
    parts += [Text("content")] if record.content else []
    parts += [Text("review"), Text("turn")]
    deed = record.history[-1] if record.history else None
    parts += [Said(deed.text, "reason", deed_data(deed, facts))] if deed and deed.text and deed.move in REASONS else []
    parts += [Said(excerpt(c.text, 300), "comment", comment_data(c, facts)) for c in record.comments[-SHOWN:]]
    return Card("agreements/page", (*parts, *rows(buttons)), data_of(record, facts))


REASONS = (Move.RETURN, Move.DECLINE, Move.END)


def decider_card(record: Record, facts: Facts) -> Card:
    """The whole agreement before the supervisor, with what can be decided now; an earlier round's decides nothing."""
    return page_card(record, facts, *_decider_buttons(record))


def own_page(record: Record, facts: Facts) -> Card:
    """The whole agreement before its requester."""
    return page_card(record, facts, *_own_buttons(record))


def page_for(record: Record, facts: Facts) -> Card:
    """The whole agreement with the buttons of who acts."""
    return own_page(record, facts) if is_own(record, facts) else decider_card(record, facts)


def _decider_buttons(record: Record) -> tuple[Button, ...]:
    key, seen = record.key, str(record.round)
    comment = Button("agreements/comment", key)
    end = (Button("agreements/end", key),) if may_move(record, Move.END) else ()
    if record.status not in DECIDING:
        return (*end, comment)
    yes = "agreements/confirm" if record.status is Status.RENEWING else "agreements/approve"
    return (
        Button(yes, key, seen, style="primary"), Button("agreements/return", key, seen),
        Button("agreements/decline", key, seen, style="danger"), comment,
    )  # fmt: skip


def _own_buttons(record: Record) -> tuple[Button, ...]:
    key = record.key
    named = (
        (Move.CONTINUE, Button("agreements/continue", key)), (Move.SEND, Button("agreements/change", key)),
        (Move.WITHDRAW, Button("agreements/withdraw", key)), (Move.END, Button("agreements/end", key)),
    )  # fmt: skip
    return (*(button for move, button in named if may_move(record, move)), Button("agreements/comment", key))


def state_card(record: Record, facts: Facts, what: str) -> Card:
    """What happened to the requester's agreement and whose turn it is now."""
    parts: list[Part] = [Text("head"), Text(what), Text("turn")]
    deed = record.history[-1] if record.history else None
    parts += [Said(deed.text, "reason", deed_data(deed, facts))] if deed and deed.text else []
    buttons = (Button("agreements/show", record.key), *_own_buttons(record))
    return Card("agreements/state", (*parts, *rows(buttons)), data_of(record, facts))


def review_buttons(record: Record) -> tuple[Button, ...]:
    """What can be done when the review date comes."""
    return tuple(Button(f"agreements/{name}", record.key) for name in ("continue", "change", "end"))


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def mine_card(facts: Facts) -> Card:
    """Everything that the person has agreed on or asked for."""
    mine = [r for r in facts.agreements if is_own(r, facts)]
    buttons = Buttons((Button("agreements/choose", style="primary"), Button("consents/list")))
    return Card("agreements/mine", (Text("head"), *_items(mine, facts), buttons), list_data() | {"count": len(mine)})


def people_card(facts: Facts) -> Card:
    """What the supervisor needs to lead their people's work on social media (R34)."""
    person = facts.person
    if person is None:
        return Card("agreements/people", (Text("none"),), list_data())
    led = [r for r in facts.agreements if person.id in readers(r, facts) and not is_own(r, facts)]
    waiting = [r for r in led if r.status in DECIDING]
    late = [r for r in led if overdue(r, facts.today)]
    others = [r for r in led if r.status in IN_FORCE and r not in waiting and r not in late]
    requests = [r for r in facts.requests if leads(person, facts.people.person(r.requester), facts)]
    accounts = [(a, k) for a in facts.register if (k := _keepers(a, facts))]
    parts: list[Part] = []
    for title, found in (("waiting", waiting), ("overdue", late), ("in_force", others)):
        parts += [Text(title, {"count": len(found)}), *_items(found, facts)] if found else []
    parts += [Text("requests", {"count": len(requests)})] if requests else []
    for r in requests[:SHOWN]:
        item = {"number": r.number, "title": r.answer("name"), "status": r.status.value,
                "requester": name_of(r.requester, facts)}  # fmt: skip
        parts += [Text("request", item), Buttons((Button("accounts/show", r.key),))]
    parts += [Text("accounts", {"count": len(accounts)})] if accounts else []
    parts += [Text("account", {"title": a.name, "channel": a.channel, "keepers": k}) for a, k in accounts[:SHOWN]]
    return Card("agreements/people", (Text("head"), *(parts or [Text("none")])), list_data())


def _keepers(account: Account, facts: Facts) -> list[str]:
    """Those of the account's people whom who acts leads, by name."""
    ids = dict.fromkeys((account.updater, account.substitute, account.main, *account.admins, *account.producers))
    people = [p for i in ids if i and (p := facts.people.person(i))]
    return [p.name for p in people if facts.person and leads(facts.person, p, facts)]


def counts_card(facts: Facts) -> Card:
    """How many agreements are in force, by department; never whose."""
    people = (facts.people.person(r.requester) for r in facts.agreements if r.status in IN_FORCE)
    counts = Counter(p.department for p in people if p)
    rows = [{"name": n, "count": c if c >= FEWEST else 0} for n, c in sorted(counts.items())]
    return Card("agreements/counts", (Text("body"),), {"by_department": rows, "few": FEWEST})


def overdue(record: Record, today: date) -> bool:
    """Whether an agreement in force is past its review date."""
    return record.status in IN_FORCE and bool(record.review) and record.review < today.isoformat()


def _items(found: Sequence[Record], facts: Facts) -> list[Part]:
    parts: list[Part] = []
    for record in found[:SHOWN]:
        parts += [Text("item", data_of(record, facts)), Buttons((Button("agreements/show", record.key),))]
    return parts + ([Text("more", {"rest": len(found) - SHOWN})] if found[SHOWN:] else [])


def list_data() -> dict[str, object]:
    """What the words of lists need where a part brings none of its own."""
    names = ("number", "kind", "requester", "status", "review", "title", "channel", "in_force", "past_review")
    return {**dict.fromkeys(names, ""), "turn": [], "keepers": [], "count": 0, "rest": 0}


# ── short replies ───────────────────────────────────────────────────────────────────────────────────────────────────


def told(record: Record, facts: Facts, what: str) -> Reply:
    """The one visible answer to who acted: what happened, and whose turn it is now."""
    return Reply(Card("agreements/told", (Text(what), Text("turn")), data_of(record, facts)))


def elsewhere_card() -> Card:
    """Where others look on: what is between two people was sent to the person's own conversation."""
    return Card("agreements/told", (Text("elsewhere"),))


def refused(record: Record | None, facts: Facts, why: str, unsent: str = "") -> Whisper:
    """Why it cannot be done and what can; what was written is given back, without what must not be kept."""
    found = turn(record, facts).acting if record else ()
    data = {"number": record.number if record else "", "turn": [p.name for p in found]}
    return refusal("agreements/refused", data, why, unsent=unsent)


def late(record: Record, facts: Facts, unsent: str = "") -> list[Effect]:
    """For who came too late: who did what and when, and the cards as they are now."""
    data = data_of(record, facts)
    shown = {name: data[name] for name in ("number", "status", "last", "turn")}
    return [refusal("agreements/late", shown, "body", "turn", unsent=unsent), *refreshed(record, facts)]


def refreshed(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the agreement's cards brought up to date; whose turn it was once does not go on reading it."""
    may, shown = readers(record, facts), decider_card(record, facts)
    over = Card("agreements/passed", (Text("body"),), {"number": record.number})
    copies = dict.fromkeys((*record.informed, *sorted(may)))
    return [
        Replace("own", own_page(record, facts)),
        *(Replace(f"decider:{p}", shown if p in may else over) for p in copies),
    ]


def gone() -> Whisper:
    """There is no such agreement, or none that is theirs: which of the two is not told."""
    return Whisper(Card("agreements/gone", (Text("body"),)))


# ── data ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def data_of(record: Record, facts: Facts) -> dict[str, object]:
    """What all words about an agreement need. Before it is in force its terms are those that are proposed."""
    found = turn(record, facts)
    led = supervised(record, facts)
    terms = record.terms if record.status in IN_FORCE else record.answers
    deed = record.history[-1] if record.history else None
    return {
        "number": record.number,
        "kind": record.kind.value,
        "requester": name_of(record.requester, facts),
        "supervisor": led.whose[0].name if led.whose else "",
        "status": record.status.value,
        "turn": [p.name for p in found.acting],
        "absent": [p.name for p in found.whose] if found.moved else [],
        "since": record.since.isoformat(),
        **{name: terms.get(name, "") for name in (*NAMES, "hours")},
        "altered": _changes(record),
        "settled": {name: record.content.get(name, "") for name in ("led", "conditions")}
        | {"hours": _bare(record.content.get("hours", ""))},
        "in_force": record.status in IN_FORCE,
        "past_review": overdue(record, facts.today),
        "review": record.review if record.status in IN_FORCE else record.answers.get("review", ""),
        "proposed": record.answers.get("review", ""),
        "agreed_at": stamp(record.agreed_at),
        "agreed_by": name_of(record.agreed_by, facts),
        "last": deed_data(deed, facts) if deed else empty_deed(),
    }


def _bare(written: str) -> str:
    """Hours as a number alone, for a sentence that says itself what they are; `2 h`, `2–3 tuntia` and `1,5` are read."""
    found = re.search(rf"(?:{NUMBER})(?:\s*[-–]\s*(?:{NUMBER}))?", written)
    return found[0] if found else written


def _changes(record: Record) -> list[Mapping[str, str]]:
    """What would change, in the order of the form."""
    if record.status is not Status.CHANGING:
        return []
    names = [f.name for f in FIELDS[record.kind]]
    return [
        {"name": n, "value": record.answers.get(n, "")}
        for n in names if record.answers.get(n, "") != record.terms.get(n, "")
    ]  # fmt: skip


def decides_now(record: Record, facts: Facts) -> bool:
    """Whether the agreement waits for who acts."""
    found = turn(record, facts)
    mine = {p.id for p in (*found.whose, *found.acting, *reminded(record, facts))}
    return facts.person is not None and facts.person.id in mine
