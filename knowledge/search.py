"""From a question to evidence: how near it is to every label of the question bank, by three measures.

A *label* is what a sample question speaks for: a passage, a silent topic, an intent, a reason to decline. For each:

- the nearest sample: the best cosine of the label's samples, by characters (`lexical`) and by the dense model (`dense`);
- linear maps fitted to many samples at once (ridge regression, in closed form), which see what sets labels apart where a
  single near sample does not: `learned` over all labels, `answering` over the passages alone (so that a frightened
  sentence still finds its rule), `wanting` over the intents, each intent counting alike.

Without the dense model, or where it has enough to do, the same measures stand on characters alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
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
    none); `learned` and `answering` are about 1 for the label that is meant and 0 for the others. `dense` is None where
    the dense model did not read the question. `wanting` is of shape (intents,), in the order of `Search.intents`.
    """

    lexical: Floats
    dense: Floats | None
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

        names = ("lexical", "passage", "learned", "answering")
        dense = None if self.dense is None else hidden(self.dense)
        return replace(self, dense=dense, **{name: hidden(getattr(self, name)) for name in names})

    def mixed(self, before: Evidence) -> Evidence:
        """With its share of the evidence for the question before; both read by the model, or neither."""
        return Evidence(
            lexical=_mixed(self.lexical, before.lexical, CONTEXT_LEXICAL),
            dense=None if self.dense is None or before.dense is None else _mixed(self.dense, before.dense, CONTEXT_DENSE),
            passage=_mixed(self.passage, before.passage, CONTEXT_LEXICAL),
            learned=_mixed(self.learned, before.learned, CONTEXT_DENSE),
            answering=_mixed(self.answering, before.answering, CONTEXT_DENSE),
            wanting=_mixed(self.wanting, before.wanting, CONTEXT_DENSE),
        )


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
        """`kept` is a folder of fitted maps, used where they were made of just these samples."""
        self.labels = tuple(dict.fromkeys([s.label for s in samples] + [label for label, _ in texts]))
        places = {label: i for i, label in enumerate(self.labels)}
        label_of = np.array([places[s.label] for s in samples], np.intp)
        self._label_of = label_of
        self._text_label = np.array([places[label] for label, _ in texts], np.intp)
        self._lexicon = lexicon
        asked, written = [clean(s.text) for s in samples], [clean(text) for _, text in texts]
        self._asked, self._written = (
            NgramIndex([self._folded(t) for t in asked]),
            NgramIndex([self._folded(t) for t in written]),
        )
        intents = [intent_of(s.label) for s in samples]
        self.intents = tuple(sorted(set(intents)))
        classes = _Classes(
            label_of, len(self.labels), np.isin(label_of, self._text_label),
            np.array([self.intents.index(i) for i in intents], np.intp), len(self.intents),
        )  # fmt: skip
        sketches = cache(lambda: self._asked.sketches(SKETCH))
        lexical, dense = (kept / "lexical.npz", kept / "dense.npz") if kept else (None, None)
        self._lexical = _Maps.of(lexical, _digest(samples, intents, dense=False), classes, sketches)
        self._dense: _Maps | None = None
        if vectors:
            self._asked_dense, self._written_dense = vectors.matrix(asked), vectors.matrix(written)
            both = lambda: np.hstack([sketches(), self._asked_dense])  # noqa: E731 - made only where maps are fitted
            self._dense = _Maps.of(dense, _digest(samples, intents, dense=True), classes, both)
        self.fitted = self._lexical.fitted or bool(self._dense and self._dense.fitted)

    def keep(self, folder: Path) -> None:
        """Write the fitted maps, so that the next start need not fit them."""
        self._lexical.keep(folder / "lexical.npz")
        if self._dense:
            self._dense.keep(folder / "dense.npz")

    def look(self, texts: Sequence[str], vectors: Sequence[Floats | None]) -> Evidence:
        """The evidence for a question (as `clean` leaves it), mixed with that of the question before it, if there is one.

        `texts` are the question and the one before it, `vectors` what `dense.read` makes of them.
        """
        alone, *before = map(self._measure, texts, vectors)
        return alone.mixed(before[0]) if before else alone

    def _measure(self, text: str, vector: Floats | None) -> Evidence:
        folded = self._folded(text)
        asked, written = self._asked.weigh(folded), self._written.weigh(folded)
        features = self._asked.sketch(asked, SKETCH)
        lexical = self._by_label(self._asked.scores(asked), self._label_of)
        passage = self._by_label(self._written.scores(written), self._text_label)
        if vector is None or self._dense is None:
            return Evidence(lexical, None, passage, *self._lexical.apply(features))
        dense = self._by_label(self._asked_dense @ vector, self._label_of)
        passage = passage + self._by_label(self._written_dense @ vector, self._text_label)
        return Evidence(lexical, dense, passage, *self._dense.apply(np.concatenate([features, vector])))

    def _folded(self, text: str) -> str:
        return self._lexicon.expand(fold(text))

    def _by_label(self, scores: Floats, label_of: Places) -> Floats:
        best = np.zeros(len(self.labels), np.float32)
        np.maximum.at(best, label_of, scores)
        return best


@dataclass(frozen=True)
class _Classes:
    """What the maps are fitted to: a place of each sample among the labels and among the intents; `has_text` tells which
    samples speak for a label with words of its own. Arrays of shape (samples,).
    """

    label_of: Places
    labels: int
    has_text: NDArray[np.bool_]
    intent_of: Places
    intents: int


@dataclass(frozen=True)
class _Maps:
    """The three maps; `digest` is what they depend on, `fitted` whether they had to be fitted at this start."""

    digest: str
    fitted: bool
    learned: _Map
    answering: _Map
    wanting: _Map

    @classmethod
    def of(cls, path: Path | None, digest: str, classes: _Classes, features: Callable[[], Floats]) -> _Maps:
        """Those that are kept in a file of this digest, or new ones of `features`, of shape (samples, features)."""
        if path and path.exists():
            with np.load(path) as stored:
                if str(stored["digest"]) == digest:
                    return cls(digest, False, *(
                        _Map(*(stored[f"{name}_{i}"].astype(np.float32) for name in ("mean", "level", "weights")))
                        for i in range(3)
                    ))  # fmt: skip
        return cls._fit(digest, classes, features())

    @classmethod
    def _fit(cls, digest: str, classes: _Classes, features: Floats) -> _Maps:
        c, has_text = classes, classes.has_text
        alike = 1 / np.bincount(c.intent_of)[c.intent_of]
        return cls(
            digest,
            True,
            _Map.fit(features, c.label_of, c.labels),
            _Map.fit(features[has_text], c.label_of[has_text], c.labels),
            _Map.fit(features, c.intent_of, c.intents, alike, STIFFNESS * 3),
        )

    def keep(self, path: Path) -> None:
        """Write them, each number in two bytes."""
        arrays: dict[str, Any] = {
            f"{name}_{i}": array.astype(np.float16)
            for i, one in enumerate((self.learned, self.answering, self.wanting))
            for name, array in one.arrays().items()
        }
        np.savez_compressed(path, digest=np.array(self.digest), **arrays)

    def apply(self, features: Floats) -> tuple[Floats, Floats, Floats]:
        """What each of the three makes of a question's features."""
        return self.learned.apply(features), self.answering.apply(features), self.wanting.apply(features)


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
