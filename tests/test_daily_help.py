"""Help in publishing: the check before a post, replies to negative feedback, and permissions to be photographed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import MovedClock
from bot.pages.permit import LINE, permit_page
from bot.platforms.slack import blocks
from bot.platforms.slack.events import Shown
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import QuoteShown, Renderer
from bot.sender import Sender
from bot.storage.keeping import TABLES
from bot.working_time import FinnishWorkingTime
from handlers import FLOWS, HELP, help_of
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Asked, Pressed
from handlers.replies import BOXES, is_rebuttal
from handlers.selfcheck import POINTS
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests.conftest import World, buttons_of, make_world
from tests.fakes import Sent
from tests.slack.check import check

EMPLOYEE, GUEST = "employee", "fake:guest"
GOOD = {
    "thanks": "Kiitos, että kerroit kirjaston aukioloajoista.",
    "cause": "Verkkosivulle oli jäänyt kesän aukioloaika.",
    "remedy": "Korjasimme tiedon tänään.",
    "regret": "Pahoittelemme turhaa käyntiä.",
    "title": "tiedottaja",
    "first_name": "Etunimi",
    "channel": "no",
}
"""A reply with the guideline's four parts."""


@pytest.fixture
def world(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "someopas.db", lexical_guide, renderer)
    yield made
    made.store.close()


def words(sent: Sent) -> str:
    """All that a card says, its quotes too."""
    quotes = [p.focus for p in sent.card.parts if isinstance(p, QuoteShown)]
    notes = [p.markdown for p in sent.card.parts if p.kind == "words"]
    return "\n".join([*notes, *quotes]).replace("\\", "")


def rows(world: World) -> dict[str, int]:
    """How many rows each table has in which something of a flow could be kept."""
    with world.store.unit() as unit:
        return {t: len(list(unit.rows(t))) for t in ("records", "journal", "timers")}


def kept(world: World, text: str, *tables: str) -> list[str]:
    """The tables in which a text stands."""
    with world.store.unit() as unit:
        return [t for t in tables or TABLES if any(text in str(row) for row in unit.rows(t))]


# ── words and buttons ───────────────────────────────────────────────────────────────────────────────────────────────

COMMANDS = {
    "julkaiseminen": "selfcheck/start", "apua julkaisemiseen": "selfcheck/start", "publicering": "selfcheck/start",
    "help with publishing": "selfcheck/start", "tarkista julkaisu": "selfcheck/questions",
    "Itsearviointi!": "selfcheck/questions", "huutaisinko torilla?": "selfcheck/questions",
    "självkoll": "selfcheck/questions", "self-check": "selfcheck/questions", "vastauspohja": "replies/start",
    "svarsmall": "replies/start", "reply template": "replies/start", "Kuvauslupa": "permits/photo",
    "fototillstånd": "permits/photo", "photo permission": "permits/photo", "huoltajan lupa": "permits/guardian",
    "vårdnadshavarens tillstånd": "permits/guardian", "guardian's permission": "permits/guardian",
    "koulutus": "training/start", "tietotesti": "training/start", "utbildning": "training/start",
    "quiz": "training/start", "tee testi": "training/question", "luin ohjeen": "training/read",
    "jag har läst anvisningen": "training/read", "I have read the guideline.": "training/read",
    "mikä muuttui?": "versions/show", "vad har ändrats": "versions/show", "what changed": "versions/show",
    "/someopas julkaiseminen": "selfcheck/start",
}  # fmt: skip
QUESTIONS = (
    "kuka saa kuvata lapsia", "Saako lasten kuvia julkaista?", "tarvitaanko kuvauslupa aikuisilta?",
    "Miten negatiiviseen palautteeseen vastataan?", "mikä muuttui kun twitteristä tuli x",
    "huutaisitko sinä torilla mitään", "Järjestetäänkö somesta koulutusta?",
    "tarvitaanko huoltajan lupa kuvaamiseen", "How do I reply to negative feedback?",
    "Måste man ha vårdnadshavarens tillstånd?", "mikä on ohjeen versio ja päiväys", "pitääkö minun tehdä tietotesti",
)  # fmt: skip


@pytest.mark.parametrize(("text", "card"), COMMANDS.items())
def test_every_help_is_reached_by_words(world: World, text: str, card: str) -> None:
    world.asks(EMPLOYEE, text)
    assert world.last(EMPLOYEE).card.name == card


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_to_the_guideline_stays_a_question(world: World, text: str) -> None:
    assert help_of(Asked("k", EMPLOYEE, "c", text=text)) == ""
    world.asks(EMPLOYEE, text)
    assert world.last(EMPLOYEE).card.name.partition("/")[0] not in HELP


def test_of_the_questions_of_the_bank_one_word_alone_is_a_command() -> None:
    lines = [line for bank in Path("knowledge").rglob("*.md") for line in bank.read_text("utf-8").splitlines()]
    asked = {re.sub(r"^- (?:\w\w: )?", "", line) for line in lines}
    # Its card quotes the passage that the question is for, and has the permission as well.
    assert {text for text in asked if help_of(Asked("k", EMPLOYEE, "c", text=text))} == {"kuvauslupa"}


def test_words_among_people_are_no_command() -> None:
    assert help_of(Asked("k", EMPLOYEE, "c", text="koulutus", addressed=False)) == ""


def test_the_way_from_the_help_to_everything(world: World) -> None:
    world.asks(EMPLOYEE, "apua")
    assert "selfcheck/start" in buttons_of(world.last(EMPLOYEE))
    assert "julkaiseminen" in words(world.last(EMPLOYEE))
    world.presses(EMPLOYEE, "selfcheck/start", "")
    assert buttons_of(world.last(EMPLOYEE)) == [
        "selfcheck/check", "replies/start", "permits/photo", "permits/guardian", "training/start", "versions/show",
    ]  # fmt: skip
    home, _ = world.bot.home(EMPLOYEE)
    assert "selfcheck/start" in [b.action for p in home.parts if p.kind == "buttons" for b in p.buttons]


@pytest.mark.parametrize("flow", HELP)
def test_an_unknown_button_of_a_help_still_gets_a_reply(world: World, flow: str) -> None:
    world.presses(EMPLOYEE, f"{flow}/nothing", "")
    assert len(world.platform.to(world.platform.direct(EMPLOYEE))) == 1


# ── the check before publishing ─────────────────────────────────────────────────────────────────────────────────────


def test_r112_r115_the_check_asks_six_questions_and_never_the_text(world: World, renderer: Renderer) -> None:
    opened = world.presses(EMPLOYEE, "selfcheck/check", "").immediate
    assert isinstance(opened, OpenForm)
    assert [f.name for f in opened.form.fields] == list(POINTS)
    assert {f.type for f in opened.form.fields} == {"choice"}
    for language in LANGUAGES:
        shown = renderer.form(opened.form, language)
        assert all(f.label and f.help and len(f.options) == 2 for f in shown.fields)


@pytest.mark.parametrize(("point", "said"), [
    ("square", "huutaisi keskellä täyttä toria"), ("facts", "pohjata ne faktoihin"),
    ("material", "käyttöoikeus"), ("secret", "salassa pidettäviä tietoja"), ("tone", "objektiivisia, neutraaleja"),
    ("unfinished", "Kunnan sisäiset asiat"),
])  # fmt: skip
def test_r86_r92_r103_r113_r115_r119_a_no_is_answered_with_the_guidelines_own_sentence(
    world: World, point: str, said: str
) -> None:
    world.submits(EMPLOYEE, "selfcheck/check", "", **{p: "no" if p == point else "yes" for p in POINTS})
    told = words(world.last(EMPLOYEE))
    assert said in told
    others = {"huutaisi keskellä", "käyttöoikeus", "objektiivisia, neutraaleja"} - {said}
    assert not any(other in told for other in others if other not in said)


def test_r93_r94_a_no_about_the_material_leads_to_the_permissions(world: World) -> None:
    world.asks(EMPLOYEE, "itsearviointi k k e k k k")
    assert {"permits/photo", "permits/guardian"} <= set(buttons_of(world.last(EMPLOYEE)))
    world.asks(EMPLOYEE, "itsearviointi k k k k e k")
    assert "permits/photo" not in buttons_of(world.last(EMPLOYEE))


@pytest.mark.parametrize(
    "text", ["itsearviointi k k e k k e", "självkoll j j n j j n", "self-check: yes, yes, no, y, y, n"]
)
def test_the_check_is_answered_in_words_too(world: World, text: str) -> None:
    world.asks(EMPLOYEE, text)
    typed = words(world.last(EMPLOYEE))
    values = dict.fromkeys(POINTS, "yes") | {"material": "no", "unfinished": "no"}
    world.submits(EMPLOYEE, "selfcheck/check", "", **values)
    assert words(world.last(EMPLOYEE)) == typed


@pytest.mark.parametrize(
    "text", ["itsearviointi k k e k k", "itsearviointi k k e k k x", "itsearviointi Miksi ei saa x y z"]
)
def test_words_that_are_no_six_answers_are_no_answers(text: str) -> None:
    assert help_of(Asked("k", EMPLOYEE, "c", text=text)) == ""


def test_all_is_well_where_every_answer_is_yes_and_what_is_left_open_is_not(world: World) -> None:
    world.submits(EMPLOYEE, "selfcheck/check", "", **dict.fromkeys(POINTS, "yes"))
    assert "Ohje ei estä julkaisemista" in words(world.last(EMPLOYEE))
    world.submits(EMPLOYEE, "selfcheck/check", "")
    assert "6 kohtaa" in words(world.last(EMPLOYEE))


def test_the_check_keeps_nothing(world: World) -> None:
    before = rows(world)
    world.presses(EMPLOYEE, "selfcheck/check", "")
    world.submits(EMPLOYEE, "selfcheck/check", "", **dict.fromkeys(POINTS, "yes"), text="Ylenpalttinen juoru")
    world.asks(EMPLOYEE, "itsearviointi k k e k k k")
    assert rows(world) == before
    assert kept(world, "juoru") == []
    assert kept(world, '"yes": ', "events") == []


# ── replies to negative feedback ────────────────────────────────────────────────────────────────────────────────────


def test_r105_r102_the_reply_has_the_guidelines_order_and_the_signature(world: World) -> None:
    opened = world.presses(EMPLOYEE, "replies/compose", "").immediate
    assert isinstance(opened, OpenForm)
    assert [f.name for f in opened.form.fields][:4] == list(BOXES)
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD)
    sent = world.last(EMPLOYEE)
    told = words(sent)
    places = [told.index(GOOD[box]) for box in BOXES]
    assert places == sorted(places)
    assert told.index("– tiedottaja Etunimi") > places[-1]
    assert "tiedottaja Johanna" in told, "the guideline's own example is quoted"
    assert "lomakkeella" not in told


def test_r98_the_feedback_channel_is_named_where_it_is_wanted(world: World) -> None:
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {"channel": "yes"})
    told = words(world.last(EMPLOYEE))
    assert "Voit antaa palautetta myös kunnan verkkosivujen lomakkeella." in told
    assert "TuusInfo" in told


@pytest.mark.parametrize(("box", "text"), [
    ("thanks", "Kiitos, mutta olet väärässä."), ("cause", "Et selvästikään ymmärrä, miten kirjasto toimii."),
    ("cause", "Valehtelet aukioloajoista."), ("remedy", "Ota itse selvää ensi kerralla."),
    ("regret", "Turha valittaa jälkikäteen."), ("cause", "Du har fel."), ("thanks", "Ni förstår inte saken."),
    ("regret", "Skyll dig själv."), ("cause", "You are simply wrong."), ("cause", "you don't understand"),
    ("regret", "It is your own fault."),
])  # fmt: skip
def test_r106_an_argument_is_refused_at_its_box_with_the_rule_and_the_rest_is_kept(
    world: World, renderer: Renderer, box: str, text: str
) -> None:
    refused = world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {box: text}).immediate
    assert isinstance(refused, FieldErrors)
    assert refused.errors == {box: "argument"}
    shown = renderer.form(refused.form, "fi", refused.errors)
    [error] = [f.error for f in shown.fields if f.error]
    assert "Väittelyihin ei osallistuta" in error
    assert {f.name: f.value for f in shown.fields} == GOOD | {box: text}
    assert kept(world, "aukioloajoista") == [], "what was refused is kept nowhere"


@pytest.mark.parametrize("text", [
    *GOOD.values(), "Palautteessa oli virheellinen tieto: kirjasto oli auki.", "Väärä tieto oli meidän verkkosivullamme.",
    "Emme ymmärtäneet kysymystä heti.", "Vi hade fel uppgift på webbplatsen.", "We were wrong about the hours.",
    "Tiedämme, ettei tilanne ole hyvä.", "Otamme selvää ja vastaamme huomenna.",
])  # fmt: skip
def test_r106_telling_the_cause_is_no_argument(text: str) -> None:
    assert not is_rebuttal(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_r106_the_rule_is_said_in_the_persons_language(world: World, renderer: Renderer, language: str) -> None:
    world.presses(EMPLOYEE, "home/language", "", language)
    refused = world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {"cause": "olet väärässä"}).immediate
    assert isinstance(refused, FieldErrors)
    [error] = [f.error for f in renderer.form(refused.form, language, refused.errors).fields if f.error]
    opening = {"fi": "”", "sv": "”", "en": "“"}[language]
    assert f"{opening}Väittelyihin ei osallistuta.”" in error
    assert sum(error.count(mark) for mark in "“”") == 2


def test_r86_a_secret_is_refused_and_not_kept(world: World) -> None:
    refused = world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {"cause": "Tunnus on 131052-308T."}).immediate
    assert isinstance(refused, FieldErrors)
    assert refused.errors == {"cause": "secret_identity_code"}
    assert "131052" not in json.dumps([f.value for f in refused.form.fields])
    assert kept(world, "131052-308T") == []


def test_an_empty_box_is_asked_for_and_a_long_one_is_too_long(world: World) -> None:
    refused = world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {"regret": " ", "cause": "x" * 601}).immediate
    assert isinstance(refused, FieldErrors)
    assert refused.errors == {"regret": "missing", "cause": "too_long"}


def test_r104_r147_a_threat_is_not_answered_but_reported(world: World) -> None:
    world.asks(EMPLOYEE, "vastauspohja")
    sent = world.last(EMPLOYEE)
    assert "incidents/begin" in buttons_of(sent)
    assert "uhkailua" in words(sent)
    assert "ilmoitettava välittömästi esimiehelle" in words(sent)
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD)
    assert "incidents/begin" in buttons_of(world.last(EMPLOYEE))


def test_the_reply_is_written_in_words_too(world: World) -> None:
    world.asks(EMPLOYEE, "vastauspohja: " + " | ".join([*(GOOD[b] for b in BOXES), "tiedottaja Etunimi"]))
    typed = words(world.last(EMPLOYEE))
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD)
    assert words(world.last(EMPLOYEE)) == typed
    world.asks(EMPLOYEE, "vastauspohja: Kiitos | olet väärässä")
    told = words(world.last(EMPLOYEE))
    assert "Väittelyihin ei osallistuta" in told
    assert "Täytä tämä kohta" in told


def test_replies_leave_no_record_and_no_line_of_the_journal(world: World) -> None:
    before = rows(world)
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD)
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD | {"cause": "olet väärässä"})
    world.asks(EMPLOYEE, "vastauspohja")
    assert rows(world) == before


@given(st.text())
def test_any_words_of_a_reply_are_put_together_or_refused(text: str) -> None:
    assert isinstance(is_rebuttal(text), bool)
    event = Asked("k", "p", "c", text=f"vastauspohja: {text}")
    assert FLOWS["replies"].understands(event) in (True, False)


# ── permissions ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "rule"), [("photo", "kirjallinen lupa"), ("guardian", "lupa vanhemmilta")])
@pytest.mark.parametrize("language", LANGUAGES)
def test_r93_r94_a_permission_in_every_language_says_whose_words_it_is(
    world: World, kind: str, rule: str, language: str
) -> None:
    world.presses(EMPLOYEE, f"permits/{kind}", "", language)
    sent = world.last(EMPLOYEE)
    assert sent.card.language == language
    told = words(sent)
    assert rule in told, "the guideline's rule is quoted"
    assert {"fi": "ei ole ohjeen tekstiä", "sv": "inte anvisningens text", "en": "not the guideline’s text"}[
        language
    ] in told
    assert "Tuusulan kunta" in told
    assert len(LINE.findall(told)) >= 6
    others = [b.button.value for p in sent.card.parts if p.kind == "buttons" for b in p.buttons if b.button.value]
    assert sorted([*others, language]) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["kuva", "huoltaja"])
def test_r93_r94_the_page_is_printed_with_lines_and_without_scripts(
    world: World, renderer: Renderer, name: str, language: str
) -> None:
    facts = world.bot.facts(Pressed("", EMPLOYEE, "", "", "permits/photo"))
    html = permit_page(name, facts, renderer, language)
    assert f'<html lang="{language}">' in html
    assert html.count('class="line"') >= 6
    assert "…" not in html
    assert "<script" not in html
    assert "luvan" in html or "lupa" in html, "the guideline's own words stay Finnish"
    assert permit_page("muu", facts, renderer, language) == ""


def test_the_page_of_a_permission_is_served_to_be_printed(
    tmp_path: Path, lexical_guide: Guide, renderer: Renderer
) -> None:
    world = make_world(tmp_path / "web.db", lexical_guide, renderer)
    clock = MovedClock()
    platform = WebPlatform(world.store, clock)
    bot = Bot(world.store, world.bot.directory, lexical_guide, clock, FinnishWorkingTime(), {"web": platform})
    page = Page(bot, platform, renderer, Sender(bot, renderer), clock)
    with TestClient(page.app(), base_url="http://127.0.0.1") as client:
        got = client.get("/lupa/huoltaja", params={"as": EMPLOYEE, "language": "sv"})
        assert got.status_code == 200
        assert "Vårdnadshavarens underskrift" in got.text
        assert "default-src 'none'" in got.headers["content-security-policy"]
        assert '<html lang="fi">' in client.get("/lupa/kuva", params={"as": EMPLOYEE, "language": "<b>"}).text
        assert client.get("/lupa/muu").status_code == 404
    world.store.close()


def test_a_permission_in_an_unknown_language_is_in_the_persons(world: World) -> None:
    world.presses(EMPLOYEE, "permits/photo", "", "xx")
    assert world.last(EMPLOYEE).card.language == "fi"


def test_replies_of_help_are_for_who_asked_alone(world: World) -> None:
    channel = world.platform.channel("communications")
    for text in ("kuvauslupa", "itsearviointi k k e k k k", "tee testi"):
        world.asks("communications-specialist", text, channel)
    assert {s.kind for s in world.platform.to(channel)} == {"whisper"}


def test_a_guest_gets_help_too(world: World) -> None:
    world.asks(GUEST, "kuvauslupa")
    assert world.last(GUEST).card.name == "permits/photo"


# ── on Slack ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_contract_slack_takes_every_form_and_every_card_of_help(world: World, renderer: Renderer, language: str) -> None:
    world.presses(EMPLOYEE, "home/language", "", language)
    for action in ("selfcheck/check", "replies/compose"):
        opened = world.presses(EMPLOYEE, action, "").immediate
        assert isinstance(opened, OpenForm)
        assert check("modal", blocks.modal(renderer.form(opened.form, language), Shown().pack())) == []
    for text in COMMANDS:
        world.asks(EMPLOYEE, text)
    world.asks(EMPLOYEE, "itsearviointi e e e e e e")
    world.submits(EMPLOYEE, "replies/compose", "", **GOOD | dict.fromkeys(BOXES, "x" * 600))
    for sent in world.platform.sent:
        assert check("message", blocks.message(sent.card)) == [], sent.card.name
        assert len(json.dumps(blocks.message(sent.card), ensure_ascii=False)) < 40_000
    permits = [s for s in world.platform.sent if s.card.name.startswith("permits/")]
    lines = json.dumps([blocks.message(s.card) for s in permits], ensure_ascii=False)
    assert lines.count("………") >= sum(len(LINE.findall(words(s))) for s in permits), "the text is whole"
