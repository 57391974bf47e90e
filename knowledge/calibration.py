"""The fitted numbers of the verdict: made by `python -m bench.calibrate`, kept in calibration.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.ngrams import Floats

PATH = Path(__file__).parent / "calibration.toml"


@dataclass(frozen=True)
class Calibration:
    """A logistic function of the features, and the probabilities from which an answer is suggested and given."""

    weights: Floats
    bias: float
    suggested: float
    answered: float

    def scope(self, features: Floats) -> float:
        """The probability that the guideline answers the question."""
        return float(1 / (1 + np.exp(-(features @ self.weights + self.bias))))


@cache
def calibration(dense: bool) -> Calibration:
    """The calibration with the dense model, or without it."""
    kept = tomllib.loads(PATH.read_text(encoding="utf-8"))["dense" if dense else "lexical"]
    return Calibration(np.array(kept["weights"], np.float32), kept["bias"], kept["suggested"], kept["answered"])
