"""Cards and forms as Block Kit: messages, modals and home views, inside Slack's limits whatever they hold.

Limits are those of docs.slack.dev/reference/block-kit/blocks and of the comments in `@slack/types`. That there is a limit
for all text of a message together is not documented: 13,200 characters (slackapi/bolt-js#2509), even 11,341 (#2867).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from bot.platforms.slack import rich_text
from bot.rendering import (
    ButtonShown,
    ButtonsShown,
    CardShown,
    FeedbackShown,
    FieldShown,
    FormShown,
    PartShown,
    QuoteShown,
    SaidShown,
    Words,
    unmarked,
)
from handlers.cards import Button, is_date

Json: TypeAlias = dict[str, Any]
Surface = Literal["message", "modal", "home"]

BLOCKS = {"message": 50, "modal": 100, "home": 100}
ALL_TEXT, ALL_LABELS = 10_000, 3_000
"""Characters of words, and of the labels of buttons, which the words must not crowd out."""
ONE_TEXT = 3_000
LABEL, VALUE, TITLE, ROW = 75, 2_000, 24, 25
CONTEXT, HINT, FIELD = 2_000, 2_000, 3_000
FILES = 5
"""Files of a field; Slack takes ten, of 10 MB each at the most."""
BOXES = 10
"""Radio buttons or checkboxes of a field; where there are more options they are a menu, which sends the same back."""
FALLBACK = 3_900
"""Characters of the text for notifications and screen readers; Slack advises 4,000."""
MORE = "…"


@dataclass
class _Room:
    """What is left of the characters that a message, a modal or a home view may hold."""

    left: int

    def fit(self, words: str, most: int = ONE_TEXT) -> str:
        """The words, cut to what there is room for."""
        fitting = cut(words, min(most, self.left))
        self.left -= len(fitting)
        return fitting

    def has(self, characters: int) -> bool:
        """Whether there is room for so many characters; they are then taken."""
        if characters > self.left:
            return False
        self.left -= characters
        return True


def message(card: CardShown) -> Json:
    """The arguments `text` and `blocks` of a message; `text` says the same for notifications and screen readers."""
    return {"text": fallback(card), "blocks": blocks(card, "message")}


def home(card: CardShown) -> Json:
    """A home view."""
    return {"type": "home", "blocks": blocks(card, "home")}


def window(card: CardShown, title: str, close: str, metadata: str) -> Json:
    """A modal that shows a card."""
    return {
        "type": "modal", "callback_id": card.name, "private_metadata": metadata,
        "title": plain(title, TITLE), "close": plain(close, TITLE), "blocks": blocks(card, "modal"),
    }  # fmt: skip


def modal(form: FormShown, metadata: str) -> Json:
    """A form as a modal; the form's name is its callback_id, a field's name its block_id.

    The values of people's fields are ids of Slack's users here.
    """
    return {
        "type": "modal", "callback_id": form.name, "private_metadata": metadata,
        "title": plain(form.title, TITLE), "submit": plain(form.submit, TITLE), "close": plain(form.cancel, TITLE),
        "blocks": [*([rich_text.lines(cut(form.intro, ONE_TEXT))] if form.intro else []), *map(_input, form.fields)],
    }  # fmt: skip


def blocks(card: CardShown, surface: Surface) -> list[Json]:
    """The blocks of a card on a surface."""
    for_labels = min(ALL_LABELS, sum(map(_labels, card.parts)))
    words, labels = _Room(ALL_TEXT - for_labels), _Room(for_labels)
    made: list[Json] = []
    for number, part in enumerate(card.parts):
        if surface == "home" and made and _is_heading(part):
            made.append({"type": "divider"})
        room = labels if isinstance(part, ButtonsShown | FeedbackShown) else words
        made += _part(part, str(number), room, surface)
    most = BLOCKS[surface]
    return made if len(made) <= most else [*made[: most - 1], _context(MORE)]


def fallback(card: CardShown) -> str:
    """All that a card says, as text in which nothing mentions anybody."""
    return escaped(cut("\n".join(filter(None, map(_said_aloud, card.parts))), FALLBACK)) or MORE


def escaped(text: str) -> str:
    """The text with the three marks escaped by which Slack's text mentions, links and commands."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int) -> Json:
    """A plain text object of at most so many characters, never empty; Slack counts UTF-16 units in some places."""
    return {"type": "plain_text", "text": cut(text, most) or MORE, "emoji": False}


def cut(text: str, most: int) -> str:
    """The text, shortened with an ellipsis where it is longer than `most` UTF-16 units."""
    if len(text.encode("utf-16-le")) // 2 <= most:
        return text
    short = text.encode("utf-16-le")[: 2 * max(most - 1, 0)].decode("utf-16-le", errors="ignore")
    return f"{short}{MORE}" if most > 0 else ""


def value_of(button: Button) -> str:
    """What a button carries: the record's key and its own value, and nothing else."""
    return json.dumps([button.record, cut(button.value, VALUE - 300)], ensure_ascii=False)


def _part(part: PartShown, number: str, room: _Room, surface: Surface) -> Iterable[Json]:
    match part:
        case Words(markdown=markdown, small=True):
            words = room.fit(unmarked(markdown), CONTEXT)
            return [_context(words)] if words else []
        case Words(markdown=markdown):
            words_block = rich_text.rich_text(room.fit(markdown))
            return [words_block] if words_block else []
        case QuoteShown():
            return _quote(part, room)
        case SaidShown(label=label, text=text):
            heading, words = room.fit(label), room.fit(text)
            return [rich_text.said(heading, words)] if heading or words else []
        case ButtonsShown(buttons=buttons):
            rows = [buttons[i : i + ROW] for i in range(0, len(buttons), ROW)]
            return [_actions(row, f"{number}-{i}") for i, row in enumerate(rows) if room.has(_width(row))]
        case FeedbackShown():
            return [_feedback(part, number, surface)] if room.has(4 * LABEL) else []


def _labels(part: PartShown) -> int:
    """The characters that a part's buttons take, at the most."""
    match part:
        case ButtonsShown(buttons=buttons):
            return _width(buttons)
        case FeedbackShown():
            return 4 * LABEL
        case _:
            return 0


def _width(row: Sequence[ButtonShown]) -> int:
    """The characters of a row's labels, at the most."""
    return sum(min(len(shown.label), LABEL) for shown in row)


def _is_heading(part: PartShown) -> bool:
    """Whether words begin with bold ones: on a home view each such part begins a section."""
    return isinstance(part, Words) and not part.small and part.markdown.startswith("**")


def _quote(part: QuoteShown, room: _Room) -> Sequence[Json]:
    """The focus first: where there is little room, what stands around it is cut."""
    focus = room.fit(part.focus)
    before, after = room.fit(part.before, ONE_TEXT - len(focus)), room.fit(part.after, ONE_TEXT - len(focus))
    if not focus:
        return []
    return [rich_text.quote(before, focus, after), _context(f"({part.number}) {room.fit(part.source, CONTEXT - 10)}")]


def _actions(buttons: Sequence[ButtonShown], number: str) -> Json:
    return {
        "type": "actions", "block_id": f"row-{number}",
        "elements": [_button(shown.label, shown.button, str(i)) for i, shown in enumerate(buttons)],
    }  # fmt: skip


def _button(label: str, button: Button, number: str) -> Json:
    """A button; its action_id is the action and, since it must be unique in its row, its place."""
    element = {
        "type": "button", "text": plain(label, LABEL), "action_id": f"{button.action}#{number}",
        "value": value_of(button),
    }  # fmt: skip
    return {**element, "style": button.style} if button.style in ("primary", "danger") else element


def _feedback(part: FeedbackShown, number: str, surface: Surface) -> Json:
    answers = {"yes": part.yes, "no": part.no}
    buttons = {name: Button(part.action, part.record, name) for name in answers}
    if surface != "message":
        return _actions([ButtonShown(answers[name], buttons[name]) for name in answers], number)
    yes, no = (
        {
            "text": plain(answers[name], LABEL), "value": value_of(buttons[name]),
            "accessibility_label": cut(f"{part.question} {answers[name]}", LABEL),
        }
        for name in answers
    )  # fmt: skip
    element = {
        "type": "feedback_buttons", "action_id": f"{part.action}#0", "positive_button": yes, "negative_button": no,
    }  # fmt: skip
    return {"type": "context_actions", "block_id": f"feedback-{number}", "elements": [element]}


def _input(field: FieldShown) -> Json:
    hint: Mapping[str, Json] = {"hint": plain(field.help, HINT)} if field.help else {}
    return {
        "type": "input", "block_id": field.name, "label": plain(field.label, HINT), "optional": not field.required,
        "element": {**_element(field), "action_id": "value"}, **hint,
    }  # fmt: skip


def _element(field: FieldShown) -> Json:
    match field.type:
        case "choice":
            return _choice(field)
        case "many":
            return _many(field)
        case "person":
            return {"type": "users_select", **({"initial_user": field.value} if field.value else {})}
        case "people":
            chosen = [user for user in field.value.split(",") if user]
            return {"type": "multi_users_select", **({"initial_users": chosen} if chosen else {})}
        case "files":
            return {"type": "file_input", "max_files": FILES}  # what was sent before cannot be shown in it
        case "date":
            day = {"initial_date": date.fromisoformat(field.value).isoformat()} if is_date(field.value) else {}
            return {"type": "datepicker", **day}
        case _:
            return _line(field)


def _line(field: FieldShown) -> Json:
    most = min(field.longest, FIELD)
    element = {
        "type": "plain_text_input", "multiline": field.type == "long", "max_length": most,
    }  # fmt: skip
    return {**element, "initial_value": cut(field.value, most)} if field.value else element


def _choice(field: FieldShown) -> Json:
    options = _options(field)
    chosen = [option for option in options if option["value"] == field.value]
    kind = "radio_buttons" if len(options) <= BOXES else "static_select"
    return {"type": kind, "options": options, **({"initial_option": chosen[0]} if chosen else {})}


def _many(field: FieldShown) -> Json:
    options, wanted = _options(field), field.value.split(",")
    chosen = [option for option in options if option["value"] in wanted]
    kind = "checkboxes" if len(options) <= BOXES else "multi_static_select"
    return {"type": kind, "options": options, **({"initial_options": chosen} if chosen else {})}


def _options(field: FieldShown) -> list[Json]:
    return [{"text": plain(label, LABEL), "value": value} for value, label in field.options]


def _context(words: str) -> Json:
    return {"type": "context", "elements": [plain(words, CONTEXT)]}


def _said_aloud(part: PartShown) -> str:
    match part:
        case Words(markdown=markdown):
            return unmarked(markdown)
        case QuoteShown():
            return f"”{part.before}{part.focus}{part.after}” ({part.number}) {part.source}"
        case SaidShown(label=label, text=text):
            return f"{label} {text}"
        case ButtonsShown(buttons=buttons):
            return " · ".join(shown.label for shown in buttons)
        case FeedbackShown():
            return f"{part.question} {part.yes} · {part.no}"
