"""What goes to Teams, whatever a card holds: every card and form in every language, checked as Teams would draw it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.platforms.teams import cards
from bot.platforms.teams.cards import BUDGET, MORE, card, covered, fits, form, message, said_aloud, size
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
    unmarked,
)
from handlers.accounts.cards import picture
from handlers.accounts.findings import WARNINGS
from handlers.accounts.record import Comment, Status
from handlers.accounts.steps import MOST_GOALS, STEPS
from handlers.cards import Button, Buttons, Byline, Card, Feedback, Field, Form, Note, Quote, Said, Text, errors_of
from knowledge.document import LANGUAGES
from tests.accounts import COMPLETE, facts, filled
from tests.fakes import MONDAY
from tests.forms import EVERY_KIND, every_kind, renderer_in
from tests.teams.check import check
from tests.test_rendering import EMPTY, EXTREME, NAMES, ORDINARY
from tests.test_rendering import blocks as template_blocks

Json = dict[str, Any]
FORMS = [name for name in NAMES if "submit" in template_blocks(name, "fi")]
CARDS = [name for name in NAMES if name not in FORMS]
DATA = {"ordinary": ORDINARY, "empty": EMPTY, "extreme": EXTREME}
WILD = (
    "<at>Kaikki</at> [x](https://evil.example) **b** _i_ ~~s~~ `c` <b>h</b> &lt; "
    "\u202eabc\u2066 1. {{DATE(2026-01-01)}} 😀 "
)
STRICT = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
"""A reader of Markdown that formats all it can, HTML too."""


def whole_card(name: str, data: dict[str, object]) -> Card:
    """A card of all the blocks of a template, with every other part that there is."""
    blocks = sorted(template_blocks(name, "fi"))
    buttons = (
        Button("questions/show", "questions/17", "tuusula/security/links", style="primary"),
        Button("accounts/reject", "accounts/17", style="danger"),
        *(Button("home/prompt", value=f"Kysyisinkö {n}?", style="prompt") for n in range(5)),
    )
    more = (
        Byline("questions/share.by", "Työntekijä"), Said("Miksi?\n\nSiksi.", blocks[0]), Note(blocks[-1]),
        Quote("Alku. Ydin.\nLoppu.", "Ydin.", "Ohje", "Luku", "1.1.2026", "tuusula/a/b", 1),
        Buttons(buttons), Feedback("questions/feedback", "questions/17"),
    )  # fmt: skip
    return Card(name, (*map(Text, blocks), *more), data)


def of_template(name: str, text: str) -> Form:
    """A form of all the fields that a template has words for."""
    labels = {block.removesuffix("_label") for block in template_blocks(name, "fi") if block.endswith("_label")}
    fields = tuple(
        Field(label, "choice", "no", options=("yes", "no")) if label == "named" else Field(label, "long", text)
        for label in sorted(labels)
    )
    return Form(name, "questions/17", fields, {**ORDINARY, "question": text})


def elements(tree: object, *kinds: str) -> Iterator[Json]:
    """The elements of these kinds, in the order in which they are read."""
    if isinstance(tree, dict):
        if str(tree.get("type")) in kinds:
            yield tree
        for name, value in tree.items():
            if name != "data":
                yield from elements(value, *kinds)
    elif isinstance(tree, list):
        for value in tree:
            yield from elements(value, *kinds)


def lines_shown(document: Json) -> list[str]:
    """The lines that a card shows: blocks of text, in order."""
    return [
        block["text"] if block["type"] == "TextBlock" else "".join(run["text"] for run in block["inlines"])
        for block in elements(document, "TextBlock", "RichTextBlock")
    ]


def lines_meant(markdown: str) -> list[str]:
    """The lines that words mean, without marks of lists and links."""
    plain = (re.sub(r"(?<!\\)<(https?://[^>]+)>", r"\1", line) for line in markdown.splitlines() if line.strip())
    return [unmarked(re.sub(r"^- ", "• ", line)) for line in plain]


def buttons_of(document: Json) -> list[Json]:
    return list(elements(document, "Action.Execute", "Action.Submit"))


def content(told: Json) -> Json:
    [attached] = told["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    made: Json = attached["content"]
    return made


def unlisted(line: str) -> str:
    """A line without the mark of a list, which a message's own text has as Markdown."""
    return re.sub(r"^(?:•|\d+\.) ", "", line)


def flat(text: str) -> str:
    return " ".join(text.split())


# ── every template ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CARDS)
def test_contract_every_card_is_what_teams_draws_and_says_all_its_words(
    renderer: Renderer, name: str, language: str
) -> None:
    shown = renderer.card(whole_card(name, ORDINARY), language)
    made = card(shown)
    assert check(made) == []
    assert check(card(shown, "dialog")) == []
    lines = lines_shown(made)
    for part in shown.parts:
        match part:
            case Words(markdown=markdown):
                assert set(lines_meant(markdown)) <= set(lines)
            case SaidShown(text=text, label=label):
                assert set(filter(None, [*label.splitlines(), *text.splitlines()])) <= set(lines)
            case QuoteShown():
                assert {"”Alku. Ydin.", "Loppu.”", f"(1) {part.source}"} <= set(lines)
            case ButtonsShown(buttons=row):
                assert {shown.label for shown in row} <= {button["title"] for button in buttons_of(made)}
            case FeedbackShown():
                assert part.question in lines
                assert [button["title"] for button in buttons_of(made)][-2:] == [part.yes, part.no]


@pytest.mark.parametrize("data", [pytest.param(d, marks=pytest.mark.slow) for d in ("empty", "extreme")])
@pytest.mark.parametrize("name", CARDS)
def test_contract_every_card_stays_within_the_limits_and_keeps_its_buttons(
    renderer: Renderer, name: str, data: str
) -> None:
    shown = renderer.card(whole_card(name, DATA[data]), "fi")
    made = card(shown)
    assert check(made) == []
    assert len(buttons_of(made)) == 9
    assert check(content(message(shown))) == []


@pytest.mark.parametrize("name", CARDS)
def test_a_message_says_all_the_words_of_its_card(renderer: Renderer, name: str) -> None:
    shown = renderer.card(whole_card(name, ORDINARY), "fi")
    told = message(shown)
    drawn = html.unescape(re.sub(r"<[^>]+>", "", STRICT.render(told["text"])))
    lines = {unlisted(line).removesuffix(" [1]") for line in [*drawn.splitlines(), *lines_shown(content(told))]}
    for part in shown.parts:
        for line in lines_meant(part.markdown) if isinstance(part, Words) else []:
            assert unlisted(line).removesuffix(" (1)") in lines


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["", "Miksi?", "x" * 500], ids=["empty", "ordinary", "long"])
@pytest.mark.parametrize("name", FORMS)
def test_contract_every_form_is_what_teams_draws(renderer: Renderer, name: str, text: str, language: str) -> None:
    shown = renderer.form(of_template(name, text), language)
    made = form(shown, "message", "k1", renderer.labels(language))
    assert check(made) == []
    assert check(form(shown, "dialog", "k1", renderer.labels(language))) == []
    assert {shown.title, *shown.intro.splitlines()} - {""} <= set(lines_shown(made))
    assert [asked["label"] for asked in elements(made, "Input.Text", "Input.ChoiceSet")] == [
        asked.label for asked in shown.fields
    ]
    assert [action["title"] for action in made["actions"]] == [shown.submit, shown.cancel]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_shortened_on_its_button(renderer: Renderer, language: str) -> None:
    labels = renderer.labels(language)
    assert all(len(label) <= cards.LABEL for name, label in labels.items() if "/" in name)
    assert all(len(labels[name]) <= cards.LABEL for name in ("teams.show", "teams.window", "cancel"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_request_fits_a_card_and_nothing_of_it_is_cut(renderer: Renderer, language: str) -> None:
    full = {f.name: "ä" * f.longest for step in STEPS for f in step.fields if f.type in ("text", "long")}
    choices = {f.name: f.options[-1] for step in STEPS for f in step.fields if f.type == "choice"}
    goals = "\n".join("t" * 80 for _ in range(MOST_GOALS))
    people = {"updater": "librarian", "substitute": "informatician", "admins": "librarian,informatician"}
    measured = {f"measure_{n}": "m" * 120 for n in range(1, MOST_GOALS + 1)}
    answers = {**COMPLETE, **full, **choices, **people, **measured, "goals": goals}
    comments = tuple(Comment(MONDAY, "supervisor", "k" * 200) for _ in range(3))
    reasons = dict.fromkeys(WARNINGS[:4], "p" * 300)
    record = filled(Status.PROPOSED, answers=answers, comments=comments, reasons=reasons)
    shown = renderer.card(picture(record, facts("employee"), Button("accounts/comment", record.key)), language)
    made = card(shown)
    assert check(made) == []
    assert MORE not in "".join(lines_shown(made))


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_with_bold_lists_and_links_become_runs() -> None:
    words = "**Ydin** \\*ei\\* <https://example.org>\n\n- yksi\n- **kaksi**\n\n1. eka <mailto:a@example.org>"
    made = card(CardShown("a/b", "fi", (Words(words),)))
    first, one, two, ordered = elements(made, "RichTextBlock")
    assert first["inlines"] == [
        {"type": "TextRun", "text": "Ydin", "weight": "bolder"}, {"type": "TextRun", "text": " *ei* "},
        {"type": "TextRun", "text": "https://example.org",
         "selectAction": {"type": "Action.OpenUrl", "url": "https://example.org"}},
    ]  # fmt: skip
    assert [run["text"] for run in one["inlines"]] == ["• yksi"]
    assert [run["text"] for run in two["inlines"]] == ["• ", "kaksi"]
    assert [run["text"] for run in ordered["inlines"]] == ["1. eka ", "a@example.org"]
    assert check(made) == []


def test_paragraphs_stand_apart_and_their_lines_together() -> None:
    [first, second, third] = elements(card(CardShown("a/b", "fi", (Words("Yksi.\n\nKaksi\nkolme."),))), "RichTextBlock")
    assert ("spacing" in first, "spacing" in second, third["spacing"]) == (False, False, "none")


@pytest.mark.parametrize("title", ["Pyyntö 17: Miksi?", "2 Hyödyt"])
def test_a_bold_first_line_is_a_heading_to_a_screen_reader(title: str) -> None:
    made = card(CardShown("a/b", "fi", (Words(f"**{title}**\n\nteksti"),)))
    [heading] = elements(made, "TextBlock")
    assert (heading["text"], heading["style"], heading["weight"]) == (title, "heading", "bolder")


@pytest.mark.parametrize("title", ["*x*", "1. kohta", "- x", "<at>x</at>", "[a](https://b)", "{{DATE(1)}}", "a_b_"])
def test_a_heading_that_markdown_would_change_is_a_run(title: str) -> None:
    made = card(CardShown("a/b", "fi", (Words(f"**{escaped(title)}**\n\nteksti"),)))
    assert list(elements(made, "TextBlock")) == []
    assert lines_shown(made)[0] == title


def test_a_quote_is_set_apart_with_its_marks_and_its_source() -> None:
    made = card(CardShown("a/b", "fi", (QuoteShown("Alku. ", "Ydin.", " Loppu.", "Ohje › Luku", "x", "x", 3),)))
    [box] = elements(made, "Container")
    words, source = box["items"]
    assert [(run["text"], run.get("weight")) for run in words["inlines"]] == [
        ("”Alku. ", None), ("Ydin.", "bolder"), (" Loppu.”", None),
    ]  # fmt: skip
    assert lines_shown(source) == ["(3) Ohje › Luku"]
    assert source["inlines"][0]["isSubtle"] is True


def test_a_long_quote_keeps_the_sentence_that_is_meant() -> None:
    quote = QuoteShown("a" * 9000, "Tämä on tarkoitettu.", "b" * 9000, "lähde", "x", "x", 1)
    made = card(CardShown("a/b", "fi", (Words("c" * 50_000), quote)))
    assert "Tämä on tarkoitettu." in "".join(lines_shown(made))
    assert fits(made)


def test_a_card_without_words_still_has_its_text() -> None:
    assert card(CardShown("a/b", "fi", ()))["fallbackText"] == MORE


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def row_of(*buttons: Button) -> CardShown:
    return CardShown("a/b", "fi", (ButtonsShown(tuple(ButtonShown(f"Painike {b.value}", b) for b in buttons)),))


@pytest.mark.parametrize(("surface", "kind"), [("message", "Action.Execute"), ("dialog", "Action.Submit")])
def test_contract_what_a_button_carries_is_what_it_stands_for(surface: cards.Surface, kind: str) -> None:
    show = Button("questions/show", "questions/7", "tuusula/security/links", style="primary")
    shown = row_of(show, Button("questions/drop", "questions/7", style="danger"))
    first, second = buttons_of(card(shown, surface))
    assert first["data"] == {
        "someopas": {"action": "questions/show", "record": "questions/7", "value": "tuusula/security/links"}
    }
    assert second["data"] == {"someopas": {"action": "questions/drop", "record": "questions/7", "value": ""}}
    assert (first["style"], second["style"]) == ("positive", "destructive")
    for button in (first, second):
        assert (button["type"], button["associatedInputs"]) == (kind, "none")
        assert button.get("verb") == ("press" if surface == "message" else None)


def test_contract_the_thumbs_of_a_card_are_presses_and_a_message_has_those_of_teams() -> None:
    shown = CardShown("a/b", "fi", (Words("Vastaus."), FeedbackShown("Auttoiko?", "Auttoi", "Ei", "a/b", "a/1")))
    assert [button["data"]["someopas"] for button in buttons_of(card(shown))] == [
        {"action": "a/b", "record": "a/1", "value": value} for value in ("yes", "no")
    ]
    told = message(shown)
    assert told["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert buttons_of(content(told)) == []
    assert "channelData" not in message(replace(shown, parts=shown.parts[:1]))


@pytest.mark.parametrize(("label", "per_set"), [("x", 5), ("Näytä kohta 1", 2), ("Tietohallintopäällikölle", 1)])
def test_a_set_holds_no_more_buttons_than_a_client_shows_with_their_whole_labels(label: str, per_set: int) -> None:
    row = ButtonsShown(tuple(ButtonShown(label, Button("a/b", "a/1", str(n))) for n in range(11)))
    made = card(CardShown("a/b", "fi", (row,)))
    assert [len(one["actions"]) for one in elements(made, "ActionSet")][:-1] == [per_set] * ((11 - 1) // per_set)
    assert [button["data"]["someopas"]["value"] for button in buttons_of(made)] == [str(n) for n in range(11)]


def test_words_never_crowd_out_buttons() -> None:
    shown = row_of(*(Button("a/b", "a/1", str(n)) for n in range(25)))
    made = card(replace(shown, parts=(*(Words("ä" * 20_000) for _ in range(40)), *shown.parts)))
    assert fits(made)
    assert len(buttons_of(made)) == 25
    assert size(made) > BUDGET * 0.7, "there is room for words too"


def test_a_refresh_is_put_into_the_card_as_it_is() -> None:
    refresh = {"action": {"type": "Action.Execute", "verb": "refresh", "data": {"someopas": {"refresh": "outbox:17"}}},
               "userIds": ["29:1"]}  # fmt: skip
    made = content(message(CardShown("a/b", "fi", (Words("Hei"),)), refresh))
    assert made["refresh"] == refresh
    assert check(made) == []


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def quote(number: int, focus: str = "Ydin.", source: str = "Ohje › Luku") -> QuoteShown:
    return QuoteShown("Alku. ", focus, " Loppu.", source, "tuusula/a/b", "Avaa", number)


def test_the_words_before_the_first_quote_are_the_text_and_are_not_said_again() -> None:
    small, more = Words("pieni", small=True), Words("Jälkeen.")
    told = message(CardShown("a/b", "fi", (Words("Ei saa\\. **Ei.**"), small, quote(1), more, quote(2))))
    assert told["text"] == "Ei saa. **Ei.** [1] [2]"
    assert told["textFormat"] == "markdown"
    assert lines_shown(content(told))[0] == "pieni"
    assert "Jälkeen." in lines_shown(content(told))
    assert "Ei saa" not in json.dumps(content(told))


def test_a_mark_in_the_words_becomes_the_native_one_in_its_place() -> None:
    words = Words("Ensin\\. **(1)**\n\nMyös:\n\n- Toinen\\. **(2)**\n- **(7)**")
    told = message(CardShown("a/b", "fi", (words, quote(1), quote(2), quote(3))))
    assert told["text"] == "Ensin. [1]\n\nMyös:\n\n- Toinen. [2]\n- **(7)** [3]"


def test_where_no_words_stand_before_the_quotes_their_places_do() -> None:
    told = message(CardShown("a/b", "fi", (quote(1), quote(2, source="Ohje_2"), Words("Jälkeen."))))
    assert told["text"] == "Ohje › Luku [1]\n\nOhje\\_2 [2]"


def test_each_source_is_cited_once_and_at_most_twenty_are() -> None:
    told = message(CardShown("a/b", "fi", (Words("x"), *(quote(n % 25 + 1, "ä" * 500, "ö" * 500) for n in range(50)))))
    [entity] = told["entities"]
    assert (entity["type"], entity["@type"], entity["@context"]) == (
        "https://schema.org/Message", "Message", "https://schema.org",
    )  # fmt: skip
    assert [claim["position"] for claim in entity["citation"]] == list(range(1, 21))
    assert [int(n) for n in re.findall(r"\[(\d+)\]", told["text"])] == list(range(1, 21))
    for claim in entity["citation"]:
        told_of = claim["appearance"]
        assert (len(told_of["name"]), len(told_of["abstract"])) == (80, 160)
        assert (claim["@type"], told_of["@type"], told_of["image"]["@type"]) == (
            "Claim", "DigitalDocument", "ImageObject",
        )  # fmt: skip


def test_a_card_without_quotes_has_no_text_of_its_own() -> None:
    told = message(CardShown("a/b", "fi", (Words("Hei"),)))
    assert not {"text", "textFormat", "entities", "channelData"} & told.keys()
    assert told["summary"] == "Hei"


@pytest.mark.parametrize("name", CARDS)
def test_nothing_is_ever_marked_as_generated(renderer: Renderer, name: str) -> None:
    told = message(renderer.card(whole_card(name, ORDINARY), "fi"))
    assert "additionalType" not in json.dumps(told)
    assert "AIGenerated" not in json.dumps(told)


# ── what people typed ───────────────────────────────────────────────────────────────────────────────────────────────


def of_words(text: str) -> CardShown:
    """A card that holds a text wherever one can be."""
    words = str(escaped(text))
    return CardShown(
        "a/b", "fi", (
            Words(words), Words(f"**{words}**\n\n- {words}"), Words(words, small=True), SaidShown(text, text),
            ButtonsShown((ButtonShown(text, Button("a/b", "a/1", text)),)),
            QuoteShown(text, text, text, text, "x", "x", 1), FeedbackShown(text, text, text, "a/b", "a/1"),
        ),
    )  # fmt: skip


@given(st.text(max_size=300), st.sampled_from([1, 7, 70]))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_a_limit_mentions_links_or_formats(text: str, times: int) -> None:
    for words in (text * times, WILD * times + text):
        told = message(of_words(words))
        made = content(told)
        assert check(made) == []
        assert fits(made)
        assert not list(elements(made, "Action.OpenUrl"))
        assert not re.search(r"<(?!/?(p|ul|ol|li|strong)>)", STRICT.render(told["text"]).replace("<br />", ""))
        assert not re.search(r"(?<!\\)\[(?!\d+\])|<", told["text"])
        assert not re.search(r"(?<!\\)\[|<", made["fallbackText"])
        for block in elements(made, "TextBlock"):
            assert STRICT.render(block["text"]) == f"<p>{html.escape(block['text'], quote=False)}</p>\n".replace(
                '"', "&quot;"
            )


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_what_people_typed_is_shown_as_they_typed_it(text: str) -> None:
    words = flat(text)
    shown = CardShown("a/b", "fi", (Words(f"x {escaped(words)}"), SaidShown("", text), quote(1)))
    drawn = html.unescape(re.sub(r"<[^>]+>", "", STRICT.render(message(shown)["text"])))
    assert flat(drawn) == flat(f"x {words} [1]")
    lines = lines_shown(card(shown))
    assert flat(lines[0]) == flat(f"x {words}")
    assert flat("".join(lines[1:])).startswith(flat("".join(text.splitlines())))


@given(
    st.lists(st.sampled_from(["words", "small", "said", "quote", "row", "feedback"]), max_size=40), st.integers(0, 600)
)
@settings(max_examples=25, deadline=None)
def test_no_number_of_parts_breaks_a_limit(kinds: list[str], length: int) -> None:
    text = "ä\n" * length
    row = ButtonsShown(tuple(ButtonShown("ä" * (length or 1), Button("a/b", "a/1", str(i))) for i in range(30)))
    made: Mapping[str, Any] = {
        "words": Words(text), "small": Words(text, small=True), "said": SaidShown("kuka", text), "row": row,
        "quote": QuoteShown(text, "x", text, "lähde", "x", "x", 1),
        "feedback": FeedbackShown("q", "y", "n", "a/b", "a/1"),
    }  # fmt: skip
    shown = CardShown("a/b", "fi", tuple(made[kind] for kind in kinds))
    assert check(card(shown)) == []
    assert check(content(message(shown))) == []


@pytest.mark.parametrize("most", range(1, 9))
def test_an_emoji_is_never_cut_in_half(most: int) -> None:
    assert cards.cut("😀😀😀😀😀", most).encode("utf-8").decode() == "😀" * ((most - 1) // 2) + MORE


# ── for one person ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_for_one_person_leaks_nothing_to_the_others(renderer: Renderer, language: str) -> None:
    secret = renderer.card(whole_card("incidents/case", ORDINARY), language)
    told = covered(secret, "outbox:17", ["29:1"], renderer.labels(language))
    made = content(told)
    assert check(made) == []
    assert told["summary"] == renderer.label("teams.only_you", language)
    assert lines_shown(made) == [told["summary"]]
    assert made["lang"] == language
    other = CardShown("other/card", language, (Words("toinen"),))
    assert covered(other, "outbox:17", ["29:1"], renderer.labels(language)) == told


def test_what_is_for_one_person_is_shown_by_its_button_and_by_itself_to_whom_it_is_for(renderer: Renderer) -> None:
    shown = CardShown("a/b", "fi", (Words("x"),))
    made = content(covered(shown, "outbox:17", ["29:1"], renderer.labels("fi")))
    [set_of_one] = elements(made["body"], "ActionSet")
    [show] = set_of_one["actions"]
    assert (show["type"], show["verb"], show["data"]) == (
        "Action.Execute", "whisper", {"someopas": {"whisper": "outbox:17"}},
    )  # fmt: skip
    assert made["refresh"] == {"action": show, "userIds": ["29:1"]}
    assert "refresh" not in content(covered(shown, "outbox:17", [], renderer.labels("fi")))
    many = content(covered(shown, "outbox:17", [f"29:{n}" for n in range(70)], renderer.labels("fi")))
    assert check(many) == []


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_form(*fields: FieldShown) -> FormShown:
    return FormShown("questions/send", "questions/7", "fi", "Kysy", "Johdanto.", "Lähetä", "Peruuta", fields)


def a_field(**more: Any) -> FieldShown:
    plain: Json = {"name": "x", "type": "text", "label": "Nimi", "help": "", "value": "", "options": (),
                   "required": True, "longest": 10, "error": ""}  # fmt: skip
    return FieldShown(**{**plain, **more})


def input_of(renderer: Renderer, **more: Any) -> Json:
    """The input of a field, on a form that Teams takes."""
    made = form(a_form(a_field(**more)), "message", "k1", renderer.labels("fi"))
    assert check(made) == []
    [asked] = elements(made, "Input.Text", "Input.ChoiceSet", "Input.Date")
    return asked


def options(count: int) -> tuple[tuple[str, str], ...]:
    return tuple((f"o{n}", f"Valinta {n}") for n in range(count))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"type": "text", "value": "a"}, {"type": "Input.Text", "isMultiline": False, "maxLength": 10, "value": "a"}),
        ({"type": "long"}, {"type": "Input.Text", "isMultiline": True, "maxLength": 10}),
        ({"type": "date", "value": "2026-11-24"}, {"type": "Input.Date", "value": "2026-11-24"}),
        ({"type": "date", "value": "20261124"}, {"type": "Input.Date", "value": "2026-11-24"}),
        ({"type": "date", "value": "24.11.2026"}, {"type": "Input.Date"}),
        ({"type": "choice", "value": "o1", "options": options(6)}, {"style": "expanded", "value": "o1", "wrap": True}),
        ({"type": "choice", "value": "gone", "options": options(7)}, {"style": "compact"}),
        ({"type": "many", "value": "o2,gone,o0", "options": options(3)}, {"isMultiSelect": True, "value": "o0,o2"}),
        ({"type": "many", "options": options(7)}, {"isMultiSelect": True, "style": "compact"}),
        ({"type": "person", "value": "Esimies"}, {"type": "Input.Text", "value": "Esimies"}),
        ({"type": "people"}, {"type": "Input.Text", "isMultiline": False}),
    ],
    ids=str,
)
def test_a_field_is_the_input_of_its_kind(renderer: Renderer, more: Json, expected: Json) -> None:
    asked = input_of(renderer, **more)
    assert asked == {**asked, **expected}
    assert ("value" in asked) == ("value" in expected)
    assert (asked["id"], asked["label"]) == ("x", "Nimi")


@pytest.mark.parametrize("kind", ["person", "people"])
def test_a_field_of_people_tells_how_to_write_them(renderer: Renderer, kind: str) -> None:
    assert input_of(renderer, type=kind)["placeholder"] == renderer.label(f"teams.{kind}", "fi")


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("asked", [f for f in EVERY_KIND if f.type != "files"], ids=lambda f: f.type)
def test_a_client_lets_an_empty_field_through_just_where_the_server_does(
    tmp_path: Path, asked: Field, required: bool
) -> None:
    meant = every_kind(replace(asked, required=required, value=""))
    renderer = renderer_in(tmp_path)
    made = form(renderer.form(meant, "fi"), "message", "k1", renderer.labels("fi"))
    [shown] = elements(made, "Input.Text", "Input.ChoiceSet", "Input.Date")
    assert shown.get("isRequired", False) == bool(errors_of(meant, {asked.name: ""}))


def test_a_choice_of_nothing_blocks_nobody(renderer: Renderer) -> None:
    assert "isRequired" not in input_of(renderer, type="choice", options=())


def test_files_are_asked_for_as_a_message(renderer: Renderer) -> None:
    made = form(a_form(a_field(type="files", required=False, label="Tiedostot")), "message", "k", renderer.labels("fi"))
    assert not list(elements(made, "Input.Text"))
    assert {"Tiedostot", renderer.label("teams.files", "fi")} <= set(lines_shown(made))
    assert check(made) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("surface", ["message", "dialog"])
def test_contract_a_form_with_every_kind_of_field_is_what_teams_draws(
    tmp_path: Path, language: str, surface: cards.Surface
) -> None:
    renderer = renderer_in(tmp_path)
    made = form(renderer.form(every_kind(), language), surface, "k1", renderer.labels(language))
    assert check(made) == []
    inputs = list(elements(made, "Input.Text", "Input.ChoiceSet", "Input.Date"))
    assert [asked["id"] for asked in inputs] == [asked.name for asked in EVERY_KIND]
    assert [asked["value"] for asked in inputs] == [asked.value for asked in EVERY_KIND]
    assert {f"Ohje {asked.name}" for asked in EVERY_KIND} <= set(lines_shown(made))


def test_errors_stand_at_their_fields_in_words_and_the_form_says_that_there_are_some(renderer: Renderer) -> None:
    wrong = a_field(name="b", error="Päivä puuttuu.", value="säilyy")
    made = form(a_form(a_field(name="a"), wrong), "message", "k1", renderer.labels("fi"))
    assert check(made) == []
    assert lines_shown(made)[1] == renderer.label("teams.error", "fi")
    places = [e.get("id") or "".join(lines_shown(e)) for e in made["body"]]
    assert places.index("Päivä puuttuu.") == places.index("b") - 1
    [run] = made["body"][places.index("Päivä puuttuu.")]["inlines"]
    assert (run["color"], run["weight"]) == ("attention", "bolder")
    assert made["body"][places.index("b")]["value"] == "säilyy"
    fine = form(a_form(a_field()), "message", "k1", renderer.labels("fi"))
    assert renderer.label("teams.error", "fi") not in lines_shown(fine)


def test_contract_what_the_buttons_of_a_form_carry_on_a_message(renderer: Renderer) -> None:
    made = form(a_form(a_field()), "message", "k1", renderer.labels("fi"))
    [window] = buttons_of(made["body"])
    send, cancel = made["actions"]
    assert (send["type"], send["verb"], send["style"]) == ("Action.Execute", "submit", "positive")
    assert send["data"] == {
        "someopas": {"form": "questions/send", "record": "questions/7", "opened": "k1", "window": False}
    }
    assert "associatedInputs" not in send, "the inputs travel with what is sent"
    assert (window["type"], window["associatedInputs"]) == ("Action.Submit", "none")
    assert window["data"] == {"someopas": {"window": "k1"}, "msteams": {"type": "task/fetch"}}
    assert (cancel["type"], cancel["verb"], cancel["data"]) == ("Action.Execute", "back", {"someopas": {"back": True}})
    assert cancel["associatedInputs"] == "none", "an empty required field keeps nobody from going back"


def test_contract_a_form_in_a_dialog_is_only_sent(renderer: Renderer) -> None:
    [send] = buttons_of(form(a_form(a_field()), "dialog", "k1", renderer.labels("fi")))
    assert send["type"] == "Action.Submit"
    assert send["data"]["someopas"] == {
        "form": "questions/send", "record": "questions/7", "opened": "k1", "window": True,
    }  # fmt: skip


def test_a_form_that_nobody_opened_has_no_window(renderer: Renderer) -> None:
    actions = buttons_of(form(a_form(a_field()), "message", "", renderer.labels("fi")))
    assert [action.get("verb") for action in actions] == ["submit", "back"]


def test_what_a_person_has_written_into_a_form_is_not_shortened(renderer: Renderer) -> None:
    fields = (a_field(name=f"f{n}", type="long", longest=3000, value="ä" * 3000) for n in range(11))
    made = form(a_form(*fields), "message", "k1", renderer.labels("fi"))
    assert check(made) == []
    assert fits(made, cards.FORM_BUDGET)
    assert all(len(asked["value"]) == 3000 for asked in elements(made, "Input.Text"))


def test_all_that_a_card_says_is_said_aloud(renderer: Renderer) -> None:
    told = said_aloud(renderer.card(whole_card("questions/answered", ORDINARY), "fi"))
    for expected in ("Ensimmäinen sääntö.", "Alku. Ydin.", "Ohje › Luku", "Miksi?", "Näytä kohta 1", "Auttoiko", "jakoi"):
        assert expected in told
