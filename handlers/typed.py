"""Every button has words that do the same, so that a screen reader, a phone or a broken card stops nobody.

`näytä 2` · `kysy viestinnältä` (`… nimellä`) · `auttoi`, `ei auttanut` · `ota 17` · `vastaa 17: …`, in three languages.
What the bot itself understands (`apua`, `omat`, `kieli`) is in `home`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.events import Asked, Event, Pressed, Submitted

SHOW = re.compile(r"(?:näytä|nayta|visa|show)(?: kohta| punkt| number)? (\d)", re.IGNORECASE)
SEND = re.compile(
    r"(?:kysy viestinnältä|kysy viestinnalta|fråga kommunikationen|ask (?:the )?communications(?: team)?)"
    r"(?: (?P<named>nimellä|med namn|with my name)| (?:ilman nimeä|utan namn|without my name))?",
    re.IGNORECASE,
)
HELPFUL = re.compile(r"(?P<no>ei auttanut|hjälpte inte|did not help)|auttoi|hjälpte|helped", re.IGNORECASE)
TAKE = re.compile(r"(?:ota|otan|ta|take) #?(\d+)", re.IGNORECASE)
REPLY = re.compile(r"(?:vastaa|svara|answer) #?(\d+)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Last:
    """The asker's newest question in the conversation: what words without a number speak of."""

    record: str
    text: str
    cited: tuple[str, ...]


def typed(event: Asked, last: Last | None) -> Event:
    """The press or the form that these words stand for, or the event as it is."""
    words = event.text.strip().rstrip(".!")
    if found := TAKE.fullmatch(words):
        return _pressed(event, f"questions/{found[1]}", "questions/take")
    if found := REPLY.fullmatch(event.text.strip()):
        return _submitted(event, f"questions/{found[1]}", "questions/reply", {"text": found[2]})
    return _of_last(event, words, last) if last else event


def _of_last(event: Asked, words: str, last: Last) -> Event:
    if found := SHOW.fullmatch(words):
        chosen = last.cited[int(found[1]) - 1 :][:1] if int(found[1]) else ()
        return _pressed(event, last.record, "questions/show", *chosen) if chosen else event
    if found := SEND.fullmatch(words):
        named = "yes" if found["named"] else "no"
        return _submitted(event, last.record, "questions/send", {"text": last.text, "named": named})
    if found := HELPFUL.fullmatch(words):
        return _pressed(event, last.record, "questions/feedback", "no" if found["no"] else "yes")
    return event


def _pressed(event: Asked, record: str, action: str, value: str = "") -> Pressed:
    return Pressed(event.key, event.person, event.conversation, record, action, value)


def _submitted(event: Asked, record: str, form: str, values: dict[str, str]) -> Submitted:
    return Submitted(event.key, event.person, event.conversation, record, form, values)
