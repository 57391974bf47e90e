"""Answers that the communications team has given, found when somebody asks the same thing in other words.

A wrong answer is worse than none, and "must videos be archived" is near to "must videos be subtitled" by every measure of
nearness. So four things must agree before an answer is found: the question is near enough to one of the answer's; the two
ask for the same kind of thing ("who" is not "how much"); the rarest word of each, which tells its matter, stands in the
other; and nothing that the guideline itself speaks of is clearly nearer. `bench/curated.py` measures what that finds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from knowledge.dense import Vectors, read
from knowledge.lexicon import Lexicon
from knowledge.ngrams import Floats, NgramIndex
from knowledge.search import CONTEXT_DENSE, CONTEXT_LEXICAL, Search
from knowledge.text import clean, fold

NEAR_DENSE, NEAR_LEXICAL = 0.25, 0.24
"""The least score of a match with the dense model and without. With a hundred answers of three questions each, at most
one in a hundred foreign questions of each kind in the bank (other topics', the guideline's, the intents') is a match."""
PERHAPS_DENSE, PERHAPS_LEXICAL = 0.2, 0.15
"""The least score of an answer that may be meant: it is offered by its title, where nothing better was found. Of other
words for the same question one in two is then among two titles, where `find` knows one in eight."""
BEHIND_DENSE, BEHIND_LEXICAL = 0.1, 0.2
"""How far a match may fall behind what the guideline itself speaks of."""
COMMON_DENSE = 0.8
"""The cosine that the dense model gives to texts that have nothing in common."""
EVERY = 4
"""Every which question of the bank is counted to tell common n-grams and words from rare ones: more tell hardly more."""
SHORTEST, STEM, ALIKE = 4, 5, 0.7
"""Letters of a word that may tell a matter, letters that its inflected forms begin with alike, and the share of the
shorter word's pairs of letters that stands in another form, a compound or a mistyped one."""
ASKS = {
    "may": r"saa(ko|kos|ks|nko|nks|mmeko|daan(ko|ks)|taako|isko)\w*|saisi(ko|nko|mmeko)|sallit\w+|kiellet\w+|luvallis\w+"
    r"|voi(ko|ks|nko|nks|daan(ko|ks)|mmeko|taisko|sko|siko|sinko)|uskaltaa\w*|kehtaa\w*|laillis\w+|lupa\w*|okei|ok"
    r"|far|lov|kan (man|vi|jag)|tillat\w+|may|can|could|allowed|permi\w+",
    "must": r"pita(ako|aks|is|s)\w*|tarvi(tseeko|taanko|tsenko|tteeko|iko|iks|nko|nks|i)|taytyy\w*|pakko|pakolli(nen|sta)"
    r"|velvol\w+|kuulu(uko|uks)|vaadi\w+|edellyte\w+|maste|behover|ska|obligatorisk\w*|must|need|have to|should"
    r"|required|mandatory",
    "who": r"kuka\w*|ketka|keta|kene[nt]\w*|kenel\w+|ke(lle|lta|lla|l|ne|nel)|vem|who|whose|whom",
    "where": r"mi(sta|ssa|hin|nne)|var|vart|varifran|where",
    "when": r"milloin|millon|koska|kauan(ko|ks)?|(kuinka|kuin) (kauan|usein|pitkaan)|moneltako|ajassa|aikaan|mennessa"
    r"|nar|hur (lange|ofta)|when|how (long|often|soon)",
    "much": r"paljon(ko|ks)?|monta(ko|ks)?|monelta|kuinka (paljon|mon\w+|suur\w+|iso)|hinta\w*"
    r"|budjet\w*|hur (mycket|manga)|kostar?|how (much|many)|costs?",
    "how": r"miten|mite|mitenka|kuinka|hur|how",
    "what": r"mi(ka|ta|lla|l|hin|tka|ks|nka|nkalai\w+|llai\w+|ksi|na|hinka)|vad|vilke[nt]|vilka|what|which",
}
"""Words, folded, by which a question tells what kind of thing it asks for."""
YES_OR_NO = r"\w{2,}(ko|ks|kohan)|^(do|does|is|are|did|har|ar|finns|gor)"
"""A question that asks for none of these, but for a yes or no."""
_ASKS = {kind: re.compile(rf"\b({words})\b") for kind, words in ASKS.items()}
_ANY_ASKS = re.compile(rf"\b({'|'.join(ASKS.values())})\b")
_YES_OR_NO = re.compile(rf"\b({YES_OR_NO})\b")


@dataclass(frozen=True)
class Curated:
    """An answer of the communications team.

    `id` is the record's key, `questions` the ways to ask, the first its title; `language` that of the answer;
    `approved_at` is ISO 8601 (UTC). Of two answers to the very same question the one approved later is found.
    """

    id: str
    questions: tuple[str, ...]
    answer: str
    language: str
    approved_at: str


@dataclass(frozen=True)
class Match:
    """A curated answer that was found; `score` is 0–1, the nearness of its nearest question, 1 for the very same."""

    curated: Curated
    score: float


class Bank:
    """The guideline's own questions, as curated answers reckon with them."""

    def __init__(self, search: Search, questions: Sequence[str], silent: Container[str], lexicon: Lexicon) -> None:
        """`silent` are the labels of the silent topics: just where the guideline has no words, a curated answer may."""
        self.texts = tuple(lexicon.expand(fold(clean(q))) for q in questions[::EVERY])
        self._counts = Counter(stem for text in self.texts for stem in {word[:STEM] for word in text.split()})
        self._search = search
        self._spoken = np.array([i for i, label in enumerate(search.labels) if label not in silent], np.intp)

    def telling(self, folded: str) -> str:
        """The word of a folded text that is the rarest in the bank, the longest of these; "" if there is none.

        Short words and those that tell the kind of question are not looked at.
        """
        words = [word for word in without_asking(folded).split() if len(word) >= SHORTEST]
        return min(words, key=lambda word: (self._counts[word[:STEM]], -len(word)), default="")

    def near(self, texts: Sequence[str], vectors: Sequence[Floats | None]) -> float:
        """How near a question is to what the guideline or an intent speaks of, 0–1 on the scale of `Match.score`.

        `texts` and `vectors` are those of `Search.look`.
        """
        evidence = self._search.look(texts, vectors)
        return float(_nearness(evidence.lexical, evidence.dense)[self._spoken].max(initial=0.0))


class CuratedIndex:
    """The curated answers of a moment. Built anew when one changes, and then only read, so that threads may share it."""

    def __init__(self, answers: Sequence[Curated], lexicon: Lexicon, vectors: Vectors | None, bank: Bank) -> None:
        self._answers = sorted(answers, key=lambda a: a.approved_at, reverse=True)
        asked = [(a, clean(q)) for a in self._answers for q in a.questions]
        self._asked = [(a, q) for a, q in asked if fold(q)]
        self._same = {fold(q): a for a, q in reversed(self._asked)}
        self._asks = [kinds(q) for _, q in self._asked]
        self._lexicon, self._vectors, self._bank = lexicon, vectors, bank
        self._folded = [self._fold(q) for _, q in self._asked]
        self._ngrams = NgramIndex([*self._folded, *bank.texts])
        self._dense = vectors.matrix(self._texts()) if vectors else None

    def find(self, question: str, context: str | None = None) -> Match | None:
        """The answer to a question, or None: the rule where none is near enough, or something else is nearer.

        `context` is the question before it. It never finds anything, it only stops: words like "and may it be removed"
        are found only where the two together are near the answer as well.
        """
        asked = clean(question)
        if same := self._same.get(fold(asked)):
            return Match(same, 1.0)
        if not self._asked or not fold(asked):
            return None
        leans = context and self._lexicon.leaning.search(asked)
        return self._best(asked, clean(context) if context and leans else None)

    def near(self, question: str, most: int = 2) -> tuple[Curated, ...]:
        """The answers that may be meant, best first: for the asker to choose from by their titles."""
        asked = clean(question)
        if not self._asked or not fold(asked):
            return ()
        [vector] = read(self._vectors, [asked])
        scores = self._scores(asked, vector)
        best: dict[str, float] = {}
        for (answer, _), score in zip(self._asked, scores.tolist(), strict=True):
            best[answer.id] = max(score, best.get(answer.id, 0.0))
        least = PERHAPS_LEXICAL if vector is None else PERHAPS_DENSE
        ranked = sorted((a for a in self._answers if best.get(a.id, 0.0) >= least), key=lambda a: -best[a.id])
        return tuple(ranked[:most])

    def keep(self, path: Path) -> None:
        """Write the questions' vectors to a file (.npz), for `Vectors.take` at the next start; none without the model."""
        if self._vectors:
            fresh = path.with_suffix(".new.npz")
            self._vectors.keep(fresh, self._texts())
            fresh.replace(path)

    def _texts(self) -> list[str]:
        return [q for _, q in self._asked]

    def _fold(self, text: str) -> str:
        return self._lexicon.expand(fold(text))

    def _best(self, asked: str, context: str | None) -> Match | None:
        told = (asked, context) if context else (asked,)
        vectors = read(self._vectors, told)
        dense = vectors[0] is not None
        scores, *before = map(self._scores, told, vectors)
        if before:
            share = CONTEXT_DENSE if dense else CONTEXT_LEXICAL
            scores = np.minimum(scores, (1 - share) * scores + share * before[0])
        wanted = kinds(asked)
        fits = np.array([not wanted or not asks or not wanted.isdisjoint(asks) for asks in self._asks])
        best = int(np.argmax(np.where(fits, scores, -1.0)))
        score = float(scores[best])
        if not fits[best] or score < (NEAR_DENSE if dense else NEAR_LEXICAL) or not self._same_matter(asked, best):
            return None
        behind = self._bank.near(told, vectors) - score
        return None if behind > (BEHIND_DENSE if dense else BEHIND_LEXICAL) else Match(self._asked[best][0], score)

    def _same_matter(self, asked: str, place: int) -> bool:
        """Whether the word that tells the matter of each stands in the other, for the asked in any of the answer's."""
        answer = self._asked[place][0]
        ways = " ".join(folded for (a, _), folded in zip(self._asked, self._folded, strict=True) if a is answer)
        folded = self._fold(asked)
        return _stands(self._bank.telling(folded), ways) and _stands(self._bank.telling(self._folded[place]), folded)

    def _scores(self, asked: str, vector: Floats | None) -> Floats:
        """How near a text is to each of the curated questions, 0–1."""
        lexical = self._ngrams.scores(self._ngrams.weigh(self._fold(asked)))[: len(self._asked)]
        return _nearness(lexical, None if vector is None or self._dense is None else self._dense @ vector)


def kinds(question: str) -> frozenset[str]:
    """The kinds of thing that a question asks for, of `ASKS`, or "whether"; empty where its words do not tell."""
    folded = fold(question)
    named = frozenset(kind for kind, pattern in _ASKS.items() if pattern.search(folded))
    return named or (frozenset({"whether"}) if _YES_OR_NO.search(folded) else named)


def _stands(word: str, folded: str) -> bool:
    """Whether a word or one much like it stands in a folded text; no word stands anywhere."""
    return not word or any(word == other or alike(word, other) for other in folded.split())


def without_asking(folded: str) -> str:
    """A folded text without the words that tell the kind of question."""
    return _ANY_ASKS.sub(" ", folded)


def alike(one: str, other: str) -> bool:
    """Whether two folded words may be forms of the same one, or one a compound of the other."""
    shorter = min(len(one), len(other))
    return shorter >= SHORTEST and len(_pairs(one) & _pairs(other)) >= ALIKE * min(len(_pairs(one)), len(_pairs(other)))


def _pairs(word: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(f" {word}"))


def _nearness(lexical: Floats, dense: Floats | None) -> Floats:
    """One score of 0–1 from the cosines by characters and by the dense model."""
    score = lexical if dense is None else (lexical + np.clip((dense - COMMON_DENSE) / (1 - COMMON_DENSE), 0.0, 1.0)) / 2
    clipped: Floats = np.clip(score, 0.0, 1.0).astype(np.float32)
    return clipped
