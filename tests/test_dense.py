"""The dense model's engine is native code: whatever is typed must not be able to end the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.settings import SPINS, spin_less
from knowledge.dense import Vectors, latin, load_model
from knowledge.text import clean

ROOT = Path(__file__).parent.parent
FUZZ = """
import random
from knowledge.dense import Vectors, load_model
from knowledge.text import clean
vectors, chance = Vectors(load_model()), random.Random(7)
odd = [0xFDFA, 0xFDFB, 0x3316, 0xFB03, 0x0, 0x1F600, 0x0149, 0x01C4, 0x2026, 0x1E9B, 0x0344, 0x0390, 0xD800, 0x10FFFF]
for _ in range(400):
    pool = [chance.choice(odd), chance.randrange(0x20, 0x2FFF), chance.randrange(0x20, 0x110000)]
    vectors.read([clean("".join(chr(chance.choice(pool)) for _ in range(chance.randrange(1, 1500))))])
print("alive")
"""
needs_model = pytest.mark.skipif(load_model() is None, reason="the dense model is not installed here")


@pytest.mark.slow
@needs_model
def test_odd_characters_in_any_number_do_not_end_the_process() -> None:
    told = subprocess.run(
        [sys.executable, "-c", FUZZ], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert told.stdout == "alive\n", told.stderr[-400:]


@given(st.text())
@settings(deadline=None)
def test_the_engine_gets_only_latin_text(text: str) -> None:
    passed = latin(clean(text))
    assert passed
    assert all(ord(c) < 0x180 or 0x2010 <= ord(c) <= 0x2026 or c == "€" for c in passed)


@needs_model
def test_vectors_are_kept_and_found_again(tmp_path: Path) -> None:
    model = load_model()
    assert model is not None
    made = Vectors(model)
    first = made.matrix(["Saako huumoria käyttää?"])
    made.keep(tmp_path / "vectors.npz", ["Saako huumoria käyttää?"])
    kept = Vectors.beside(model, [tmp_path])
    assert np.array_equal(kept.matrix(["Saako huumoria käyttää?"]), first)
    assert kept.made == 0
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=0.02)


def test_its_threads_sleep_soon_unless_the_environment_says_how_long_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    spin_less()
    assert os.environ["GOMP_SPINCOUNT"] == SPINS
    monkeypatch.setenv("GOMP_SPINCOUNT", "5")
    spin_less()
    assert os.environ["GOMP_SPINCOUNT"] == "5"
