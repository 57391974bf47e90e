"""The register's life as a table, its picture, and the words for all that it says and hears."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.picture import state_picture
from bot.rendering import Renderer
from handlers.events import Asked, Pressed, Submitted
from handlers.register.addresses import place_of
from handlers.register.record import (
    CLOSING,
    RHYTHMS,
    TRANSITIONS,
    VERIFYING,
    Move,
    Status,
    key_of,
    may_move,
    months_after,
)
from handlers.register.typed import PRESSED, SUBMITTED, typed
from handlers.register.upkeep import DUTIES
from knowledge.document import LANGUAGES
from tests.conftest import World
from tests.register import ACCOUNT, KEY, LIBRARIAN, SPECIALIST, account, enters

DOCS = Path(__file__).parent.parent / "docs" / "register.md"
DEEDS = re.compile(r'noted\(\s*\w+, event, facts, "(\w+)"')


def test_the_picture_of_the_docs_is_the_table_of_the_code(renderer: Renderer) -> None:
    assert f"```mermaid\n{state_picture(renderer, 'fi', 'register')}```" in DOCS.read_text("utf-8")


LEGAL = {
    Status.OPEN: {Move.VERIFY, Move.END},
    Status.OFFICIAL: {Move.END},
    Status.CLOSING: {Move.KEEP, Move.RESTORE, Move.CLOSE},
    Status.CLOSED: set(),
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("move", Move)
def test_every_move_is_legal_or_not_as_the_table_says(status: Status, move: Move) -> None:
    record = ACCOUNT.__class__(**{**vars(ACCOUNT), "status": status})
    assert may_move(record, move) == (move in LEGAL[status])
    assert ((status, move) in TRANSITIONS) == (move in LEGAL[status])


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    ("deed", "after"),
    [
        ("confirm", None), ("password", None), ("posted", None), ("end", {Status.OPEN, Status.OFFICIAL}),
        ("keep", {Status.CLOSING}),
    ],
)  # fmt: skip
def test_a_deed_moves_only_where_the_table_lets_it(
    world: World, status: Status, deed: str, after: set[Status] | None
) -> None:
    enters(world, status=status)
    if deed == "end":
        world.submits(LIBRARIAN, "register/end", KEY, text="Hanke loppui.")
    else:
        world.presses(LIBRARIAN, f"register/{deed}", KEY)
    assert (account(world).status is not status) == (status in (after or set()))
    if status is Status.CLOSED:
        assert world.last(LIBRARIAN).card.name == "register/refused"


@pytest.mark.parametrize("point", CLOSING)
def test_the_last_point_of_the_end_closes_the_account_whichever_it_is(world: World, point: str) -> None:
    enters(world, status=Status.CLOSING)
    for other in (*(p for p in CLOSING if p != point), point):
        assert account(world).status is Status.CLOSING
        world.presses(SPECIALIST, "register/tick", KEY, other)
    assert account(world).status is Status.CLOSED


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_duty_point_deed_and_status_has_its_words(renderer: Renderer, language: str) -> None:
    labels = renderer.labels(language)
    deeds = {
        name for path in Path("handlers/register").glob("*.py") for name in DEEDS.findall(path.read_text("utf-8"))
    }  # fmt: skip
    assert len(deeds) > 10
    for kind, names in (
        ("due", DUTIES), ("closing_point", CLOSING), ("point", VERIFYING), ("account_status", Status),
        ("register_move", (*deeds, "import", "verify")), ("account_move", Move), ("rhythm", RHYTHMS),
    ):  # fmt: skip
        assert all(f"word.{kind}.{name}" in labels for name in names), (kind, names)


@pytest.mark.parametrize("action", PRESSED)
def test_words_of_three_languages_press_each_button(action: str) -> None:
    for words in PRESSED[action].replace("(?:", "(").split("|"):
        plain = re.sub(r"\([^)]*\)\??", "", words).strip(" ()?")
        if plain and "(" not in words and ")" not in words:
            event = typed(Asked("k", "p", "c", text=f"{plain} r12"))
            assert isinstance(event, Pressed), plain
            assert (event.action, event.record) == (action, "register/r12")


WRITTEN = {
    "register/results": ("tulokset", "resultat", "results"),
    "register/extend": ("jatka tiliä", "förläng konto", "extend account"),
    "register/end": ("sulje tili", "päätä tili", "stäng konto", "avsluta konto", "close account", "end account"),
    "register/hand_over": ("siirrä vuoro", "överlämna turen", "hand over the turn"),
}


@pytest.mark.parametrize(("form", "field"), SUBMITTED)
def test_words_of_three_languages_send_each_form(form: str, field: str) -> None:
    for words in WRITTEN[form]:
        event = typed(Asked("k", "p", "c", text=f"{words} 12: mitä sanotaan"))
        assert isinstance(event, Submitted), words
        assert (event.form, event.record, event.values) == (form, KEY, {field: "mitä sanotaan"})


@pytest.mark.parametrize(
    "said",
    ["tili", "vastaa 12: kiitos", "päivitetty viimeksi milloin", "vahvista", "tauko", "onko virallinen sivu tärkeä asia",
     "rekisteröidy", "kuka saa päivittää tiliä", "poista 12", "jatka 12", "sulje tili"],
)  # fmt: skip
def test_words_that_mean_something_else_are_left_alone(said: str) -> None:
    assert typed(Asked("k", "p", "c", text=said)) is None


@pytest.mark.parametrize(
    ("address", "whole", "name"),
    [
        ("https://www.facebook.com/Tuusula/", "facebook.com/tuusula", "tuusula"),
        ("https://m.facebook.com/tuusula?ref=page", "facebook.com/tuusula", "tuusula"),
        ("fb.com/tuusula#x", "facebook.com/tuusula", "tuusula"),
        ("facebook.com/groups/tuusula", "facebook.com/groups/tuusula", "tuusula"),
        ("facebook.com/profile.php?id=100064&x=1", "facebook.com/profile.php?id=100064", ""),
        ("@TuusulanKunta", "@tuusulankunta", "tuusulankunta"),
        ("x.com/tuusula?s=20", "twitter.com/tuusula", "tuusula"),
        ("youtube.com/@Tuusula", "youtube.com/tuusula", "tuusula"),
        ("youtube.com/channel/UCAbc", "youtube.com/channel/UCAbc", "ucabc"),
        ("linkedin.com/company/Tuusula", "linkedin.com/company/tuusula", "tuusula"),
        ("blogi.tuusula.fi/Johto", "blogi.tuusula.fi/johto", "johto"),
        ("https://someone@evil.example/tuusula", "evil.example/tuusula", "tuusula"),
        ("", "", ""),
    ],
)
def test_one_account_has_one_place_however_its_address_is_written(address: str, whole: str, name: str) -> None:
    assert (place_of(address).whole, place_of(address).name) == (whole, name)


def test_a_handle_alone_is_of_its_accounts_channel() -> None:
    assert place_of("@tuusula", "instagram") == place_of("instagram.com/tuusula")


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [("2026-11-23", 6, "2027-05-23"), ("2026-08-31", 6, "2027-02-28"), ("2027-08-31", 6, "2028-02-29"),
     ("2026-01-31", 3, "2026-04-30"), ("2026-12-01", 12, "2027-12-01")],
)  # fmt: skip
def test_months_later_is_a_day_of_the_calendar(day: str, months: int, after: str) -> None:
    assert months_after(date.fromisoformat(day), months).isoformat() == after


@pytest.mark.parametrize(
    ("key", "of"),
    [
        ("accounts/7", "register/r7"),
        ("register/7", "register/7"),
        ("register/r7@x", "register/r7"),
        ("accounts/7@2", "register/r7"),
    ],
)
def test_a_requests_account_has_a_number_of_its_own_kind(key: str, of: str) -> None:
    assert key_of(key) == of
