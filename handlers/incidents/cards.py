"""What is shown of a case: to everybody its number and kind, to those who may see it the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Quote, Said, Text, excerpt, files_as, files_in
from handlers.effects import Denied, Effect, FieldErrors, Notify, OpenForm, Replace, Reply, Whisper
from handlers.facts import Facts, Role
from handlers.incidents.aid import RECOVERY, REPORTING, lines_of, rules_of
from handlers.incidents.links import defanged
from handlers.incidents.record import (
    ENDED,
    HELD,
    OPEN,
    PERSONAL,
    Clock,
    Deed,
    Evidence,
    Kind,
    Move,
    Record,
    Route,
    Severity,
    Status,
    may_move,
)
from handlers.incidents.rights import handles, is_manager, parties
from handlers.incidents.routing import out_of_hours
from handlers.masking import veiled
from handlers.register import Record as Account
from knowledge.answers import Citation

LONGEST = 3000
"""Characters of what happened, of a message, of an outcome."""
MESSAGES, DEEDS, FILES = 5, 8, 10
"""The newest of each that a card shows; the case's document has all."""
SHOWN = 10
"""Cases of a list."""
NOBODY = "none"
ELSEWHERE = "other"
"""Options of the account field: none of the municipality's, or one that is not in the register."""
MOST_ACCOUNTS = 90
"""Accounts that the field offers: a list of a form holds a hundred."""
PERSON_FIELD = 200

# ── before a report ─────────────────────────────────────────────────────────────────────────────────────────────────


def start_card(facts: Facts, source: str = "") -> Card:
    """What happened? One press chooses the kind; danger to life comes first. `source` is the question it came from."""
    kinds = tuple(Button("incidents/choose", source, kind.value) for kind in Kind)
    own = Buttons((Button("incidents/list"),))
    return Card("incidents/start", (Text("body"), Buttons(kinds), Note("direct"), own), _contacts(None, facts))


def offer_card(record: Record, facts: Facts) -> Card:
    """First aid for what the words tell of, and one press that reports it as it was written."""
    parts: list[Part] = [Text("head"), Text("aid")]
    parts += [Said(excerpt(record.text), "what")] if record.text else []
    parts += [Text("veiled")] if record.veiled else []
    buttons = [Button("incidents/report", record.key, Route.BOTH, style="primary")]
    if record.kind in PERSONAL:
        buttons.append(Button("incidents/report", record.key, Route.NOT_SUPERVISOR))
    else:
        buttons.append(Button("incidents/report", record.key, Route.IT_MANAGER))
    buttons += [Button("incidents/form", record.key), Button("incidents/drop", record.key)]
    parts += [Text("ask"), Buttons(tuple(buttons)), *quotes(record.kind, facts)]
    return Card("incidents/offer", tuple(parts), data_of(record, facts))


def report_form(record: Record | None, kind: Kind, facts: Facts, values: Mapping[str, str]) -> Form:
    """A report in one window: only what happened is mandatory. First aid for the kind stands above it.

    The form of a draft carries the draft's key with `@draft`; one without makes a case of its own.
    """
    routes = tuple(r.value for r in Route)
    account = (
        values.get("account") or (record.account if record else "") or guessed_account(values.get("text", ""), facts)
    )
    accounts = _listed(account, facts)
    fields = (
        Field("text", "long", values.get("text", ""), longest=LONGEST),
        Field("kind", "choice", kind.value, options=tuple(k.value for k in Kind)),
        Field("link", "text", values.get("link", ""), required=False, longest=500),
        Field("files", "files", values.get("files", ""), required=False, longest=100_000),
        Field(
            "account", "choice", account or NOBODY, options=(NOBODY, *(a.key for a in accounts), ELSEWHERE),
            required=False, names={a.key: account_name(a) for a in accounts},
        ),
        Field("concerned", "person", values.get("concerned", ""), required=False, longest=PERSON_FIELD),
        Field("route", "choice", values.get("route") or Route.BOTH.value, options=routes, required=False),
    )  # fmt: skip
    data = {"aid": lines_of(kind), "kind": kind.value, **_contacts(record, facts)}
    return Form("incidents/report", f"{record.key}@draft" if record else "", fields, data)


def guessed_account(text: str, facts: Facts) -> str:
    """The account of the register whose name or address the words hold, "" for none or for several."""
    words = text.casefold().replace("[.]", ".")
    found = [
        a.key for a in facts.register
        if (len(a.name) > 3 and a.name.casefold() in words) or (a.address and a.address.casefold() in words)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else ""


def _listed(chosen: str, facts: Facts) -> Sequence[Account]:
    """The accounts that a form has room for, with the chosen one: without it the form could be neither shown nor sent."""
    return sorted(facts.register, key=lambda a: a.key != chosen)[:MOST_ACCOUNTS]


def account_name(account: Account) -> str:
    """An account as a list shows it."""
    return excerpt(f"{account.name} – {account.address or account.owner}", 70)


# ── to everybody who is told: number and kind ───────────────────────────────────────────────────────────────────────


def alert_card(record: Record, facts: Facts, why: str = "new", *, late: bool = False) -> Card:
    """A case to take: number, kind, haste, how long it has waited, `why` it is said now. A press opens the details."""
    free = record.status is Status.REPORTED or (record.status in HELD and (record.stale or bool(record.offered)))
    take = (Button("incidents/take", record.key, style="primary"),) if free else ()
    parts: list[Part] = [Text(why), Text("late")] if late else [Text(why)]
    parts += [Text("holder"), Buttons((*take, Button("incidents/show", record.key)))]
    return Card("incidents/alert", tuple(parts), data_of(record, facts))


def supervisor_card(record: Record, facts: Facts) -> Card:
    """What a supervisor is told: that the IT manager knows too (R146); of a threat, to look after the person (R147)."""
    parts: list[Part] = [Text("head"), Text("duty")]
    parts += [Text("care")] if record.kind in PERSONAL else []
    parts += [Buttons((Button("incidents/show", record.key),)), *_quoted(REPORTING[1:2], facts)]
    return Card("incidents/supervisor", tuple(parts), data_of(record, facts))


def state_card(record: Record, facts: Facts) -> Card:
    """How the case stands, for whoever reported it: who was told, who has it, what comes next, whom to call."""
    parts: list[Part] = [Text("head"), Text("told")]
    if record.status in OPEN:
        parts += [Text("next"), Text("hours")] if out_of_hours(facts) else [Text("next")]
    if record.status in ENDED and record.outcome:
        parts.append(Said(excerpt(record.outcome), "outcome"))
    parts += [Text("aid")] if record.status is Status.REPORTED else []
    return Card("incidents/state", (*parts, Buttons(_own_buttons(record))), data_of(record, facts))


def _own_buttons(record: Record) -> tuple[Button, ...]:
    write = Button("incidents/write", record.key)
    show = Button("incidents/show", record.key)
    if record.status in ENDED:
        return (Button("incidents/reopen", record.key), show)
    return (write, show)


def protect_card(record: Record, facts: Facts) -> Card:
    """What the communications team and an account's other administrators need to protect it: no word of what was told."""
    return Card("incidents/protect", (Text("body"), Text("do"), Note("ours")), data_of(record, facts))


def note_card(record: Record, facts: Facts, what: str, **more: object) -> Card:
    """A short message on the case: number, kind and what happened to it."""
    buttons = Buttons((Button("incidents/show", record.key),))
    return Card("incidents/note", (Text(what), buttons), data_of(record, facts) | more)


# ── to those who may see it: the whole ──────────────────────────────────────────────────────────────────────────────


def case_card(record: Record, facts: Facts, *, whole: bool = False) -> Card:
    """The case with what was written and done, and the buttons of who looks; `whole` for a document without buttons."""
    record = _as_seen(record, facts)
    parts: list[Part] = [Text("head"), Note("who")]
    parts += [Said(record.text, "what")] if record.text else []
    parts += [Text("veiled")] if record.veiled else []
    parts += [Text("account")] if record.account else []
    parts += [Text("files")] if record.evidence else []
    parts += [Text("twins")] if record.twins else []
    parts += [Text("clock", {"clock": clock_data(c, facts)}) for c in record.clocks]
    messages = record.messages if whole else record.messages[-MESSAGES:]
    parts += [
        Said(m.text if whole else excerpt(m.text), "message", {"by": name_of(m.person, facts), "at": m.at.isoformat()})
        for m in messages
    ]
    parts += [Said(record.outcome if whole else excerpt(record.outcome), "outcome")] if record.outcome else []
    parts += [
        Said(text if whole else excerpt(text), "review", {"heading": name})
        for name, text in record.review.items()
        if text
    ]
    parts.append(Text("timeline"))
    rows = () if whole else _rows(case_buttons(record, facts))
    data = details_of(record, facts)
    if not whole:
        data["deeds"] = data["deeds"][-DEEDS:]  # type: ignore[index]  # a list, as `data_of` makes it
    return Card("incidents/case", (*parts, *rows), data)


def _as_seen(record: Record, facts: Facts) -> Record:
    """The case without what others of its wave wrote in theirs, which is for whoever handles it (R148)."""
    if handles(record, facts.person):
        return record
    others = {t.reporter for t in record.twins} - set(parties(record))
    return replace(
        record, messages=tuple(m for m in record.messages if m.person not in others),
        history=tuple(d for d in record.history if d.person not in others),
    )  # fmt: skip


def case_buttons(record: Record, facts: Facts) -> tuple[Button, ...]:
    """What who looks may do with the case now."""
    key, person = record.key, facts.person
    write = (Button("incidents/write", key),) if record.status in OPEN else ()
    if person is None or not handles(record, person):
        own = person is not None and person.bears(record.reporter)
        return (*write, *((Button("incidents/reopen", key),) if record.status in ENDED and own else ()))
    mine = record.holder and person.bears(record.holder)
    if record.status in OPEN and not mine:
        return (Button("incidents/take", key, style="primary"), *write, Button("incidents/manage", key))
    document = Button("incidents/document", key)
    if record.status in HELD:
        return (
            Button("incidents/resolve", key, style="primary"), *write, Button("incidents/manage", key),
            Button("incidents/law", key), document,
        )  # fmt: skip
    if record.status in ENDED:
        review = (Button("incidents/review", key, style="primary"),) if may_move(record, Move.REVIEW) else ()
        rest = (Button("incidents/reopen", key), Button("incidents/manage", key), Button("incidents/law", key), document)
        return (*review, *rest)
    return (Button("incidents/split", key),) if record.status is Status.JOINED else ()


def manage_form(record: Record, facts: Facts, values: Mapping[str, str]) -> Form:
    """How the case goes on: kind, haste, state, account, who takes it over, who else may see it, legal hold."""
    accounts = _listed(record.account, facts)
    states = (Status.TAKEN.value, Status.WAITING.value, Status.CONTAINED.value)
    # A closed case keeps its state and is handed to nobody: of it only the kind and the hold are changed.
    still: tuple[Field, ...] = ()
    if record.status in OPEN:
        still = (
            Field("severity", "choice", values.get("severity", record.severity.value), tuple(s.value for s in Severity)),
            *((Field("state", "choice", values.get("state", record.status.value), states),)
              if record.status in HELD else ()),
            Field(
                "account", "choice", values.get("account", record.account or NOBODY),
                options=(NOBODY, *(a.key for a in accounts), ELSEWHERE), required=False,
                names={a.key: account_name(a) for a in accounts},
            ),
            Field("offered", "person", values.get("offered", ""), required=False, longest=PERSON_FIELD),
            Field("added", "people", values.get("added", ""), required=False),
        )  # fmt: skip
    fields = (
        Field("kind", "choice", values.get("kind", record.kind.value), tuple(k.value for k in Kind)),
        *still,
        Field("hold", "text", values.get("hold", record.hold), required=False, longest=300),
    )
    return Form("incidents/manage", record.key, fields, data_of(record, facts))


def law_card(record: Record, facts: Facts) -> Card:
    """The clocks of the law: marked as law, not guideline; the bot reminds, a person decides."""
    parts: list[Part] = [Text("head"), Text("contacts")]
    rows: list[Part] = []
    for law in ("gdpr", "nis2"):
        clock = record.clock(law)
        if clock is None:
            rows.append(Buttons((Button("incidents/clock", record.key, law),)))
            continue
        parts.append(Text("clock", {"clock": clock_data(clock, facts)}))
        if not clock.outcome:
            draft = (Button("incidents/notice", record.key, law),)
            decide = (Button("incidents/noticed", record.key, law), Button("incidents/unneeded", record.key, law))
            rows.append(Buttons((*draft, *decide)))
    return Card("incidents/law", (*parts, *rows, Note("source")), data_of(record, facts))


def notice_card(record: Record, law: str, facts: Facts) -> Card:
    """A draft of the notice to the authority, filled in as far as the case tells: to be copied, checked and mended."""
    data = details_of(record, facts) | {"law": law}
    return Card("incidents/notice", (Text("head"), Text(law), Note("source")), data)


def list_card(records: Sequence[Record], facts: Facts, words: str = "", total: int = 0) -> Card:
    """Cases that who looks may see: the open ones first, each with its state."""
    parts: list[Part] = [Text("head")]
    for record in records[:SHOWN]:
        show = Button("incidents/show", record.key)
        parts += [Text("item", data_of(record, facts)), Buttons((show,))]
    buttons = (Button("incidents/begin", style="danger"),)
    figures = (Button("incidents/figures"),) if is_manager(facts.person) else ()
    parts.append(Buttons((*buttons, *figures)))
    return Card(
        "incidents/list", tuple(parts), {"count": total, "rest": max(total - SHOWN, 0), "words": veiled(words), **BLANK}
    )


def figures_card(records: Iterable[Record], facts: Facts) -> Card:
    """How many cases of each kind there were in the last months, and how soon they were taken: without names."""
    months: dict[str, dict[str, int]] = {}
    waits: dict[str, list[float]] = {}
    for record in records:
        if record.reported_at is None or facts.now - record.reported_at > timedelta(days=366):
            continue
        month = record.reported_at.date().isoformat()[:7]
        kinds = months.setdefault(month, {})
        kinds[record.kind.value] = kinds.get(record.kind.value, 0) + 1
        first = next((d.at for d in record.history if d.move == Move.TAKE), None)
        if first:
            waits.setdefault(month, []).append((first - record.reported_at).total_seconds() / 60)
    shown = [
        {
            "month": f"{month[5:].lstrip('0')}/{month[:4]}",
            "total": sum(kinds.values()),
            "kinds": [{"kind": k, "count": n} for k, n in sorted(kinds.items(), key=lambda item: -item[1])],
            "minutes": round(_median(waits[month])) if month in waits else -1,
        }
        for month, kinds in sorted(months.items(), reverse=True)
    ]
    return Card("incidents/figures", (Text("body"), Note("privacy")), {"months": shown})


def _median(numbers: list[float]) -> float:
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


# ── replies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def refused(action: str, why: str = "not_yours") -> list[Effect]:
    """Why it cannot be done; of a case that is not theirs not even that it is there. The attempt is journalled."""
    return [Denied(action), Whisper(Card("incidents/refused", (Text(why),)))]


def late(record: Record, facts: Facts, unsent: str = "") -> list[Effect]:
    """For who came too late: how the case stands, and what they wrote given back."""
    parts: list[Part] = [Text("body")]
    parts += [Said(defanged(veiled(unsent)), "unsent")] if unsent else []
    return [Whisper(Card("incidents/late", tuple(parts), data_of(record, facts))), *refreshed(record, facts)]


def without_secrets(effect: Effect) -> Effect:
    """The wish; where it shows a form, without the secrets that somebody wrote into it."""
    if not isinstance(effect, FieldErrors | OpenForm):
        return effect
    form = effect.form
    return replace(effect, form=replace(form, fields=tuple(replace(f, value=_clean(f)) for f in form.fields)))


def _clean(field: Field) -> str:
    if field.type != "files":
        return veiled(field.value)
    return files_as([replace(f, name=veiled(f.name)) for f in files]) if (files := files_in(field.value)) else ""


def told(record: Record, facts: Facts, what: str, **more: object) -> Effect:
    """The one visible answer to who acted: a sentence on what happened."""
    return Reply(Card("incidents/told", (Text(what),), data_of(record, facts) | more))


def privately(card: Card, record: Record, facts: Facts, slot: str = "") -> list[Effect]:
    """The card to who acted: where others see the conversation, in their own one, and a word about it where they are."""
    if not facts.public or facts.person is None:
        return [Reply(card, slot=slot)]
    here = Card("incidents/told", (Text("in_private"),), data_of(record, facts))
    return [Whisper(here), Notify(card, person=facts.person.id, slot=slot)]


def refreshed(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the case's lasting messages brought up to date."""
    return [
        Replace("alert", alert_card(record, facts, "now")),
        Replace("state", state_card(record, facts)),
    ]


def erased(record: Record, facts: Facts) -> list[Effect]:
    """Every copy of the case's messages emptied: nothing of what was written stays to be read."""
    gone = Card("incidents/told", (Text("erased"),), data_of(record, facts))
    return [Replace(slot, gone) for slot in ("alert", "state", "supervisor", "case", "note", "said", "document", "wave")]


# ── data ────────────────────────────────────────────────────────────────────────────────────────────────────────────

BLANK: dict[str, object] = dict.fromkeys(
    ("number", "kind", "status", "severity", "holder", "since", "reporter", "concerned", "waited"), ""
)
"""What a template of several cases asks for of each, where there is none."""


def data_of(record: Record, facts: Facts) -> dict[str, object]:
    """What all words about a case need, and nothing of what was written in it."""
    account = account_of(record, facts)
    took = record.last(Move.TAKE)
    since = record.reported_at or record.made_at
    return {
        "number": record.number,
        "kind": record.kind.value,
        "status": record.status.value,
        "severity": record.severity.value,
        "route": record.route.value,
        "level": record.level,
        "fallback": record.fallback,
        "stale": record.stale,
        "since": since.isoformat(),
        "waited": minutes(facts.now - since),
        "reporter": name_of(record.reporter, facts),
        "concerned": name_of(record.concerned, facts) if record.concerned else "",
        "supervisor": name_of(record.supervisor, facts) if record.supervisor else "",
        "holder": name_of(record.holder, facts) if record.holder else "",
        "offered": name_of(record.offered, facts) if record.offered else "",
        "taken_at": took.at.isoformat() if took else "",
        "told": [name_of(p, facts) for p in record.told],
        "added": [name_of(p, facts) for p in record.added],
        "count": len(record.twins) + 1,
        "leader": record.leader.rpartition("/")[2],
        "twins": [t.key.rpartition("/")[2] for t in record.twins],
        "aid": lines_of(record.kind),
        "account": account_data(account, facts),
        "elsewhere": record.account == ELSEWHERE,
        "resolved_at": record.resolved_at.isoformat() if record.resolved_at else "",
        "kept_months": facts.plan.months(record.kind.value),
        "municipality": facts.municipality,
        **_contacts(record, facts),
    }


def details_of(record: Record, facts: Facts) -> dict[str, object]:
    """The same with what was written, handed in and done: only for a card of somebody who may see the case."""
    return data_of(record, facts) | {
        "text": record.text,
        "outcome": record.outcome,
        "hold": record.hold,
        "files": [file_data(e, facts) for e in record.evidence[:FILES]],
        "more_files": max(len(record.evidence) - FILES, 0),
        "deeds": [deed_data(d, facts) for d in record.history],
    }


def _contacts(record: Record | None, facts: Facts) -> dict[str, object]:
    """Whom to turn to: the IT manager by name, and whom the municipality has settled on."""
    excluded = record.excluded if record else ()
    managers = [p.name for p in facts.people.bearers(Role.IT_MANAGER) if p.id not in excluded]
    return {
        "it_managers": managers, "call": facts.plan.call, "protection_officer": facts.plan.protection_officer,
        "out_of_hours": out_of_hours(facts),
    }  # fmt: skip


def account_of(record: Record, facts: Facts) -> Account | None:
    """The municipality's account that the case is about, as the register has it."""
    return next((a for a in facts.register if a.key == record.account), None)


def account_data(account: Account | None, facts: Facts) -> dict[str, object]:
    """What the register knows of an account that helps to protect it."""
    if account is None:
        return dict.fromkeys(("name", "channel", "address", "owner", "mailbox", "recovery"), "") | {"admins": []}
    return {
        "name": account.name, "channel": account.channel, "address": account.address, "owner": account.owner,
        "mailbox": account.mailbox, "recovery": RECOVERY.get(account.channel, ""),
        "admins": [name_of(p, facts) for p in keepers(account)],
    }  # fmt: skip


def keepers(account: Account) -> tuple[str, ...]:
    """Who can log in to an account: its updater, their substitute and its administrators, each once."""
    return tuple(dict.fromkeys(p for p in (account.updater, account.substitute, *account.admins) if p))


def file_data(evidence: Evidence, facts: Facts) -> dict[str, object]:
    """A file as a card's data: its checksum in full, as whoever compares it needs all of it."""
    return {
        "name": evidence.name, "size": evidence.size, "sha256": evidence.sha256, "lost": evidence.lost,
        "by": name_of(evidence.person, facts), "at": evidence.at.isoformat(),
    }  # fmt: skip


def deed_data(deed: Deed, facts: Facts) -> dict[str, object]:
    """A line of the timeline."""
    blank = dict.fromkeys(("value", "to", "late", "rule", "times"), "")
    details = {**blank, **deed.details}
    return {
        "at": deed.at.isoformat(), "by": name_of(deed.person, facts) if deed.person else "", "move": deed.move,
        "text": excerpt(deed.text, 200), **details, "to": name_of(details["to"], facts) if details["to"] else "",
    }  # fmt: skip


def clock_data(clock: Clock, facts: Facts) -> dict[str, object]:
    """A clock of the law with its countdown."""
    due = next((d for d in clock.deadlines if d > facts.now), clock.deadlines[-1])
    left = due - facts.now
    return {
        "law": clock.law, "aware_at": clock.aware_at.isoformat(), "deadline": due.isoformat(),
        "hours": max(int(left.total_seconds() // 3600), 0), "over": left <= timedelta(),
        "outcome": clock.outcome, "reason": clock.reason,
        "by": name_of(clock.decided_by, facts) if clock.decided_by else "",
        "at": clock.decided_at.isoformat() if clock.decided_at else "",
    }  # fmt: skip


def name_of(person_id: str, facts: Facts) -> str:
    """A person's name; their id where the directory does not know them any more."""
    person = facts.people.person(person_id)
    return person.name if person else person_id


def minutes(waited: timedelta) -> int:
    """Whole minutes."""
    return int(waited.total_seconds() // 60)


def quotes(kind: Kind, facts: Facts) -> list[Part]:
    """The guideline's own words behind the first aid of a kind."""
    return _shown(rules_of(kind, facts.passages))


def _quoted(passages: Sequence[str], facts: Facts) -> list[Part]:
    return _shown([facts.passages[p] for p in passages if p in facts.passages])


def _shown(cited: Sequence[Citation]) -> list[Part]:
    once = {c.quote: c for c in reversed(cited)}
    return [
        Quote(c.quote, c.focus, c.title, " › ".join(c.heading[1:]), c.version, c.id, number)
        for number, c in enumerate(reversed(once.values()), 1)
    ]


def _rows(buttons: tuple[Button, ...]) -> tuple[Buttons, ...]:
    return tuple(Buttons(buttons[i : i + 5]) for i in range(0, len(buttons), 5))
