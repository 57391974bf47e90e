"""The register of accounts (R35–R43): read by everybody, kept true by its people, searched in a second.

The table of an account's life is `record.TRANSITIONS`; who may see and do what is `rights`; what is due is `upkeep`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from handlers import unreached
from handlers.cards import Button, Buttons, Card, Field, Form, Text
from handlers.effects import Effect, FieldErrors, OpenForm, Reply
from handlers.events import Asked, Consented, Elapsed, Entered, Event, Left, Pressed, Submitted, Undelivered
from handlers.facts import Facts, Role
from handlers.register import cards, ending, keeping, naming, reporting, turns
from handlers.register.addresses import addresses_in
from handlers.register.official import Verdict, verdict
from handlers.register.record import Record, Status, Tick, key_of
from handlers.register.rights import keeps, names_turn, sees_people
from handlers.register.search import find
from handlers.teams import serves
from knowledge.answers import Intent

__all__ = ["Record", "begins", "decide", "journalled", "key_of", "understands"]

OF_REQUEST = ("official_at", "opened_at", "named_at")
"""What a request still tells of an account that the register knows: all else is kept true in the register."""
WORDS = 80
"""Characters of a search."""
ASKS = (
    "virallinen", "virallisia", "aito", "aitoja", "oikea", "väärennö", "luotta", "feik", "fake", "valetil", "officiell",
    "äkta", "lita på", "official", "genuine", "real", "trust",
)  # fmt: skip
"""Words that ask whether an account is official."""


def begins(event: Event) -> bool:
    """Whether the event makes a new account: one is reported that exists already."""
    return isinstance(event, Submitted) and event.form == "register/report"


def journalled(record: Record) -> Record:
    """What the journal keeps of it: not who consents to their own name, which can be taken back (R77)."""
    return replace(record, own_names=())


def understands(event: Asked, facts: Facts) -> bool:
    """Whether the words are an address or ask whether one is official, or ask for accounts that the register has."""
    if not event.addressed or event.intent not in ("", Intent.REGISTER_LOOKUP):
        return False
    if event.intent:
        return True
    if facts.answer and facts.answer.intent is Intent.INCIDENT:
        return False
    if addresses_in(event.text):
        return _asks_of_an_address(event.text, facts)
    asked = facts.answer is not None and facts.answer.intent is Intent.REGISTER_LOOKUP
    return asked and bool(_found(event.text, facts))


def _asks_of_an_address(text: str, facts: Facts) -> bool:
    """Whether words with an address in them ask about it: they say so, they are nothing else, or it is like one of ours.

    An address that is no account's, alone, is somebody's link: what to do with it the guideline says.
    """
    said = _verdict(text, facts)
    if any(w in text.casefold() for w in ASKS) or said.finding == "alike":
        return True
    rest = text
    for address in addresses_in(text):
        rest = rest.replace(address, "")
    return len(rest.split()) <= 1 and said.finding not in ("own_site", "no_service")


def decide(  # noqa: C901 - the table of the flow: a line for each event it knows
    record: Record | None, event: Event, facts: Facts
) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on an account, or on the register."""
    match event:
        case Entered():
            return _entered(record, event), []
        case Left() if record is None:
            return None, naming.spread(event, facts)
        case Left() if record is not None:
            return naming.left(record, event, facts)
        case Consented() if record is not None:
            return _consented(record, event), []
        case Undelivered() if record is not None:
            return record, [*unreached.told(event, facts, "account", number=str(record.number))]
        case Elapsed() | Undelivered() | Consented():
            return record, []
        case Asked():
            return None, [_asked(event.text, facts)]
        case _ if facts.person is None or facts.person.standing == "stranger":
            return record, [cards.refused("guest", facts)]
        case Submitted(form="register/report"):
            return reporting.report(event, facts)
        case _ if record is None:
            return None, _of_the_register(event, facts)
        case _:
            return _of_an_account(record, event, facts)


def _entered(record: Record | None, event: Entered) -> Record:
    """The account as its request tells it; of one that is here already only what the request still knows better."""
    account = {**event.account, "status": Status(str(event.account["status"]))}
    account["ticks"] = {name: Tick(**tick) if isinstance(tick, dict) else tick for name, tick in _ticks(event)}
    if record is None:
        return Record(key=key_of(event.record), request=event.record, **account)  # type: ignore[arg-type]
    if not record.request:
        return replace(record, own_names=_consents(record, event, account.get("own_names", ())))
    status = account["status"] if record.status in (Status.OPEN, Status.OFFICIAL) else record.status
    told = {name: account[name] or getattr(record, name) for name in OF_REQUEST}
    consents = _consents(record, event, account.get("own_names", ()))
    return replace(record, status=status, ticks=account["ticks"], own_names=consents, **told)  # type: ignore[arg-type]


def _ticks(event: Entered) -> list[tuple[str, object]]:
    ticks = event.account.get("ticks", {})
    return list(ticks.items()) if isinstance(ticks, Mapping) else []


def _consents(record: Record, event: Entered, told: object) -> tuple[str, ...]:
    """Whose names may be used: of the request only the consent of who acted is news."""
    names = tuple(told) if isinstance(told, tuple | list) else ()
    others = tuple(p for p in record.own_names if p != event.person)
    return (*others, event.person) if event.person in names else others


def _consented(record: Record, event: Consented) -> Record:
    """A person's consent to post under their own name is given or taken back (R77); of a refusal nothing is kept."""
    others = tuple(p for p in record.own_names if p != event.person)
    return replace(record, own_names=(*others, event.person) if event.given else others)


# ── the register as a whole ─────────────────────────────────────────────────────────────────────────────────────────


def _asked(words: str, facts: Facts) -> Effect:
    if addresses_in(words):
        return Reply(cards.verdict_card(_verdict(words, facts), facts))
    return Reply(cards.list_card(_found(words, facts), words, facts))


def _verdict(words: str, facts: Facts) -> Verdict:
    """What the register says of the first address in the words, a handle also without its @."""
    found = addresses_in(words) or addresses_in(f"@{words.strip()}") or [""]
    return verdict(found[0], facts.register, facts.requests, facts.domains)


def _found(words: str, facts: Facts) -> tuple[Record, ...]:
    return find(words[:WORDS], facts)


def _of_the_register(event: Event, facts: Facts) -> list[Effect]:  # noqa: C901 - the table of what is asked of it
    match event:
        case Pressed(action="register/list", value=words):
            return [Reply(cards.list_card(_found(words, facts), words, facts))]
        case Pressed(action="register/find"):
            return [OpenForm(search_form(""))]
        case Submitted(form="register/find", values=values):
            words = values.get("words", "").strip()
            return [Reply(cards.list_card(_found(words, facts), words, facts))]
        case Pressed(action="register/check", value=""):
            return [OpenForm(check_form(""))]
        case Pressed(action="register/check", value=words):
            return _checked(words, facts)
        case Submitted(form="register/check", values=values):
            return _checked(values.get("address", ""), facts)
        case Pressed(action="register/report", spoken=True) if cards.is_member(facts):
            # Words cannot open a window everywhere: they are told how the same is written.
            return [Reply(Card("register/how", (Text("report"), Buttons((Button("register/report"),)))))]
        case Pressed(action="register/report", value=address) if cards.is_member(facts):
            given = {"address": address, "channel": reporting.channel_of(address)} if address else {}
            return [OpenForm(reporting.report_form(given, facts))]
        case Pressed(action="register/report"):
            return [cards.refused("guest", facts)]
        case Pressed(action="register/overdue") if _sees_overdue(facts):
            return [Reply(cards.overdue_card(facts))]
        case Pressed(action="register/overdue"):
            return [cards.refused("not_communications", facts)]
        case _:
            return [cards.refused("gone", facts)]


def search_form(words: str) -> Form:
    """What is looked for: a unit, a platform, a person."""
    return Form("register/find", "", (Field("words", "text", words, longest=WORDS, required=False),))


def check_form(address: str) -> Form:
    """The address or handle that is looked up."""
    return Form("register/check", "", (Field("address", "text", address, longest=300),))


def _checked(words: str, facts: Facts) -> list[Effect]:
    if not addresses_in(words) and not addresses_in(f"@{words.strip()}"):
        return [FieldErrors(check_form(words[:300]), {"address": "not_an_address"})]
    return [Reply(cards.verdict_card(_verdict(words, facts), facts))]


def _sees_overdue(facts: Facts) -> bool:
    person = facts.person
    return serves(facts) or (person is not None and Role.IT_MANAGER in person.roles | person.deputy_for)


# ── an account ──────────────────────────────────────────────────────────────────────────────────────────────────────

Deed = Callable[[Record, Event, Facts], tuple[Record, list[Effect]]]
KEEPING: Mapping[str, Deed] = MappingProxyType({
    "register/confirm": keeping.confirm,
    "register/password": keeping.password,
    "register/posted": keeping.posted,
    "register/answered": keeping.answered,
    "register/pause": keeping.pause,  # type: ignore[dict-item]  # a press
    "register/keep": ending.keep,
})  # fmt: skip
"""What its keepers do with one press."""
FORMS: Mapping[str, Callable[[Record, Facts], Form]] = MappingProxyType({
    "register/people": lambda a, f: naming.people_form(a, {}, f),
    "register/details": lambda a, _: reporting.details_form(a, {}),
    "register/extend": lambda a, f: ending.extend_form(a, {}, f),
    "register/end": lambda a, _: ending.end_form(a, ""),
})  # fmt: skip
"""The forms that its keepers open."""
SENT: Mapping[str, Callable[[Record, Submitted, Facts], tuple[Record, list[Effect]]]] = MappingProxyType({
    "register/people": naming.people,
    "register/part": naming.change_part,
    "register/details": reporting.details,
    "register/results": keeping.results,
    "register/extend": ending.extend,
    "register/end": ending.end,
})  # fmt: skip
"""What its keepers send."""


def _of_an_account(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: C901 - a table
    match event:
        case Pressed(action="register/show"):
            return record, [Reply(cards.account_card(record, facts))]
        case Pressed(action="register/hand_over") if names_turn(record, facts):
            return record, [OpenForm(turns.form(record, {}, facts))]
        case Submitted(form="register/hand_over"):
            return turns.hand_over(record, event, facts)
        case Pressed(action="register/take_turn" | "register/refuse_turn" as action):
            return turns.answer(record, event, facts, yes=action == "register/take_turn")
        case Pressed(action="register/decline"):
            return naming.decline(record, event, facts)
        case Pressed(action="register/tick", value=point):
            return keeping.tick(record, event, point, facts)
        case Pressed(action="register/history") if sees_people(record, facts):
            return record, [Reply(cards.history_card(record, facts))]
        case _ if not keeps(record, facts):
            return record, [cards.refused("not_keeper", facts)]
        case _ if record.status is Status.CLOSED:
            return record, [cards.refused("closed", facts)]
        case Pressed(action="register/checklist"):
            return record, [Reply(cards.checklist_card(record, facts))]
        case Pressed(action="register/results"):
            return keeping.open_results(record, facts)
        case Pressed(action=name) if name in KEEPING:
            done, effects = KEEPING[name](record, event, facts)
            # Pressed twice it is said twice and kept once: a history of double clicks would push out what matters.
            return (record if keeping.repeats(record, done, facts) else done), effects
        case Pressed(action="register/end") if record.status is Status.CLOSING:
            return record, [Reply(cards.checklist_card(record, facts))]
        case Pressed(action=name) if name in FORMS:
            return record, [OpenForm(FORMS[name](record, facts))]
        case Submitted(form=name) if name in SENT:
            return SENT[name](record, event, facts)
        case _:
            return record, [cards.refused("gone", facts)]
