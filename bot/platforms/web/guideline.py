"""A guideline as the page shows it: its own lines, each passage under its anchor, its bold words bold."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from knowledge.document import Document, Piece, plain


@dataclass(frozen=True)
class Stretch:
    """A part of a guideline's line: the passage `anchor`, or its continuation after a break of the source."""

    anchor: str
    text: str
    continued: bool = False


def blocks(document: Document) -> list[tuple[str, list[Stretch]]]:
    """A guideline's lines in order, each as heading, item or text."""
    lines: list[tuple[str, list[Stretch]]] = []
    kind, line, last = "text", list[Stretch](), ""
    for piece in (*document.pieces, Piece("layout", "\n")):
        if piece.kind == "layout" and "\n" not in piece.text:
            kind = "item"
        elif piece.kind == "layout":
            if line:
                lines.append((kind, line))
            kind, line = "text", []
        elif piece.kind == "heading":
            kind, line = "heading", [Stretch("", piece.text)]
        else:
            line.append(Stretch(piece.anchor or last, piece.text, continued=piece.anchor is None))
            last = piece.anchor or last
    return lines


def bold(text: str) -> Markup:
    """The guideline's `**` as HTML; all else escaped."""
    parts = [
        Markup("<b>{}</b>").format(p) if i % 2 else Markup("{}").format(plain(p)) for i, p in enumerate(text.split("**"))
    ]
    return Markup("").join(parts)
