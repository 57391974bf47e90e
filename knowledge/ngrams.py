"""Character n-grams with TF-IDF weights: finds inflected, compound, spoken and mistyped Finnish without a dictionary.

Measured against word analysers on this guideline, character n-grams of folded text did best for their cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Hashes: TypeAlias = NDArray[np.uint64]

SIZES = (2, 3, 4, 5)
COMMON = 0.25
"""The share of texts beyond which an n-gram is passed over in scoring."""
_PRIME = np.uint64(1099511628211)


@dataclass(frozen=True)
class Weighed:
    """A text's n-grams that an index knows: their hashes, places and weights; and the text's length as a vector."""

    hashes: Hashes
    places: NDArray[np.intp]
    weights: Floats
    length: float


class NgramIndex:
    """An inverted index of texts' n-grams, the texts folded. `scores` and `sketch` take a text that `weigh` weighed."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        hashes, of_text = _every_gram(texts)
        self._terms, term_of = np.unique(hashes, return_inverse=True)
        # A cell is a term in a text; the terms of a cell's number come first, so that sorting it makes the postings.
        cells, counts = np.unique(term_of.astype(np.int64) * max(self.size, 1) + of_text, return_counts=True)
        terms, self._rows = np.divmod(cells, max(self.size, 1))
        frequency = np.bincount(terms, minlength=len(self._terms))
        self._starts = np.concatenate([[0], np.cumsum(frequency)])
        self._idf = (np.log((1 + self.size) / (1 + frequency)) + 1).astype(np.float32)
        weights = (1 + np.log(counts)).astype(np.float32) * self._idf[terms]
        norms = np.sqrt(np.bincount(self._rows, weights**2, minlength=self.size))
        self._weights = (weights / norms[self._rows]).astype(np.float32)

    def sketches(self, size: int) -> Floats:
        """The sketch of every indexed text, a row each."""
        terms = np.repeat(np.arange(len(self._terms)), np.diff(self._starts))
        hashes = self._terms[terms]
        places = self._rows * size + (hashes % np.uint64(size)).astype(np.int64)
        flat = np.bincount(places, _signed(hashes, self._weights), minlength=self.size * size)
        table = flat.reshape(self.size, size).astype(np.float32)
        lengths: Floats = np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9).astype(np.float32)
        return (table / lengths).astype(np.float32)

    def weigh(self, text: str) -> Weighed:
        """The n-grams of a folded text that the index knows, weighed."""
        hashes, counts = np.unique(_hashes(text), return_counts=True)
        places = np.searchsorted(self._terms, hashes)
        places[places == len(self._terms)] = 0
        known = self._terms[places] == hashes if len(self._terms) else np.zeros(len(hashes), bool)
        weights = ((1 + np.log(counts[known])) * self._idf[places[known]]).astype(np.float32)
        # What the index has never seen still makes the text longer: unknown words lower its scores.
        rarest = np.log(1 + self.size) + 1
        strange = float(np.sum((1 + np.log(counts[~known])) ** 2)) * rarest**2
        return Weighed(hashes[known], places[known], weights, float(np.sqrt(weights @ weights + strange)) or 1.0)

    def scores(self, text: Weighed) -> Floats:
        """Cosine similarity, 0–1, with each indexed text, in their order."""
        begins, ends = self._starts[text.places], self._starts[text.places + 1]
        # What stands in every fourth text tells next to nothing, and is most of the work.
        telling = ends - begins <= self.size * COMMON
        begins, weights = begins[telling], text.weights[telling]
        spans = ends[telling] - begins
        offsets = np.repeat(begins - np.concatenate([[0], np.cumsum(spans)[:-1]]), spans) if len(spans) else spans
        cells = np.arange(spans.sum()) + offsets
        products = self._weights[cells] * np.repeat(weights, spans)
        totals = np.bincount(self._rows[cells], products, minlength=self.size)
        return (totals / text.length).astype(np.float32)

    def sketch(self, text: Weighed, size: int) -> Floats:
        """The n-grams thrown into `size` places with signs by their hashes: a vector of length 1 (feature hashing)."""
        places = (text.hashes % np.uint64(size)).astype(np.intp)
        vector = np.bincount(places, _signed(text.hashes, text.weights), minlength=size)
        return (vector / (np.linalg.norm(vector) or 1.0)).astype(np.float32)


def _signed(hashes: Hashes, weights: Floats) -> Floats:
    return np.where((hashes >> np.uint64(40)) & np.uint64(1), weights, -weights)


def _every_gram(texts: Sequence[str]) -> tuple[Hashes, NDArray[np.int64]]:
    """The hash of every n-gram of every text, and the number of the text that it stands in."""
    padded = [f" {text} " for text in texts]
    lengths = np.array([len(t) for t in padded], np.int64)
    of_text = np.repeat(np.arange(len(texts)), lengths)
    hashes, owners = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
    codes = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    for size in SIZES:
        if len(codes) < size:
            continue
        # A window that begins in one text and ends in the next is none.
        whole = of_text[: len(codes) - size + 1] == of_text[size - 1 :]
        hashes.append(_rolled(codes, size)[whole])
        owners.append(of_text[: len(codes) - size + 1][whole])
    return np.concatenate(hashes), np.concatenate(owners)


def _hashes(text: str) -> Hashes:
    return _every_gram([text])[0]


def _rolled(codes: Hashes, size: int) -> Hashes:
    """A 64-bit hash of each window of `size` codes."""
    hashed = np.full(len(codes) - size + 1, size, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i in range(size):
            hashed = (hashed ^ codes[i : len(codes) - size + 1 + i]) * _PRIME
            hashed ^= hashed >> np.uint64(29)
    return hashed
