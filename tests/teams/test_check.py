"""The check of what goes to Teams refuses what Teams draws wrongly, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.teams.check import VIEWERS, check

Json = dict[str, Any]
DATA = {"someopas": {"action": "questions/show", "record": "questions/7", "value": "x"}}


def text(**more: Any) -> Json:
    return {"type": "TextBlock", "text": "Hei", "wrap": True, **more}


def button(**more: Any) -> Json:
    return {"type": "Action.Execute", "title": "Hyväksy", "verb": "press", "data": DATA, **more}


def row(*buttons: Json) -> Json:
    return {"type": "ActionSet", "actions": list(buttons)}


def line(**more: Any) -> Json:
    return {"type": "Input.Text", "id": "text", "label": "Kysymys", **more}


def choice(**more: Any) -> Json:
    offered = [{"title": "Kyllä", "value": "yes"}, {"title": "Ei", "value": "no"}]
    return {"type": "Input.ChoiceSet", "id": "named", "label": "Nimi", "choices": offered, **more}


def runs(*inlines: Json | str) -> Json:
    return {"type": "RichTextBlock", "inlines": list(inlines)}


def link(url: str) -> Json:
    return runs({"type": "TextRun", "text": "x", "selectAction": {"type": "Action.OpenUrl", "url": url}})


def card(*body: Json, **more: Any) -> Json:
    return {
        "type": "AdaptiveCard", "version": "1.5", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "lang": "fi", "fallbackText": "Hei", "body": list(body), **more,
    }  # fmt: skip


def without(name: str, document: Json) -> Json:
    return {key: value for key, value in document.items() if key != name}


def refreshed(people: int) -> Json:
    return {"refresh": {"action": without("title", button()), "userIds": [f"29:{n}" for n in range(people)]}}


GOOD = {
    "words": card(text(), runs("Hei ", {"type": "TextRun", "text": "sinä", "weight": "bolder"})),
    "the full width of Teams": card(text(), msteams={"width": "Full"}),
    "a button among words": card(row(button(style="positive", associatedInputs="none"))),
    "a window": card(
        row(without("verb", button(type="Action.Submit", data={**DATA, "msteams": {"type": "task/fetch"}})))
    ),
    "a form": card(line(isRequired=True, errorMessage="Täytä."), choice(value="no"), actions=[button()]),
    "many chosen": card(choice(isMultiSelect=True, value="yes,no")),
    "nothing chosen": card(choice(isMultiSelect=True)),
    "a refresh": card(text(), **refreshed(VIEWERS)),
    "a link": card(link("https://www.example.org/")),
    "an address": card(link("mailto:viestinta@example.org")),
    "a long form": card(line(value="ä" * 30_000)),
}
BAD = {
    "an element that is not in 1.5": (card({"type": "Badge", "text": "x"}), "Badge"),
    "a size that there is not": (card(text(size="enormous")), "size"),
    "a text block without text": (card(without("text", text())), "text"),
    "a misspelt property": (card(text(wrapp=True)), "wrapp"),
    "an input without an id": (card(without("id", line())), "id"),
    "an action that there is not": (card(actions=[{"type": "Action.Nope"}]), "Action.Nope"),
    "an action among elements": (card(button()), "does not belong here"),
    "actions that are no list": (card(actions={}), "actions"),
    "a run with what only blocks have": (card(runs({"type": "TextRun", "text": "x", "wrap": True})), "inlines/0"),
    "version 1.6": (card(text(), version="1.6"), "1.5"),
    "no text for a screen reader": (without("fallbackText", card(text())), "fallbackText"),
    "no language": (without("lang", card(text())), "lang"),
    "too large a card": (card(text(text="x" * 21_000)), "units"),
    "too large a form": (card(line(value="x" * 41_000)), "units"),
    "too many who see it afresh": (card(text(), **refreshed(VIEWERS + 1)), "people"),
    "an execute without a verb": (card(row(without("verb", button()))), "verb"),
    "a button without a title": (card(row(without("title", button()))), "title"),
    "an action whose data is text": (card(row(button(data="x"))), "data"),
    "an action without what is ours": (card(row(button(data={"x": 1}))), "data"),
    "more buttons than are shown": (card(row(*[button()] * 6)), "6 buttons"),
    "more buttons below than are shown": (card(text(), actions=[button()] * 6), "6 buttons"),
    "two inputs of one id": (card(line(), line()), "twice"),
    "an input that overwrites what is carried": (card(line(id="someopas")), "overwrite"),
    "an input without a label": (card(without("label", line())), "label"),
    "a required input without a word": (card(line(isRequired=True)), "errorMessage"),
    "a choice that is not offered": (card(choice(value="maybe")), "among"),
    "two choices of one value": (card(choice(choices=[{"title": t, "value": "x"} for t in "ab"])), "one value"),
    "a comma in a value of many": (card(choice(isMultiSelect=True, choices=[{"title": "a", "value": "a,b"}])), "comma"),
    "an address that runs": (card(link("javascript:alert(1)")), "address"),
    "a text that does not wrap": (card(text(wrap=False)), "wrap"),
    "an empty run": (card(runs({"type": "TextRun", "text": ""})), "empty text"),
    "an empty box": (card({"type": "Container", "items": []}), "empty Container"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_card_has_no_problems(name: str) -> None:
    assert check(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_card_is_refused_with_its_reason(name: str) -> None:
    document, reason = BAD[name]
    found = check(document)
    assert any(reason in problem for problem in found), found


def test_a_problem_names_its_place_and_a_parent_does_not_repeat_it() -> None:
    [problem] = check(card({"type": "Container", "items": [text(size="enormous")]}))
    assert problem.startswith("card/body/0/items/0/size: ")
