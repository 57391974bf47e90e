"""The nine steps as the guideline numbers them (R44–R72): their fields, and what is proposed for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from handlers.accounts.checks import lines, young_audience
from handlers.cards import Field, excerpt
from handlers.cited import of_guideline
from handlers.facts import Facts

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

    @property
    def cited(self) -> tuple[str, ...]:
        """The ids of its passages."""
        return of_guideline(*(f"steps/{name}" for name in self.passages))


def tried(answers: Answers) -> bool:
    """Whether the channel is another than the guideline names first, and so tried out (R62)."""
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
        Asking("why_channel", "long", longest=300, when=tried),
        Asking("review", "date", required=False, when=tried),
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
PASSAGES = tuple(passage for step in STEPS for passage in step.cited)
"""Every passage that a step opens with."""
UMBRELLA, OWN_NAMES = OTHER_PASSAGES = of_guideline("channels/umbrella-posts", "channels/own-names")
"""Those that other cards of the flow quote: umbrella accounts (R73), names of one's own (R77)."""


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


# ── what was answered ───────────────────────────────────────────────────────────────────────────────────────────────


def people_in(answers: Answers, *names: str) -> tuple[str, ...]:
    """The ids of the people named in these fields, each once."""
    return tuple(dict.fromkeys(i for name in names for i in answers.get(name, "").split(",") if i))


def measures(answers: Answers) -> tuple[tuple[str, str], ...]:
    """Each goal with its measure, "" where it has none (R67)."""
    step = STEPS[7]
    return tuple((f.goal, answers.get(f.name, "")) for f in fields_of(step, answers))


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
    if tried(answers) and "review" in answers and not answers["review"]:
        filled["review"] = proposed("review", answers, facts)
    return filled
