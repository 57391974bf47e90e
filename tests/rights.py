"""Who may do what: each button and form of each flow, tried on records in each status by each role.

Nothing is carried out: a flow's decision on the real facts of a real database is looked at. `python -m tests.rights`
prints the table of docs/rights.md.
"""

from __future__ import annotations

import ast
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.records import RECORDS
from bot.rendering import Renderer
from bot.storage import Account
from handlers import FLOWS, curated, flow_of
from handlers.effects import Denied, FieldErrors, Forget, OpenForm, RefreshHome, Replace, Reply, ShowCard, Tell, Whisper
from handlers.events import Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.overlays.record import Status as Overlay
from handlers.questions import record as questions
from handlers.register.record import Status as Account_
from knowledge.guide import Guide
from tests import accounts, agreements, incidents, overlays, register
from tests.conftest import World, make_world
from tests.fakes import MONDAY

ROOT = Path(__file__).parent.parent
OWNER, KEEPER = "employee", "librarian"
ROLES: Mapping[str, str] = {
    OWNER: "own", "supervisor": "their supervisor", KEEPER: "keeper of the account", "informatician": "substitute",
    "department-secretary": "department's secretary", "municipal-secretary": "municipal secretary",
    "communications-specialist": "communications specialist", "communications-manager": "communications manager",
    "it-manager": "IT manager", "administrator": "administrator", "municipal-manager": "another employee",
    "official": "elected official", "fake:guest": "guest", "fake:stranger": "stranger",
}  # fmt: skip
"""The people of the demo organisation who try, and what they are to the record."""
OUTSIDERS = ("municipal-manager", "official", "fake:guest", "fake:stranger")
"""To whom none of the records is anything."""
SAID = (Reply, Whisper, Tell, OpenForm, FieldErrors, ShowCard, Denied, RefreshHome, Forget, Replace)
"""What changes nothing but what the person sees."""
REFUSING = re.compile(r"/(refused|gone|unknown|none|missing|not_yours|unreadable|denied|help|undone|decided|old)$")
TIMES = {"made_at": MONDAY, "changed_at": MONDAY, "since": MONDAY}


def actions() -> dict[str, list[tuple[str, str]]]:
    """Every action of a button and every form that the flows name, as (kind, name), by flow: read from the code."""
    found: dict[str, set[tuple[str, str]]] = {flow: set() for flow in FLOWS}
    for path in (ROOT / "handlers").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Button", "Form"):
                kind = "press" if node.func.id == "Button" else "submit"
                for constant in ast.walk(node):
                    value = constant.value if isinstance(constant, ast.Constant) else ""
                    if isinstance(value, str) and re.fullmatch(r"[a-z]+/[a-z_]+", value) and value.split("/")[0] in FLOWS:
                        found[value.split("/")[0]].add((kind, value))
            if (
                isinstance(node, ast.MatchClass)
                and isinstance(node.cls, ast.Name)
                and node.cls.id in ("Pressed", "Submitted")
            ):
                kind = "press" if node.cls.id == "Pressed" else "submit"
                for pattern in node.kwd_patterns:
                    for constant in ast.walk(pattern):
                        value = constant.value if isinstance(constant, ast.Constant) else ""
                        if isinstance(value, str) and re.fullmatch(r"[a-z]+/[a-z_]+", value):
                            found.setdefault(value.split("/")[0], set()).add((kind, value))
    return {flow: sorted(names) for flow, names in found.items() if names}


def scene(world: World) -> dict[str, dict[str, str]]:
    """Records of each flow in each status that matters, by flow and status: their keys."""
    keys: dict[str, dict[str, str]] = {}

    def keep(flow: str, record: Any) -> None:
        data = RECORDS[flow].dump_json(record).decode()
        with world.store.unit() as unit:
            unit.save(record.key, record.status, record.person, data, 0, MONDAY)
        keys.setdefault(flow, {})[str(record.status)] = record.key

    for number, status in enumerate(questions.Status, start=101):
        handed = status is not questions.Status.ASKED
        taken = "communications-specialist" if status in (questions.Status.TAKEN, questions.Status.REPLIED) else ""
        keep("questions", questions.Record(
            OWNER, f"fake:dm:{OWNER}", "Miten some-tili suljetaan?", "fi", "question", "silent", (), MONDAY,
            key=f"questions/{number}", status=status, sent_text="Miten?" if handed else "",
            sent_at=MONDAY if handed else None,
            taken_by=taken, reply="Näin." if status is questions.Status.REPLIED else "",
        ))  # fmt: skip
    for number, state in enumerate(curated.Status, start=201):
        keep("curated", curated.Record(
            f"curated/{number}", "communications-manager", "Miten tili suljetaan?", (), "Näin.", "fi", MONDAY,
            status=state,
        ))  # fmt: skip
    for number, request in enumerate(accounts.Status, start=301):
        keep("accounts", replace(accounts.filled(request), key=f"accounts/{number}"))
    for number, agreement in enumerate(agreements.Status, start=401):
        keep("agreements", replace(agreements.filled(agreement), key=f"agreements/{number}"))
    for number, case in enumerate((s for s in incidents.Status if s.value not in ("forgotten", "erased")), start=501):
        keep("incidents", replace(incidents.case(case), key=f"incidents/{number}"))
    for number, own in enumerate((s for s in Overlay if s.value not in ("forgotten",)), start=601):
        keep("overlays", replace(overlays.filled(own), key=f"overlays/{number}"))
    for number, kept in enumerate(Account_, start=701):
        keep("register", replace(register.ACCOUNT, key=f"register/{number}", status=kept, producers=()))
    world.bot.directory.keep(Account("fake:guest", "Vieras", "", "fi", "guest", MONDAY))
    world.bot.directory.keep(Account("fake:stranger", "Muukalainen", "", "fi", "stranger", MONDAY))
    world.bot._curated.refresh()
    return keys


def outcome(world: World, event: Event) -> str:
    """What comes of an event: "changes", "opens" a form, "shows" something, or "–" where it is refused."""
    facts: Facts = world.bot.facts(event)
    flow = flow_of(event, facts)
    module, adapter = FLOWS[flow], RECORDS.get(flow)
    if hasattr(module, "own"):
        event = module.own(event)
    if adapter and getattr(module, "begins", lambda _: False)(event):
        event = replace(event, record=f"{flow}/9999")
    key = module.key_of(event.record) if hasattr(module, "key_of") else event.record
    kept = world.store.record(key) if key.startswith(f"{flow}/") else None
    record = replace(adapter.validate_json(kept.data), version=kept.version) if kept and adapter else None
    decided, effects = module.decide(record, event, facts)
    if any(isinstance(e, Denied) for e in effects):
        return "–"
    if (decided is not None and decided != record) or any(not isinstance(e, SAID) for e in effects):
        return "changes"
    if any(isinstance(e, OpenForm | FieldErrors) for e in effects):
        return "opens"
    names = [e.card.name for e in effects if hasattr(e, "card")]
    stranger = facts.person is not None and facts.person.standing == "stranger"
    return "shows" if any(not REFUSING.search(name) for name in names) and not stranger else "–"


VALUES: Mapping[str, Mapping[str, str]] = {
    "questions/send": {"text": "Miten?", "named": "no"}, "questions/reply": {"text": "Näin."},
    "curated/edit": {"question": "Miten?", "others": "", "answer": "Näin.", "language": "fi"},
    "register/report": {"followers": "1"},
    "meetings/record": {"decision": "approve", "date": "2026-11-23", "section": "§ 1"},
}  # fmt: skip
"""What is in a form that could be wrong before it is asked whether it may be sent."""


def table(world: World, keys: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Rows: flow, kind and action, status, and the outcome by role."""
    for flow, named in actions().items():
        for kind, name in named:
            records = keys.get("accounts" if flow == "meetings" else flow, {"": ""})
            for status, key in records.items():
                cells = {}
                for role in ROLES:
                    where, number = world.platform.direct(role), f"r{name}{status}{role}"
                    event: Event = (
                        Pressed(number, role, where, key, name, "")
                        if kind == "press"
                        else Submitted(number, role, where, key, name, dict(VALUES.get(name, {})))
                    )
                    cells[role] = outcome(world, event)
                yield flow, f"{kind} {name}", status, cells


Found = dict[tuple[str, str], dict[str, dict[str, list[str]]]]
"""Of each flow and action, by outcome and role: the statuses in which it comes about."""


def summary(rows: Iterator[tuple[str, str, str, dict[str, str]]]) -> Found:
    """The rows of the table, brought together by action."""
    found: Found = {}
    for flow, action, status, cells in rows:
        of = found.setdefault((flow, action), {"changes": {}, "opens": {}, "shows": {}})
        for role, what in cells.items():
            if what != "–":  # a refusal
                of[what].setdefault(role, []).append(status)
    return found


def page(found: Found) -> str:
    """The table as docs/rights.md has it."""
    lines = [HEAD]
    flow = ""
    for (of, action), outcomes in found.items():
        if of != flow:
            flow = of
            lines += [
                f"\n## {flow}\n",
                "| | changes something | is given the form | sees something |",
                "|---|---|---|---|",
            ]
        if not any(outcomes.values()):
            continue  # it needs a value that none of these records has
        cells = [_people(outcomes[what]) for what in ("changes", "opens", "shows")]
        lines.append(f"| {action} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _people(roles: Mapping[str, list[str]]) -> str:
    if not roles:
        return "–"
    members = [r for r in ROLES if r != "fake:stranger"]
    if set(roles) == set(members):
        return "everybody"
    if set(roles) == set(members) - {"fake:guest"}:
        return "everybody but guests"
    return ", ".join(ROLES[r] for r in ROLES if r in roles)


HEAD = """# Who may do what

Made by `python -m tests.rights` from the code itself, and held by `tests/test_rights.py`: every button and every form of
every flow, tried by each role on a record of “own” (a library employee) in each status. In which
status it may be is in the flows' own tables (`tests/test_account_table.py`, `tests/test_agreement_table.py`,
`tests/test_incident_rights.py`, `tests/test_register_table.py`). A form that is sent empty or wrong changes nothing, so
that of some forms only who is *given* them is told here.

“Changes something” is a changed record or a message to others; everybody else is refused with a sentence, and of
incidents the refusal stands in the journal. A stranger (of another organisation) is told nothing at all."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder) / "s.db", Guide.load(None), Renderer())
        sys.stdout.write(page(summary(table(world, scene(world)))))
        world.store.close()


if __name__ == "__main__":
    main()
