"""From a question to evidence: how near it is to every label of the question bank, by three measures.

A *label* is what a sample question speaks for: a passage, a silent topic, an intent, a reason to decline. For each:

- the nearest sample: the best cosine of the label's samples, by characters (`lexical`) and by the dense model (`dense`);
- linear maps fitted to many samples at once (ridge regression, in closed form), which see what sets labels apart where a
  single near sample does not: `learned` over all labels, `answering` over the passages alone (so that a frightened
  sentence still finds its rule), `wanting` over the intents, each intent counting alike.

Without the dense model the same measures stand on characters alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowledge.bank import Sample
from knowledge.dense import Vectors
from knowledge.lexicon import Lexicon
from knowledge.ngrams import Floats, NgramIndex
from knowledge.text import clean, fold

Places: TypeAlias = NDArray[np.intp]

SKETCH = 1024
STIFFNESS = 1.0
"""The ridge: larger bends less to single samples. Between 0.5 and 3 nothing changed beyond noise."""
CONTEXT_LEXICAL, CONTEXT_DENSE = 0.35, 0.4
"""The share of the previous question in a follow-up (measured on the guideline's dev questions)."""


@dataclass(frozen=True)
class Evidence:
    """How near a question is to each label, in the order of `Search.labels`; arrays of shape (labels,).

    `lexical` and `dense` are cosines with the label's nearest sample, `passage` with the label's own text (0 where it has
    none); `learned` and `answering` are about 1 for the label that is meant and 0 for the others. Without the dense
    model `dense` is 0. `wanting` is of shape (intents,), in the order of `Search.intents`.
    """

    lexical: Floats
    dense: Floats
    passage: Floats
    learned: Floats
    answering: Floats
    wanting: Floats

    def without(self, labels: Sequence[int]) -> Evidence:
        """The evidence as if these labels were not there."""
        if not labels:
            return self

        def hidden(values: Floats) -> Floats:
            rest = values.copy()
            rest[list(labels)] = 0.0
            return rest

        names = ("lexical", "dense", "passage", "learned", "answering")
        return replace(self, **{name: hidden(getattr(self, name)) for name in names})


class Search:
    """Holds the indexes.

    `texts` gives the own text of labels that have one (a passage's words), which is searched as well; `intent_of` tells
    which intent a label's samples speak for.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        texts: Sequence[tuple[str, str]],
        intent_of: Callable[[str], str],
        lexicon: Lexicon,
        vectors: Vectors | None,
        kept: Path | None = None,
    ) -> None:
        """`kept` is a file of fitted maps, used where it was made of just these samples."""
        self.labels = tuple(dict.fromkeys([s.label for s in samples] + [label for label, _ in texts]))
        places = {label: i for i, label in enumerate(self.labels)}
        self._label_of = np.array([places[s.label] for s in samples], np.intp)
        self._text_label = np.array([places[label] for label, _ in texts], np.intp)
        self._vectors = vectors
        self._lexicon = lexicon
        asked, written = [clean(s.text) for s in samples], [clean(text) for _, text in texts]
        self._asked, self._written = (
            NgramIndex([self._folded(t) for t in asked]),
            NgramIndex([self._folded(t) for t in written]),
        )
        if vectors:
            self._asked_dense, self._written_dense = vectors.matrix(asked), vectors.matrix(written)
        intents = [intent_of(s.label) for s in samples]
        self.intents = tuple(sorted(set(intents)))
        self._digest = _digest(samples, intents, dense=vectors is not None)
        self.fitted = not (kept and self._take(kept))
        if self.fitted:
            self._fit(np.array([self.intents.index(i) for i in intents], np.intp))

    def keep(self, path: Path) -> None:
        """Write the fitted maps, so that the next start need not fit them."""
        maps = (self._learned, self._answering, self._wanting)
        arrays: dict[str, Any] = {
            f"{k}_{i}": a.astype(np.float16) for i, m in enumerate(maps) for k, a in m.arrays().items()
        }
        np.savez_compressed(path, digest=np.array(self._digest), **arrays)

    def _take(self, path: Path) -> bool:
        if not path.exists():
            return False
        with np.load(path) as stored:
            if str(stored["digest"]) != self._digest:
                return False
            maps = [
                _Map(*(stored[f"{name}_{i}"].astype(np.float32) for name in ("mean", "level", "weights")))
                for i in range(3)
            ]
        self._learned, self._answering, self._wanting = maps
        return True

    def _fit(self, intent_of: Places) -> None:
        sketches = self._asked.sketches(SKETCH)
        features = np.hstack([sketches, self._asked_dense]) if self._vectors else sketches
        self._learned = _Map.fit(features, self._label_of, len(self.labels))
        has_text = np.isin(self._label_of, self._text_label)
        self._answering = _Map.fit(features[has_text], self._label_of[has_text], len(self.labels))
        alike = 1 / np.bincount(intent_of)[intent_of]
        self._wanting = _Map.fit(features, intent_of, len(self.intents), alike, STIFFNESS * 3)

    def look(self, question: str, context: str | None = None) -> Evidence:
        """The evidence for a question (as `clean` leaves it), mixed with that of the question before it, if given."""
        alone = self._measure(question)
        if not context:
            return alone
        before = self._measure(context)
        return Evidence(
            lexical=_mixed(alone.lexical, before.lexical, CONTEXT_LEXICAL),
            dense=_mixed(alone.dense, before.dense, CONTEXT_DENSE),
            passage=_mixed(alone.passage, before.passage, CONTEXT_LEXICAL),
            learned=_mixed(alone.learned, before.learned, CONTEXT_DENSE),
            answering=_mixed(alone.answering, before.answering, CONTEXT_DENSE),
            wanting=_mixed(alone.wanting, before.wanting, CONTEXT_DENSE),
        )

    def _measure(self, text: str) -> Evidence:
        folded = self._folded(text)
        asked, written = self._asked.weigh(folded), self._written.weigh(folded)
        features = self._asked.sketch(asked, SKETCH)
        lexical = self._by_label(self._asked.scores(asked), self._label_of)
        passage = self._by_label(self._written.scores(written), self._text_label)
        dense = np.zeros(len(self.labels), np.float32)
        if self._vectors:
            vector = self._vectors.question(text)
            features = np.concatenate([features, vector])
            dense = self._by_label(self._asked_dense @ vector, self._label_of)
            passage = passage + self._by_label(self._written_dense @ vector, self._text_label)
        maps = (self._learned, self._answering, self._wanting)
        return Evidence(lexical, dense, passage, *(m.apply(features) for m in maps))

    def _folded(self, text: str) -> str:
        return self._lexicon.expand(fold(text))

    def _by_label(self, scores: Floats, label_of: Places) -> Floats:
        best = np.zeros(len(self.labels), np.float32)
        np.maximum.at(best, label_of, scores)
        return best


@dataclass(frozen=True)
class _Map:
    """A linear map from features to classes, by ridge regression of the classes' indicators on the centred features."""

    mean: Floats
    level: Floats
    weights: Floats

    @classmethod
    def fit(
        cls,
        features: Floats,
        classes: Places,
        size: int,
        counting: NDArray[np.float64] | None = None,
        stiffness: float = STIFFNESS,
    ) -> _Map:
        """The map of best fit; `counting` is the weight of each sample (by default alike), scaled to a mean of 1."""
        counts = np.ones(len(classes)) if counting is None else counting / counting.mean()
        share = (counts / counts.sum()).astype(np.float32)
        meant = np.zeros((len(classes), size), np.float32)
        meant[np.arange(len(classes)), classes] = 1
        mean, level = share @ features, share @ meant
        centred = features - mean
        weighed = centred * counts.astype(np.float32)[:, None]
        square = weighed.T @ centred + stiffness * np.eye(features.shape[1], dtype=np.float32)
        weights = np.linalg.solve(square, weighed.T @ (meant - level))
        return cls(mean, level, weights.astype(np.float32))

    def arrays(self) -> dict[str, Floats]:
        """The map's arrays by name, to be kept."""
        return {"mean": self.mean, "level": self.level, "weights": self.weights}

    def apply(self, features: Floats) -> Floats:
        """How much of each class the features hold."""
        return ((features - self.mean) @ self.weights + self.level).astype(np.float32)


def _digest(samples: Sequence[Sample], intents: Sequence[str], *, dense: bool) -> str:
    """What fitted maps depend on, as a short name."""
    told = hashlib.sha256(f"{SKETCH} {STIFFNESS} {dense}".encode())
    for sample, intent in zip(samples, intents, strict=True):
        told.update(f"{sample.label}\0{sample.text}\0{intent}\n".encode())
    return told.hexdigest()[:16]


def _mixed(now: Floats, before: Floats, share: float) -> Floats:
    return ((1 - share) * now + share * before).astype(np.float32)
