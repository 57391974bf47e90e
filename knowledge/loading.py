"""From a guideline's folder to a `Document`.

```
document.toml       title, version, headings, joins, corrections, rules that belong together; on an overlay its department
guideline.md        the source, verbatim, with `{#section/name}` in front of each passage
passages/*.toml     what is known of each passage: audience, strength, duties, short answers
questions/*.md      the ways people ask for each passage, and for the silent topics
silent.toml         the topics that the guideline does not speak of
vectors.npz         the dense model's vectors of all these, made by `someopas index`
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.document import (
    LANGUAGES,
    Audience,
    ContentError,
    Document,
    Paragraph,
    Passage,
    Piece,
    SilentTopic,
    Strength,
    Together,
    plain,
)

ANCHOR = re.compile(r"\{#([a-z0-9-]+/[a-z0-9-]+)\}")
LIST_MARK = re.compile(r" *(?:- )?")
NUMBERED = re.compile(r"(\d+\. .+?)\.\*\*")

Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Join(_Strict):
    passage: str
    continues: str


class _Correction(_Strict):
    written: str
    intended: str


class _Together(_Strict):
    why: str
    passages: list[str]
    lead: str | None = None


class _Starter(_Strict):
    fi: str
    sv: str
    en: str


class _Meta(_Strict):
    title: str
    version: str
    department: str | None = None
    headings: list[str]
    joins: list[_Join] = Field(default_factory=list)
    corrections: list[_Correction] = Field(default_factory=list)
    together: list[_Together] = Field(default_factory=list)
    on_top: dict[Audience, str] = Field(default_factory=dict)
    flows: dict[str, list[str]] = Field(default_factory=dict)
    officials_section: str = ""
    starters: list[_Starter] = Field(default_factory=list)


class _Known(_Strict):
    audience: Audience
    strength: Strength
    duties: list[str] = Field(default_factory=list)
    flow: str | None = None
    fi: str | None = None
    sv: str | None = None
    en: str | None = None
    note: dict[str, str] = Field(default_factory=dict)
    connective: bool = False


class _Silent(_Strict):
    fi: str
    sv: str
    en: str
    related: list[str] = Field(default_factory=list)


def load_document(folder: Path) -> Document:
    """Read a guideline's folder.

    Raises `ContentError` where a file is missing, or where the text and what is known of it do not fit together.
    """
    meta = _checked(_Meta, _toml(folder / "document.toml"), folder / "document.toml")
    marked = _read(folder / "guideline.md")
    known = _known(folder)
    paragraphs = tuple(_paragraphs(folder.name, _joined(marked, meta.joins), meta, known))
    anchors = {p.anchor for paragraph in paragraphs for p in paragraph.passages}
    if unknown := sorted(set(known) - anchors):
        raise ContentError(f"{folder}/passages: no anchor in guideline.md for {', '.join(unknown)}")
    return Document(
        id=folder.name,
        title=meta.title,
        version=meta.version,
        department=meta.department,
        paragraphs=paragraphs,
        pieces=tuple(_pieces(marked, meta.headings)),
        corrections=tuple((c.written, c.intended) for c in meta.corrections),
        together=tuple(_together(folder.name, t) for t in meta.together),
        on_top={audience: f"{folder.name}/{anchor}" for audience, anchor in meta.on_top.items()},
        flows={name: tuple(f"{folder.name}/{a}" for a in anchors) for name, anchors in meta.flows.items()},
        officials_section=meta.officials_section,
        starters=tuple(starter.model_dump() for starter in meta.starters),
        silent=tuple(_silent(folder)),
        folder=folder,
    )


def _pieces(marked: str, headings: list[str]) -> Iterator[Piece]:
    for line in marked.splitlines(keepends=True):
        body = line.removesuffix("\n")
        if body in headings:
            yield Piece("heading", body)
        else:
            yield from _line_pieces(body)
        if line != body:
            yield Piece("layout", "\n")


def _line_pieces(body: str) -> Iterator[Piece]:
    mark, rest = _list_mark(body)
    if mark:
        yield Piece("layout", mark)
    continued, *parts = ANCHOR.split(rest)
    if continued:
        yield Piece("passage", continued)
    for anchor, text in zip(parts[::2], parts[1::2], strict=True):
        yield Piece("passage", text, anchor)


def _list_mark(line: str) -> tuple[str, str]:
    mark = LIST_MARK.match(line)
    end = mark.end() if mark else 0
    return line[:end], line[end:]


def _joined(marked: str, joins: list[_Join]) -> str:
    """The text with the passages that a page break cut in one piece again."""
    for join in joins:
        cut = re.compile(rf"(\{{#{re.escape(join.passage)}\}}[^\n{{]*)\n+(?={re.escape(join.continues)})")
        marked, found = cut.subn(r"\1 ", marked)
        if found != 1:
            raise ContentError(f"document.toml: {join.passage} does not go on with “{join.continues}”")
    return marked


def _paragraphs(document: str, text: str, meta: _Meta, known: Mapping[str, _Known]) -> Iterator[Paragraph]:
    heading: tuple[str, ...] = (meta.title,)
    for line in text.splitlines():
        block = _list_mark(line)[1].strip()
        if block in meta.headings:
            heading = (meta.title,) if block == meta.title else (meta.title, block)
        elif block:
            passages = tuple(_passages(document, block, known))
            whole = " ".join(p.text for p in passages)
            point = NUMBERED.match(whole)
            yield Paragraph(whole, (*heading, plain(point.group(1))) if point else heading, passages)


def _passages(document: str, block: str, known: Mapping[str, _Known]) -> Iterator[Passage]:
    stray, *parts = ANCHOR.split(block)
    if stray:
        raise ContentError(f"{document}/guideline.md: no anchor in front of “{stray[:60]}”, and it is no heading")
    for anchor, text in zip(parts[::2], parts[1::2], strict=True):
        about = known.get(anchor)
        if about is None:
            raise ContentError(f'{document}/passages: no table ["{anchor}"]')
        yield Passage(
            id=f"{document}/{anchor}",
            text=text.strip(),
            audience=about.audience,
            strength=about.strength,
            duties=tuple(about.duties),
            flow=about.flow,
            short={code: words for code in LANGUAGES if (words := getattr(about, code))},
            note=about.note,
            connective=about.connective,
        )


def _together(document: str, about: _Together) -> Together:
    lead = f"{document}/{about.lead}" if about.lead else None
    return Together(tuple(f"{document}/{anchor}" for anchor in about.passages), lead)


def _known(folder: Path) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for path in sorted((folder / "passages").glob("*.toml")):
        for anchor, table in _toml(path).items():
            if anchor in known:
                raise ContentError(f"{path}: {anchor} is described twice")
            known[anchor] = _checked(_Known, table, path)
    return known


def _silent(folder: Path) -> Iterator[SilentTopic]:
    path = folder / "silent.toml"
    for name, table in (_toml(path) if path.exists() else {}).items():
        about = _checked(_Silent, table, path)
        names = {"fi": about.fi, "sv": about.sv, "en": about.en}
        yield SilentTopic(f"{folder.name}/silent/{name}", names, tuple(f"{folder.name}/{a}" for a in about.related))


def _checked(model: type[Model], data: Any, path: Path) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise ContentError(f"{path}: {problem}") from problem


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except tomllib.TOMLDecodeError as problem:
        raise ContentError(f"{path}: {problem}") from problem


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ContentError(f"{path} is missing") from problem
