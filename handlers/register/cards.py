"""What is shown of the register: an account, a list of accounts, what was found out about an address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from handlers.agreements.names import enough, may_ask, sayable
from handlers.cards import Button, Buttons, Card, Note, Part, Text, excerpt, rows, stamp
from handlers.cited import quoted
from handlers.effects import Effect, Reply, Whisper
from handlers.facts import Facts, name_of
from handlers.register.official import Verdict
from handlers.register.record import CLOSING, OF_COMMUNICATIONS, VERIFYING, Deed, Record, Status
from handlers.register.rights import keeps, may_tick, names_turn, sees_people
from handlers.register.upkeep import DUTIES, dues, is_quiet, next_confirmation, next_password, people_of
from handlers.teams import managers, serves

SHOWN = 8
"""Accounts of one list; more are a reason to search more closely."""
CITED = 2
"""Rules of the guideline that a list cites."""
DEEDS = 12
"""The newest deeds of a history that are shown."""
REPORT_IMPOSTOR = "identity_theft"


def data_of(account: Record, facts: Facts) -> dict[str, object]:
    """What every card of an account may say. Who has which part is left empty for whoever has no need of it."""
    seen = sees_people(account, facts)
    return {
        "number": account.number,
        "title": account.name,
        "channel": account.channel,
        "address": account.address,
        "owner": account.owner,
        "department": account.department,
        "purpose": account.purpose,
        "mailbox": account.mailbox,
        "rhythm": account.rhythm,
        "answer_days": account.answer_days,
        "plan": excerpt(account.plan, 300),
        "goals": list(account.goals),
        "status": account.status.value,
        "ends": account.ends,
        "review": account.review,
        "paused_until": account.paused_until if account.paused_until > facts.today.isoformat() else "",
        "people": people_of(account, facts) if seen else [],
        "umbrella": account.umbrella,
        "consents": seen and sayable(account) and enough(account),
        "confirmed_at": stamp(account.confirmed_at),
        "password_at": stamp(account.password_at),
        "posted_at": stamp(account.posted_at),
        "next_confirmation": _on(next_confirmation(account)),
        "next_password": _on(next_password(account)),
        "quiet": is_quiet(account, facts),
    }


def account_card(account: Record, facts: Facts) -> Card:
    """An account whole: what everybody may read, then its people and what is due for whoever needs that."""
    parts: list[Part] = [Text("head"), Text("facts")]
    keeper = keeps(account, facts)
    if sees_people(account, facts):
        parts.append(Text("people"))
    else:
        parts.append(Note("unseen"))
    data = data_of(account, facts)
    if keeper:
        parts.append(Text("upkeep"))
        data["due"] = [d.name for d in dues(account, facts) if d.name in DUTIES]
    return Card("register/account", (*parts, *rows(account_buttons(account, facts, keeper=keeper))), {"due": [], **data})


def account_buttons(account: Record, facts: Facts, *, keeper: bool) -> tuple[Button, ...]:
    """What who looks may do with the account."""
    key = account.key
    turn = (Button("register/hand_over", key),) if names_turn(account, facts) and len(account.people) > 1 else ()
    if not keeper or account.status is Status.CLOSED:
        return turn
    if account.status is Status.CLOSING:
        checklist = Button("register/checklist", key, style="primary")
        return (checklist, Button("register/keep", key), Button("register/history", key))
    verify = (Button("register/checklist", key),) if account.status is Status.OPEN and not account.request else ()
    results = (Button("register/results", key),) if account.goals else ()
    # Whose consent is asked is no supervisor's business (R77): who answers for the account has it asked.
    names = (Button("agreements/ask_names", key),) if may_ask(account, facts) else ()
    return (
        Button("register/confirm", key, style="primary"), Button("register/people", key), Button("register/details", key),
        *verify, Button("register/password", key), Button("register/posted", key), Button("register/answered", key),
        Button("register/pause", key, "3"), *turn, *results, *names, Button("register/history", key),
        Button("register/end", key, style="danger"),
    )  # fmt: skip


def list_card(accounts: Sequence[Record], words: str, facts: Facts) -> Card:
    """The accounts that were found, each with its way to be read whole, and who may post there for whoever may know."""
    parts: list[Part] = [Text("head" if accounts else "nothing")]
    for account in accounts[:SHOWN]:
        parts += [Text("item", data_of(account, facts)), Buttons((Button("register/show", account.key),))]
    if accounts[SHOWN:]:
        parts.append(Text("more"))
    # A question in words is answered by the guideline as well (R23, R42, R74).
    parts += quoted(facts.answer.cited[:CITED]) if facts.answer and accounts else []
    report = Button("register/report") if is_member(facts) else None
    search = (Button("register/find"), Button("register/check"), *((report,) if report else ()))
    overdue = (Button("register/overdue"), Button("published/show")) if serves(facts) else ()
    parts += [Buttons((*search, *overdue)), Note("source")]
    data: dict[str, object] = {"count": len(accounts), "rest": len(accounts[SHOWN:]), "words": excerpt(words, 80)}
    return Card("register/list", tuple(parts), _empty() | data)


def overdue_card(facts: Facts) -> Card:
    """What has been left undone, account by account, for the communications team; passwords for the IT manager too."""
    found = [
        (a, [d.name for d in dues(a, facts) if d.name in DUTIES]) for a in facts.register if a.living
    ]  # fmt: skip
    late = [(a, names) for a, names in found if names]
    parts: list[Part] = [Text("head")]
    for account, names in late[:SHOWN]:
        parts += [
            Text("item", data_of(account, facts) | {"due": names}), Buttons((Button("register/show", account.key),)),
        ]  # fmt: skip
    counts = [{"name": n, "count": sum(n in names for _, names in late)} for n in DUTIES]
    data = {"count": len(late), "rest": len(late[SHOWN:]), "counts": [c for c in counts if c["count"]]}
    return Card("register/overdue", tuple(parts), _empty() | {"due": []} | data)


def history_card(account: Record, facts: Facts) -> Card:
    """Who did what about the account, the newest first."""
    deeds = [deed_data(d, facts) for d in reversed(account.history[-DEEDS:])]
    return Card("register/history", (Text("body"),), data_of(account, facts) | {"deeds": deeds})


def checklist_card(account: Record, facts: Facts) -> Card:
    """The points that make an account official, or those of its end: by whom they were ticked, and which wait."""
    ending = account.status is Status.CLOSING
    wanted, ticks = (CLOSING, account.closing) if ending else (VERIFYING, account.ticks)
    points = [
        {"name": p, "by": name_of(ticks[p].person, facts) if p in ticks else "",
         "at": stamp(ticks[p].at) if p in ticks else "", "verifying": p in OF_COMMUNICATIONS}
        for p in wanted
    ]  # fmt: skip
    open_ = tuple(p for p in wanted if p not in ticks and may_tick(p, account, facts))
    parts: list[Part] = [Text("closing" if ending else "verifying"), *([Note("silent")] if ending else [])]
    parts += rows(tuple(Button("register/tick", account.key, p) for p in open_))
    return Card("register/checklist", tuple(parts), data_of(account, facts) | {"points": points})


def verdict_card(found: Verdict, facts: Facts) -> Card:
    """Whether an address is official, and what to do where it is not."""
    account = found.account
    parts: list[Part] = [Text(found.finding)]
    buttons: list[Button] = []
    if found.finding in ("alike", "elsewhere", "unknown", "closed"):
        buttons.append(Button("incidents/choose", "", REPORT_IMPOSTOR, style="danger"))
    if account is not None and account.living:
        buttons.append(Button("register/show", account.key))
    if found.finding == "unknown" and is_member(facts):
        buttons.append(Button("register/report", "", found.place))
    parts += [Buttons(tuple(buttons))] if buttons else []
    parts.append(Note("source"))
    own = data_of(account, facts) if account else _empty()
    return Card("register/verdict", tuple(parts), own | {"place": excerpt(found.place, 120), "why": found.why})


def told(account: Record, facts: Facts, block: str, *buttons: Button, **data: object) -> Effect:
    """What became of a deed, to who did it."""
    return Reply(told_card(account, facts, block, *buttons, **data))


def told_card(account: Record, facts: Facts, block: str, *buttons: Button, **data: object) -> Card:
    """A sentence about an account."""
    extra: dict[str, object] = {"who": "", "at": "", "on": "", "text": "", "point": "", "taker": "", "parts": []}
    return Card("register/told", (Text(block), *rows(buttons)), data_of(account, facts) | extra | data)


def refused(block: str, facts: Facts) -> Effect:
    """Why it cannot be done, and whom to turn to."""
    return Whisper(Card("register/refused", (Text(block),), {"managers": managers(facts)}))


def is_member(facts: Facts) -> bool:
    """Whether who acts is of the municipality's own people."""
    return facts.person is not None and facts.person.standing == "member"


def deed_data(deed: Deed, facts: Facts) -> dict[str, object]:
    """A deed as a history shows it."""
    return {"move": deed.move, "by": name_of(deed.person, facts), "at": stamp(deed.at), "text": deed.text}


def _empty() -> dict[str, object]:
    """The data of an account where there is none, for a template that may speak of one."""
    words = (
        "number", "title", "channel", "address", "owner", "department", "purpose", "mailbox", "rhythm", "plan", "status",
        "ends", "review", "paused_until", "confirmed_at", "password_at", "posted_at", "next_confirmation",
        "next_password",
    )  # fmt: skip
    others = {"answer_days": 0, "people": [], "goals": [], "quiet": False, "consents": False, "umbrella": False}
    return dict.fromkeys(words, "") | others


def _on(day: date | None) -> str:
    return day.isoformat() if day else ""
