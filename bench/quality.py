"""How right the answers are: the right passage, the right outcome, the right intent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.answers import Answer, Outcome
from knowledge.guide import Guide

REFUSALS = (Outcome.SILENT, Outcome.DECLINED)
Line = dict[str, Any]


@dataclass(frozen=True)
class Quality:
    """Shares of 0–1: right passage first and among the first three, kept where in scope, refused where out of it."""

    first: float
    three: float
    kept: float
    refused: float
    in_scope: int
    out_of_scope: int


def lines(path: Path) -> list[Line]:
    """The objects of a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def is_right(quote: str, gold: Sequence[str]) -> bool:
    """Whether a quote holds one of the right substrings."""
    return any(g.replace("**", "") in quote for g in gold)


def quality(guide: Guide, questions: Iterable[Line], tell: Callable[[str], None] | None = None) -> Quality:
    """The quality of the guide's answers to questions with `gold`; `tell` gets a line on each that went wrong."""
    first = three = kept = refused = 0.0
    inside = outside = 0
    for line in questions:
        answer = guide.answer(line["question"], context=line["context"])
        if line["gold"]:
            inside += 1
            hits = [is_right(c.quote, line["gold"]) for c in answer.passages[:3]]
            first += bool(hits and hits[0])
            three += any(hits)
            kept += answer.outcome not in REFUSALS
            if tell and (not (hits and hits[0]) or answer.outcome in REFUSALS):
                tell(_report(line, answer, "3" if any(hits) else "-"))
        else:
            outside += 1
            refused += {Outcome.SUGGESTED: 0.5}.get(answer.outcome, float(answer.outcome in REFUSALS))
            if tell and answer.outcome not in REFUSALS:
                tell(_report(line, answer, "x"))
    return Quality(first / inside, three / inside, kept / inside, refused / max(outside, 1), inside, outside)


def intents(guide: Guide, utterances: Sequence[Line], tell: Callable[[str], None] | None = None) -> float:
    """The share of utterances whose intent, and an incident's type, are right."""
    right = 0
    for line in utterances:
        answer = guide.answer(line["utterance"])
        fits = (answer.intent, answer.incident_type) == (line["intent"], line["incident_type"])
        right += fits
        if tell and not fits:
            taken = f"{answer.intent}/{answer.incident_type}"
            tell(f"  {line['intent']}/{line['incident_type']} taken for {taken}: {line['utterance']}")
    return right / len(utterances)


def _report(line: Line, answer: Answer, mark: str) -> str:
    best = answer.passages[0].id if answer.passages else "–"
    return f"  {mark} {answer.outcome:9} {answer.intent:9} {best:40} {line['question'][:100]}"
