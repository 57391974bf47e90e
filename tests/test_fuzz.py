"""Every parser that reads from outside takes whatever comes: its corpus and two hundred random inputs of each kind."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.harnesses import HARNESSES

TEXTS = st.text(max_size=300).map(lambda text: text.encode("utf-8", errors="replace"))
PIECES = st.lists(
    st.sampled_from([b"<", b">", b"http://", b"@", b"\n", b'"', b"{", b"[", b"]", b"}", b":", b",", b"a", b"1", b"-",
                     b" ", b"salasana on ", b"aino", b"&#", b"|", b"\xff", b"PK\x03\x04", b".", b"\\", b"0"]),
    max_size=60,
).map(b"".join)  # fmt: skip
INPUTS = st.binary(max_size=300) | TEXTS | PIECES
"""Bytes, words, and what parsers look for in an order that nobody writes."""


@pytest.mark.parametrize("name", HARNESSES)
def test_what_was_thought_of_is_taken(name: str) -> None:
    for data in HARNESSES[name].corpus:
        HARNESSES[name].run(data)


@pytest.mark.parametrize("name", HARNESSES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(INPUTS)
@example(b"")
def test_whatever_comes_is_taken(name: str, data: bytes) -> None:
    HARNESSES[name].run(data)
