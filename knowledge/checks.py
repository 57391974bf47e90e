"""Whether the content holds together: what `someopas doctor` says of the guidelines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from knowledge.bank import load_bank
from knowledge.document import LANGUAGES, ContentError, Document
from knowledge.quiz import load_quiz

FEWEST = 5
"""Questions that a passage needs at least to be found."""


def content_problems(documents: Sequence[Document]) -> list[str]:
    """Every problem in the guidelines' content, a sentence each with the place."""
    return [problem for document in documents for problem in _of_document(document)]


def _of_document(document: Document) -> Iterator[str]:
    yield from _of_passages(document)
    yield from _of_references(document)
    yield from _of_questions(document)
    yield from _of_quiz(document)
    for written, _ in document.corrections:
        if written.replace("**", "") not in document.source.replace("**", ""):
            yield f"{document.id}/document.toml: the correction of “{written}” is not in the source"


def _of_passages(document: Document) -> Iterator[str]:
    source = _flat(document.source)
    for passage in document.passages.values():
        if _flat(passage.text) not in source:
            yield f"{passage.id}: its text is not in the source"
        if not passage.connective:
            yield from (f"{passage.id}: no short answer in {code}" for code in LANGUAGES if not passage.short.get(code))
        if passage.note:
            yield from (f"{passage.id}: the note is missing in {code}" for code in LANGUAGES if code not in passage.note)


def _of_references(document: Document) -> Iterator[str]:
    groups: Iterable[tuple[str, Iterable[str]]] = [
        *(("together", group.passages) for group in document.together),
        *((f"flows.{name}", passages) for name, passages in document.flows.items()),
        ("on_top", document.on_top.values()),
        *((topic.id, topic.related) for topic in document.silent),
    ]
    for name, passages in groups:
        yield from (
            f"{document.id}: {name} names {p}, which is not there" for p in passages if p not in document.passages
        )
    for topic in document.silent:
        yield from (f"{topic.id}: no name in {code}" for code in LANGUAGES if not topic.name.get(code))


def _of_questions(document: Document) -> Iterator[str]:
    try:
        asked = Counter(f"{document.id}/{s.label}" for s in load_bank(document.folder / "questions"))
    except ContentError as problem:
        yield str(problem)
        return
    known = set(document.passages) | {t.id for t in document.silent}
    yield from (f"{label}: questions for something that is not there" for label in sorted(set(asked) - known))
    for passage in document.passages.values():
        if not passage.connective and asked[passage.id] < FEWEST:
            yield f"{passage.id}: {asked[passage.id]} questions in the bank; write at least {FEWEST}"
        if passage.connective and asked[passage.id]:
            yield f"{passage.id}: it never answers (connective), yet has questions"


def _of_quiz(document: Document) -> Iterator[str]:
    try:
        load_quiz(document)
    except ContentError as problem:
        yield str(problem)


def _flat(text: str) -> str:
    return "".join(text.replace("**", "").split())
