"""First aid by kind (R104, R139–R145, R147): at most five lines, the guideline's rules and other advice told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from handlers.cited import of_guideline
from handlers.incidents.record import Kind, Severity
from knowledge.answers import Citation

LINES = 5
"""Lines of first aid: more are not read by somebody who is frightened."""


@dataclass(frozen=True)
class Aid:
    """A line of first aid: its words are the label `word.aid.{name}`.

    `rule` is the guideline's passage that it stands on; where it is "", `source` says whose advice it is (`emergency`,
    `police`, `security`).
    """

    name: str
    rule: str = ""
    source: str = "security"


def _rule(name: str, passage: str) -> Aid:
    return Aid(name, of_guideline(passage)[0], "guideline")


DANGER = Aid("call_112", source="emergency")
SCREENSHOT = Aid("screenshot", source="police")
NO_LINK = _rule("no_link", "security/links")
OTHER_DEVICE = Aid("other_device")
TELL_SUPERVISOR = _rule("tell_supervisor", "security/threats")
REMOVE = _rule("remove_after", "organisation/remove")
NO_REPLY = Aid("no_reply")
SUSPICION = _rule("suspicion", "security/report")

FIRST_AID: Mapping[Kind, tuple[Aid, ...]] = MappingProxyType({
    Kind.IDENTITY_THEFT: (
        SCREENSHOT, Aid("report_fake", source="police"), NO_REPLY, SUSPICION, Aid("crime_report", source="police"),
    ),
    Kind.PHISHING: (NO_LINK, Aid("no_login"), OTHER_DEVICE, Aid("call_bank"), Aid("screenshot_message")),
    Kind.MALWARE: (
        _rule("do_not_run", "security/programs"), Aid("disconnect"), Aid("use_another"), OTHER_DEVICE,
        Aid("photo_screen"),
    ),
    Kind.THREAT: (DANGER, TELL_SUPERVISOR, SCREENSHOT, NO_REPLY, REMOVE),
    Kind.HARASSMENT: (TELL_SUPERVISOR, SCREENSHOT, NO_REPLY, Aid("report_to_service", source="police"), REMOVE),
    Kind.ACCOUNT_TAKEOVER: (
        Aid("no_login"), OTHER_DEVICE, Aid("sign_out_others"), Aid("recover"),
        _rule("different_passwords", "security/strong-passwords"),
    ),
    Kind.OTHER: (DANGER, SUSPICION, SCREENSHOT, NO_LINK),
    Kind.UNKNOWN: (DANGER, SUSPICION, SCREENSHOT, NO_LINK),
})  # fmt: skip
"""What is done first, by what happened."""

PASSAGES = tuple(dict.fromkeys(aid.rule for lines in FIRST_AID.values() for aid in lines if aid.rule))
"""The guideline's passages that first aid stands on."""
REPORTING = of_guideline("security/report", "security/supervisor-informs", "security/threats")
"""The duties to report (R145–R147)."""
SEVERITIES: Mapping[Kind, Severity] = MappingProxyType({
    Kind.MALWARE: Severity.HIGH, Kind.THREAT: Severity.HIGH, Kind.ACCOUNT_TAKEOVER: Severity.HIGH,
})  # fmt: skip
"""How much haste a kind has until somebody has judged it; the others are normal."""
RECOVERY: Mapping[str, str] = MappingProxyType({
    "facebook": "facebook.com/hacked",
    "instagram": "instagram.com/hacked",
    "twitter": "help.x.com",
    "youtube": "support.google.com/youtube",
    "whatsapp": "faq.whatsapp.com",
    "snapchat": "help.snapchat.com",
})  # fmt: skip
"""Where a service itself helps to get an account back, by the register's channel: other advice, not the guideline's."""


def severity_of(kind: Kind) -> Severity:
    """How much haste the kind has at first."""
    return SEVERITIES.get(kind, Severity.NORMAL)


def lines_of(kind: Kind) -> list[dict[str, str]]:
    """The lines of first aid as a card's data: name and source."""
    return [{"name": aid.name, "source": aid.source} for aid in FIRST_AID[kind]]


def rules_of(kind: Kind, passages: Mapping[str, Citation]) -> list[Citation]:
    """The guideline's passages behind the first aid of a kind, in its order."""
    return [passages[aid.rule] for aid in FIRST_AID[kind] if aid.rule in passages]
