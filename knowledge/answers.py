"""What a question gets: the outcome, the rules that answer it, each with the paragraph that is quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from knowledge.document import Document, Passage, SilentTopic, plain


class Intent(StrEnum):
    """What the person wants; all but `question` lead to a flow or a ready reply."""

    QUESTION = "question"
    NEW_ACCOUNT = "new_account"
    INCIDENT = "incident"
    REGISTER_LOOKUP = "register_lookup"
    EXPERT_PROFILE = "expert_profile"
    STATUS = "status"
    HELP = "help"
    GREETING = "greeting"
    OTHER = "other"


class IncidentType(StrEnum):
    """The kinds of security incident that the words of a report suggest (R145, R147)."""

    IDENTITY_THEFT = "identity_theft"
    PHISHING = "phishing"
    MALWARE = "malware"
    THREAT = "threat"
    HARASSMENT = "harassment"
    ACCOUNT_TAKEOVER = "account_takeover"
    OTHER = "other"


class Outcome(StrEnum):
    """How sure the answer is: `knowledge.verdict` tells which it is."""

    ANSWERED = "answered"
    SUGGESTED = "suggested"
    SILENT = "silent"
    DECLINED = "declined"
    FLOW = "flow"


@dataclass(frozen=True)
class Citation:
    """A passage as it is cited: its short answers, and the verbatim paragraph with its place and version.

    `focus` is the passage's own words within `quote`; `flow` is the job that the rule leads to, by its intent. `score` is
    the search's, 0–1 by use, and comparable only within one answer.
    """

    id: str
    document: str
    title: str
    version: str
    department: str | None
    heading: tuple[str, ...]
    quote: str
    focus: str
    short: Mapping[str, str]
    note: Mapping[str, str]
    flow: str | None
    score: float


@dataclass(frozen=True)
class Answer:
    """The whole reaction of the guideline to a question.

    `cited` are the rules that the answer is made of, best first; `related` the next ones, offered when the answer is not
    sure. `topic` is set where a known silent topic was recognised; `reason` says why a question was declined
    (`chit_chat`, `others_data`, `override`, `empty`).
    """

    question: str
    language: str
    intent: Intent
    incident_type: IncidentType | None
    outcome: Outcome
    cited: tuple[Citation, ...]
    related: tuple[Citation, ...]
    topic: SilentTopic | None = None
    reason: str | None = None

    @property
    def passages(self) -> tuple[Citation, ...]:
        """At most five passages, best first: the contract's `passages`."""
        merged = sorted({c.id: c for c in (*self.cited, *self.related)}.values(), key=lambda c: -c.score)
        return tuple(merged[:5])


def cite(document: Document, passage: Passage, score: float) -> Citation:
    """A passage of a document as a citation."""
    paragraph = document.paragraph_of[passage.id]
    return Citation(
        id=passage.id,
        document=document.id,
        title=document.title,
        version=document.version,
        department=document.department,
        heading=paragraph.heading,
        quote=paragraph.plain,
        focus=plain(passage.text),
        short=passage.short,
        note=passage.note,
        flow=passage.flow,
        score=round(score, 4),
    )
