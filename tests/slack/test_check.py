"""The check of what goes to Slack refuses what Slack refuses, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack.check import Document, Kind, check, validator

Json = dict[str, Any]


def plain(text: str = "Hei") -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str = "*Hei*") -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hei", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(), "action_id": "go", "value": "17", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int, start: int = 0) -> list[Json]:
    return [{"text": plain(f"Vaihtoehto {n}"), "value": str(n)} for n in range(start, start + count)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", **more}


def boxes(**more: Any) -> Json:
    return {"type": "checkboxes", "action_id": "tick", **more}


def field(**element: Any) -> Json:
    return {
        "type": "input",
        "block_id": "q",
        "label": plain(),
        "element": {"type": "plain_text_input", "action_id": "v", **element},
    }


def uploading(**element: Any) -> Json:
    return {"type": "input", "label": plain(), "element": {"type": "file_input", **element}}


def table(rows: int = 2, cells: int = 2) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def feedback(label: str = "Kyllä") -> Json:
    said = {"text": plain(label), "value": "1"}
    element = {"type": "feedback_buttons", "action_id": "helpful", "positive_button": said, "negative_button": said}
    return {"type": "context_actions", "elements": [element]}


def message(*blocks: Json, **more: Any) -> Json:
    return {"text": "Hei", "blocks": list(blocks), **more}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Pyyntö"), "submit": plain("Lähetä"), "blocks": list(blocks), **more}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


GOOD: dict[str, tuple[Kind, Document]] = {
    "text alone": ("message", {"text": "Hei"}),
    "a section and its button": (
        "message",
        message(section(accessory=button()), actions(button(), select(options=options(2)))),
    ),
    "fields": ("message", message({"type": "section", "fields": [mrkdwn("a"), plain("b")]})),
    "markdown to the brim": ("message", message({"type": "markdown", "text": "x" * 12_000})),
    "markdown and feedback": ("message", message({"type": "markdown", "text": "# Hei"}, feedback())),
    "a table": ("message", message(table(100, 20))),
    "header, context, divider, image": (
        "message",
        message(
            {"type": "header", "text": plain("x" * 150)},
            {
                "type": "context",
                "elements": [mrkdwn(), {"type": "image", "image_url": "https://x.fi/y.png", "alt_text": "y"}],
            },
            {"type": "divider"},
            {"type": "image", "image_url": "https://x.fi/y.png", "alt_text": "y"},
        ),
    ),
    "fifty blocks": ("message", message(*[{"type": "divider"}] * 50)),
    "the same action in two blocks": ("message", message(actions(button()), actions(button()))),
    "a modal with inputs": (
        "modal",
        modal(
            field(multiline=True, max_length=3000),
            {"type": "input", "label": plain(), "element": select(options=options(100), initial_option=options(1)[0])},
            {"type": "input", "label": plain(), "element": {"type": "checkboxes", "options": options(10)}},
            {"type": "input", "label": plain(), "element": {"type": "datepicker", "initial_date": "2026-11-24"}},
            {"type": "input", "label": plain(), "element": {"type": "users_select", "initial_user": "U1"}},
            {"type": "input", "label": plain(), "element": {"type": "multi_users_select", "initial_users": ["W1"]}},
            callback_id="request",
            private_metadata="x" * 3000,
        ),
    ),
    "a modal for files": ("modal", modal(uploading(max_files=10), uploading(filetypes=["pdf"]))),
    "a modal that only tells": ("modal", {"type": "modal", "title": plain(), "blocks": [section()]}),
    "a hundred blocks at home": ("home", home(*[{"type": "divider"}] * 99, actions(button()))),
}

BAD: dict[str, tuple[Kind, Document, str]] = {
    "a message without fallback": ("message", {"blocks": [section()]}, "fallback"),
    "a blank fallback": ("message", message(section(), text="  "), "fallback"),
    "text that is cut": ("message", {"text": "x" * 40_001}, "40000"),
    "51 blocks": ("message", message(*[{"type": "divider"}] * 51), "51 of them"),
    "101 blocks at home": ("home", home(*[{"type": "divider"}] * 101), "101 of them"),
    "an unknown block": ("message", message({"type": "marquee"}), "'marquee' has no place"),
    "a block without type": ("message", message({"text": "Hei"}), "'type' is a required property"),
    "an unknown element": ("message", message(actions({"type": "lever"})), "'lever' has no place"),
    "an unknown property": ("message", message(section(colour="red")), "'colour' was unexpected"),
    "a button without text": ("message", message(actions({"type": "button"})), "'text' is a required property"),
    "an input element among actions": ("message", message(actions({"type": "plain_text_input"})), "no place"),
    "a section of 3001 characters": ("message", message(section("x" * 3001)), "3000 are allowed"),
    "a field of 2001 characters": (
        "message",
        message({"type": "section", "fields": [mrkdwn("x" * 2001)]}),
        "a field is longer",
    ),
    "eleven fields": ("message", message({"type": "section", "fields": [mrkdwn()] * 11}), "11 items, 10 are allowed"),
    "a section of nothing": ("message", message({"type": "section"}), "needs text or fields"),
    "a header of 151 characters": (
        "message",
        message({"type": "header", "text": plain("x" * 151)}),
        "151 characters, 150 are allowed",
    ),
    "a header in mrkdwn": ("message", message({"type": "header", "text": mrkdwn()}), "'plain_text' was expected"),
    "a button of 76 characters": (
        "message",
        message(actions(button(text=plain("x" * 76)))),
        "76 characters, 75 are allowed",
    ),
    "a value of 2001 characters": (
        "message",
        message(actions(button(value="x" * 2001))),
        "2001 characters, 2000 are allowed",
    ),
    "a style of our own": ("message", message(actions(button(style="green"))), "'green' is not one of"),
    "26 buttons": (
        "message",
        message(actions(*[button(action_id=str(n)) for n in range(26)])),
        "26 items, 25 are allowed",
    ),
    "eleven things in a context": (
        "message",
        message({"type": "context", "elements": [mrkdwn()] * 11}),
        "11 items, 10 are allowed",
    ),
    "a block_id of 256 characters": ("message", message(section(block_id="x" * 256)), "256 characters, 255 are allowed"),
    "a block_id twice": ("message", message(section(block_id="a"), section(block_id="a")), "block_id 'a' is used twice"),
    "an action_id twice": ("message", message(actions(button(), button())), "action_id 'go' is used twice"),
    "an empty text": ("message", message(section("")), "an empty text"),
    "a select of nothing": ("message", message(actions(select(options=[]))), "needs options"),
    "101 options": ("message", message(actions(select(options=options(101)))), "101 items, 100 are allowed"),
    "an option of 76 characters": (
        "message",
        message(actions(select(options=[{"text": plain("x" * 76), "value": "1"}]))),
        "76 characters, 75 are allowed",
    ),
    "eleven checkboxes": (
        "message",
        message(actions({"type": "checkboxes", "options": options(11)})),
        "11 items, 10 are allowed",
    ),
    "a choice that is not offered": (
        "modal",
        modal(
            {"type": "input", "label": plain(), "element": select(options=options(2), initial_option=options(1, 7)[0])}
        ),
        "not among the options",
    ),
    "a choice of none": (
        "modal",
        modal({"type": "input", "label": plain(), "element": boxes(options=options(2), initial_options=[])}),
        "initial_options holds none",
    ),
    "eleven radio buttons": (
        "modal",
        modal({"type": "input", "label": plain(), "element": boxes(type="radio_buttons", options=options(11))}),
        "10 are allowed",
    ),
    "an option's value of 151 characters": (
        "modal",
        modal({"type": "input", "label": plain(), "element": boxes(options=[{"text": plain(), "value": "x" * 151}])}),
        "longer than 150",
    ),
    "the same option twice": (
        "modal",
        modal({"type": "input", "label": plain(), "element": boxes(options=options(1) * 2)}),
        "'0' is there twice",
    ),
    "a day as it is spoken of": (
        "modal",
        modal({"type": "input", "label": plain(), "element": {"type": "datepicker", "initial_date": "24.11.2026"}}),
        "not written YYYY-MM-DD",
    ),
    "a person of the directory as a user": (
        "modal",
        modal({"type": "input", "label": plain(), "element": {"type": "users_select", "initial_user": "employee"}}),
        "is no user's id",
    ),
    "an account as one of the users": (
        "modal",
        modal(
            {
                "type": "input",
                "label": plain(),
                "element": {"type": "multi_users_select", "initial_users": ["U1", "slack:U2"]},
            }
        ),
        "'slack:U2' is no user's id",
    ),
    "eleven files": ("modal", modal(uploading(max_files=11)), "1 to 10 files, not 11"),
    "no files": ("modal", modal(uploading(max_files=0)), "1 to 10 files, not 0"),
    "files that were chosen before": ("modal", modal(uploading(initial_files=["F1"])), "'initial_files' was unexpected"),
    "files among actions": ("modal", modal(actions({"type": "file_input"})), "no place"),
    "a confirmation of 301 characters": (
        "message",
        message(actions(button(confirm={"text": mrkdwn("x" * 301)}))),
        "301 characters, 300 are allowed",
    ),
    "two tables": ("message", message(table(), table()), "2 tables"),
    "101 rows": ("message", message(table(101)), "101 items, 100 are allowed"),
    "21 cells": ("message", message(table(1, 21)), "more than 20 cells"),
    "two markdown blocks of 12,001 in all": (
        "message",
        message({"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x"}),
        "12001 characters of markdown",
    ),
    "13,201 characters in all": (
        "message",
        message(*[section("x" * 2640)] * 5, section("x")),
        "13201 characters of text",
    ),
    "a long feedback label": ("message", message(feedback("x" * 76)), "feedback button is longer"),
    "an alert in a message": ("message", message({"type": "alert", "text": plain()}), "cannot stand in a message"),
    "markdown in a modal": ("modal", modal({"type": "markdown", "text": "x"}), "cannot stand in a modal"),
    "markdown at home": ("home", home({"type": "markdown", "text": "x"}), "cannot stand in a home"),
    "feedback in a modal": ("modal", modal(feedback()), "cannot stand in a modal"),
    "feedback at home": ("home", home(feedback()), "cannot stand in a home"),
    "a title of 25 characters": ("modal", modal(section(), title=plain("x" * 25)), "25 characters, 24 are allowed"),
    "a modal without title": ("modal", {"type": "modal", "blocks": [section()]}, "'title' is a required property"),
    "inputs without submit": ("modal", {"type": "modal", "title": plain(), "blocks": [field()]}, "submit"),
    "an input without label": (
        "modal",
        modal({"type": "input", "element": {"type": "plain_text_input"}}),
        "'label' is a required property",
    ),
    "metadata of 3001 characters": (
        "modal",
        modal(section(), private_metadata="x" * 3001),
        "3001 characters, 3000 are allowed",
    ),
    "two fields in focus": (
        "modal",
        modal(field(focus_on_load=True), field(focus_on_load=True) | {"block_id": "r"}),
        "focus_on_load is set twice",
    ),
    "a view of 250 KB": ("home", home(*[section("x" * 2999)] * 90), "250000 bytes"),
    "a home view with a title": ("home", home(section(), title=plain()), "'title' was unexpected"),
    "blocks that are none": (
        "message",
        {"text": "Hei", "blocks": [None, "x", [section()]]},
        "None is not of type 'object'",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_slack_takes_passes(name: str) -> None:
    assert check(*GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_what_slack_refuses_is_refused_with_the_reason(name: str) -> None:
    kind, document, reason = BAD[name]
    assert any(reason in error for error in check(kind, document)), check(kind, document)


def test_an_error_says_where_it_is() -> None:
    assert check("message", message(section(), actions(button(text=plain("x" * 76)))))[0].startswith(
        "blocks/1/elements/0/text/text: "
    )


def test_one_fault_in_a_union_gives_one_line() -> None:
    assert len(check("message", message(actions(button(), button(action_id="b", colour="red"))))) == 1


@pytest.mark.parametrize("kind", ["message", "modal", "home"])
def test_the_limits_come_from_the_comments_of_the_official_types(kind: Kind) -> None:
    known = validator(kind).schema["definitions"]
    assert known["Button"]["properties"]["value"]["maxLength"] == 2000
    assert known["MarkdownBlock"]["properties"]["text"]["maxLength"] == 12_000
    assert known["Overflow"]["properties"]["options"]["maxItems"] == 5
    assert known["StaticSelect"]["properties"]["options"]["maxItems"] == 100
    assert known["HeaderBlock"]["properties"]["text"]["allOf"][1] == {"properties": {"text": {"maxLength": 150}}}
