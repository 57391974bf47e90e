"""What search knows of the languages beyond the question bank: synonyms, and the patterns of a few kinds of sentence."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from knowledge.document import LANGUAGES
from knowledge.text import fold

FOLDER = Path(__file__).parent / "languages"


@dataclass(frozen=True)
class Lexicon:
    """Of all languages together, since people mix them. `synonyms` are pairs of an alias and the word it stands for."""

    synonyms: tuple[tuple[str, str], ...]
    asking: re.Pattern[str]
    leaning: re.Pattern[str]
    override: re.Pattern[str]
    others_data: re.Pattern[str]
    crisis: re.Pattern[str]

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Lexicon:
        """The lexicon of the folder's files, one a language."""
        files = [tomllib.loads((folder / f"{code}.toml").read_text(encoding="utf-8")) for code in LANGUAGES]

        def pattern(name: str) -> re.Pattern[str]:
            return re.compile("|".join(p for file in files for p in file["patterns"][name]), re.IGNORECASE)

        synonyms = {fold(alias): fold(word) for file in files for word, alias in _pairs(file["synonyms"])}
        return cls(
            tuple(sorted(synonyms.items())),
            pattern("asking"),
            pattern("leaning"),
            pattern("override"),
            pattern("others_data"),
            pattern("crisis"),
        )

    def expand(self, folded: str) -> str:
        """A folded text with the guideline's words added for the synonyms that stand in it."""
        padded = f" {folded}"
        added = dict.fromkeys(word for alias, word in self.synonyms if f" {alias}" in padded and f" {word}" not in padded)
        return " ".join((folded, *added)) if added else folded


def _pairs(synonyms: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(word, alias) for word, aliases in synonyms.items() for alias in aliases]
