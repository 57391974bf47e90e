"""Cards and forms as Adaptive Cards 1.5, inside Teams' limits whatever they hold, and the messages that carry them.

Limits: learn.microsoft.com/microsoftteams/platform, "cards-reference" (version 1.5) and "agent-message-size-limit" (a
message of some 100 KB in UTF-16, 413 above it); the native marks of sources and thumbs are those of
"bot-messages-ai-generated-content". Words are text runs, which are exact: a text block would take what people typed for
Markdown. Every size here is in UTF-16 units.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, TypeAlias

from bot.platforms.teams.text import MORE, Line, Run, cited, cut, is_plain, lines_of, typed, units
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
Surface = Literal["message", "dialog"]

KIND = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
OURS = "someopas"
"""The key under which what an action stands for is in its data; the values of inputs stand beside it."""
BUDGET = 40 * 1024 // 2
"""Units of a card: the smallest limit that was ever published for bots, and the fullest request whole. Who sees it
afresh (`VIEWERS`) is not counted."""
FORM_BUDGET = 80 * 1024 // 2
"""Units of a form: what a person has written into one is never shortened to the card's budget."""
VIEWERS = 60
"""People for whom a card may be refreshed by itself."""
ALL_TEXT, ALL_BUTTONS, ONE_TEXT, MESSAGE_TEXT = 10_000, 6_000, 3_000, 6_000
"""Units of words, and of buttons with all that they carry, which the words must not crowd out; of one part's words, and
of the words of a message beside its card."""
LABEL, VALUE = 75, 1_700
"""Units of a button's label and of its value."""
ROW, WIDTH = 5, 40
"""Buttons of a set, beyond which a client hides some, and characters in it, beyond which a phone cuts the labels."""
FALLBACK, SUMMARY = 1_000, 300
OPEN_CHOICES = 6
"""Options that are all shown; more are a menu, which sends the same back."""
CITATIONS, NAME, ABSTRACT = 20, 80, 160
"""Sources of a message that Teams shows, and characters of what it shows of each."""


@dataclass
class _Room:
    """What is left of the units that a card's words may take."""

    left: int

    def fit(self, lines: Iterable[Line], most: int = ONE_TEXT) -> list[Line]:
        """The lines, cut to what there is room for."""
        fitting = []
        for line in lines:
            if not min(most, self.left):
                break
            runs = []
            for run in line.runs:
                text = cut(run.text, min(most, self.left))
                most, self.left = most - units(text), self.left - units(text)
                runs.append(replace(run, text=text))
            fitting.append(replace(line, runs=tuple(run for run in runs if run.text)))
        return [line for line in fitting if line.runs]


def card(shown: CardShown, surface: Surface = "message", *, feedback: bool = True) -> Json:
    """The card; without `feedback` it does not ask whether it helped, where the message has Teams' own thumbs.

    Where it would be too large its words are shortened, first those that come last; buttons stay.
    """
    parts = shown.parts if feedback else tuple(p for p in shown.parts if not isinstance(p, FeedbackShown))
    return _fitting(CardShown(shown.name, shown.language, parts), surface)


def message(shown: CardShown, refresh: Json | None = None) -> Json:
    """The fields of an activity that shows the card; `refresh` is put into the card as it is.

    Where the card quotes, the words before the first quote are the message's text, with native marks of the sources.
    Nothing is ever marked as generated: every word is a template's, a guideline's or a person's.
    """
    quotes = [part for part in shown.parts if isinstance(part, QuoteShown)]
    fields: Json = {"type": "message", "summary": _summary(shown)}
    if any(isinstance(part, FeedbackShown) for part in shown.parts):
        fields["channelData"] = {"feedbackLoop": {"type": "default"}}
    rest = shown
    if quotes:
        first = next(place for place, part in enumerate(shown.parts) if isinstance(part, QuoteShown))
        words = [part for part in shown.parts[:first] if isinstance(part, Words) and not part.small]
        rest = replace(shown, parts=tuple(p for p in shown.parts[:first] if p not in words) + shown.parts[first:])
        fields |= {"text": _cited(words, quotes), "textFormat": "markdown", "entities": [_sources(quotes)]}
    made = card(rest, feedback=False)
    return {**fields, "attachments": [_attached({**made, "refresh": refresh} if refresh else made)]}


def apart(made: Json) -> tuple[Json | None, Json]:
    """A message's own words with its sources, and its card: Teams splits a message that has both, and gives it no id."""
    if "text" not in made or "attachments" not in made:
        return None, made
    lead: Json = {name: made[name] for name in ("type", "text", "textFormat", "entities") if name in made}
    return lead, {name: value for name, value in made.items() if name not in lead or name == "type"}


def form(shown: FormShown, surface: Surface, key: str, labels: Mapping[str, str]) -> Json:
    """The form as a card; `key` is that under which it was opened, "" where it cannot be opened in a window.

    The values of people's fields are shown as they are: whatever tells a reader who is meant.
    """
    wrong = [_error(labels["teams.error"])] if any(f.error for f in shown.fields) else []
    body = [
        _heading(shown.title or MORE, "large"),
        *_blocks(wrong, color="attention"),
        *_blocks(typed(Run(shown.intro))),
        *([_window(key, labels)] if surface == "message" and key else []),
        *(element for asked in shown.fields for element in _field(asked, labels)),
    ]
    said = [shown.title, shown.intro, *(asked.label for asked in shown.fields), shown.submit]
    return {**_card(shown.language, said, body), "actions": _form_actions(shown, surface, key)}


def covered(shown: CardShown, whisper: str, users: Sequence[str], labels: Mapping[str, str]) -> Json:
    """The fields of a message in the place of one that is for one person, where others read too.

    Its button shows the message to whom it is for; for `users`, who are Teams' own ids, that happens by itself. It says
    nothing of the card.
    """
    told = labels["teams.only_you"]
    show = {
        "type": "Action.Execute", "title": cut(labels["teams.show"], LABEL), "verb": "whisper",
        "data": {OURS: {"whisper": whisper}}, "associatedInputs": "none",
    }  # fmt: skip
    body = [*_blocks(typed(Run(told))), {"type": "ActionSet", "actions": [show]}]
    made = _card(shown.language, [told, labels["teams.show"]], body)
    if users:
        made["refresh"] = {"action": show, "userIds": list(users[:VIEWERS])}
    return {"type": "message", "summary": told, "attachments": [_attached(made)]}


def fits(made: Json, budget: int = BUDGET) -> bool:
    """Whether a card is within the budget, those aside who see it afresh."""
    return size(made) <= budget


def size(made: Json) -> int:
    """The UTF-16 units of a card as it is sent, without its `refresh`."""
    plain = {name: value for name, value in made.items() if name != "refresh"}
    return units(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


def said_aloud(shown: CardShown) -> str:
    """All that a card says, as plain text."""
    return "\n".join(filter(None, map(_said, shown.parts)))


def _fitting(shown: CardShown, surface: Surface) -> Json:
    """The card with as much of its words as there is room for: each try takes what the last one was too large by."""
    room = min(ALL_TEXT, units(said_aloud(shown)))
    made, bare = _of_parts(shown, surface, room), size(_of_parts(shown, surface, 0))
    while room and not fits(made):
        room = max(0, min(room - 1, room * (BUDGET - bare) // max(1, size(made) - bare)))
        made = _of_parts(shown, surface, room)
    return made


def _of_parts(shown: CardShown, surface: Surface, room: int) -> Json:
    words, buttons = _Room(room), _Room(ALL_BUTTONS)
    body = [element for part in shown.parts for element in _part(part, surface, words, buttons)]
    return _card(shown.language, [said_aloud(shown)], body)


def _card(language: str, said: Iterable[str], body: Sequence[Json]) -> Json:
    return {
        "type": "AdaptiveCard", "$schema": SCHEMA, "version": "1.5", "lang": language, "msteams": {"width": "Full"},
        "fallbackText": _unlinked(cut("\n".join(filter(None, said)), FALLBACK)) or MORE, "body": list(body),
    }  # fmt: skip


def _attached(made: Json) -> Json:
    return {"contentType": KIND, "content": made}


def _unlinked(text: str) -> str:
    """Text for a place where a client may read Markdown or HTML: nothing in it links or mentions."""
    return text.replace("[", "\\[").replace("<", "&lt;")


def _summary(shown: CardShown) -> str:
    """What a notification says."""
    return cut(" ".join((shown.plain or said_aloud(shown)).split()), SUMMARY) or MORE


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _cited(words: Sequence[Words], quotes: Sequence[QuoteShown]) -> str:
    """The words with the marks of the quotes; where there are none, the place of each quote with its own."""
    lines = [line for part in words for line in lines_of(part.markdown)]
    shown = {quote.number: quote for quote in reversed(quotes[:CITATIONS])}
    if not lines:
        lines = [Line((Run(f"{q.source} "), Run(f"({n})", bold=True))) for n, q in sorted(shown.items())]
    return cited(_Room(MESSAGE_TEXT).fit(lines, MESSAGE_TEXT), sorted(shown))


def _sources(quotes: Sequence[QuoteShown]) -> Json:
    """The entity that says what the marks of a message's text stand for."""
    shown = {quote.number: quote for quote in reversed(quotes[:CITATIONS])}
    return {
        "type": "https://schema.org/Message", "@type": "Message", "@context": "https://schema.org",
        "citation": [_source(quote) for _, quote in sorted(shown.items())],
    }  # fmt: skip


def _source(quote: QuoteShown) -> Json:
    words = quote.focus or f"{quote.before}{quote.after}" or quote.source
    place = quote.source.rpartition(" › ")[2]  # the document's own name is the same for all, and fills what is shown
    document = {
        "@type": "DigitalDocument", "name": cut(place, NAME) or MORE, "abstract": cut(words, ABSTRACT) or MORE,
        "image": {"@type": "ImageObject", "name": "Text"},
    }  # fmt: skip
    return {"@type": "Claim", "position": quote.number, "appearance": document}


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _part(part: PartShown, surface: Surface, words: _Room, buttons: _Room) -> Sequence[Json]:
    match part:
        case Words(markdown=markdown, small=True):
            return _blocks(words.fit(lines_of(markdown)), size="small", isSubtle=True)
        case Words(markdown=markdown):
            return _words(words.fit(lines_of(markdown)))
        case QuoteShown():
            return _quote(part, words)
        case SaidShown(label=label, text=text):
            heading = words.fit(typed(Run(label, bold=True)))
            return [*_blocks(heading, size="small"), *_box(_blocks(words.fit(typed(Run(text)))))]
        case ButtonsShown(buttons=row):
            return _sets(row, surface, buttons)
        case FeedbackShown():
            return [*_blocks(words.fit(typed(Run(part.question)))), *_sets(_answers(part), surface, buttons)]


def _words(lines: Sequence[Line]) -> list[Json]:
    """The lines as blocks; a first one that is bold from end to end is a heading."""
    if lines and lines[0].is_heading:
        return [_heading(lines[0].text, "medium"), *_blocks(lines[1:])]
    return _blocks(lines)


def _heading(text: str, size: str) -> Json:
    """A heading. Only a text block is one to a screen reader; words that it might take for Markdown stay runs."""
    look = {"size": size, "weight": "bolder"}
    if is_plain(text):
        return {"type": "TextBlock", "text": text, **look, "wrap": True, "style": "heading", "spacing": "medium"}
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}], "spacing": "medium"}


def _blocks(lines: Sequence[Line], **look: object) -> list[Json]:
    """A block for each line: the first one and each paragraph apart, lines of a paragraph close together."""
    return [_block(line, first=place == 0, look=look) for place, line in enumerate(lines)]


def _block(line: Line, *, first: bool, look: Mapping[str, object]) -> Json:
    start = {"": "", "•": "• "}.get(line.item, f"{line.item}. ")
    inlines = [_run(run, look) for run in line.runs]
    if start and inlines[0].keys() == {"type", "text"}:
        inlines[0]["text"] = start + inlines[0]["text"]
    elif start:
        inlines.insert(0, {"type": "TextRun", "text": start, **look})
    near = {} if first or line.gap else {"spacing": "small" if line.item else "none"}
    return {"type": "RichTextBlock", "inlines": inlines, **near}


def _run(run: Run, look: Mapping[str, object]) -> Json:
    bold = {"weight": "bolder"} if run.bold else {}
    link = {"selectAction": {"type": "Action.OpenUrl", "url": run.url}} if run.url else {}
    return {"type": "TextRun", "text": run.text, **look, **bold, **link}


def _box(items: Sequence[Json]) -> list[Json]:
    """What others said, set apart; nothing where there is nothing."""
    return [{"type": "Container", "style": "emphasis", "items": list(items)}] if items else []


def _quote(part: QuoteShown, room: _Room) -> Sequence[Json]:
    """The focus first: where there is little room, what stands around it is cut."""
    focus = _joined(room.fit(typed(Run(part.focus))))
    if not focus:
        return []
    most = ONE_TEXT - units(focus)
    before, after = (_joined(room.fit(_whole(text), most)) for text in (part.before, part.after))
    words = _blocks(typed(Run(f"”{before}"), Run(focus, bold=True), Run(f"{after}”")))
    source = room.fit(typed(Run(f"({part.number}) {part.source}")))
    return _box([*words, *_blocks(source, size="small", isSubtle=True)])


def _whole(text: str) -> list[Line]:
    return [Line((Run(text),))] if text else []


def _joined(lines: Iterable[Line]) -> str:
    return "\n".join(line.text for line in lines)


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sets(row: Sequence[ButtonShown], surface: Surface, room: _Room) -> list[Json]:
    """Sets of buttons; those for which there is no room are left out, as each has a typed equivalent."""
    sets: list[list[Json]] = []
    for shown in row:
        button = _button(shown.label, shown.button, surface)
        if (cost := size(button)) > room.left:
            continue
        room.left -= cost
        if sets and len(sets[-1]) < ROW and _width([*sets[-1], button]) <= WIDTH:
            sets[-1].append(button)
        else:
            sets.append([button])
    return [{"type": "ActionSet", "actions": one} for one in sets]


def _width(buttons: Iterable[Json]) -> int:
    """The characters that buttons take beside each other, four of each for its frame."""
    return sum(units(button["title"]) + 4 for button in buttons)


def _answers(part: FeedbackShown) -> list[ButtonShown]:
    return [
        ButtonShown(label, Button(part.action, part.record, value))
        for label, value in ((part.yes, "yes"), (part.no, "no"))
    ]


def _button(label: str, button: Button, surface: Surface) -> Json:
    stands_for = {"action": button.action, "record": button.record, "value": cut(button.value, VALUE)}
    style = {"primary": "positive", "danger": "destructive"}.get(button.style)
    return _action(label, "press", stands_for, surface, style=style or "", inputs=False)


def _action(label: str, verb: str, stands_for: Json, surface: Surface, *, style: str = "", inputs: bool = True) -> Json:
    """An action that comes back to us: of a message with its verb, of a dialog as what the dialog sends."""
    kind = {"type": "Action.Execute", "verb": verb} if surface == "message" else {"type": "Action.Submit"}
    made: Json = {**kind, "title": cut(label, LABEL) or MORE, "data": {OURS: stands_for}}
    if style:
        made["style"] = style
    return made if inputs else {**made, "associatedInputs": "none"}


def _form_actions(shown: FormShown, surface: Surface, key: str) -> list[Json]:
    sent = {"form": shown.name, "record": shown.record, "opened": key, "window": surface == "dialog"}
    send = _action(shown.submit, "submit", sent, surface, style="positive")
    back = _action(shown.cancel, "back", {"back": True}, surface, inputs=False)
    return [send] if surface == "dialog" else [send, back]


def _window(key: str, labels: Mapping[str, str]) -> Json:
    """The button that opens the form as a dialog, before the fields: what stands in them does not go along."""
    opens = {
        "type": "Action.Submit", "title": cut(labels["teams.window"], LABEL), "associatedInputs": "none",
        "data": {OURS: {"window": key}, "msteams": {"type": "task/fetch"}},
    }  # fmt: skip
    return {"type": "ActionSet", "actions": [opens]}


# ── fields ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _field(field: FieldShown, labels: Mapping[str, str]) -> list[Json]:
    """What is wrong with it, its input, and its help, apart from the field before."""
    wrong = _blocks([_error(field.error)] if field.error else [], color="attention")
    help_text = _blocks(typed(Run(field.help)), size="small", isSubtle=True)
    if field.type == "files":
        asked = _blocks([Line((Run(field.label or MORE, bold=True),)), *typed(Run(labels["teams.files"]))])
    else:
        asked = [{"id": field.name, "label": field.label or MORE, **_input(field, labels)}]
    if field.type != "files" and _must_be_filled(field):
        asked[0] |= {"isRequired": True, "errorMessage": labels["teams.required"]}
    first, *more = [*wrong, *asked, *help_text]
    return [{**first, "spacing": "medium"}, *({"spacing": "small", **element} for element in more)]


def _error(words: str) -> Line:
    return Line((Run(words, bold=True),))


def _must_be_filled(field: FieldShown) -> bool:
    """Whether the server takes no empty one: of a choice it takes only what is offered (`handlers.cards.errors_of`)."""
    offered = [value for value, _ in field.options]
    if field.type == "choice":
        return bool(offered) and (field.required or "" not in offered)
    return field.required


def _input(field: FieldShown, labels: Mapping[str, str]) -> Json:
    match field.type:
        case "choice":
            chosen = [value for value, _ in field.options if value == field.value]
            return _choices(field, chosen)
        case "many":
            wanted = field.value.split(",")
            return _choices(field, [value for value, _ in field.options if value in wanted], isMultiSelect=True)
        case "date":
            day = {"value": date.fromisoformat(field.value).isoformat()} if is_date(field.value) else {}
            return {"type": "Input.Date", **day}
        case "person" | "people":
            return {**_line(field), "placeholder": labels[f"teams.{field.type}"]}
        case _:
            return _line(field)


def _choices(field: FieldShown, chosen: Sequence[str], **more: bool) -> Json:
    return {
        "type": "Input.ChoiceSet", "style": "expanded" if len(field.options) <= OPEN_CHOICES else "compact", "wrap": True,
        "choices": [{"title": label or MORE, "value": value} for value, label in field.options],
        **({"value": ",".join(chosen)} if chosen else {}), **more,
    }  # fmt: skip


def _line(field: FieldShown) -> Json:
    made: Json = {"type": "Input.Text", "isMultiline": field.type == "long", "maxLength": field.longest}
    return {**made, "value": cut(field.value, field.longest)} if field.value else made


def _said(part: PartShown) -> str:
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
