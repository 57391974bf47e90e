"""What is checked of each step's answers.

The strength of the guideline's wording decides: "tulee", "pitää", "on nimettävä" block; "on syytä", "on hyvä" warn, and a
reason lets the request pass (A7).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from handlers.accounts.checks import counts_only_audience, hours, lines, mailbox_kind
from handlers.accounts.steps import MOST_GOALS, STEPS, Answers, Step, fields_of, measures, people_in, tried
from handlers.facts import Facts

WARNINGS = (
    "no_plan", "seldom", "mailbox_example", "mailbox_personal_work", "mailbox_private", "no_measure", "followers_only",
)  # fmt: skip
"""What is passed with a reason: its words are the block `warning_…`, those of what blocks `error_…`."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a field: `name` is the block of words; a `warning` is passed with a reason."""

    field: str
    name: str
    warning: bool = False


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
    review = answers.get("review", "") if tried(answers) else ""
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
