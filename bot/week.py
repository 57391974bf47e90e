"""The communications team's week: what was asked, without names, and what the guideline did not answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.records import DIGESTS, QUESTIONS
from bot.storage import Store
from handlers import digest
from handlers.facts import Digest
from handlers.masking import masked
from handlers.questions.record import Record
from knowledge.answers import Outcome
from knowledge.guide import Guide

WEEK = timedelta(days=7)
MOST = 10
"""Lines of each kind."""


def digest_of(store: Store, guide: Guide, language: str, now: datetime) -> Digest:
    """What was asked since the last digest, or in a week; the rules that answered most by their short answers."""
    kept = store.record(digest.KEY)
    since = DIGESTS.validate_json(kept.data).sent_at if kept else now - WEEK
    records = [
        record for k in store.records_since("questions", since)
        if (record := QUESTIONS.validate_json(k.data)).asked_at >= since and record.text.strip()
    ]  # fmt: skip
    return Digest(
        since=since.isoformat(),
        until=now.isoformat(),
        asked=len(records),
        silent=_counted(r.text for r in records if r.outcome == Outcome.SILENT and not r.curated),
        suggested=_counted(r.text for r in records if r.outcome == Outcome.SUGGESTED and not r.chosen),
        unhelpful=_counted(r.text for r in records if r.helpful == "no"),
        passages=_passages(records, guide, language),
    )


def _passages(records: Iterable[Record], guide: Guide, language: str) -> tuple[tuple[str, int], ...]:
    """The rules that answered most often."""
    counts = Counter(r.cited[0] for r in records if r.cited and r.outcome == Outcome.ANSWERED)
    return tuple(
        (citation.short.get(language, ""), count)
        for passage, count in counts.most_common(5)
        for citation in guide.cite((passage,))
    )


def _counted(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each text once, masked, with how often it was asked, the most frequent first."""
    shown: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        name = text.casefold().strip(" ?!.")
        shown.setdefault(name, masked(text)[:200])
        counts[name] += 1
    return tuple((shown[name], count) for name, count in counts.most_common(MOST))
