"""What is shown of the bot itself: welcome, help, and the home view with what waits and one's own questions."""

from __future__ import annotations

from handlers.accounts.cards import data_of
from handlers.accounts.record import DECIDING
from handlers.accounts.record import Record as Request
from handlers.accounts.turns import acts_for, turn
from handlers.agreements.cards import data_of as data_of_agreement
from handlers.agreements.cards import decides_now
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Said, Text, excerpt
from handlers.facts import Facts
from handlers.incidents.data import data_of as data_of_case
from handlers.incidents.record import Status as CaseStatus
from handlers.incidents.rights import sees
from handlers.management import may_see
from handlers.meetings import records_meetings
from handlers.register.upkeep import DUTIES, dues
from handlers.teams import serves
from knowledge.document import LANGUAGES

STARTERS = 4
"""Slack shows at most four suggested prompts, and the guideline asks four questions of its own (R4–R7)."""
REPORT = Button("incidents/begin", style="danger")
"""The way from every screen to a report of an incident (R145)."""
SHOWN = 5
"""Questions and dead letters of a home view, of each kind."""


def welcome(facts: Facts) -> Card:
    """The first card: what the bot does, with the guideline's own four questions to start from (R4–R7)."""
    prompts = tuple(Button("home/prompt", value=text, style="prompt") for text in facts.starters[:STARTERS])
    return Card(
        "home/welcome",
        (Text("body"), Buttons(prompts), Buttons((REPORT,))),
        {"name": facts.person.name if facts.person else ""},
    )


def home_card(facts: Facts) -> Card:
    """A person's home view: what can be done, what waits for them, their own questions, language."""
    if facts.person and facts.person.standing == "stranger":
        return Card("home/stranger", (Text("body"),))
    actions = Buttons((
        Button("home/ask", style="primary"), Button("home/new_account"), Button("selfcheck/start"),
        Button("agreements/choose"), REPORT,
    ))  # fmt: skip
    register = Buttons((Button("register/list"), Button("register/check")))
    parts = (
        Text("greeting"), actions, register, *_cases(facts), *_agreements(facts), *_requests(facts), *_accounts(facts),
        *_waiting(facts), Text("own"), *_tools(facts), *_letters(facts),
    )  # fmt: skip
    ending = (Text("language"), language_buttons(), Note("privacy"))
    return Card("home/home", (*parts, *ending), _data(facts))


def own_card(facts: Facts) -> Card:
    """The same in a conversation: what waits for the person, and their own questions."""
    parts = (
        *_cases(facts), *_agreements(facts), *_requests(facts), *_accounts(facts), *_waiting(facts), Text("own"),
        Buttons((REPORT,)), *_tools(facts), *_letters(facts),
    )  # fmt: skip
    return Card("home/home", parts, _data(facts))


def help_card(facts: Facts) -> Card:
    """What can be written and pressed; a guest is told what is theirs."""
    guest = bool(facts.person and facts.person.standing == "guest")
    buttons = Buttons((
        Button("home/start"), Button("home/own"), Button("selfcheck/start"), Button("overlays/list"), REPORT,
    ))  # fmt: skip
    return Card("home/help", (Text("body"), buttons), {"guest": guest})


def ask_form(text: str) -> Form:
    """A question in a window, for where there is no line to write on."""
    return Form("home/ask", "", (Field("text", "long", text),))


def language_buttons() -> Buttons:
    """A button for each language."""
    return Buttons(tuple(Button("home/language", value=code) for code in LANGUAGES))


def dead_letter_card(receiver: str, reason: str) -> Card:
    """What the administrators are told when a message cannot be delivered."""
    return Card("home/dead_letter", (Text("body"), Note("reason")), {"receiver": receiver, "reason": reason})


def slow_down_card() -> Card:
    """What somebody is told who asks more than is answered in a minute; reports of incidents are always taken."""
    return Card("home/slow_down", (Text("body"), Buttons((REPORT,))))


def unknown_word_card(word: str, near: list[str], commands: list[str]) -> Card:
    """A word that is not known, those that are near it, and all that are."""
    return Card("home/unknown_word", (Text("body"),), {"word": word, "near": near, "commands": commands})


def _waiting(facts: Facts) -> list[Part]:
    if not serves(facts):
        return []
    parts: list[Part] = [Text("waiting")]
    for q in facts.waiting[:SHOWN]:
        number = q.record.partition("/")[2]
        item = {"number": number, "asker": q.asker, "sent_at": q.sent_at, "handler": q.handler}
        take = () if q.handler else (Button("questions/take", q.record, style="primary"),)
        parts += [Said(excerpt(q.text), "waiting_item", item), Buttons((*take, Button("questions/reply", q.record)))]
    return parts


def _cases(facts: Facts) -> list[Part]:
    """Incidents: for the IT manager those that are open, for others those that they reported."""
    cases = [c for c in facts.cases if c.status is not CaseStatus.DRAFT and sees(c, facts.person, facts)]
    parts: list[Part] = [Text("cases")] if cases else []
    for case in reversed(cases[-SHOWN:]):
        parts += [Text("case_item", data_of_case(case, facts)), Buttons((Button("incidents/show", case.key),))]
    return parts


def _requests(facts: Facts) -> list[Part]:
    """Requests for accounts: those that wait for the person, then their own."""
    person = facts.person
    if person is None:
        return []
    own = [r for r in facts.requests if person.bears(r.requester)]
    mine = [r for r in facts.requests if r not in own and _waits_for(r, facts)]
    parts: list[Part] = []
    for title, requests in (("requests_waiting", mine), ("requests_own", own)):
        parts += [Text(title, {"count": len(requests)})] if requests else []
        for r in requests[:SHOWN]:
            parts += [Text("request_item", data_of(r, facts)), Buttons((Button("accounts/show", r.key),))]
    return parts


def _agreements(facts: Facts) -> list[Part]:
    """Agreements that wait for the person (R19, R34)."""
    mine = [a for a in facts.agreements if decides_now(a, facts)]
    parts: list[Part] = [Text("agreements", {"count": len(mine)})] if mine else []
    for a in mine[:SHOWN]:
        parts += [Text("agreement_item", data_of_agreement(a, facts)), Buttons((Button("agreements/show", a.key),))]
    return parts


def _accounts(facts: Facts) -> list[Part]:
    """The accounts in which the person has a part, what waits to be done first."""
    person = facts.person
    mine = [a for a in facts.register if a.living and person and any(person.bears(p) for p in a.people)]
    due = {a.key: [d.name for d in dues(a, facts) if d.name in DUTIES] for a in mine}
    parts: list[Part] = [Text("accounts", {"count": len(mine)})] if mine else []
    for a in sorted(mine, key=lambda a: not due[a.key])[:SHOWN]:
        item = {"title": a.name, "number": a.number, "due": due[a.key]}
        parts += [Text("account_item", item), Buttons((Button("register/show", a.key),))]
    return parts


def _waits_for(request: Request, facts: Facts) -> bool:
    person = facts.person
    unanswered = person is not None and any(person.bears(p) and not a.answer for p, a in request.agreements.items())
    if request.status in DECIDING:
        return acts_for(request, person, facts) is not None or unanswered
    return person is not None and person.id in {p.id for p in turn(request, facts).acting}


def _tools(facts: Facts) -> list[Part]:
    buttons = (Button("meetings/agenda"),) if records_meetings(facts.person, facts.chain) else ()
    if serves(facts):
        buttons = (Button("curated/list"), Button("digest/show"), *buttons)
    buttons = (*buttons, Button("management/show")) if may_see(facts.person, facts.management) else buttons
    return [Buttons(buttons)] if buttons else []


def _letters(facts: Facts) -> list[Part]:
    """Messages that could not be delivered, for an administrator."""
    parts: list[Part] = [Text("dead")] if facts.dead_letters else []
    for letter in facts.dead_letters[:SHOWN]:
        item = {"receiver": letter.receiver, "at": letter.at}
        again, dismiss = (Button(f"home/{name}", value=str(letter.id)) for name in ("again", "dismiss"))
        parts += [Said(letter.reason, "dead_item", item), Buttons((again, dismiss))]
    return parts


def _data(facts: Facts) -> dict[str, object]:
    names = ("title", "status", "since", "turn", "body", "requester", "count", "kind", "holder", "review")
    empty = dict.fromkeys(names, "")
    own = [{"text": q.text, "status": q.status, "sent_at": q.sent_at, "handler": q.handler} for q in facts.own]
    return {
        **empty,
        "name": facts.person.name if facts.person else "",
        "questions": own,
        "waiting_count": len(facts.waiting),
        "dead_count": len(facts.dead_letters),
        **dict.fromkeys(("number", "asker", "sent_at", "handler", "receiver", "at"), ""),
        "due": [],
    }
