"""The page's templates, in which all that people wrote is escaped, and forms as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.directory import Directory
from bot.platforms.web.guideline import bold
from bot.rendering import Renderer
from handlers.cards import Field, Form, files_as, files_in

TEMPLATES = Path(__file__).parent / "templates"


def templates() -> Environment:
    """The page's templates. Filters: `words` (Markdown), `bold` (of a guideline), `files` (a field's, by name)."""
    rules = ["emphasis", "list", "escape", "newline", "link", "autolink"]
    markdown = MarkdownIt("zero", {"breaks": True}).enable(rules)  # a line is a line, as in a chat
    html = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    html.filters["words"] = lambda text: Markup(markdown.render(text))  # noqa: S704 - markdown-it escapes HTML
    html.filters["bold"] = bold
    html.filters["files"] = lambda value: [(f.name, files_as([f])) for f in files_in(value)]
    return html


class Forms:
    """Makes HTML of forms. People stand in them by their names, by their e-mail addresses where names are alike."""

    def __init__(self, directory: Directory, renderer: Renderer, html: Environment) -> None:
        self._directory = directory
        self._renderer = renderer
        self._html = html

    def html(self, form: Form, language: str, errors: Mapping[str, str]) -> str:
        """A form in a language, with the errors of its fields by their names."""
        everybody = self._directory.everybody
        times = Counter(p.name for p in everybody)
        names = {p.id: p.name if times[p.name] == 1 else p.email for p in everybody}
        named = replace(form, fields=tuple(self._named(field, names) for field in form.fields))
        choosing = any(field.type == "person" for field in form.fields)
        return self._html.get_template("form.html").render(
            form=self._renderer.form(named, language, errors),
            people=[(names[p.id], p.email) for p in everybody] if choosing else [],
        )

    def _named(self, field: Field, names: Mapping[str, str]) -> Field:
        """A field for people with names in the place of ids, one a line; what somebody wrote stays as they wrote it."""
        if field.type not in ("person", "people"):
            return field
        ids = field.value.split(",") if field.type == "people" else [field.value]
        people = [self._directory.person(one) for one in ids]
        if not any(people):
            return field
        shown = (names.get(one, person.name if person else one) for one, person in zip(ids, people, strict=True))
        return replace(field, value="\n".join(shown))
