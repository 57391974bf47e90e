"""What is wrong with the values of a form, by the kind of its fields."""

from __future__ import annotations

import pytest

from handlers.cards import Field, errors_of
from tests.forms import EVERY_KIND, every_kind

MANY = ("facebook", "instagram")


@pytest.mark.parametrize(
    ("asked", "value", "error"),
    [
        (Field("x", "text"), "Miksi?", ""),
        (Field("x", "text"), " ?! ", "missing"),
        (Field("x", "text", required=False), "", ""),
        (Field("x", "text", longest=3), "1234", "too_long"),
        (Field("x", "choice", options=MANY), "facebook", ""),
        (Field("x", "choice", options=MANY), "facebook,instagram", "missing"),
        (Field("x", "many", options=MANY), "facebook", ""),
        (Field("x", "many", options=MANY), "instagram,facebook", ""),
        (Field("x", "many", options=MANY), "", "missing"),
        (Field("x", "many", options=MANY), "facebook,x", "missing"),
        (Field("x", "many", options=MANY, required=False), "", ""),
        (Field("x", "many", options=MANY, required=False), "x", "missing"),
        (Field("x", "date"), "2026-11-24", ""),
        (Field("x", "date"), "", "missing"),
        (Field("x", "date"), "24.11.2026", "not_a_date"),
        (Field("x", "date"), "2026-02-30", "not_a_date"),
        (Field("x", "date", required=False), "", ""),
        (Field("x", "date", required=False), "huomenna", "not_a_date"),
        (Field("x", "person"), "slack:U1", ""),
        (Field("x", "person"), "Työntekijä, kirjasto", ""),
        (Field("x", "person"), ",", "missing"),
        (Field("x", "people"), "slack:U1,slack:U2", ""),
        (Field("x", "people"), "\n", "missing"),
        (Field("x", "people", required=False), "", ""),
    ],
)
def test_a_value_is_right_or_wrong_by_its_fields_kind(asked: Field, value: str, error: str) -> None:
    assert errors_of(every_kind(asked), {"x": value}) == ({"x": error} if error else {})


def test_a_form_as_it_was_filled_is_right_and_an_empty_one_wrong_at_every_field() -> None:
    assert errors_of(every_kind(), {asked.name: asked.value for asked in EVERY_KIND}) == {}
    assert errors_of(every_kind(), {}) == {asked.name: "missing" for asked in EVERY_KIND}
