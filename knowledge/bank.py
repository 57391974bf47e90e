"""The question bank: the ways people ask, as plain Markdown lists that a communications person can edit.

```
## security/links
- kaveri laittoi oudon linkin, uskaltaaks sitä klikata
- sv: Får man öppna länkar som en bekant skickar?
- en: can I click a link a friend sent me
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.document import LANGUAGES, ContentError

HEADING = re.compile(r"##\s+(\S+)\s*$")
BULLET = re.compile(r"-\s+(?:(" + "|".join(LANGUAGES) + r"):\s*)?(.+?)\s*$")


@dataclass(frozen=True)
class Sample:
    """A question or an utterance of the bank, the label it speaks for, and its language."""

    label: str
    language: str
    text: str


def parse_bank(text: str, name: str) -> Iterator[Sample]:
    """The samples of one Markdown file; `name` is for the message of the `ContentError` that a stray line raises."""
    label = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := HEADING.match(line):
            label = heading.group(1)
        elif (bullet := BULLET.match(line)) and label:
            yield Sample(label, bullet.group(1) or "fi", bullet.group(2))
        elif line.strip() and not line.startswith("# "):
            raise ContentError(f"{name}:{number}: neither “## label” nor “- question” under one: {line[:60]!r}")


def load_bank(folder: Path) -> tuple[Sample, ...]:
    """The samples of every Markdown file in a folder, in the order of the files' names."""
    return tuple(
        sample
        for path in sorted(folder.glob("*.md"))
        for sample in parse_bank(path.read_text(encoding="utf-8"), str(path))
    )


def load_intents(folder: Path) -> tuple[Sample, ...]:
    """The utterances of each intent's file, labelled `intent/label`, as `incident/phishing`."""
    return tuple(
        Sample(f"{path.stem}/{sample.label}", sample.language, sample.text)
        for path in sorted(folder.glob("*.md"))
        for sample in parse_bank(path.read_text(encoding="utf-8"), str(path))
    )
