"""The nine steps as the guideline numbers them (R44–R72): their fields, and what is checked of each.

The strength of the guideline's wording decides: "tulee", "pitää", "on nimettävä" block; "on syytä", "on hyvä" warn, and a
reason lets the request pass (A7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from handlers.accounts.checks import counts_only_audience, day, hours, lines, mailbox_kind, young_audience
from handlers.cards import Field, excerpt
from handlers.facts import Facts
from handlers.masking import secret_in

Answers = Mapping[str, str]
Kind = Literal["text", "long", "choice", "many", "person", "people", "date"]
USUAL = ("facebook", "twitter", "instagram", "youtube", "blog")
"""The channels that the guideline names first (R36, R61)."""
CHANNELS = (*USUAL, "whatsapp", "snapchat", "other")
TRIAL = timedelta(days=182)
"""How long a trial of another channel lasts where no date is given (R62)."""
MOST_GOALS = 6
REASON = 300
"""Characters of a reason. All that a request holds is to fit one message of a chat, whatever is written."""
DOCUMENT = "tuusula"


def always(answers: Answers) -> bool:  # noqa: ARG001 - the shape of a condition
    """The field is asked of everybody."""
    return True


@dataclass(frozen=True)
class Asking:
    """A field of a step. `when` tells whether it is asked at all; `words` and `goal` serve one measure of several."""

    name: str
    type: Kind
    options: tuple[str, ...] = ()
    required: bool = True
    longest: int = 200
    when: Callable[[Answers], bool] = always
    words: str = ""
    goal: str = ""


@dataclass(frozen=True)
class Step:
    """A step: its number and name, the passages that it opens with, and its fields."""

    number: int
    name: str
    passages: tuple[str, ...]
    fields: tuple[Asking, ...]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a field: `name` is the block of words; a `warning` is passed with a reason."""

    field: str
    name: str
    warning: bool = False


def _tried(answers: Answers) -> bool:
    return bool(answers.get("channel")) and answers["channel"] not in USUAL


YES_NO = ("yes", "no")
STEPS = (
    Step(1, "needs", ("need", "goals"), (
        Asking("need", "long", longest=500),
        Asking("goals", "long", longest=500),
        Asking("audience", "text"),
        Asking("content", "long", longest=500),
    )),
    Step(2, "benefits", ("benefits",), (
        Asking("benefits", "many", ("quality", "participation", "openness", "trust", "reputation")),
        Asking("benefits_more", "long", required=False, longest=300),
    )),
    Step(3, "resources", ("resources", "responsible-updater", "leadership"), (
        Asking("hours", "text", longest=40),
        Asking("tasks", "choice", ("weekly", "daily")),
        Asking("updater", "person"),
        Asking("producers", "people", required=False),
        Asking("main", "person", when=lambda a: bool(a.get("producers"))),
        Asking("leader", "text", longest=120),
        Asking("meeting", "text", longest=120),
    )),
    Step(4, "planning", ("plan", "substitutes", "weekly", "reacting"), (
        Asking("plan", "long", required=False, longest=600),
        Asking("rhythm", "choice", ("weekly", "daily", "less")),
        Asking("substitute", "person"),
        Asking("commitment", "choice", YES_NO),
        Asking("own_names", "choice", ("no", "yes")),
        Asking("own_name_people", "people", when=lambda a: a.get("own_names") == "yes"),
    )),
    Step(5, "deciding", ("policy", "resources-secured"), (
        Asking("owner", "text", longest=120),
        Asking("department", "text", longest=120),
    )),
    Step(6, "channels", ("channels", "other-channels", "young-people"), (
        Asking("channel", "choice", CHANNELS),
        Asking("other_channel", "text", longest=60, when=lambda a: a.get("channel") == "other"),
        Asking("why_channel", "long", longest=300, when=_tried),
        Asking("review", "date", required=False, when=_tried),
        Asking("name", "text", longest=80),
    )),
    Step(7, "continuity", ("role-mailbox", "several-admins"), (
        Asking("mailbox", "text", longest=120),
        Asking("admins", "people"),
        Asking("lifetime", "choice", ("permanent", "fixed")),
        Asking("ends", "date", when=lambda a: a.get("lifetime") == "fixed"),
    )),
    Step(8, "measuring", ("follow-goals", "measures", "followers-alone"), ()),
    Step(9, "verification", ("keeper-shown", "link-from-site", "link-back"), (
        Asking("keeper", "text"),
        Asking("unit_page", "text"),
        Asking("promise", "choice", YES_NO),
    )),
)  # fmt: skip
PASSAGES = tuple(f"{DOCUMENT}/steps/{name}" for step in STEPS for name in step.passages)
"""Every passage that a step opens with."""
OTHER_PASSAGES = tuple(
    f"{DOCUMENT}/{name}" for name in ("channels/umbrella-posts", "channels/own-names", "channels/nine-points")
)
"""Those that other cards of the flow quote: umbrella accounts (R73), names of one's own (R77), the nine points (R44)."""


def step_of(number_or_name: str) -> Step | None:
    """The step of this number or name."""
    return next((s for s in STEPS if number_or_name in (str(s.number), s.name)), None)


def fields_of(step: Step, answers: Answers) -> tuple[Asking, ...]:
    """All fields of a step; those of the eighth are one for each goal (R67)."""
    if step.name != "measuring":
        return step.fields
    goals = lines(answers.get("goals", ""))[:MOST_GOALS]
    return tuple(
        Asking(f"measure_{n}", "text", required=False, longest=120, words="measure", goal=goal)
        for n, goal in enumerate(goals, start=1)
    )


def due(answers: Answers) -> tuple[Asking, ...]:
    """The fields that are asked, in order, given what was answered so far."""
    return tuple(f for step in STEPS for f in fields_of(step, answers) if f.when(answers))


def asking_of(name: str, answers: Answers) -> tuple[Step, Asking] | None:
    """A field by its name, with its step."""
    return next(((s, f) for s in STEPS for f in fields_of(s, answers) if f.name == name), None)


def next_field(answers: Answers) -> str:
    """The first field that waits for an answer, "" where none does."""
    return next((f.name for f in due(answers) if f.name not in answers), "")


def proposed(name: str, answers: Answers, facts: Facts) -> str:
    """What is offered as the answer to a field that was not answered: what the directory or the guideline says."""
    person = facts.person
    owner = answers.get("owner") or (person.unit if person else "")
    match name:
        case "owner":
            return person.unit if person else ""
        case "department":
            return person.department if person else ""
        case "tasks" | "rhythm":
            return "weekly"
        case "own_names":
            return "no"
        case "lifetime":
            return "permanent"
        case "review":
            return (facts.today + TRIAL).isoformat()
        case "keeper":
            return f"{facts.municipality} / {owner}" if owner else facts.municipality
        case _:
            return ""


def field_of(asking: Asking, answers: Answers, facts: Facts) -> Field:
    """The field as a form shows it: with what was answered, else with what is proposed."""
    value = answers.get(asking.name, proposed(asking.name, answers, facts))
    must = asking.required and asking.when is always
    return Field(
        asking.name, asking.type, value, asking.options, required=must, longest=asking.longest,
        words=asking.words or asking.name, data={"goal": asking.goal},
    )  # fmt: skip


# ── what was entered ────────────────────────────────────────────────────────────────────────────────────────────────


def entered(asking: Asking, raw: str, facts: Facts) -> tuple[str, str]:
    """What is kept of what was entered, and the name of what is wrong with it, "" for nothing."""
    text = raw.strip()
    if secret_in(text):
        return "", f"secret_{secret_in(text)}"
    if not any(c.isalnum() for c in text):
        return "", "missing" if asking.required else ""
    match asking.type:
        case "choice":
            chosen = _option(asking, text)
            return chosen, "" if chosen else "not_an_option"
        case "many":
            several = [_option(asking, part) for part in text.replace(";", ",").split(",")]
            return ",".join(dict.fromkeys(several)), "" if all(several) else "not_an_option"
        case "person":
            return _person(text, facts)
        case "people":
            return _people(text, facts)
        case "date":
            found = day(text, facts.today)
            return (found.isoformat(), "") if found else ("", "not_a_date")
        case _:
            return (text, "") if len(text) <= asking.longest else (text[: asking.longest], "too_long")


WORDS_FOR = {
    "kyllä": "yes", "joo": "yes", "ja": "yes", "ei": "no", "nej": "no",
    "viikoittain": "weekly", "varje vecka": "weekly", "päivittäin": "daily", "dagligen": "daily", "harvemmin": "less",
    "mer sällan": "less", "less often": "less", "tidsbundet": "fixed", "fixed-term": "fixed", "permanent": "permanent",
    "permanent konto": "permanent", "annan": "other", "annan kanal": "other", "muu kanava": "other", "blogg": "blog",
    "ei, organisaation nimellä": "no", "joka päivä": "daily", "joka viikko": "weekly",
    "x": "twitter", "pysyvä": "permanent", "määräaikainen": "fixed", "muu": "other", "blogi": "blog",
}  # fmt: skip


def _option(asking: Asking, text: str) -> str:
    """The option that was written: by its place, its name, or a common word for it."""
    word = text.strip().casefold().rstrip(".")
    if word.isdecimal():
        return asking.options[int(word) - 1] if 0 < int(word) <= len(asking.options) else ""
    word = WORDS_FOR.get(word, word)
    return word if word in asking.options else ""


def _person(text: str, facts: Facts) -> tuple[str, str]:
    found = facts.people.find(text)
    if len(found) == 1:
        return found[0].id, ""
    return "", "ambiguous_person" if found else "unknown_person"


def _people(text: str, facts: Facts) -> tuple[str, str]:
    ids: list[str] = []
    for part in _parts(text, facts):
        person, problem = _person(part, facts)
        if problem:
            return ",".join(ids), problem
        ids.append(person)
    return ",".join(dict.fromkeys(ids)), ""


def _parts(text: str, facts: Facts) -> list[str]:
    """People apart: a line each, or between commas unless the line is somebody's name that has a comma in it."""
    parts: list[str] = []
    for line in text.replace(";", "\n").splitlines():
        whole = line.strip()
        parts += [whole] if facts.people.find(whole) else [p.strip() for p in whole.split(",")]
    return [p for p in parts if p]


# ── what is checked ─────────────────────────────────────────────────────────────────────────────────────────────────


def people_in(answers: Answers, *names: str) -> tuple[str, ...]:
    """The ids of the people named in these fields, each once."""
    return tuple(dict.fromkeys(i for name in names for i in answers.get(name, "").split(",") if i))


def findings(step: Step, answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    """What is wrong with a step as it was answered: what is missing, what the guideline forbids or advises against."""
    asked = [f for f in fields_of(step, answers) if f.when(answers)]
    missing = [Finding(f.name, "missing") for f in asked if f.required and not answers.get(f.name)]
    seen = {f.field for f in missing}
    checked = CHECKS[step.name](answers, facts) if step.name in CHECKS else ()
    return (*missing, *(f for f in checked if f.field not in seen))


def all_findings(answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    """What is wrong with all nine steps."""
    return tuple(f for step in STEPS for f in findings(step, answers, facts))


def unsettled(found: tuple[Finding, ...], reasons: Mapping[str, str]) -> tuple[Finding, ...]:
    """Those that still stand in the way: what blocks, and warnings without a reason."""
    return tuple(f for f in found if not (f.warning and reasons.get(f.name)))


def measures(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Each goal with its measure, "" where it has none (R67)."""
    step = STEPS[7]
    return tuple((f.goal, answers.get(f.name, "")) for f in fields_of(step, answers))


def _needs(answers: Answers, facts: Facts) -> tuple[Finding, ...]:  # noqa: ARG001 - the shape of a check
    need = answers.get("need", "")
    found = []
    if need and len(need.split()) < 2:
        found.append(Finding("need", "one_word"))
    if len(lines(answers.get("goals", ""))) > MOST_GOALS:
        found.append(Finding("goals", "many_goals"))
    return tuple(found)


def _resources(answers: Answers, facts: Facts) -> tuple[Finding, ...]:  # noqa: ARG001
    found = []
    if answers.get("hours") and hours(answers["hours"]) is None:
        found.append(Finding("hours", "not_hours"))
    if answers.get("updater") and answers["updater"] == answers.get("substitute"):
        found.append(Finding("updater", "same_person"))
    return tuple(found)


def _planning(answers: Answers, facts: Facts) -> tuple[Finding, ...]:  # noqa: ARG001
    found = []
    if "plan" in answers and not answers["plan"]:
        found.append(Finding("plan", "no_plan", warning=True))
    if answers.get("rhythm") == "less":
        found.append(Finding("rhythm", "seldom", warning=True))
    if answers.get("substitute") and answers["substitute"] == answers.get("updater"):
        found.append(Finding("substitute", "same_person"))
    if answers.get("commitment") == "no":
        found.append(Finding("commitment", "no_commitment"))
    return tuple(found)


def _deciding(answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    department = answers.get("department", "")
    if department and facts.departments and department.casefold() not in map(str.casefold, facts.departments):
        return (Finding("department", "unknown_department"),)
    return ()


def _channels(answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    review = answers.get("review", "") if _tried(answers) else ""
    return (Finding("review", "past_date"),) if review and _is_past(review, facts) else ()


def _continuity(answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    found = []
    if mailbox := answers.get("mailbox", ""):
        kind = mailbox_kind(mailbox, facts.domains, facts.addresses)
        if kind == "not_an_address":
            found.append(Finding("mailbox", "not_an_address"))
        elif kind != "role":
            found.append(Finding("mailbox", f"mailbox_{kind}", warning=True))
    if "admins" in answers and len(people_in(answers, "admins", "updater")) < 2:
        found.append(Finding("admins", "one_holder"))
    if answers.get("lifetime") == "fixed" and answers.get("ends") and _is_past(answers["ends"], facts):
        found.append(Finding("ends", "past_date"))
    return tuple(found)


def _measuring(answers: Answers, facts: Facts) -> tuple[Finding, ...]:  # noqa: ARG001
    asked = measures(answers)
    if not asked or not all(f"measure_{n}" in answers for n in range(1, len(asked) + 1)):
        return ()
    given = [measure for _, measure in asked if measure]
    last = f"measure_{len(asked)}"
    if len(given) < len(asked):
        without = next(n for n, (_, measure) in enumerate(asked, start=1) if not measure)
        return (Finding(f"measure_{without}", "no_measure", warning=True),)
    return (Finding(last, "followers_only", warning=True),) if counts_only_audience(given) else ()


def _verification(answers: Answers, facts: Facts) -> tuple[Finding, ...]:
    found = []
    keeper = answers.get("keeper", "").casefold()
    names = [n.casefold() for n in (facts.municipality, answers.get("owner", "")) if n]
    # "Tuusula" in its forms, and its Swedish name, which the directory does not know.
    stems = (facts.municipality.casefold()[:6], "tusby")
    if keeper and not any(stem in keeper for stem in (*stems, *names)):
        found.append(Finding("keeper", "no_keeper"))
    if answers.get("promise") == "no":
        found.append(Finding("promise", "no_promise"))
    return tuple(found)


def _is_past(stamp: str, facts: Facts) -> bool:
    return date.fromisoformat(stamp) <= facts.today


CHECKS: Mapping[str, Callable[[Answers, Facts], tuple[Finding, ...]]] = {
    "needs": _needs,
    "resources": _resources,
    "planning": _planning,
    "deciding": _deciding,
    "channels": _channels,
    "continuity": _continuity,
    "measuring": _measuring,
    "verification": _verification,
}
BLOCKS = (
    "missing", "too_long", "not_an_option", "not_a_date", "unknown_person", "ambiguous_person", "one_word", "many_goals",
    "not_hours", "same_person", "no_commitment", "unknown_department", "past_date", "not_an_address", "one_holder",
    "no_keeper", "no_promise", "secret_identity_code", "secret_card_number", "secret_password",
)  # fmt: skip
WARNINGS = (
    "no_plan", "seldom", "mailbox_example", "mailbox_personal_work", "mailbox_private", "no_measure", "followers_only",
)  # fmt: skip
"""Every finding by its block of words: `error_…` for what blocks, `warning_…` for what is passed with a reason."""


def young(answers: Answers) -> Literal["", "young", "children"]:
    """Whether the target group is young people or children (R63, R76, R94)."""
    return young_audience(answers.get("audience", ""))


def pruned(answers: Answers) -> dict[str, str]:
    """The answers without those to fields that are no longer asked: of goals that went, of a channel not chosen."""
    asked = {f.name for f in due(answers)}
    return {name: value for name, value in answers.items() if name in asked}


def shown(answers: Answers, name: str, most: int = 600) -> str:
    """An answer as a card shows it."""
    return excerpt(answers.get(name, ""), most)


def completed(answers: Answers, facts: Facts) -> dict[str, str]:
    """The answers with what is taken for granted where nothing was given: a trial's review date (R62)."""
    filled = dict(answers)
    if _tried(answers) and "review" in answers and not answers["review"]:
        filled["review"] = proposed("review", answers, facts)
    return filled
