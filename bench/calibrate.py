"""Fit the verdict's numbers on the bank alone: `python -m bench.calibrate` writes knowledge/calibration.toml.

Each fold is judged by a search that never saw it: half of a passage's questions are left out at a time, and silent topics
are left out whole, so that the numbers expect questions and topics that are new. Logistic regression, by Newton's method.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.bank import Sample
from knowledge.calibration import PATH
from knowledge.dense import load_model, read
from knowledge.guide import Guide
from knowledge.lexicon import Lexicon
from knowledge.search import Search
from knowledge.text import clean
from knowledge.verdict import Kinds, intent_of, kind_of

FOLDS = 4
STIFFNESS = 10.0
KEPT, REFUSED = 0.88, 0.9
"""Of in-scope questions, this share is to be suggested at least; of out-of-scope ones, this share not to be answered."""


def folds(samples: Sequence[Sample], topics: set[str]) -> np.ndarray:
    """A fold for each sample: by chance, but all of a silent topic's questions in one."""
    chance = np.random.default_rng(1)
    of_topic: dict[str, int] = {}
    return np.array(
        [
            of_topic.setdefault(s.label, len(of_topic) % FOLDS) if s.label in topics else int(chance.integers(FOLDS))
            for s in samples
        ]
    )


def left_out(guide: Guide) -> tuple[np.ndarray, np.ndarray]:
    """The features of every passage and out-of-scope sample, judged unseen, and whether it is in scope."""
    topics = {t.id for d in guide.documents for t in d.silent}
    fold = folds(guide.samples, topics)
    kinds = np.array([kind_of(s.label, topics) for s in guide.samples])
    rows, truth = [], []
    for f in range(FOLDS):
        half = np.isin(fold, [f, (f + 1) % FOLDS])
        known = np.where(kinds == "passage", half, fold != f)
        asked = np.where(kinds == "passage", fold == (f + 2) % FOLDS, fold == f)
        asked &= (kinds == "passage") | (kinds == "silent") | np.char.startswith(kinds.astype(str), "declined/")
        samples = [s for s, k in zip(guide.samples, known, strict=True) if k]
        search = Search(
            samples, guide.passage_texts(), lambda label: intent_of(label, topics), Lexicon.load(), guide.vectors
        )
        judged = Kinds(search.labels, topics, {s.label for s in samples}, search.intents)
        for s, k in zip(guide.samples, asked, strict=True):
            if k:
                text = [clean(s.text)]
                rows.append(judged.features(search.look(text, read(guide.vectors, text))))
                truth.append(kind_of(s.label, topics) == "passage")
    return np.array(rows, np.float64), np.array(truth)


def fit(features: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias of a logistic function, both classes counting alike."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    counts = np.where(truth, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    w = np.zeros(x.shape[1])
    ridge = np.diag([STIFFNESS] * (x.shape[1] - 1) + [0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        slope = x.T @ (counts * (p - truth)) + ridge @ w
        curve = (x * (counts * p * (1 - p))[:, None]).T @ x + ridge
        w -= np.linalg.solve(curve, slope)
    return w[:-1] / spread, float(w[-1] - w[:-1] @ (mean / spread))


def main() -> None:
    """Fit with the dense model and without, and write the numbers."""
    lines = ["# Made by `python -m bench.calibrate` from the question bank; not edited by hand.\n"]
    for name, model in (("dense", load_model()), ("lexical", None)):
        features, truth = left_out(Guide.load(model))
        weights, bias = fit(features, truth)
        chance = 1 / (1 + np.exp(-(features @ weights + bias)))
        suggested = float(np.quantile(chance[truth], 1 - KEPT))
        answered = max(float(np.quantile(chance[~truth], REFUSED)), suggested)
        print(f"{name}: {len(truth)} judged, suggested from {suggested:.2f}, answered from {answered:.2f}")
        numbers = ", ".join(f"{w:.4f}" for w in weights)
        lines.append(
            f"[{name}]\nweights = [{numbers}]\nbias = {bias:.4f}\nsuggested = {suggested:.3f}\n"
            f"answered = {answered:.3f}\n"
        )
    PATH.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
