"""The quiz on the guideline: questions with one right answer each, which a passage of the guideline explains (R120)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.document import LANGUAGES, ContentError, Document

MOST_OPTIONS = 4
LONGEST_OPTION = 70
"""Characters of an option: it stands on a button, of which Slack shows 75 with the number."""


@dataclass(frozen=True)
class Words:
    """A question and its options in one language, in the same order in all."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A question: `right` is the place (from 1) of its one right option, `passage` the id of what explains it."""

    passage: str
    right: int
    words: dict[str, Words]

    def said(self, language: str) -> Words:
        """The words in a language."""
        return self.words[language]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")
    question: str
    options: list[str]


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    passage: str
    right: int
    fi: _Words
    sv: _Words
    en: _Words


class _Quiz(BaseModel):
    model_config = ConfigDict(extra="forbid")
    questions: list[_Item]


def load_quiz(document: Document) -> tuple[Item, ...]:
    """The quiz of a guideline's folder (`quiz.toml`), empty where it has none. Raises `ContentError`."""
    path = document.folder / "quiz.toml"
    if not path.exists():
        return ()
    try:
        data: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        read = _Quiz.model_validate(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as problem:
        raise ContentError(f"{path}: {problem}") from problem
    items = tuple(_item(document, one) for one in read.questions)
    if problems := [p for n, item in enumerate(items, start=1) for p in _problems(document, n, item)]:
        raise ContentError(f"{path}: {'; '.join(problems)}")
    return items


def _item(document: Document, read: _Item) -> Item:
    words = {code: Words(getattr(read, code).question, tuple(getattr(read, code).options)) for code in LANGUAGES}
    return Item(f"{document.id}/{read.passage}", read.right, words)


def _problems(document: Document, number: int, item: Item) -> list[str]:
    """What is wrong with a question, a sentence each."""
    found = []
    counts = {len(words.options) for words in item.words.values()}
    if item.passage not in document.passages:
        found.append(f"question {number} names {item.passage}, which is not there")
    elif document.passages[item.passage].connective:
        found.append(f"question {number} names {item.passage}, which explains nothing by itself (connective)")
    if len(counts) > 1 or not 2 <= min(counts) <= max(counts) <= MOST_OPTIONS:
        found.append(f"question {number}: from 2 to {MOST_OPTIONS} options, the same number in each language")
    elif not 1 <= item.right <= min(counts):
        found.append(f"question {number}: `right` is to be from 1 to {min(counts)}")
    for code, words in item.words.items():
        if not words.question.strip() or not all(option.strip() for option in words.options):
            found.append(f"question {number}: a word is missing in {code}")
        if len(set(words.options)) < len(words.options):
            found.append(f"question {number}: an option is there twice in {code}")
        found += [f"question {number}: “{o}” is longer than {LONGEST_OPTION} characters" for o in words.options
                  if len(o) > LONGEST_OPTION]  # fmt: skip
    return found
