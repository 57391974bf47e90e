"""What must not be stored: personal identity codes, card numbers and passwords, and what only looks like them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.masking import MASK, secret_in, veiled

CHECKSUM = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SEPARATORS = {1800: "+", 1900: "-YXWVU–yxwvu", 2000: "ABCDEFabcdef"}
# In two parts, so that those who look for leaked keys in code do not find one here.
SLACK, GITHUB, OPENAI = "xoxb" + "-123456789012-abcdefABCDEF", "gh" + "p_abcdefghijklmnopqrst0123456789", "s" + "k-"
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabcd==\n-----END RSA " + "PRIVATE KEY-----"


@st.composite
def codes(draw: st.DrawFn, shift: int = 0) -> str:
    """A valid personal identity code, or with a shift one with another checksum."""
    century = draw(st.sampled_from(sorted(SEPARATORS)))
    day = draw(st.dates(date(century, 1, 1), date(century + 99, 12, 31)))
    number = draw(st.integers(2, 999))
    digits = f"{day:%d%m}{day.year % 100:02d}"
    check = CHECKSUM[(int(f"{digits}{number:03d}") + shift) % 31]
    space = draw(st.sampled_from(["", "", " ", "\u00a0", "  "]))
    separator = draw(st.sampled_from(SEPARATORS[century]))
    return f"{digits}{space}{separator}{space}{number:03d}{draw(st.sampled_from([check, check.lower()]))}"


@given(codes(), st.sampled_from(["{}", "hetu: {}.", "({})", "Asiakkaan\n{}\nasia", "_{}_", "{}:n", "hetu:{},"]))
def test_every_valid_identity_code_is_caught_and_nothing_else_goes(code: str, place: str) -> None:
    assert secret_in(place.format(code)) == "identity_code"
    assert veiled(place.format(code)) == place.format(MASK)


@given(st.integers(1, 30).flatmap(codes))
def test_a_code_with_a_wrong_checksum_is_none(code: str) -> None:
    assert secret_in(f"asiakirja {code}") == ""
    assert veiled(f"asiakirja {code}") == f"asiakirja {code}"


@pytest.mark.parametrize(
    "text",
    [
        "131052-308U",  # another checksum
        "310252-308T",  # no such day
        "131352-308T",  # no such month
        f"131052-001{CHECKSUM[131052001 % 31]}",  # numbers begin at 002
        "0131052-308T",
        "131052-308TX",
        "131052\n-308T",
        "131052308T",
    ],
)
def test_what_is_no_identity_code(text: str) -> None:
    assert secret_in(text) == ""


def test_temporary_codes_and_the_leap_day_are_caught() -> None:
    assert secret_in("010594Y9021") == "identity_code"
    leap = f"290200A123{CHECKSUM[290200123 % 31]}"
    assert secret_in(leap) == "identity_code"
    assert secret_in(f"290200-123{CHECKSUM[290200123 % 31]}") == "", "1900 was no leap year"


CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111\u00a01111\u00a01111\u00a01111",
    "5555 5555 5555 4444",
    "2223 0031 2200 3222",
    "3782 822463 10005",
    "378282246310005",
    "30569309025904",
    "3530111333300000",
    "6011 1111 1111 1117",
    "4222222222222",
    "6759 6498 2643 8453 003",
]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "place", ["{}", "Kortti {}, kiitos", "*{}*", "puh. +358 40 123 4567 {}", "2 x {} 12/27", "{} 123"]
)
def test_card_numbers_are_caught(card: str, place: str) -> None:
    told = veiled(place.format(card))
    assert secret_in(place.format(card)) == "card_number"
    assert told == place.format(MASK)


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # Luhn
        "FI21 1234 5600 0007 85",
        "FI2112345600000785",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "XX12 4111 1111 1111 1111",  # the shape of an account number
        "+4111111111111111",
        "+411 1111 1111 11111",
        "+358 40 123 4567",
        "040 123 4567",
        "20260601120005",  # a time
        "1111111111111117",
        "https://www.facebook.com/tuusula/posts/4111111111111111",
        "https://example.org/?id=4111111111111111",
        "41111111111111110000000",
        "seuraajia 4111 1111\n1111 1111",
        "040 123 4567 050 765 4329",
    ],
)
def test_what_is_no_card_number(text: str) -> None:
    assert secret_in(text) == ""
    assert veiled(text) == text


def test_a_card_number_in_other_groups_is_caught_where_no_other_number_stands_beside_it() -> None:
    assert veiled("Kortti 41111 11111 111111, kiitos") == f"Kortti {MASK}, kiitos"
    assert secret_in("2 41111 11111 111111") == ""


@given(st.sampled_from("3456"), st.text("0123456789", min_size=11, max_size=17))
def test_one_wrong_digit_makes_no_card(first: str, rest: str) -> None:
    issuer = first + "7" + rest[1:] if first == "3" else first + rest
    kinds = [secret_in(f"{issuer}{last}") for last in "0123456789"]
    assert sorted(kinds) == [""] * 9 + ["card_number"]


PASSWORDS = [
    "salasana on {Kesä2024!x}",
    "Salasana: {kissa123}",
    "SALASANA={kissa123}",
    "salasanan on {kissa123}",
    "salasanani on {kissa123}.",
    "Vaihdoin salasanaksi: {kissa123}, kiitos",
    "pin-koodi on {1234}",
    "PIN: {1234}",
    "pin koodi: {0042}",
    "tunnusluku: {1234}",
    "tunnusluku on {1234} ja kortti laatikossa",
    "Käyttäjätunnus ja salasana: {someopas_2024}",
    "käyttäjätunnus ja salasana: tuusulakirjasto / {Kesä2024!x}",
    "käyttäjätunnus ja salasana: tuusulakirjasto, {Kesä2024!x}",
    "käyttäjätunnus ja salasana: atk@tuusula.fi {Kesä2024!x}",
    "salasana: {Kesä2024} / {Syksy2025}",
    "tunnus/salasana: {someopas/Kesä2024}",
    "salasana on nyt {Kesä2024}",
    "Salasana on salasana: {kissa123}",
    "salasana Instagramiin on {Kesä2024}",
    "Salasana (uusi): {Kesä2024}",
    "Facebook-salasana on {kisSa}",
    "salasana: {kissa_koira}",
    "salasana: {kissa!koira}",
    "salasana:\n{kissa123}\nkiitos",
    "*Salasana:* {kissa123}",
    "salasana: `{kissa123}`",
    "salasana on ”{kissa123}”",
    "salasana -> {kissa123}",
    "salasana: {1.6.2027}",
    "lösenord: {hund1234}",
    "Lösenordet är {hund1234}",
    "password is {P@ssw0rd}",
    "Password: {hunter2}",
    "pwd={hunter2}",
    "passcode: {123456}",
    "avain {" + SLACK + "}",
    "avain {" + GITHUB + "}",
    "avain {" + OPENAI + "proj-abcdefghij0123456789}, kiitos",
    "{" + KEY + "}\nloppu",
    "{-----BEGIN " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA} ja muuta",
]


@pytest.mark.parametrize("marked", PASSWORDS)
def test_r139_passwords_are_caught_and_nothing_else_goes(marked: str) -> None:
    text = marked.replace("{", "").replace("}", "")
    pieces = [part.split("}")[-1] for part in marked.split("{")]
    assert secret_in(text) == "password"
    assert veiled(text) == MASK.join(pieces)


@pytest.mark.parametrize(
    "text",
    [
        "salasana on vaihdettava 3 kuukauden välein",
        "salasanat: vaihdetaan 3 kk välein",
        "Password is required",
        "salasana on vähintään 12-merkkinen",
        "salasana on va\u0308hinta\u0308a\u0308n 12-merkkinen",
        "salasana: eri joka palvelussa",
        "salasana on 12-merkkinen",
        "salasana on 12–16-merkkinen",
        "Salasanan pituus: 12-16 merkkiä",
        "salasana: 12–16 merkkiä",
        "salasana on 3kk:n välein vaihdettava",
        "salasana on 1234 merkkiä pitkä",
        "Salasana on vaihdettu 1.6.2027",
        "Salasana on vahva ja 2FA-vahvistus päällä",
        "salasana: 2FA-vahvistus puuttuu",
        "Salasana on LinkedInissä eri kuin YouTubessa",
        "salasana on KeePassissa",
        "salasana on IT-tuella",
        "salasana on palvelu-/käyttäjäkohtainen",
        "Salasanaohje: LIITE1.pdf",
        "Salasanat: https://www.tuusula.fi/ohje2024",
        "salasanan uusinta: etunimi.sukunimi@tuusula.fi",
        "salasana: etunimi.sukunimi@tuusula.fi",
        "salasana: […]",
        "salasana: ****",
        "salasana: <salasana>",
        "salasana: abc",
        "salasana: a1b",
        "Mikä salasana on hyvä?",
        "Mikä salasana on? Kirjasto2024",
        "tunnusluvut: 2000 seuraajaa",
        "tunnusluku: 2000 seuraajaa",
        "tunnusluku on 1500 kävijää",
        "Lösenordet är för kort",
        "Password is case-sensitive",
        "Passwords are 12-16 characters",
        "Password policy: ISO27001",
        "Salasana vaihdetaan viimeistään: 1.6.2027",
        "password isn't needed",
        "Pin: https://pin.it/4abcD",
        "sk-turvallisuuskoulutukseen",
        "-----BEGIN CERTIFICATE-----",
        "Millä salasanalla 2FA1 toimii?",
        "",
    ],
)
def test_r139_rules_about_passwords_are_no_passwords(text: str) -> None:
    assert secret_in(text) == ""
    assert veiled(text) == text


PIECES = st.one_of(
    st.text(max_size=6),
    st.text("0123456789 -+A", max_size=24),
    st.sampled_from(["salasana", " on ", ": ", "=", "password is ", "pin-koodi ", "a1b2", " / ", "\n", ", "]),
    st.sampled_from([MASK, "[", "…", "]", *CARDS, "+", "FI21 ", SLACK, KEY, KEY[:40], "atk@tuusula.fi ", "www."]),
    codes(),
)


@given(st.lists(PIECES, max_size=10).map("".join))
def test_nothing_secret_is_left_in_a_veiled_text(text: str) -> None:
    told = veiled(text)
    assert secret_in(told) == ""
    assert (told == text) == (secret_in(text) == "")
    assert veiled(told) == told


@given(st.text())
def test_any_text_can_be_asked(text: str) -> None:
    assert secret_in(veiled(text)) == ""


def test_secrets_that_overlap_and_lie_side_by_side_all_go() -> None:
    text = "salasana: 131052-308T\n\n  kortti 4111 1111 1111 1111  ja\tpin: 1234"
    assert secret_in(text) == "identity_code"
    assert veiled(text) == f"salasana: {MASK}\n\n  kortti {MASK}  ja\tpin: {MASK}"
    assert veiled("salasana: a/131052-308T/b9 ja") == f"salasana: {MASK} ja"


def test_what_a_mask_uncovers_is_masked_too() -> None:
    assert veiled("41111 11111 111111 131052-308T") == f"{MASK} {MASK}"


def test_a_hundred_thousand_characters_take_no_long_time() -> None:
    begun = "-----BEGIN RSA " + "PRIVATE KEY-----"
    for piece in ("4", "4 ", "4111 ", "salasana ", "salasananana", "salasana: a ", begun, "+", "1."):
        veiled(piece * (20_000 // len(piece)))


def test_a_key_that_begins_and_does_not_end_hides_no_words_and_no_key_behind_it() -> None:
    begun = "-----BEGIN " + "PRIVATE KEY-----"
    text = f"{begun} yksi " * 3000 + KEY
    assert veiled(text) == f"{MASK} yksi " * 3000 + MASK
