"""The guide: every guideline and bank together, and the answer to a question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from knowledge.answers import Answer, Citation, IncidentType, Intent, Outcome, cite
from knowledge.bank import Sample, load_bank, load_intents
from knowledge.curated import EVERY, Bank, Curated, CuratedIndex
from knowledge.dense import Model, Vectors, read
from knowledge.document import Audience, Document, SilentTopic
from knowledge.language import LanguageGuesser
from knowledge.lexicon import Lexicon
from knowledge.loading import load_document
from knowledge.own import Own
from knowledge.search import Evidence, Search
from knowledge.text import clean
from knowledge.verdict import Kinds, Verdict, intent_of, judge

HERE = Path(__file__).parent
GUIDELINES = HERE / "guidelines"
INTENTS = HERE / "intents"
MAPS = HERE / "maps"
SHORT = 3
"""Words of a question that can hardly be understood without the one before it."""
MOST = 5
"""Passages of an answer at the most."""
OWN_RULE, FOREIGN_SECTION = 0.3, 0.2
"""What is added to a rule for elected officials, and taken off a section that does not speak to them, on the scale of
`Kinds.rank`."""


class Guide:
    """Answers questions from the guidelines. Built once and then only read, so that threads may share it.

    Only the departments' own guidelines, which are accepted while the program runs, change: `take` sets others in their
    place at once. `apart` gives a guide that has its own of these, and shares all else.
    """

    def __init__(self, documents: Sequence[Document], intents: Sequence[Sample], model: Model | None) -> None:
        self.documents = tuple(documents)
        self.samples = (*_questions(documents), *intents)
        self.vectors = Vectors.beside(model, [d.folder for d in documents] + [INTENTS]) if model else None
        self._departments = {d.id: d.department for d in documents}
        self._document = {pid: d for d in documents for pid in d.passages}
        self._topics = {t.id: t for d in documents for t in d.silent}
        self._lexicon = Lexicon.load()
        self._search = Search(
            self.samples, self.passage_texts(), lambda label: intent_of(label, self._topics), self._lexicon, self.vectors,
            MAPS,
        )  # fmt: skip
        self._guesser = LanguageGuesser(self.samples)
        sampled = {s.label for s in self.samples}
        self._kinds = Kinds(self._search.labels, self._topics, sampled, self._search.intents)
        self._own = Own((), (), self._lexicon, self.vectors)
        # The dense model's engine and the matrix library each keep threads that wait by spinning: on two processors they
        # double each other's time. One thread is enough for what the matrix library does after this.
        threadpool_limits(1, user_api="blas")

    @classmethod
    def load(cls, model: Model | None, further: Path | None = None) -> Guide:
        """The guide of the guidelines that ship with the program, and of those in the folder `further`."""
        return cls(load_guidelines(further), load_intents(INTENTS), model)

    def passage_texts(self) -> list[tuple[str, str]]:
        """What is searched of each passage that can answer: its heading and words, misprints mended."""
        return [
            (p.id, d.corrected(" ".join((*d.paragraph_of[p.id].heading[1:], p.text))).replace("**", ""))
            for d in self.documents
            for p in d.passages.values()
            if not p.connective
        ]

    @property
    def fitted(self) -> bool:
        """Whether the search had to be fitted at this start, as no kept maps belong to this content."""
        return self._search.fitted

    def keep_maps(self) -> None:
        """Keep the fitted maps for the next start."""
        MAPS.mkdir(exist_ok=True)
        self._search.keep(MAPS)

    def curated_index(self, answers: Sequence[Curated]) -> CuratedIndex:
        """The communications team's answers, to be found among: 20 ms for each question that is new, 0.2 s in all else.

        What `CuratedIndex.keep` wrote at the last change is taken in by `vectors.take` before.
        """
        return CuratedIndex(answers, self._lexicon, self.vectors, self._bank)

    @cached_property
    def _bank(self) -> Bank:
        return Bank(self._search, [s.text for s in self.samples], self._topics, self._lexicon)

    def apart(self) -> Guide:
        """The same guide without departments' guidelines that were accepted, to take in others."""
        guide = copy(self)
        guide.take(())
        return guide

    def take(self, documents: Sequence[Document]) -> None:
        """Let these accepted guidelines of departments be found from now on, and no others (R10): 0.2 s and 20 ms for
        each passage that is new to the dense model.
        """
        asked = [s.text for s in self.samples[::EVERY]] if documents else []
        self._own = Own(documents, asked, self._lexicon, self.vectors)

    def keep_own(self, path: Path) -> None:
        """Write the vectors of the accepted guidelines to a file (.npz), for `Vectors.take` at the next start."""
        if self.vectors:
            fresh = path.with_suffix(".new.npz")
            self.vectors.keep(fresh, self._own.texts())
            fresh.replace(path)

    def whole(self, document: str, department: str) -> Document | None:
        """A guideline to be read whole: the program's and the folders' by anybody, an accepted one by its department."""
        common = next((d for d in self.documents if d.id == document), None)
        return common or next((d for d in self._own.of(department) if d.id == document), None)

    def starters(self, language: str) -> tuple[str, ...]:
        """The guideline's own questions, to start from (R4–R7); in Finnish as they stand, elsewhere translated."""
        return tuple(words[language] for d in self.documents if not d.department for words in d.starters)

    def answer(
        self,
        question: str,
        context: str | None = None,
        language: str | None = None,
        default: str = "fi",
        audience: Audience | None = None,
        department: str = "",
    ) -> Answer:
        """The answer to a question.

        `context` is the question before it; it is used where this one leans on it. `language` is given or guessed, with
        `default` where the words do not tell. `audience` is set for an asker to whom only a part applies (an elected
        official), `department` lets their own guideline's passages in.
        """
        asked = clean(question)
        spoken = language or self._guesser.guess(asked, default)
        if not any(c.isalnum() for c in asked):
            return Answer(asked, spoken, Intent.OTHER, None, Outcome.DECLINED, (), (), reason="empty")
        leaning = clean(context) if context and self._leans(asked) else None
        hidden = self._hidden(department)
        told = (asked, leaning) if leaning else (asked,)
        evidence = self._search.look(told, read(self.vectors, told)).without(hidden)
        ranked = self._ranked(evidence, audience, department)
        verdict = judge(asked, evidence, self._kinds, self._lexicon)
        return self._own.beside(self._compose(asked, spoken, verdict, ranked, audience), asked, leaning, department)

    def show(self, passage: str, language: str, department: str = "") -> Answer | None:
        """The answer that a passage is, as if it had been asked for; None for an id that is not there for the asker."""
        own = self._own
        if passage in own.of_passage and own.of_passage[passage].department == department:
            return Answer("", language, Intent.QUESTION, None, Outcome.ANSWERED, (own.cite(passage, 1.0),), ())
        if passage not in self._document or not self._may_see(passage, department):
            return None
        cited = self._together(passage, {passage: 1.0})
        return Answer("", language, Intent.QUESTION, None, Outcome.ANSWERED, cited, ())

    def opening(self, intent: Intent, words: str, language: str, department: str = "") -> Answer:
        """The answer that opens an intent's flow, asked for by name; what kind of incident is guessed from the words."""
        incident: IncidentType | None = None
        if intent is Intent.INCIDENT:
            guessed = self.answer(words, default=language, department=department)
            incident = guessed.incident_type or IncidentType.OTHER
        verdict = Verdict(intent, incident, Outcome.FLOW)
        return self._compose(clean(words), language, verdict, [], None)

    def cite(self, passages: Sequence[str]) -> tuple[Citation, ...]:
        """These passages as citations, those that are still there."""
        own = self._own
        return tuple(
            self._cite(pid, 0.0) if pid in self._document else own.cite(pid)
            for pid in passages if pid in self._document or pid in own.of_passage
        )  # fmt: skip

    def follows_up(self, question: str) -> bool:
        """Whether the words themselves say that they go on from something: "entä jos…", "and who…"."""
        return bool(self._lexicon.leaning.search(clean(question)))

    def _leans(self, question: str) -> bool:
        """Whether a question leans on the one before it: "entä jos…", "and who…", or hardly any words of its own."""
        return bool(self._lexicon.leaning.search(question)) or len(question.split()) <= SHORT

    def _ranked(self, evidence: Evidence, audience: Audience | None, department: str) -> list[tuple[str, float]]:
        """The passages that may answer this asker, best first, the best one of each paragraph."""
        scores = self._kinds.rank(evidence)
        unseen = {self._search.labels[i] for i in self._hidden(department)}
        ranked: list[tuple[str, float]] = []
        paragraphs: set[str] = set()
        for i in np.argsort(-scores, kind="stable"):
            pid = self._kinds.passages[i]
            if pid in unseen:
                continue
            quote = self._document[pid].paragraph_of[pid].text
            if quote not in paragraphs:
                paragraphs.add(quote)
                ranked.append((pid, float(scores[i])))
        if audience is Audience.OFFICIAL:
            ranked = [(pid, max(score + self._for_officials(pid), 0.0)) for pid, score in ranked]
            ranked.sort(key=lambda item: -item[1])
        return ranked

    def _hidden(self, department: str) -> list[int]:
        """The places of the labels that are not for this department."""
        if not any(self._departments.values()):
            return []
        return [i for i, label in enumerate(self._search.labels) if not self._may_see(label, department)]

    def _may_see(self, label: str, department: str) -> bool:
        """Whether a label's document is for this department: the common guideline for all, an overlay for its own."""
        owner = self._departments.get(label.split("/", 1)[0])
        return owner is None or owner == department

    def _for_officials(self, pid: str) -> float:
        """What an elected official's ranking adds to a passage: their own rules first, foreign sections last (R11)."""
        document = self._document[pid]
        if document.passages[pid].audience is Audience.OFFICIAL:
            return OWN_RULE
        foreign = document.paragraph_of[pid].heading[1:2] != (document.officials_section,)
        return -FOREIGN_SECTION if foreign else 0.0

    def _compose(
        self,
        asked: str,
        language: str,
        verdict: Verdict,
        ranked: Sequence[tuple[str, float]],
        audience: Audience | None,
    ) -> Answer:
        scores = dict(ranked)
        nearest = tuple(self._cite(pid, score) for pid, score in ranked[:MOST])
        cited: tuple[Citation, ...] = ()
        topic: SilentTopic | None = None
        match verdict.outcome:
            case Outcome.ANSWERED:
                cited = self._together(ranked[0][0], scores, audience)
            case Outcome.FLOW:
                cited = self._of_flow(verdict, scores)
            case Outcome.SILENT if verdict.topic:
                topic = self._topics[verdict.topic]
                nearest = tuple(self._cite(pid, scores.get(pid, 0.0)) for pid in topic.related)
            case Outcome.DECLINED:
                nearest = ()
        return Answer(
            asked,
            language,
            verdict.intent,
            verdict.incident_type,
            verdict.outcome,
            cited,
            nearest,
            topic,
            verdict.reason,
        )

    def _of_flow(self, verdict: Verdict, scores: dict[str, float]) -> tuple[Citation, ...]:
        """The rules that an intent's flow stands on, of every guideline that names some."""
        kind = f"{verdict.intent}/{verdict.incident_type}"
        named = [
            pid for d in self.documents if not d.department for pid in d.flows.get(kind, d.flows.get(verdict.intent, ()))
        ]
        lowest = min(scores.values(), default=0.0)
        return tuple(self._cite(pid, scores.get(pid, lowest)) for pid in named[:MOST])

    def _together(self, best: str, scores: dict[str, float], audience: Audience | None = None) -> tuple[Citation, ...]:
        """The best passage and the rules that must be read with it: those of its groups, and what it stands on."""
        document = self._document[best]
        wanted = [best]
        for group in document.together:
            if group.goes_with(best):
                wanted += [pid for pid in group.passages if pid not in wanted]
        passage = document.passages[best]
        base = document.on_top.get(Audience.OFFICIAL if audience is Audience.OFFICIAL else passage.audience)
        if base and base not in wanted:
            wanted.append(base)
        lowest = min(scores.values(), default=0.0)
        return tuple(self._cite(pid, scores.get(pid, lowest)) for pid in wanted[:MOST])

    def _cite(self, pid: str, score: float) -> Citation:
        document = self._document[pid]
        return cite(document, document.passages[pid], score)


def load_guidelines(further: Path | None = None) -> list[Document]:
    """Every guideline there is: a folder with a document.toml, of the program's own and of the folder `further`."""
    folders = [GUIDELINES, *([further] if further else [])]
    return [load_document(path.parent) for folder in folders for path in sorted(folder.glob("*/document.toml"))]


def _questions(documents: Iterable[Document]) -> Iterable[Sample]:
    for document in documents:
        for sample in load_bank(document.folder / "questions"):
            yield Sample(f"{document.id}/{sample.label}", sample.language, sample.text)
