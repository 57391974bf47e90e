"""From evidence to a verdict: what the person wants, and whether the guideline answers it, might, or is silent."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.answers import IncidentType, Intent, Outcome
from knowledge.calibration import Calibration, calibration
from knowledge.lexicon import Lexicon
from knowledge.ngrams import Floats
from knowledge.search import Evidence, Places

RANKING = {
    "dense": {"lexical": 1.0, "dense": 2.0, "passage": 0.5, "answering": 3.0},
    "lexical": {"lexical": 1.5, "passage": 0.5, "answering": 2.0},
}
"""How the measures count in ranking passages with the dense model and without, each stretched to 0–1 over the passages
first; chosen on the bank, half of it left out. Changes of a half made less than two points."""
GROUPS = (
    "passage", "silent", "declined/chit_chat", "declined/elsewhere", "declined/others_data", "declined/override",
    "new_account", "incident", "register_lookup", "expert_profile", "status", "help", "greeting", "other",
)  # fmt: skip
"""The kinds of label, in the order of the features."""
CLEAR, CLEAR_INCIDENT = 0.15, 0.05
"""How much likelier an intent must be than a question, on the scale of `Kinds.wanted`; chosen on the bank. An incident
taken for a question costs more than the reverse."""
NAMED = 0.55
"""How near (learned + lexical) a silent topic must be to be called by its name, and a reason to decline to be given."""


@dataclass(frozen=True)
class Verdict:
    """`topic` is the id of a silent topic that was recognised; `reason` says why the question was declined."""

    intent: Intent
    incident_type: IncidentType | None
    outcome: Outcome
    topic: str | None = None
    reason: str | None = None


def kind_of(label: str, topics: Container[str] = ()) -> str:
    """The group of a label: the intents' labels begin with the intent, all else is of a document."""
    if label.startswith("declined/"):
        return label
    head = label.split("/", 1)[0]
    if head in GROUPS:
        return head
    return "silent" if label in topics else "passage"


def intent_of(label: str, topics: Container[str] = ()) -> str:
    """What a label's samples want: an intent (an incident's with its type), or "question", "silent", "declined/…"."""
    kind = kind_of(label, topics)
    if kind == "incident":
        return label
    return "question" if kind == "passage" else kind


class Kinds:
    """Which labels of a search are what: places in its arrays by group, and of the samples' intents."""

    def __init__(
        self,
        labels: Sequence[str],
        topics: Iterable[str],
        sampled: Iterable[str],
        intents: Sequence[str],
    ) -> None:
        """`sampled` are the labels that have questions in the bank; `intents` is `Search.intents`."""
        known_topics, known = set(topics), set(sampled)
        kinds = [kind_of(label, known_topics) for label in labels]
        self.at: dict[str, Places] = {
            group: np.array([i for i, kind in enumerate(kinds) if kind == group], np.intp) for group in GROUPS
        }
        self.passages = tuple(labels[i] for i in self.at["passage"])
        self.topics = tuple(labels[i] for i in self.at["silent"])
        self._incidents = tuple(labels[i].partition("/")[2] for i in self.at["incident"])
        self.intents = tuple(intents)
        self._sampled = np.array([p in known for p in self.passages])
        of_label = [intent_of(label, known_topics) for label in labels]
        self._of_intent = [np.array([i for i, x in enumerate(of_label) if x == w], np.intp) for w in intents]
        self._asks = np.array([w in ("question", "silent") or w.startswith("declined/") for w in intents])

    def rank(self, evidence: Evidence) -> Floats:
        """A score of 0–1 for each passage, in the order of `passages`: higher is likelier to be what was asked."""
        total = np.zeros(len(self.passages), np.float32)
        weights = RANKING["lexical" if evidence.dense is None else "dense"]
        for name, weight in weights.items():
            values = getattr(evidence, name)[self.at["passage"]]
            if name != "passage" and not self._sampled.all():
                # A passage without questions (a new document's) is neither punished nor favoured for it.
                values = np.where(self._sampled, values, values[self._sampled].mean())
            total += np.float32(weight) * _stretched(values)
        return total / np.float32(sum(weights.values()))

    def features(self, evidence: Evidence) -> Floats:
        """What the question of scope is judged by: each group's best by each measure, how clear the best passage is."""
        measures = [evidence.lexical, evidence.learned, *([] if evidence.dense is None else [evidence.dense])]
        best = [float(m[self.at[g]].max(initial=0.0)) for m in measures for g in GROUPS]
        mass = [float(np.clip(evidence.learned[self.at[g]], 0, None).sum()) for g in GROUPS]
        passages = self.at["passage"]
        order = np.sort(evidence.learned[passages])
        clear = [
            float(order[-1] - order[-2]),
            float(order[-3:].sum()),
            float(evidence.passage[passages].max()),
        ]
        return np.array([*best, *mass, *clear], np.float32)

    def wanted(self, evidence: Evidence) -> str:
        """The intent that is meant, an incident with its type; or "question", unless another is clearly likelier."""
        lexical = np.array([evidence.lexical[at].max(initial=0.0) for at in self._of_intent])
        likely = evidence.wanting + 0.5 * lexical
        if evidence.dense is not None:
            likely += 0.5 * np.array([(evidence.dense[at].max(initial=0.8) - 0.8) / 0.2 for at in self._of_intent])
        best = int(np.argmax(np.where(self._asks, -np.inf, likely)))
        enough = CLEAR_INCIDENT if self.intents[best].startswith("incident/") else CLEAR
        return self.intents[best] if likely[best] - likely[self._asks].max() > enough else "question"

    def silent(self, evidence: Evidence) -> tuple[str, float]:
        """The nearest silent topic and how near it is."""
        near = evidence.learned[self.at["silent"]] + evidence.lexical[self.at["silent"]]
        return (self.topics[int(near.argmax())], float(near.max())) if len(near) else ("", 0.0)

    def incident(self, evidence: Evidence) -> tuple[str, float]:
        """The nearest type of incident and how near it is."""
        at = self.at["incident"]
        near = evidence.learned[at] + evidence.lexical[at]
        return self._incidents[int(near.argmax())], float(near.max())

    def may_be_incident(self, evidence: Evidence) -> bool:
        """Whether the words are nearer to a report of something that happened than to any attempt to misuse the bot."""
        return self.incident(evidence)[1] > self.declined(evidence)[1]

    def declined(self, evidence: Evidence) -> tuple[str, float]:
        """The nearest reason to decline and how near it is."""
        near = {
            group.removeprefix("declined/"): float((evidence.learned[at] + evidence.lexical[at]).max(initial=0.0))
            for group, at in self.at.items()
            if group.startswith("declined/")
        }
        reason = max(near, key=lambda name: near[name])
        return reason, near[reason]


def judge(question: str, evidence: Evidence, kinds: Kinds, lexicon: Lexicon) -> Verdict:
    """The verdict on a question whose evidence this is, by the numbers fitted with the dense model or without it."""
    fitted = calibration(dense=evidence.dense is not None)
    if lexicon.crisis.search(question):
        return Verdict(Intent.OTHER, None, Outcome.DECLINED, reason="crisis")
    name, _, detail = kinds.wanted(evidence).partition("/")
    intent = Intent(name)
    for reason, pattern in (("override", lexicon.override), ("others_data", lexicon.others_data)):
        if pattern.search(question) and not kinds.may_be_incident(evidence):
            return Verdict(Intent.OTHER, None, Outcome.DECLINED, reason=reason)
    scope = fitted.scope(kinds.features(evidence))
    match intent:
        case Intent.GREETING | Intent.HELP | Intent.STATUS:
            return Verdict(intent, None, Outcome.FLOW)
        case Intent.OTHER:
            return Verdict(intent, None, Outcome.DECLINED, reason="thanks")
        case Intent.QUESTION:
            return _of_question(evidence, kinds, fitted, scope)
        case _:
            answered = scope >= fitted.answered and lexicon.asking.search(question)
            incident = IncidentType(detail) if intent is Intent.INCIDENT else None
            return Verdict(intent, incident, Outcome.ANSWERED if answered else Outcome.FLOW)


def _of_question(evidence: Evidence, kinds: Kinds, fitted: Calibration, scope: float) -> Verdict:
    if scope >= fitted.answered:
        return Verdict(Intent.QUESTION, None, Outcome.ANSWERED)
    if scope >= fitted.suggested:
        return Verdict(Intent.QUESTION, None, Outcome.SUGGESTED)
    topic, near = kinds.silent(evidence)
    reason, nearer = kinds.declined(evidence)
    kind, nearest = kinds.incident(evidence)
    if nearest > max(near, nearer):
        # Rather the rules on reporting for nothing than a refusal to somebody who was deceived (R145).
        return Verdict(Intent.INCIDENT, IncidentType(kind), Outcome.FLOW)
    if nearer > near and nearer >= NAMED:
        return Verdict(Intent.QUESTION, None, Outcome.DECLINED, reason=reason)
    return Verdict(Intent.QUESTION, None, Outcome.SILENT, topic=topic if near >= NAMED else None)


def _stretched(values: Floats) -> Floats:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.zeros_like(values)
