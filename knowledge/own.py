"""Departments' own guidelines, found by their own words: nobody has written questions for them.

A passage is found where it holds the words by which the question differs from others (weighed by how rare they are in the
question bank), where its n-grams are like the question's, and, with the dense model, where it means the like. What is
found is set beside what the common guideline says; it takes nothing away from it, and nobody else gets it (R9–R10).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.answers import Answer, Citation, Intent, Outcome, cite
from knowledge.curated import COMMON_DENSE, SHORTEST, STEM, alike, without_asking
from knowledge.dense import Vectors, read
from knowledge.document import Document
from knowledge.lexicon import Lexicon
from knowledge.ngrams import Floats, NgramIndex
from knowledge.search import CONTEXT_LEXICAL
from knowledge.text import clean, fold

NEAR_DENSE, NEAR_LEXICAL = 0.7, 0.5
"""The least score of a passage that answers. Of 26 everyday questions about a department's own rules 16 reach it and find
the right passage, of 900 of the bank that ask for other things two (`tests/test_overlay_flow.py` holds the like)."""
PERHAPS_DENSE, PERHAPS_LEXICAL = 0.55, 0.35
"""The least score of a passage that is offered to choose from, where the common guideline is not sure either."""
CERTAIN_DENSE, CERTAIN_LEXICAL = 0.9, 0.7
"""The least score that outweighs the guess that a question is not the bot's, or that the matter is a silent topic: of
1209 questions of the bank about silent topics five reach the one for answers, none this one."""
COVERED, MEANT = 0.5, 0.7
"""How the share of the question's words and the dense nearness count beside the n-grams."""
INFLECTED = 0.85
"""What a word counts that stands in the passage in another form only."""
MISTYPED = 7
"""Letters of a word that is known again where some of them are wrong."""
LIKE = 0.1
"""The least likeness by n-grams: a single common word makes no answer."""
MOST = 2
"""Passages of a department's own in an answer."""
ALL_CITED = 5
NOT_OURS = "elsewhere"
"""The reason to decline that a department's own guideline may prove wrong: that somebody else is to be asked."""


@dataclass(frozen=True)
class Found:
    """A passage that was found, how near it is (0 to about 2), and whether the dense model had its say in that."""

    passage: str
    score: float
    dense: bool

    def is_near(self, *, certain: bool = False) -> bool:
        """Whether it is near enough to answer, or so near that it does against what the common guideline says."""
        if certain:
            return self.score >= (CERTAIN_DENSE if self.dense else CERTAIN_LEXICAL)
        return self.score >= (NEAR_DENSE if self.dense else NEAR_LEXICAL)


class Own:
    """The departments' guidelines of a moment. Built anew when one changes, then only read: threads may share it."""

    def __init__(
        self, documents: Sequence[Document], bank: Sequence[str], lexicon: Lexicon, vectors: Vectors | None
    ) -> None:
        """`bank` are the questions that tell common words from rare ones."""
        self.documents = tuple(documents)
        self.of_passage = {pid: d for d in documents for pid in d.passages}
        self._lexicon, self._vectors = lexicon, vectors
        if not self.of_passage:
            return
        self._passages = tuple(self.of_passage)
        texts = [self._text(pid) for pid in self._passages]
        folded = [self._fold(text) for text in texts]
        asked = [self._fold(question) for question in bank]
        self._words = [frozenset(text.split()) for text in folded]
        self._counts = Counter(stem for text in asked for stem in {word[:STEM] for word in text.split()})
        self._rarest = float(np.log(1 + len(asked)))
        self._ngrams = NgramIndex([*folded, *asked])
        self._dense = vectors.matrix(texts) if vectors else None

    def texts(self) -> list[str]:
        """What the dense model's vectors are made of."""
        return [self._text(pid) for pid in self.of_passage]

    def of(self, department: str) -> tuple[Document, ...]:
        """A department's guidelines."""
        return tuple(d for d in self.documents if department and d.department == department)

    def find(self, question: str, context: str | None, department: str) -> tuple[Found, ...]:
        """A department's passages that may be meant, the nearest first."""
        if not self.of(department):
            return ()
        told = [clean(text) for text in (question, context) if text]
        vectors = read(self._vectors, told)
        scores, *before = map(self._scores, told, vectors)
        if before:
            scores = (1 - CONTEXT_LEXICAL) * scores + CONTEXT_LEXICAL * before[0]
        dense = vectors[0] is not None
        least = PERHAPS_DENSE if dense else PERHAPS_LEXICAL
        order = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] >= least]
        found = [Found(self._passages[i], round(float(scores[i]), 4), dense) for i in order]
        return tuple(f for f in found if self.of_passage[f.passage].department == department)

    def cite(self, passage: str, score: float = 0.0) -> Citation:
        """A passage as a citation."""
        document = self.of_passage[passage]
        return cite(document, document.passages[passage], score)

    def beside(self, answer: Answer, question: str, context: str | None, department: str) -> Answer:
        """The common guideline's answer, with the department's own passages beside it where they speak of the matter.

        Reports, requests and what the bot declines stay what they are; what was taken for somebody else's matter or for a
        silent topic is answered where the passage is certain. Where nothing is near the answer is the very same.
        """
        ours = answer.intent is Intent.QUESTION or answer.outcome is Outcome.ANSWERED
        found = self.find(question, context, department) if ours else ()
        if not found or (answer.outcome is Outcome.DECLINED and answer.reason != NOT_OURS):
            return answer
        if found[0].is_near(certain=answer.outcome is Outcome.DECLINED or answer.topic is not None):
            return self._answered(answer, [f for f in found[:MOST] if f.is_near()])
        if answer.outcome is Outcome.SUGGESTED or (answer.outcome is Outcome.SILENT and answer.topic is None):
            mine = tuple(self.cite(f.passage, f.score) for f in found[:MOST])
            related = (*mine, *(replace(c, score=min(c.score, mine[-1].score)) for c in answer.related))
            return replace(answer, outcome=Outcome.SUGGESTED, related=related[:ALL_CITED])
        return answer

    def _answered(self, answer: Answer, found: Sequence[Found]) -> Answer:
        """The common guideline first, then the department's own: each under its own name."""
        common = answer.cited[: ALL_CITED - len(found)] if answer.outcome is Outcome.ANSWERED else ()
        lowest = min((c.score for c in common), default=1.0)
        mine = tuple(self.cite(f.passage, min(f.score, lowest)) for f in found)
        return replace(
            answer, intent=Intent.QUESTION if not common else answer.intent, outcome=Outcome.ANSWERED,
            cited=(*common, *mine), topic=None, reason=None,
        )  # fmt: skip

    def _text(self, passage: str) -> str:
        document = self.of_passage[passage]
        return clean(" ".join((*document.paragraph_of[passage].heading[1:], document.passages[passage].text)))

    def _fold(self, text: str) -> str:
        return self._lexicon.expand(fold(clean(text)))

    def _scores(self, question: str, vector: Floats | None) -> Floats:
        """How near a question is to each passage."""
        lexical = self._ngrams.scores(self._ngrams.weigh(self._fold(question)))[: len(self._passages)]
        total = COVERED * self._covered(fold(question)) + lexical
        if vector is not None and self._dense is not None:
            meant = (self._dense @ vector - COMMON_DENSE) / (1 - COMMON_DENSE)
            total = total + MEANT * np.clip(meant, 0.0, 1.0)
        scores: Floats = np.where(lexical >= LIKE, total, 0.0).astype(np.float32)
        return scores

    def _covered(self, folded: str) -> Floats:
        """The share of a folded question's words that stand in each passage, each weighed by how rare it is."""
        words = [word for word in without_asking(folded).split() if len(word) >= SHORTEST]
        weights = [self._rarest - float(np.log1p(self._counts[word[:STEM]])) for word in words]
        if not words:
            return np.zeros(len(self._passages), np.float32)
        held = [
            sum(weight * _stands(word, theirs) for word, weight in zip(words, weights, strict=True))
            for theirs in self._words
        ]
        return np.array(held, np.float32) / np.float32(sum(weights) or 1.0)


def _stands(word: str, words: frozenset[str]) -> float:
    if word in words:
        return 1.0
    return INFLECTED if any(_same_word(word, other) for other in words) else 0.0


def _same_word(one: str, other: str) -> bool:
    """Whether two folded words begin alike, or one may be the other's compound, or one of them is mistyped."""
    short, long = sorted((one, other), key=len)
    if len(short) < SHORTEST:
        return False
    begins = SHORTEST if len(short) <= STEM else STEM
    return short[:begins] in long or (len(short) >= MISTYPED and alike(one, other))
