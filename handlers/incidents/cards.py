"""What is shown of a case: to everybody its number and kind, to those who may see it the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from handlers.cards import Button, Buttons, Card, Field, Note, Part, Quote, Said, Text, excerpt, files_as, files_in, rows
from handlers.effects import Denied, Effect, FieldErrors, Notify, OpenForm, Replace, Reply, Whisper
from handlers.facts import HELSINKI, Facts, name_of
from handlers.incidents.aid import REPORTING, rules_of
from handlers.incidents.data import BLANK, clock_data, contacts_of, data_of, details_of
from handlers.incidents.links import defanged
from handlers.incidents.record import (
    ENDED,
    HELD,
    OPEN,
    PERSONAL,
    Kind,
    Move,
    Record,
    Route,
    Status,
    may_move,
)
from handlers.incidents.rights import handles, is_manager, may_take_over, parties
from handlers.incidents.routing import out_of_hours
from handlers.masking import veiled
from knowledge.answers import Citation

MESSAGES, DEEDS = 5, 8
"""The newest of each that a card shows; the case's document has all."""
SHOWN = 10
"""Cases of a list."""

# ── before a report ─────────────────────────────────────────────────────────────────────────────────────────────────


def start_card(facts: Facts, source: str = "") -> Card:
    """What happened? One press chooses the kind; danger to life comes first. `source` is the question it came from."""
    kinds = tuple(Button("incidents/choose", source, kind.value) for kind in Kind)
    own = Buttons((Button("incidents/list"),))
    return Card("incidents/start", (Text("body"), Buttons(kinds), Note("direct"), own), contacts_of(None, facts))


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
    parts += [Text("aid")] if record.status in (Status.REPORTED, Status.JOINED) else []
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
    buttons = () if whole else rows(case_buttons(record, facts))
    data = details_of(record, facts)
    if not whole:
        data["deeds"] = data["deeds"][-DEEDS:]  # type: ignore[index]  # a list, as `details_of` makes it
    return Card("incidents/case", (*parts, *buttons), data)


def _as_seen(record: Record, facts: Facts) -> Record:
    """The case without what others of its wave wrote in theirs, which is for whoever handles it (R148)."""
    if facts.person is None or handles(record, facts.person):
        return record  # nobody in person: whoever has the server writes it to a file
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
    if record.status in OPEN and not mine and may_take_over(record, person):
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


def law_card(record: Record, facts: Facts) -> Card:
    """The clocks of the law: marked as law, not guideline; the bot reminds, a person decides."""
    parts: list[Part] = [Text("head"), Text("contacts")]
    under: list[Part] = []
    for law in ("gdpr", "nis2"):
        clock = record.clock(law)
        if clock is None:
            under.append(Buttons((Button("incidents/clock", record.key, law),)))
            continue
        parts.append(Text("clock", {"clock": clock_data(clock, facts)}))
        if not clock.outcome:
            draft = (Button("incidents/notice", record.key, law),)
            decide = (Button("incidents/noticed", record.key, law), Button("incidents/unneeded", record.key, law))
            under.append(Buttons((*draft, *decide)))
    return Card("incidents/law", (*parts, *under, Note("source")), data_of(record, facts))


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
        month = record.reported_at.astimezone(HELSINKI).date().isoformat()[:7]
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
    """The one visible answer to who acted: a sentence on what happened; to who took it, the way into the case too."""
    buttons = (Buttons((Button("incidents/show", record.key, style="primary"),)),) if what == "you_have_it" else ()
    return Reply(Card("incidents/told", (Text(what), *buttons), data_of(record, facts) | more))


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
