"""What goes to Slack, whatever a card holds: every card and form in every language, checked as Slack would check it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.slack import blocks
from bot.platforms.slack.events import Shown, from_press
from bot.rendering import (
    ButtonShown,
    ButtonsShown,
    CardShown,
    FeedbackShown,
    FieldShown,
    FormShown,
    QuoteShown,
    Renderer,
    SaidShown,
    Words,
    escaped,
)
from handlers.accounts.cards import picture
from handlers.accounts.findings import WARNINGS
from handlers.accounts.record import Comment, Status
from handlers.accounts.steps import MOST_GOALS, STEPS
from handlers.cards import Button, Buttons, Byline, Card, Feedback, Field, FieldType, Form, Quote, Said, Text
from knowledge.document import LANGUAGES
from tests.accounts import COMPLETE, facts, filled
from tests.fakes import MONDAY
from tests.forms import EVERY_KIND, every_kind, renderer_in
from tests.slack.check import check
from tests.test_rendering import EMPTY, EXTREME, NAMES, ORDINARY
from tests.test_rendering import blocks as template_blocks

FORMS = [name for name in NAMES if "submit" in template_blocks(name, "fi")]
CARDS = [name for name in NAMES if name not in FORMS]
DATA = {"ordinary": ORDINARY, "empty": EMPTY, "extreme": EXTREME}
WILD = "<!channel> <@U1> <https://evil.example|ok> *b* _i_ ~s~ `c` :tada: > q\n&lt;!here&gt; @everyone " * 60


def whole_card(name: str, data: dict[str, object]) -> Card:
    """A card of all the blocks of a template, with every other part that there is."""
    parts = tuple(Text(block) for block in sorted(template_blocks(name, "fi")))
    button = Button("questions/show", "questions/17", "tuusula/security/links", style="primary")
    more = (
        Byline("questions/share.by", "Työntekijä"), Said("Miksi?", sorted(template_blocks(name, "fi"))[0]),
        Quote("Alku. Ydin. Loppu.", "Ydin.", "Ohje", "Luku", "1.1.2026", "tuusula/a/b", 1),
        Buttons((button, Button("home/prompt", value="Kysyisinkö?" * 20, style="prompt"))),
        Feedback("questions/feedback", "questions/17"),
    )  # fmt: skip
    return Card(name, (*parts, *more), data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("data", ["ordinary", *(pytest.param(d, marks=pytest.mark.slow) for d in ("empty", "extreme"))])
@pytest.mark.parametrize("name", CARDS)
def test_contract_every_card_is_what_slack_takes(renderer: Renderer, name: str, data: str, language: str) -> None:
    shown = renderer.card(whole_card(name, DATA[data]), language)
    assert check("message", blocks.message(shown)) == []
    assert check("home", blocks.home(shown)) == []
    assert check("modal", blocks.window(shown, "Someopas", "Sulje", Shown().pack())) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", "Miksi?", "x" * 3000], ids=["empty", "ordinary", "extreme"])
@pytest.mark.parametrize("name", FORMS)
def test_contract_every_form_is_what_slack_takes(renderer: Renderer, name: str, text: str, language: str) -> None:
    labels = {block.removesuffix("_label") for block in template_blocks(name, language) if block.endswith("_label")}
    fields = tuple(
        Field(label, "choice", "no", options=("yes", "no")) if label == "named" else Field(label, "long", text)
        for label in sorted(labels)
    )
    metadata = Shown("questions/17", "slack:C1:1.2", "slack:C1:1.2", "https://hooks.example.org/" + "x" * 200).pack()
    form = renderer.form(Form(name, "questions/17", fields, {**ORDINARY, "question": text}), language)
    view = blocks.modal(form, metadata)
    assert check("modal", view) == []
    assert not any(
        shortened in json.dumps(view["title"]) + json.dumps(view["submit"]) for shortened in (blocks.MORE, "\\u2026")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_shortened_on_its_button(renderer: Renderer, language: str) -> None:
    for name, label in renderer.labels(language).items():
        if "/" in name:
            assert len(label) <= blocks.LABEL, name


def test_contract_what_a_rendered_button_sends_back_is_the_event_it_stands_for(renderer: Renderer) -> None:
    button = Button("questions/show", "questions/7", "tuusula/security/links")
    card = Card(
        "home/languages",
        (Buttons((Button("questions/send", "questions/7"), button)), Feedback("questions/feedback", "questions/7")),
    )
    row, feedback = blocks.message(renderer.card(card, "fi"))["blocks"]
    for element, action, value in (
        (row["elements"][0], "questions/send", ""), (row["elements"][1], "questions/show", "tuusula/security/links"),
        ({**feedback["elements"][0], **feedback["elements"][0]["negative_button"]}, "questions/feedback", "no"),
    ):  # fmt: skip
        body = {"actions": [element], "container": {"channel_id": "C1"}, "trigger_id": "1"}
        event = from_press(body, "employee", "")
        assert (event.action, event.record, event.value) == (action, "questions/7", value)
        assert event.conversation == "slack:C1"


# ── what people typed ───────────────────────────────────────────────────────────────────────────────────────────────


def typed_texts(document: Any) -> list[str]:
    """Every string of a document that Slack reads as mrkdwn: the fallback, and text objects of that type."""
    if isinstance(document, dict):
        own = (
            [document["text"]]
            if isinstance(document.get("text"), str) and document.get("type") in (None, "mrkdwn")
            else []
        )
        return own + [t for value in document.values() for t in typed_texts(value)]
    if isinstance(document, list):
        return [t for item in document for t in typed_texts(item)]
    return []


def types_of(document: Any) -> set[object]:
    """The type of every object of a document; what people wrote is a value of other names."""
    if isinstance(document, dict):
        return {document.get("type")}.union(*map(types_of, document.values()))
    return set().union(*map(types_of, document)) if isinstance(document, list) else set()


def of_words(text: str) -> CardShown:
    """A card that holds a text wherever one can be."""
    said = SaidShown(text, text)
    row = ButtonsShown((ButtonShown(text, Button("a/b", "a/1", text)),))
    return CardShown(
        "a/b", "fi", (Words(str(escaped(text))), Words(str(escaped(text)), small=True), said, row,
                      QuoteShown(text, text, text, text, "x", "x", 1), FeedbackShown(text, text, text, "a/b", "a/1")),
    )  # fmt: skip


@given(st.text(max_size=4000))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_a_limit_mentions_links_or_formats(text: str) -> None:
    for words in (text, WILD[: len(text)] + text):
        message = blocks.message(of_words(words))
        assert check("message", message) == []
        for read_as_mrkdwn in typed_texts(message):
            assert "<" not in read_as_mrkdwn
            assert ">" not in read_as_mrkdwn
        assert {"link", "mrkdwn", "user", "usergroup", "channel", "broadcast"}.isdisjoint(types_of(message["blocks"]))


@given(
    st.lists(st.sampled_from(["words", "small", "said", "quote", "row", "feedback"]), max_size=60), st.integers(0, 3000)
)
@settings(max_examples=25, deadline=None)
def test_no_number_of_parts_breaks_a_limit(kinds: list[str], length: int) -> None:
    text = "ä" * length
    row = ButtonsShown(tuple(ButtonShown(text[:20], Button("a/b", "a/1", str(i))) for i in range(30)))
    made: dict[str, Any] = {
        "words": Words(text), "small": Words(text, small=True), "said": SaidShown("kuka", text), "row": row,
        "quote": QuoteShown(text, "x", text, "lähde", "x", "x", 1),
        "feedback": FeedbackShown("q", "y", "n", "a/b", "a/1"),
    }  # fmt: skip
    card = CardShown("a/b", "fi", tuple(made[kind] for kind in kinds))
    view = blocks.window(card, "t", "c", "")
    for kind, document in (("message", blocks.message(card)), ("home", blocks.home(card)), ("modal", view)):
        if document["blocks"]:
            assert check(kind, document) == []  # type: ignore[arg-type]


def test_a_long_quote_keeps_the_sentence_that_is_meant() -> None:
    quote = QuoteShown("a" * 9000, "Tämä on tarkoitettu.", "b" * 9000, "lähde", "x", "x", 1)
    told = json.dumps(blocks.message(CardShown("a/b", "fi", (quote,))), ensure_ascii=False)
    assert "Tämä on tarkoitettu." in told


def test_words_with_bold_lists_and_links_become_their_elements() -> None:
    card = CardShown("a/b", "fi", (Words("**Ydin** \\*ei\\* <https://example.org>\n\n- yksi\n- **kaksi**\n\n1. eka"),))
    [block] = blocks.message(card)["blocks"]
    paragraph, bullets, ordered = block["elements"]
    assert paragraph["elements"][0] == {"type": "text", "text": "Ydin", "style": {"bold": True}}
    assert paragraph["elements"][1]["text"] == " *ei* "
    assert paragraph["elements"][2] == {"type": "link", "url": "https://example.org"}
    assert (bullets["style"], len(bullets["elements"]), ordered["style"]) == ("bullet", 2, "ordered")


def test_paragraphs_have_an_empty_line_between_them() -> None:
    [block] = blocks.message(CardShown("a/b", "fi", (Words("Yksi.\n\nKaksi\nkolme.\n\n- neljä"),)))["blocks"]
    words, items = block["elements"]
    assert words["elements"] == [{"type": "text", "text": "Yksi.\n\nKaksi\nkolme.\n"}]
    assert items["type"] == "rich_text_list"


def test_the_fallback_says_all_that_the_blocks_say(renderer: Renderer) -> None:
    told = blocks.fallback(renderer.card(whole_card("questions/answered", ORDINARY), "fi"))
    for expected in (
        "Ensimmäinen sääntö.",
        "Alku. Ydin. Loppu.",
        "Ohje › Luku",
        "Miksi?",
        "Näytä kohta 1",
        "Auttoiko",
        "jakoi",
    ):
        assert expected in told


def test_an_optional_field_may_be_left_empty() -> None:
    shown = FormShown("a/b", "", "fi", "t", "", "s", "c", (FieldShown("x", "text", "l", "", "", (), False, 10, ""),))
    [block] = blocks.modal(shown, "")["blocks"]
    assert block["optional"] is True
    required = replace(shown, fields=(replace(shown.fields[0], required=True),))
    assert blocks.modal(required, "")["blocks"][0]["optional"] is False


def element_of(kind: FieldType, value: str, options: int = 0) -> dict[str, Any]:
    """The element of a field of this kind, in a modal that Slack takes."""
    offered = tuple((f"o{n}", "x" * 200) for n in range(options))
    shown = FormShown(
        "a/b", "", "fi", "t" * 99, "", "s" * 99, "c",
        (FieldShown("x", kind, "l" * 3000, "h" * 3000, value, offered, True, 10, ""),),
    )  # fmt: skip
    view = blocks.modal(shown, "")
    assert check("modal", view) == []
    element: dict[str, Any] = view["blocks"][0]["element"]
    return element


@pytest.mark.parametrize(
    ("kind", "value", "element"),
    [
        ("person", "U1", {"type": "users_select", "initial_user": "U1"}),
        ("person", "", {"type": "users_select"}),
        ("people", "U1,U2", {"type": "multi_users_select", "initial_users": ["U1", "U2"]}),
        ("people", "", {"type": "multi_users_select"}),
        ("date", "2026-11-24", {"type": "datepicker", "initial_date": "2026-11-24"}),
        ("date", "20261124", {"type": "datepicker", "initial_date": "2026-11-24"}),
        ("date", "24.11.2026", {"type": "datepicker"}),
        ("date", "", {"type": "datepicker"}),
    ],
)
def test_a_field_is_the_element_of_its_kind(kind: FieldType, value: str, element: dict[str, Any]) -> None:
    assert element_of(kind, value) == {**element, "action_id": "value"}


@pytest.mark.parametrize(("options", "kind"), [(1, "checkboxes"), (10, "checkboxes"), (11, "multi_static_select")])
def test_what_may_be_chosen_many_of_is_boxes_and_a_menu_where_there_are_too_many_for_them(
    options: int, kind: str
) -> None:
    element = element_of("many", "o0,gone", options)
    assert (element["type"], len(element["options"])) == (kind, options)
    assert [option["value"] for option in element["initial_options"]] == ["o0"]
    assert "initial_options" not in element_of("many", "", options)


@pytest.mark.parametrize(("options", "kind"), [(1, "radio_buttons"), (10, "radio_buttons"), (11, "static_select")])
def test_what_one_of_is_chosen_is_radio_buttons_and_a_menu_where_there_are_too_many(options: int, kind: str) -> None:
    element = element_of("choice", "o0", options)
    assert (element["type"], element["initial_option"]["value"]) == (kind, "o0")


@pytest.mark.parametrize("language", LANGUAGES)
def test_contract_a_form_with_every_kind_of_field_is_what_slack_takes(tmp_path: Path, language: str) -> None:
    fields = (replace(f, value="U1" if f.type in ("person", "people") else f.value) for f in EVERY_KIND)
    view = blocks.modal(renderer_in(tmp_path).form(every_kind(*fields), language), Shown().pack())
    assert check("modal", view) == []
    assert [block["block_id"] for block in view["blocks"][1:]] == [asked.name for asked in EVERY_KIND]
    assert all(block["hint"]["text"].startswith("Ohje") for block in view["blocks"][1:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_request_fits_a_message_and_nothing_of_it_is_cut(renderer: Renderer, language: str) -> None:
    full = {f.name: "ä" * f.longest for step in STEPS for f in step.fields if f.type in ("text", "long")}
    choices = {f.name: f.options[-1] for step in STEPS for f in step.fields if f.type == "choice"}
    goals = "\n".join("t" * 80 for _ in range(MOST_GOALS))
    people = {"updater": "librarian", "substitute": "informatician", "admins": "librarian,informatician"}
    measured = {f"measure_{n}": "m" * 120 for n in range(1, MOST_GOALS + 1)}
    answers = {**COMPLETE, **full, **choices, **people, **measured, "goals": goals}
    comments = tuple(Comment(MONDAY, "supervisor", "k" * 200) for _ in range(3))
    reasons = dict.fromkeys(WARNINGS[:4], "p" * 300)
    record = filled(Status.PROPOSED, answers=answers, comments=comments, reasons=reasons)
    card = renderer.card(picture(record, facts("employee"), Button("accounts/comment", record.key)), language)
    told = blocks.message(card)
    assert check("message", told) == []
    assert blocks.MORE not in json.dumps(told["blocks"], ensure_ascii=False)
