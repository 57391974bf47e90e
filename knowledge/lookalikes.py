"""Names of accounts that look alike: other alphabets' letters, digits for letters, a slip of the finger, a word added.

The letters are those of the confusable characters of Unicode (UTS #39) that occur in names of accounts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

Likeness = Literal["", "same", "letters", "spelling", "added"]
LETTERS = (
    "аa вb гr ԁd еe ёe зe іi їi јj кk ӏl мm нh оo рp сc ѕs тt уy ѵv хx һh ԛq ԝw бb лn пn "
    "αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw ѡw μu "
    "ɑa ɡg ɩi ɪi ɴn ʀr ʟl օo սu ոn ցg հh øo łl đd ıi "
    "0o 1l 3e 4a 5s 7t 8b 9g $s |l !l"
)
"""Characters that pass for a Latin letter, each before it: Cyrillic, Greek, Armenian, phonetic ones, digits, signs."""
CONFUSABLE = str.maketrans({pair[0]: pair[1:] for pair in LETTERS.split()} | {"ß": "ss", "æ": "ae", "œ": "oe"})
TWINS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
"""Two letters that pass for one."""
ALIKE_LETTERS = str.maketrans("ijl", "lll")
"""Letters that nobody tells apart in a handle, least of all with a capital I."""


@lru_cache(maxsize=65_536)
def skeleton(name: str) -> str:
    """The name as an eye in a hurry reads it: small Latin letters without marks, digits that pass for letters."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(CONFUSABLE)
    letters = re.sub(r"[^a-z0-9]", "", plain)
    for twin, letter in TWINS:
        letters = letters.replace(twin, letter)
    return letters.translate(ALIKE_LETTERS)


LONG = 10
"""Letters from which on a name is somebody's own, and not a place's alone."""
LURES = frozenset(
    skeleton(word)
    for word in [
        "virallinen",
        "official",
        "officiell",
        "oikea",
        "aito",
        "kunta",
        "kommun",
        "municipality",
        "fi",
        "info",
        "arvonta",
        "kilpailu",
        "palvelu",
        "asiakaspalvelu",
        "tuki",
        "support",
        "help",
        "news",
        "uutiset",
        "rekry",
        "tyopaikat",
        "vero",
        "maksu",
    ]
)
"""What impostors add to a name."""
SHORTEST = 5
"""Letters that a name has at least before something near it says anything."""


def likeness(name: str, known: str) -> Likeness:
    """How a name is like a known one: `same`; by `letters` that look alike; by a near `spelling`; the known one with
    something `added`. "" where it is not.
    """
    if name.casefold() == known.casefold():
        return "same"
    mine, theirs = skeleton(name), skeleton(known)
    if not mine or not theirs:
        return ""
    if mine == theirs:
        return "letters"
    if len(theirs) < SHORTEST:
        return ""
    # A letter left out may bring two together that look like a third ("vv"): then only the names themselves are near.
    if _is_near(mine, theirs) or _is_near(name.casefold(), known.casefold()):
        return "spelling"
    return "added" if _is_added(mine, theirs) else ""


def _is_near(name: str, known: str) -> bool:
    return DamerauLevenshtein.distance(name, known, score_cutoff=_slips(known)) <= _slips(known)


def _is_added(name: str, known: str) -> bool:
    """Whether a name is a known one with something added; to a place's name alone, which many bear, only what lures."""
    if known not in name:
        return False
    return len(known) >= LONG or name.replace(known, "", 1) in LURES


def _slips(name: str) -> int:
    """How many letters may differ: one, of a long name two."""
    return 1 if len(name) < LONG else 2
