"""Addresses of accounts: which service, which account, and what an eye takes for its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qs, unquote

HOSTS: Mapping[str, str] = MappingProxyType({
    "facebook.com": "facebook", "fb.com": "facebook", "fb.me": "facebook",
    "twitter.com": "twitter", "x.com": "twitter",
    "instagram.com": "instagram", "instagr.am": "instagram",
    "youtube.com": "youtube", "youtu.be": "youtube",
    "snapchat.com": "snapchat", "whatsapp.com": "whatsapp", "wa.me": "whatsapp",
    "tiktok.com": "tiktok", "linkedin.com": "linkedin", "threads.net": "threads", "threads.com": "threads",
    "bsky.app": "bluesky",
})  # fmt: skip
"""Services by the hosts of their addresses; the first of each stands for all."""
FIRST_HOST = {service: host for host, service in reversed(tuple(HOSTS.items()))}
ADDRESS = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?:/[^\s<>|,]{0,300})?|(?<![\w.])@[\w.\-]{2,60}",
    re.IGNORECASE,
)
"""A web address or a handle in what somebody wrote or pasted. Its parts are bounded: any text is read in one go."""
EMAIL = re.compile(r"(?<!\S)[^\s@]{1,64}@[^\s@]{1,200}\.[^\s@]{1,24}(?!\S)")
READ = 4000
"""Characters of a text that are looked at."""
KINDS = frozenset({"groups", "pages", "channel", "c", "user", "company", "people", "profile", "in", "p", "add", "school"})
"""Beginnings of a path that tell what follows: a group of a name is not the page of that name."""
MOBILE = re.compile(r"^(?:www|m|mobile|fi-fi|touch|mbasic)\.")


@dataclass(frozen=True)
class Place:
    """Where an address leads: `whole` is one for every way of writing it, and no two accounts have the same.

    `service` is "" for a handle alone, and for a host that is no service's; `host` is "" for a handle alone. `name` is
    what an eye takes for the account's name, in small letters, "" where there is none.
    """

    whole: str
    service: str = ""
    host: str = ""
    name: str = ""

    @property
    def is_handle(self) -> bool:
        """Whether it is a name without a host, which may be on any service."""
        return not self.host and bool(self.name)


@lru_cache(maxsize=65_536)
def place_of(address: str, channel: str = "") -> Place:
    """Where an address leads; with the `channel` of its account a handle alone is of that service."""
    text = re.sub(r"^[a-z]+://", "", address.strip(), flags=re.IGNORECASE)
    if text.startswith("@"):
        name = text[1:].casefold().rstrip("/.")
        if channel not in FIRST_HOST:
            return Place(f"@{name}", "", "", name)
        text = f"{FIRST_HOST[channel]}/{name}"
    host, _, rest = text.partition("/")
    host = MOBILE.sub("", host.casefold().rpartition("@")[2].rstrip("."))
    path, _, query = rest.partition("?")
    parts = [unquote(p) for p in path.partition("#")[0].split("/") if p]
    service = HOSTS.get(host, "")
    if not service:
        name = (parts[0] if parts else "").casefold().lstrip("@")
        return Place("/".join((host, *map(str.casefold, parts))), "", host, name)
    return Place(f"{FIRST_HOST[service]}/{_account(service, parts, query)}".rstrip("/"), service, host, _name(parts))


def _account(service: str, parts: list[str], query: str) -> str:
    """The part of an address of a service that tells one account from another."""
    if not parts:
        return ""
    first = parts[0].casefold()
    if first == "profile.php":
        return f"profile.php?id={''.join(parse_qs(query).get('id', ['']))}"
    if first in KINDS:
        # The ids of YouTube's channels tell capitals apart.
        kept = parts[1:] if (service, first) == ("youtube", "channel") else [p.casefold() for p in parts[1:]]
        return "/".join((first, *kept))
    return first.lstrip("@")


def _name(parts: list[str]) -> str:
    words = [p.casefold().lstrip("@") for p in parts if p.casefold() not in KINDS and p.casefold() != "profile.php"]
    return words[0] if words else ""


def addresses_in(text: str) -> list[str]:
    """The addresses and handles in a text, each once; an e-mail address is none."""
    found = (m[0].rstrip(".,;:!?)”\"'") for m in ADDRESS.finditer(EMAIL.sub(" ", text[:READ])))
    return list(dict.fromkeys(f for f in found if f))
