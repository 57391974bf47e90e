"""Links in what people report: shown so that nobody opens them, and known again when others report the same."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

ENDINGS = (
    "fi|com|net|org|info|io|eu|ru|cn|top|xyz|online|site|app|link|me|co|se|de|uk|ee|biz|shop|click|live|ly|to|gl|cc|tk|pw|"
    "no|dev|zip|mov|page|store|website|space|fun|icu|work|pl|nl|fr|es|lt|lv|us|ca|br|tr|ua|kz|su|gg|id"
)
LINK = re.compile(
    rf"""
    (?P<scheme>h(?:tt|xx)ps?://)(?P<rest>(?:(?!h(?:tt|xx)ps?://)[^\s<>"])*)  # one may hold another: `…/?u=https://…`
    | (?<![\w@.-])(?<!\w/)(?P<bare>(?:[\w-]+(?:\.|\[\.\]))+(?:{ENDINGS})(?:/(?:(?!h(?:tt|xx)ps?://)[^\s<>"])*)?)(?![\w-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE)
TELEPHONE = re.compile(r"(?<![\w/.-])\+\d{1,3}(?:[\s-]?\d){6,12}\b")
SERVICES = frozenset({
    "facebook.com", "instagram.com", "x.com", "twitter.com", "youtube.com", "tiktok.com", "linkedin.com", "whatsapp.com",
    "wa.me", "t.me", "snapchat.com", "bit.ly", "tinyurl.com", "drive.google.com", "docs.google.com", "forms.gle",
    "forms.office.com", "sharepoint.com", "dropbox.com", "slack.com", "google.com", "google.fi", "gmail.com",
    "outlook.com", "live.com", "office.com", "microsoft.com", "apple.com", "icloud.com", "wikipedia.org", "zoom.us",
    "canva.com",
    "wordpress.com", "blogspot.com", "github.com", "amazon.com", "hs.fi", "yle.fi", "is.fi", "iltalehti.fi",
    "mtvuutiset.fi", "suomi.fi", "vero.fi", "kela.fi", "posti.fi", "op.fi", "nordea.fi", "tori.fi",
})  # fmt: skip
"""Hosts that many use for many things: a link is the same only with its path."""
CLOSING = ".,;:!?)]}»”’'\""


def defanged(text: str) -> str:
    """The text with every link made one that nobody can open by a click: `hxxps://pahis[.]fi/…`. Doing it again changes
    nothing.
    """

    def harmless(found: re.Match[str]) -> str:
        if bare := found["bare"]:
            return _dots(bare)
        scheme = found["scheme"].lower().replace("http", "hxxp")
        return f"{scheme}{_dots(found['rest'])}"

    return LINK.sub(harmless, text)


def _dots(address: str) -> str:
    """The dots of the host in brackets; those of the path stay."""
    host, slash, path = address.partition("/")
    name = host.rstrip(".")
    return re.sub(r"(?<!\[)\.(?!\])", "[.]", name) + host[len(name) :] + slash + path


def marks_of(text: str, own_domains: Collection[str]) -> tuple[str, ...]:
    """By what reports of one wave are known: hosts (of much used services with the path), e-mail addresses, telephone
    numbers; none that is the municipality's own.
    """
    plain = text.replace("[.]", ".").replace("hxxp", "http")
    found = [mark for link in LINK.finditer(plain) if (mark := _mark(link[0]))]
    addresses = [address.casefold() for address in ADDRESS.findall(plain)]
    found += [f"sender:{address}" for address in addresses]
    found += [f"sender:{re.sub(r'[^+0-9]', '', number)}" for number in TELEPHONE.findall(plain)]
    own = tuple(domain.casefold() for domain in own_domains)
    return tuple(dict.fromkeys(mark for mark in found if not _is_own(mark, own)))


def _mark(link: str) -> str:
    address = link.rstrip(CLOSING)
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if "." not in host:
        return ""
    service = any(host == s or host.endswith(f".{s}") for s in SERVICES)
    if not service:
        return f"link:{host}"
    return f"link:{host}{parts.path.rstrip('/')}" if parts.path.strip("/") else ""


def _is_own(mark: str, own: tuple[str, ...]) -> bool:
    host = mark.partition(":")[2].rpartition("@")[2].partition("/")[0]
    return any(host == domain or host.endswith(f".{domain}") for domain in own)
