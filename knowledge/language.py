"""Which language a question is in: naive Bayes over character n-grams, taught by the question bank itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from knowledge.bank import Sample
from knowledge.document import LANGUAGES

SIZES = (1, 2, 3)
CERTAIN = 2.0
"""How much likelier (in nats) another language must be than the one a person is known to speak."""


class LanguageGuesser:
    """Guesses among the languages of the samples."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        counts: dict[str, Counter[str]] = {code: Counter() for code in LANGUAGES}
        for sample in samples:
            counts[sample.language].update(_grams(sample.text))
        self._known = frozenset().union(*counts.values())
        vocabulary = len(self._known) + 1
        self._logs = {}
        self._unseen = {}
        for code, grams in counts.items():
            total = sum(grams.values()) + vocabulary
            self._logs[code] = {g: math.log((n + 1) / total) for g, n in grams.items()}
            self._unseen[code] = math.log(1 / total)

    def guess(self, text: str, default: str) -> str:
        """The text's language; `default` where the text does not tell."""
        grams = [g for g in _grams(text) if g in self._known]
        scores = {
            code: sum(logs.get(g, self._unseen[code]) for g in grams) for code, logs in self._logs.items()
        }  # fmt: skip
        best = max(scores, key=lambda code: scores[code])
        return best if scores[best] - scores[default] > CERTAIN else default


def _grams(text: str) -> list[str]:
    padded = f" {' '.join(text.casefold().split())} "
    return [padded[i : i + n] for n in SIZES for i in range(len(padded) - n + 1)]
