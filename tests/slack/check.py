"""Would Slack take it? A check of messages, modals and home views against the official types and the written limits.

The shapes come from JSON schemas generated from `@slack/types` (see `schema/README.md`), the limits from the comments in
them, the surfaces from docs.slack.dev/reference/block-kit/blocks; what no schema can say stands in the rules below.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft7Validator, ValidationError

Kind = Literal["message", "modal", "home"]
Document = Mapping[str, Any]
Rule = Callable[[Kind, Document], Iterator[str]]

SCHEMAS = Path(__file__).parent / "schema"
BLOCKS: Mapping[Kind, int] = {"message": 50, "modal": 100, "home": 100}
# The blocks that Slack does not draw everywhere.
SURFACES: Mapping[str, set[Kind]] = {
    "alert": {"modal"},
    "carousel": {"message", "home"},
    "container": {"message"},
    "context_actions": {"message"},
    "data_table": {"message", "home"},
    "file": {"message"},
    "markdown": {"message"},
    "plan": {"message"},
    "table": {"message", "home"},
    "task_card": {"message"},
}
CHOICES = ("static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow")
FALLBACK = 40_000
MARKDOWN = 12_000
# Undocumented; above it chat.postMessage answers msg_blocks_too_long (github.com/slackapi/bolt-js/issues/2509). With many
# small blocks Slack has been seen to refuse less (issue 2867): leave room.
MESSAGE_TEXT = 13_200
VIEW_BYTES = 250_000
FIELD = 2000
FEEDBACK_LABEL = 75
ROW = 20
# docs.slack.dev/reference/block-kit/composition-objects/option-object
OPTION = 150
UPLOADS = 10
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
USER = re.compile(r"[UW][A-Z0-9]+")


def check(kind: Kind, document: Document) -> list[str]:
    """What Slack would refuse in a document, one line each; empty where all is well.

    A message is its `text` and `blocks` alone, without channel or thread; a modal or home view is the whole `view`.
    """
    document = {"blocks": [], **document} if kind == "message" else dict(document)
    return [*shape(kind, document), *(error for rule in RULES[kind] for error in rule(kind, document))]


# The shape: the schema of the official types, and the limits in its comments


LENGTH = re.compile(r"(?:max(?:imum)?\s+length|less\s+than|limit)\b[^.]*?(\d[\d,]*)\s+characters", re.IGNORECASE)
COUNT = re.compile(r"(?:maximum\b[^.\d]*?|up\s+to\s+)(\d+)", re.IGNORECASE)


def shape(kind: Kind, document: Document) -> Iterator[str]:
    """What the schema finds."""
    for error in validator(kind).iter_errors(document):
        yield from map(said, explained(error))


@cache
def validator(kind: Kind) -> Draft7Validator:
    """The schema of one kind, made strict; read once."""
    schema = json.loads((SCHEMAS / f"Strict{kind.title()}.json").read_text(encoding="utf-8"))
    return Draft7Validator(limited(schema))


def limited(node: Any) -> Any:
    """The schema with the limits of its comments as maxLength and maxItems."""
    match node:
        case list():
            return [limited(item) for item in node]
        case dict():
            return limit({key: limited(value) for key, value in node.items()})
        case _:
            return node


def limit(node: dict[str, Any]) -> dict[str, Any]:
    """One node with the limit that its own comment names, if it names one."""
    comment = node.get("description")
    if not isinstance(comment, str):
        return node
    longest, most = number(LENGTH, comment), number(COUNT, comment)
    if node.get("type") == "array":
        return node | {"maxItems": most} if most else node
    if longest and node.get("type") == "string":
        return node | {"maxLength": longest}
    if longest and ("$ref" in node or "anyOf" in node):  # a text object: the limit is its text's
        return {"allOf": [node, {"properties": {"text": {"maxLength": longest}}}]}
    return node


def number(pattern: re.Pattern[str], comment: str) -> int | None:
    """The number in a comment: `12,000` is 12000."""
    found = pattern.search(comment)
    return int(found[1].replace(",", "")) if found else None


def said(error: ValidationError) -> str:
    """An error as a line: where, and what."""
    return f"{'/'.join(map(str, error.absolute_path)) or kind_of(error.instance)}: {fault(error)}"


def fault(error: ValidationError) -> str:
    """What is wrong, without the whole value in it."""
    match error.validator:
        case "maxLength":
            return f"{len(error.instance)} characters, {error.validator_value} are allowed"
        case "maxItems":
            return f"{len(error.instance)} items, {error.validator_value} are allowed"
        case _:
            return str(error.message)[:200]


def explained(error: ValidationError) -> Iterator[ValidationError]:
    """Of a union that nothing fits, the errors of the branch that the document's `type` names."""
    if error.validator != "anyOf":
        yield error
        return
    meant = [branch for branch in branches(error) if not foreign(branch)]
    if not meant:
        error.message = f"{kind_of(error.instance)} has no place here"
        yield error
        return
    for inner in min(meant, key=len):
        yield from explained(inner)


def branches(error: ValidationError) -> list[list[ValidationError]]:
    """What each branch of a union has against the document."""
    return [list(found) for _, found in groupby(error.context or [], key=lambda inner: inner.relative_schema_path[0])]


def foreign(branch: Iterable[ValidationError]) -> bool:
    """Whether a branch of a union is made for another `type`."""
    return any(
        (list(error.relative_path) == ["type"] and error.validator == "const")
        or (not error.relative_path and error.validator == "anyOf" and all(map(foreign, branches(error))))
        for error in branch
    )


def kind_of(instance: Any) -> str:
    """The `type` of a block or element, for a message."""
    return f"type {instance.get('type')!r}" if isinstance(instance, Mapping) else repr(instance)[:80]


# Walking a document, which may be malformed


def dicts(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list, or nothing."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def top(document: Document) -> list[Mapping[str, Any]]:
    """The blocks that a document lists."""
    return dicts(document.get("blocks"))


def blocks(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every block with its place, those inside a container or carousel too."""
    for index, block in enumerate(top(document)):
        yield f"blocks/{index}", block
        for key in ("child_blocks", "elements"):
            for inner, child in enumerate(dicts(block.get(key))):
                if key == "child_blocks" or child.get("type") == "card":
                    yield f"blocks/{index}/{key}/{inner}", child


def elements(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The elements of one block."""
    alone = [block.get("element"), block.get("accessory")]
    return [*dicts(block.get("elements")), *dicts(block.get("actions")), *dicts(alone)]


def within(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object inside a value, at any depth, itself included."""
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from within(item)


def length(text: Any) -> int:
    """The length of a text, which may be missing or not a text."""
    return len(text) if isinstance(text, str) else 0


def repeated(values: Iterable[Any]) -> list[Any]:
    """The values that come more than once."""
    return [value for value, times in Counter(value for value in values if isinstance(value, str)).items() if times > 1]


# The rules that no schema can say


def block_count(kind: Kind, document: Document) -> Iterator[str]:
    if len(top(document)) > BLOCKS[kind]:
        yield f"blocks: {len(top(document))} of them, {BLOCKS[kind]} are allowed in a {kind}"


def surfaces(kind: Kind, document: Document) -> Iterator[str]:
    for place, block in blocks(document):
        if kind not in SURFACES.get(str(block.get("type")), {kind}):
            yield f"{place}: a {block.get('type')} block cannot stand in a {kind}"


def ids(_: Kind, document: Document) -> Iterator[str]:
    for block_id in repeated(block.get("block_id") for _, block in blocks(document)):
        yield f"blocks: block_id {block_id!r} is used twice"
    for place, block in blocks(document):
        for action_id in repeated(element.get("action_id") for element in elements(block)):
            yield f"{place}: action_id {action_id!r} is used twice"


def choices(_: Kind, document: Document) -> Iterator[str]:
    for place, block in blocks(document):
        for element in elements(block):
            if element.get("type") in CHOICES:
                yield from (f"{place}: {wrong}" for wrong in choice(element))


def choice(element: Mapping[str, Any]) -> Iterator[str]:
    groups = dicts(element.get("option_groups"))
    options = [*dicts(element.get("options")), *(option for group in groups for option in dicts(group.get("options")))]
    chosen = [*dicts([element.get("initial_option")]), *dicts(element.get("initial_options"))]
    if not options:
        yield f"a {element['type']} needs options"
    if element.get("options") and groups:
        yield "options or option_groups, not both"
    if any(option not in options for option in chosen):
        yield "an initial option is not among the options"
    if element.get("initial_options") == []:
        yield "initial_options holds none"
    if any(length(option.get("value")) > OPTION for option in options):
        yield f"the value of an option is longer than {OPTION}"
    for value in repeated(option.get("value") for option in options):
        yield f"the option {value!r} is there twice"


def pickers(_: Kind, document: Document) -> Iterator[str]:
    for place, block in blocks(document):
        for element in elements(block):
            day, users = element.get("initial_date", "2026-11-24"), element.get("initial_users", [])
            if not (isinstance(day, str) and DATE.fullmatch(day)):
                yield f"{place}: {day!r} is not written YYYY-MM-DD"
            chosen = [element["initial_user"]] if "initial_user" in element else users
            for user in chosen if isinstance(chosen, list) else []:
                if not (isinstance(user, str) and USER.fullmatch(user)):
                    yield f"{place}: {user!r} is no user's id"


def uploads(_: Kind, document: Document) -> Iterator[str]:
    # docs.slack.dev/reference/block-kit/block-elements/file-input-element
    for place, block in blocks(document):
        for element in elements(block):
            if element.get("type") == "file_input":
                most = element.get("max_files", UPLOADS)
                if not (isinstance(most, int) and 1 <= most <= UPLOADS):
                    yield f"{place}: a file_input takes 1 to {UPLOADS} files, not {most!r}"


def sections(_: Kind, document: Document) -> Iterator[str]:
    for place, block in blocks(document):
        if block.get("type") == "section":
            if not (block.get("text") or block.get("fields")):
                yield f"{place}: a section needs text or fields"
            if any(length(field.get("text")) > FIELD for field in dicts(block.get("fields"))):
                yield f"{place}: a field is longer than {FIELD}"


def texts(_: Kind, document: Document) -> Iterator[str]:
    views = [document.get(key) for key in ("title", "submit", "close")]
    for item in within([*views, *top(document)]):
        if item.get("text") == "":
            yield f"an empty text in a {item.get('type')}"


def feedback(_: Kind, document: Document) -> Iterator[str]:
    for place, block in blocks(document):
        for element in elements(block):
            for button in dicts([element.get("positive_button"), element.get("negative_button")]):
                if any(length(label.get("text")) > FEEDBACK_LABEL for label in dicts([button.get("text")])):
                    yield f"{place}: the label of a feedback button is longer than {FEEDBACK_LABEL}"


def tables(_: Kind, document: Document) -> Iterator[str]:
    found = [(place, block) for place, block in blocks(document) if block.get("type") == "table"]
    if len(found) > 1:
        yield f"blocks: {len(found)} tables, one is allowed"
    for place, table in found:
        rows = table.get("rows")
        if isinstance(rows, list) and any(isinstance(row, list) and len(row) > ROW for row in rows):
            yield f"{place}: a row of more than {ROW} cells"


def fallback(_: Kind, document: Document) -> Iterator[str]:
    text = document.get("text")
    if not (isinstance(text, str) and text.strip()):
        yield "text: the fallback for notifications and screen readers is missing"
    if length(text) > FALLBACK:
        yield f"text: longer than {FALLBACK}, Slack cuts it"


def totals(_: Kind, document: Document) -> Iterator[str]:
    markdown = sum(length(block.get("text")) for block in top(document) if block.get("type") == "markdown")
    if markdown > MARKDOWN:
        yield f"blocks: {markdown} characters of markdown, {MARKDOWN} are allowed"
    everything = sum(length(item.get("text")) for item in within(top(document)))
    if everything > MESSAGE_TEXT:
        yield f"blocks: {everything} characters of text in all, {MESSAGE_TEXT} are allowed"


def focus(_: Kind, document: Document) -> Iterator[str]:
    if sum(item.get("focus_on_load") is True for item in within(top(document))) > 1:
        yield "blocks: focus_on_load is set twice"


def view_size(_: Kind, document: Document) -> Iterator[str]:
    if len(json.dumps(document).encode()) > VIEW_BYTES:
        yield f"a view of more than {VIEW_BYTES} bytes"


def submit(_: Kind, document: Document) -> Iterator[str]:
    if not document.get("submit") and any(block.get("type") == "input" for _, block in blocks(document)):
        yield "submit: a modal with inputs needs it"


EVERYWHERE: tuple[Rule, ...] = (
    block_count, surfaces, ids, choices, pickers, uploads, sections, texts, feedback, tables, focus,
)  # fmt: skip
RULES: Mapping[Kind, tuple[Rule, ...]] = {
    "message": (*EVERYWHERE, fallback, totals),
    "modal": (*EVERYWHERE, view_size, submit),
    "home": (*EVERYWHERE, view_size),
}
