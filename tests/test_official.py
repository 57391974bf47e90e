"""Is this account official (R38, R42, R145; N9): what the register says of an address, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.effects import OpenForm
from handlers.register.addresses import addresses_in, place_of
from handlers.register.official import verdict
from handlers.register.record import Record, Status
from knowledge.lookalikes import likeness, skeleton
from tests.accounts import approved, words
from tests.conftest import World, buttons_of
from tests.register import ACCOUNT, EMPLOYEE, OFFICIAL, enters

UMBRELLA = ("www.facebook.com/tuusula", "www.twitter.com/tuusulankunta", "www.instagram.com/tuusulankunta")


def entered(address: str, channel: str, status: Status = Status.OFFICIAL) -> Record:
    return replace(ACCOUNT, key=f"register/{address}", address=address, channel=channel, status=status)


REGISTER = (
    *(entered(a, c) for a, c in zip(UMBRELLA, ("facebook", "twitter", "instagram"), strict=True)),
    entered("www.instagram.com/tuusulanmuseo", "instagram", Status.OPEN),
    entered("www.facebook.com/tuusulanuimahalli", "facebook", Status.CLOSING),
    entered("www.facebook.com/tuusulanvanhahanke", "facebook", Status.CLOSED),
    entered("blogi.tuusula.fi/johto", "blog"),
)


@pytest.mark.parametrize(
    ("address", "finding"),
    [
        ("https://www.facebook.com/tuusula", "official"),
        ("facebook.com/Tuusula/", "official"),
        ("https://m.facebook.com/tuusula?ref=page", "official"),
        ("fb.com/tuusula", "official"),
        ("https://x.com/tuusulankunta", "official"),
        ("twitter.com/tuusulankunta/", "official"),
        ("@tuusulankunta", "official"),
        ("https://blogi.tuusula.fi/johto", "official"),
        ("instagram.com/tuusulanmuseo", "unverified"),
        ("facebook.com/tuusulanuimahalli", "closing"),
        ("facebook.com/tuusulanvanhahanke", "closed"),
        ("instagram.com/tuusu1ankunta", "alike"),
        ("instagram.com/tuusulankunta_", "alike"),
        ("instagram.com/tuusulan.kunta", "alike"),
        ("instagram.com/tuusulankumta", "alike"),
        ("instagram.com/tuusulankunta_virallinen", "alike"),
        ("instagram.com/tuusulаnkunta", "alike"),  # a Cyrillic а
        ("facebook.com/tuusuIa", "alike"),  # a capital I
        ("facebook.com/tuusla", "alike"),
        ("@tuusulankunta_arvonta", "alike"),
        ("tiktok.com/@tuusulankunta", "elsewhere"),
        ("youtube.com/@tuusulankunta", "elsewhere"),
        ("facebook.com/jarvenpaa", "unknown"),
        ("instagram.com/keravankaupunki", "unknown"),
        ("https://example.org/uutiset", "no_service"),
        ("tuusula.fi/sosiaalinenmedia", "own_site"),
        ("https://www.tuusula.fi", "own_site"),
        # false hosts, and other addresses of the true ones
        ("evil.example/tuusulankunta", "elsewhere"),
        ("faceb00k.com/tuusula", "alike"),
        ("facebook.com.evil.fi/tuusula", "alike"),
        ("f\u0430cebook.com/tuusula", "alike"),
        ("instagram-login.com/tuusulankunta", "alike"),
        ("mastodon.social/@tuusulankunta", "elsewhere"),
        ("linktr.ee/tuusulankunta", "elsewhere"),
        ("facebook.com/groups/tuusula", "elsewhere"),
        ("facebook.com/pages/tuusula/123", "elsewhere"),
        ("blogi.tuusu1a.fi/johto", "alike"),
        # the place's name is many people's
        ("facebook.com/tuusulanseurakunta", "unknown"),
        ("instagram.com/tuusulanlehti", "unknown"),
        ("facebook.com/tuusulanpalloseura", "unknown"),
        ("facebook.com/tuusula.arvonta", "alike"),
        ("facebook.com/tuusulavirallinen", "alike"),
    ],
)  # fmt: skip
def test_r38_r42_an_address_is_official_known_alike_or_unknown(address: str, finding: str) -> None:
    assert verdict(address, REGISTER, domains=("tuusula.fi",)).finding == finding


def test_r145_what_looks_like_an_official_account_says_which_and_offers_to_report_it(world: World) -> None:
    enters(world)
    world.asks(EMPLOYEE, "onko virallinen instagram.com/tuusu1ankirjasto")
    said = world.last(EMPLOYEE)
    assert "muistuttaa" in words(said)
    assert "www.instagram.com/tuusulankirjasto" in words(said)
    assert "incidents/choose" in buttons_of(said)
    opened = world.presses(EMPLOYEE, "incidents/choose", "", "identity_theft").immediate
    assert isinstance(opened, OpenForm)
    assert opened.form.name == "incidents/report"


@pytest.mark.parametrize(
    "said",
    [
        "https://www.instagram.com/tuusulankirjasto", "@tuusulankirjasto", "onko @tuusulankirjasto virallinen",
        "Onko tämä tili virallinen? https://instagram.com/tuusulankirjasto", "onko virallinen @tuusulankirjasto",
        "is this account official @tuusulankirjasto", "är kontot officiellt instagram.com/tuusulankirjasto",
        "onko tämä aito tili instagram.com/tuusulankirjasto",
    ],
)  # fmt: skip
@pytest.mark.parametrize("person", [EMPLOYEE, OFFICIAL])
def test_r38_an_address_is_pasted_anywhere_and_answered(world: World, person: str, said: str) -> None:
    enters(world)
    world.asks(person, said)
    assert world.last(person).card.name == "register/verdict", words(world.last(person))
    assert "Kirjaston kuulumiset" in words(world.last(person))


def test_an_address_in_a_question_about_the_guideline_is_still_a_question(world: World) -> None:
    world.asks(EMPLOYEE, "Saako lasten kuvia julkaista sivulla instagram.com/tuusulankirjasto?")
    assert world.last(EMPLOYEE).card.name.startswith("questions/")


def test_r145_an_address_in_a_report_of_an_incident_is_a_report(world: World) -> None:
    world.asks(EMPLOYEE, "joku on tehnyt valetilin instagram.com/tuusulankirjasto1 ja huijaa asiakkaita")
    assert world.last(EMPLOYEE).card.name.startswith("incidents/")


def test_r38_what_is_asked_for_is_told_as_requested_and_nothing_else_of_it(world: World) -> None:
    approved(world, name="Kirjaston TikTok")
    world.asks(OFFICIAL, "onko virallinen @kirjastontiktok")
    said = words(world.last(OFFICIAL))
    assert "pyydetty" in said
    assert "Kuntalaiset eivät löydä" not in said


def test_r38_an_unknown_account_is_said_to_be_unknown_and_not_to_be_false(world: World) -> None:
    enters(world)
    world.asks(EMPLOYEE, "onko virallinen facebook.com/keravankaupunki")
    said = words(world.last(EMPLOYEE))
    assert "ei ole kunnan rekisterissä" in said
    assert "muistuttaa" not in said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("katso https://www.facebook.com/tuusula!", ["https://www.facebook.com/tuusula"]),
        ("kirjoita viestinta@tuusula.fi", []),
        ("@tuusulankunta ja @toinen_tili", ["@tuusulankunta", "@toinen_tili"]),
        ("(x.com/a).", ["x.com/a"]),
        ("klo 10.30 ja 3.5 kertaa", []),
        ("ei mitään", []),
    ],
)
def test_addresses_are_found_in_what_people_write(text: str, found: list[str]) -> None:
    assert addresses_in(text) == found


@given(st.text(max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    for address in (*addresses_in(text), text):
        assert verdict(address, REGISTER).finding


HOST = st.from_regex(r"[a-z0-9\u0430\u0435\u043e.-]{3,20}\.(?:com|fi|net|example)", fullmatch=True)
PATHS = st.sampled_from(["tuusula", "tuusulankunta", "@tuusulankunta", "tuusulanmuseo", "groups/tuusula", "johto"])


@given(HOST, PATHS)
@example("facebook.com.evil", "tuusula")
@example("evilfacebook.com", "tuusula")
@example("twitter.co", "tuusulankunta")
def test_r145_only_the_very_address_is_ever_official(host: str, path: str) -> None:
    found = verdict(f"{host}/{path}", REGISTER)
    if found.finding in ("official", "unverified", "closing"):
        assert found.account is not None
        assert place_of(f"{host}/{path}").whole == place_of(found.account.address, found.account.channel).whole


def test_a_profile_by_number_is_not_another_one() -> None:
    register = (entered("facebook.com/profile.php?id=100064", "facebook"),)
    assert verdict("https://m.facebook.com/profile.php?id=100064&ref=x", register).finding == "official"
    assert verdict("facebook.com/profile.php?id=666", register).finding == "unknown"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Tämä pyysi rahaa: https://instagram.com/tuusulankirjast0", "register/verdict"),
        ("voiko tähän luottaa @tuusulankirjasto", "register/verdict"),
        ("tuusula.fi/sosiaalinenmedia", "questions/"),
        ("https://www.hs.fi/uutinen", "home/"),
        ("mikä on tuusula.fi/sosiaalinenmedia", "questions/"),
    ],
)
def test_a_look_alike_is_said_in_any_words_and_a_link_that_is_no_account_is_not_called_false(
    world: World, said: str, name: str
) -> None:
    enters(world)
    world.asks(EMPLOYEE, said)
    assert world.last(EMPLOYEE).card.name.startswith(name), words(world.last(EMPLOYEE))


@given(st.from_regex(r"[a-z]{6,14}", fullmatch=True))
def test_a_name_is_the_same_as_itself_and_alike_after_any_change_of_marks(name: str) -> None:
    assert likeness(name, name) == "same"
    assert likeness(f"{name[:3]}_{name[3:]}", name) == "letters"
    assert skeleton(name.upper()) == skeleton(name.upper().casefold())


@example("aaaavav", 5)
@given(st.from_regex(r"[a-hk-z]{6,14}", fullmatch=True), st.integers(0, 13))
def test_one_letter_left_out_of_a_name_is_a_near_spelling(name: str, place: int) -> None:
    slip = name[:place] + name[place + 1 :]
    assert slip == name or likeness(slip, name) in ("letters", "spelling", "added")
