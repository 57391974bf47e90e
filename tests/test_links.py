"""Links in what people report (R144): none that opens by a click is left, and what is the same is known again."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.incidents.links import ADDRESS, LINK, SERVICES, defanged, marks_of

OWN = ("tuusula.fi",)
OPENS = re.compile(r"https?://", re.IGNORECASE)
"""What every reader of messages makes a link of."""
PIECES = st.sampled_from([
    "http", "https", "hxxp", "hxxps", "HTTPS", "HtTp", "://", ":", "/", "//", "www.", "pahis", ".", "..", "fi", "com",
    "net", "[.]", "[", "]", "@", " ", "\n", "?", "#", "=", "&", '"', "<", ">", "|", "(", ")", "-", "_", ",", "å", "xn--",
    "1.2.3.4", ":8080", "user:pw@", "bit.ly/", "evil.fi", "http://", "https://www.a.fi/x?u=", "\u200b", "😱", "kirjasto",
    "tuusula.fi",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@given(TEXTS)
def test_r144_no_link_opens_whatever_was_written(text: str) -> None:
    clean = defanged(text)
    assert not OPENS.search(clean)
    for found in LINK.finditer(clean):
        host = (found["bare"] or found["rest"]).partition("/")[0].rstrip(".")
        assert not re.search(r"(?<!\[)\.(?!\])", host), found[0]


@given(TEXTS)
def test_r144_doing_it_again_changes_nothing(text: str) -> None:
    once = defanged(text)
    assert defanged(once) == once


@given(TEXTS)
def test_only_the_scheme_and_the_dots_of_links_are_changed(text: str) -> None:
    def bare(words: str) -> str:
        plain = re.sub(r"h(?:tt|xx)p(s?)://", lambda scheme: f"http{scheme[1].lower()}://", words, flags=re.IGNORECASE)
        return plain.replace("[.]", ".")

    assert bare(defanged(text)) == bare(text)


@given(TEXTS)
def test_marks_are_the_same_of_what_was_made_harmless(text: str) -> None:
    assert set(marks_of(defanged(text), OWN)) == set(marks_of(text.replace("[.]", "."), OWN))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Katso https://pahis.fi/x.php?a=b.c", "Katso hxxps://pahis[.]fi/x.php?a=b.c"),
        ("HTTP://PAHIS.FI", "hxxp://PAHIS[.]FI"),
        ("sivulla www.pahis.com.", "sivulla www[.]pahis[.]com."),
        ("pahis.fi ja toinen.ru/a", "pahis[.]fi ja toinen[.]ru/a"),
        ("hxxps://pahis[.]fi/a", "hxxps://pahis[.]fi/a"),
        ("https://a.fi/?u=https://pahis.fi/b", "hxxps://a[.]fi/?u=hxxps://pahis[.]fi/b"),
        ("a.fi/?u=https://pahis.fi/b", "a[.]fi/?u=hxxps://pahis[.]fi/b"),
        ("http://http://pahis.fi", "hxxp://hxxp://pahis[.]fi"),
        ("ftp://pahis.fi/x", "ftp://pahis[.]fi/x"),
        ("//pahis.fi", "//pahis[.]fi"),
        ("(https://pahis.fi)", "(hxxps://pahis[.]fi)"),
        ("<https://pahis.fi|pankki>", "<hxxps://pahis[.]fi|pankki>"),
        ("http://192.0.2.7/kirjaudu", "hxxp://192[.]0[.]2[.]7/kirjaudu"),
        ("matti@pahis.fi", "matti@pahis.fi"),
        ("Soitin klo 12.30. Sitten loppui.", "Soitin klo 12.30. Sitten loppui."),
        ("tiedosto kuva.png", "tiedosto kuva.png"),
        ("", ""),
    ],
)
def test_r144_how_a_link_is_shown(text: str, shown: str) -> None:
    assert defanged(text) == shown


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("https://pahis.fi/a", ["link:pahis.fi"]),
        ("http://www.PAHIS.fi:8080/b?c", ["link:pahis.fi"]),
        ("pahis[.]fi ja hxxp://pahis.fi/c", ["link:pahis.fi"]),
        ("https://sub.pahis.fi", ["link:sub.pahis.fi"]),
        # Of a service that everybody uses only the very page tells something.
        ("https://www.facebook.com/", []),
        ("facebook.com", []),
        ("https://facebook.com/huijari/", ["link:facebook.com/huijari"]),
        ("https://m.facebook.com/huijari", ["link:m.facebook.com/huijari"]),
        ("https://bit.ly/abc", ["link:bit.ly/abc"]),
        ("https://docs.google.com/forms/d/1?x=2", ["link:docs.google.com/forms/d/1"]),
        ("https://notfacebook.com/huijari", ["link:notfacebook.com"]),
        # The municipality's own are in every second message.
        ("https://www.tuusula.fi/kirjasto", []),
        ("https://kirjasto.tuusula.fi/x", []),
        ("kirjasto@tuusula.fi", []),
        ("https://eituusula.fi", ["link:eituusula.fi"]),
        ("https://tuusula.fi.pahis.net", ["link:tuusula.fi.pahis.net"]),
        ("huijari@pahis.net", ["sender:huijari@pahis.net"]),
        ("HUIJARI@Pahis.Net", ["sender:huijari@pahis.net"]),
        ("+358 40 123 4567", ["sender:+358401234567"]),
        ("+358-40-1234567", ["sender:+358401234567"]),
        ("040 123 4567", []),
        ("https://a.fi/?u=https://pahis.net/b", ["link:a.fi", "link:pahis.net"]),
        ("pahis.fi pahis.fi pahis.fi", ["link:pahis.fi"]),
        ("http://", []),
        ("http://[::1", []),
        ("http://pahis.fi:abc", ["link:pahis.fi"]),
        ("Mitään ei ole.", []),
    ],
)
def test_by_what_a_wave_is_known(text: str, marks: list[str]) -> None:
    assert sorted(marks_of(text, OWN)) == sorted(marks)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_two_pages_of_a_service_are_no_wave(service: str) -> None:
    one, two = (set(marks_of(f"https://{service}/{page}", OWN)) for page in ("yksi", "kaksi"))
    assert one
    assert not one & two


def test_an_address_is_no_host_of_a_wave() -> None:
    assert ADDRESS.search("huijari.nimi@pahis.net")
    assert marks_of("huijari.nimi@pahis.net", OWN) == ("sender:huijari.nimi@pahis.net",)
