"""The guideline without a conversation: `ask` one question or many, and `index`, which prepares a quick start."""

from __future__ import annotations

import json
import sys
from typing import Literal

import click
from pydantic import BaseModel

from bot.asking import Asking, as_json, as_text
from bot.commands.opening import fail, load_guide, read_settings
from bot.rendering import Renderer
from knowledge.document import LANGUAGES
from knowledge.guide import INTENTS
from knowledge.text import clean


class _Line(BaseModel):
    """A line of `ask --batch`."""

    id: str | int | None = None
    question: str
    context: str | None = None
    language: Literal["fi", "sv", "en"] | None = None


@click.command()
@click.argument("question", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="The answer's language; else guessed.")
@click.option("--context", default=None, help="The question before this one.")
@click.option("--json", "to_json", is_flag=True, help="Print the whole answer as JSON.")
@click.option("--batch", is_flag=True, help="Read questions as JSON lines, write answers as JSON lines.")
def ask(question: str | None, language: str | None, context: str | None, to_json: bool, batch: bool) -> None:
    """Ask the guideline."""
    if batch == (question is not None):
        fail("Give a question, or --batch with questions on the standard input.")
    settings = read_settings()
    asking = Asking(load_guide(settings), Renderer(), settings.language)
    if batch:
        _batch(asking)
        return
    answer, card = asking.ask(question or "", context, language)
    if to_json:
        click.echo(json.dumps(dict(as_json(question or "", answer, card)), ensure_ascii=False, indent=1))
    else:
        click.echo(as_text(card))


def _batch(asking: Asking) -> None:
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            asked = _Line.model_validate_json(line)
        except ValueError:
            fail(f'line {number} is not an object such as {{"id": 1, "question": "…", "context": null}}')
        answer, card = asking.ask(asked.question, asked.context, asked.language)
        result = {"id": asked.id, **as_json(asked.question, answer, card)}
        click.echo(json.dumps(result, ensure_ascii=False))


@click.command()
def index() -> None:
    """Make what a quick start needs of the content: the dense model's vectors and the fitted maps."""
    settings = read_settings()
    guide = load_guide(settings)
    if guide.vectors is None:
        fail("The dense model is not installed or not wanted: there is nothing to make.")
    written = guide.passage_texts()
    for document in guide.documents:
        mine = f"{document.id}/"
        texts = [s.text for s in guide.samples if s.label.startswith(mine)] + [
            t for label, t in written if label.startswith(mine)
        ]
        guide.vectors.keep(document.folder / "vectors.npz", map(clean, texts))
    documents = {d.id for d in guide.documents}
    rest = [clean(s.text) for s in guide.samples if s.label.split("/", 1)[0] not in documents]
    guide.vectors.keep(INTENTS / "vectors.npz", rest)
    guide.keep_maps()
    click.echo(f"{guide.vectors.made} vectors made, {len(guide.samples) + len(written)} kept.")
