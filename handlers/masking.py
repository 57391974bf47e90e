"""What is taken out of people's words: from lists, what tells who somebody is; from all that is kept, secrets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal

MASK = "[…]"
FEWEST = 3
"""Of how many people, or cases, a number is told at the least: one of fewer would tell of single people."""
PERSONAL = re.compile(
    r"""
    \b\d{6}[-–+YXWVUABCDEF]\d{3}[0-9A-Z]\b      # a personal identity code, with the separators of 2023
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+             # an e-mail address
    | (?<!\w)(?:\+\s?358\s?(?:\(0\))?|0)(?:[\s./–-]?\d){6,12}\b  # a telephone number
    """,
    re.VERBOSE | re.IGNORECASE,
)

Kind = Literal["identity_code", "card_number", "password"]
Span = tuple[int, int]

HYPHENS = "-‐‑‒–—−"
CHECKSUM = "0123456789ABCDEFHJKLMNPRSTUVWXY"
CENTURIES = {"+": 1800} | dict.fromkeys(HYPHENS + "YXWVU", 1900) | dict.fromkeys("ABCDEF", 2000)
"""The century of a personal identity code by its separator, with the letters that were added in 2023."""
CODE = re.compile(
    rf"""
    (?<![^\W_])([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})
    [^\S\r\n]{{0,3}}([{HYPHENS}+A-FU-Ya-fu-y])[^\S\r\n]{{0,3}}
    ([0-9]{{3}})([0-9A-Ya-y])(?![^\W_])
    """,
    re.VERBOSE,
)

DIGITS = re.compile(
    rf"""
    (?:https?://|www\.)\S+                     # the long numbers of posts and pages are no cards
    | (?<![^\W_])(?<!/)
      (?P<head>\+|[A-Z]{{2}}[0-9]{{2}}[ ]?(?:[A-Z]{{4}}[ ]?)?)?  # of a telephone number, of a bank account
      (?P<groups>[0-9]+(?:(?:[ \t\u00a0\u2007\u2009\u202f]{{1,2}}|[ ]?[{HYPHENS}][ ]?)[0-9]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
ISSUERS = re.compile(r"4|5|6|3[04-9]|2[2-7]")
"""How card numbers begin; 20… is a time or a date."""
GROUPINGS = re.compile(r"(?:4{3,4}[1-4]|465|464)")
"""The lengths of a card number's groups, for one that stands beside other numbers."""

PASSWORD = re.compile(
    r"""
    (?:salasan[ao](?:i?n|a|a?n|t|i?ks[ie]|i?na|i?s[st]a|i?hin|i?ll[ae]|i?lta|i?tta|j[ae]n?)?(?:ni|si|mme|nne|nsa)?
      | (?:pin[-\ ]?|pääsy)koodi(?:n|a|t|ksi|na)?(?:ni|si|mme|nne)?
      | tunnuslu(?:kua?|vun|vuksi|kuni|kumme)   # not the plural: that is key figures
      | (?:lösenord|losenord|pinkod)(?:ens|ets|en|et|s)?
      | passwords?|passcodes?|passphrase|(?<![^\W_])(?:pwd|pw|pin))
    (?![^\W_])[)\]*_~`"”’']{0,3}
    # "salasana Instagramiin on": of the basic forms only, as "salasanan pituus on" tells no password.
    (?:(?:(?<=salasana)|(?<=salasanani)|(?<=salasanamme)|(?<=koodi)|(?<=ord)|(?<=ordet)|(?<=passcode))
       (?:[ ]\(?(?!(?:on|oli|is|was|är|var)\b|polic|require|rules|vaih|vanh)[^\W\d_][\w-]*\)?){1,2})?
    (?:\s{0,3}(?P<sign>[:=→]|->)|\s{1,3}(?:on|oli|ovat|is|was|are|är|var)(?![^\W_])[ ]?:?)
    [*_~`]{0,3}\s{0,3}
    (?:(?:nyt|siis|edelleen|now|nu|still)[:,]?\s{1,3})?
    (?=(?P<first>\S+)
       (?:(?:(?P<joint>\s{0,2}[/|]|(?<=,))\s{1,2}|(?<=[\w.]{2})\s{1,2}(?=\S{4}))(?P<second>\S+))?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
OPENING, CLOSING = "([{<\"'“”«»‘’*_~`", ".,;:)]}>\"'“”«»‘’*_~`"
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
MEASURED = re.compile(
    r"""
    [0-9]{1,2}[-–][0-9]{1,2}                                            # 12–16
    | [0-9]{1,3}(?:kk|pv|vk|vko|v|h|min|krt)(?:[:-][a-zåäö]+)?          # 3kk:n
    | (?:[0-9]{1,2}(?:[-–][0-9]{1,2})?|[0-9]?[A-ZÅÄÖ]{1,4}[0-9]{0,3})[-–:][a-zåäö]+  # 12-merkkinen, 2FA-vahvistus
    """,
    re.VERBOSE,
)
"""Words with a digit that rules about passwords use."""
MIXED = re.compile(
    r"(?:linkedin|youtube|tiktok|whatsapp|snapchat|facebook|onedrive|onenote|sharepoint|keepass|lastpass|bitwarden"
    r"|iphone|ipad|icloud|mypage|github)[a-zåäö]*",
    re.IGNORECASE,
)
"""Names that are written with a capital inside."""
UNIT = re.compile(r"[ ](?!ja\b)[^\W\d_]+[aä](?![^\W_])|[ ]?(?:%|kpl\b)")
"""What follows a number that counts something: "1500 seuraajaa"."""
TOKEN = re.compile(
    r"""
    (?<![^\W_])(?:
      xox[a-z]-[A-Za-z0-9-]{8,} | xapp-[A-Za-z0-9-]{8,}
      | gh[a-z]_[A-Za-z0-9]{16,} | github_pat_\w{16,} | glpat-[\w-]{16,}
      | sk-(?=\S*[0-9])[\w-]{16,} | AKIA[0-9A-Z]{16} | AIza[\w-]{30,}
      | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*
    )
    | -----BEGIN\ [A-Z0-9 ]*PRIVATE\ KEY(?:\ BLOCK)?-----
      # Up to its end, but not beyond another beginning: a thousand beginnings are not each read to the text's end.
      (?:(?:[^-]|-(?!----BEGIN))*?-----END\ [A-Z0-9 ]*PRIVATE\ KEY(?:\ BLOCK)?----- | (?:\s+[A-Za-z0-9+/=]{16,})*)
    """,
    re.VERBOSE,
)
"""Keys and tokens of well-known services, which tell by themselves what they are."""


def masked(text: str) -> str:
    """The text on one line without personal identity codes, e-mail addresses and telephone numbers."""
    return PERSONAL.sub(MASK, " ".join(text.split()))


def secret_in(text: str) -> Literal["", Kind]:
    """What the text has that must not be stored (R139 for passwords); of several kinds the first one in this order."""
    return next((kind for kind, spans in SECRETS.items() if any(True for _ in spans(text))), "")


def veiled(text: str) -> str:
    """The text with `MASK` for each secret, and else as it was; `secret_in` finds nothing in it any more."""
    # A masked secret may uncover another beside it. Every secret is longer than the mask, so this ends.
    while spans := sorted(span for found in SECRETS.values() for span in found(text)):
        text = _without(text, spans)
    return text


def _without(text: str, spans: list[Span]) -> str:
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], MASK]
        at = max(at, end)
    return "".join((*parts, text[at:]))


def _identity_codes(text: str) -> Iterator[Span]:
    return (match.span() for match in CODE.finditer(text) if _is_identity_code(*match.groups()))


def _is_identity_code(day: str, month: str, year: str, separator: str, number: str, check: str) -> bool:
    """Whether the parts make a code of a person: 002–899, or 900–999 for a temporary one."""
    try:
        date(CENTURIES[separator.upper()] + int(year), int(month), int(day))
    except ValueError:
        return False
    return int(number) >= 2 and CHECKSUM[int(day + month + year + number) % 31] == check.upper()


def _card_numbers(text: str) -> Iterator[Span]:
    for run in DIGITS.finditer(text):
        if run["groups"]:
            groups = [(m.start() + run.start("groups"), m[0]) for m in re.finditer("[0-9]+", run["groups"])]
            # The "+" makes a telephone number of what begins there; an account number is one as a whole.
            yield from _cards(groups, 1 if run["head"] == "+" else len(groups) if run["head"] else 0)


def _cards(groups: list[tuple[int, str]], first: int) -> Iterator[Span]:
    """The spans of the card numbers among groups of digits, each with its place; none begins before the first."""
    at = first
    while at < len(groups):
        ends = (end for end in range(at + 1, min(at + 19, len(groups)) + 1) if _is_card(groups, at, end))
        end = max(ends, default=0)
        if end:
            yield groups[at][0], groups[end - 1][0] + len(groups[end - 1][1])
        at = end or at + 1


def _is_card(groups: list[tuple[int, str]], at: int, end: int) -> bool:
    parts = [digits for _, digits in groups[at:end]]
    number = "".join(parts)
    return (
        13 <= len(number) <= 19
        and bool(ISSUERS.match(number))
        and (len(parts) in (1, len(groups)) or bool(GROUPINGS.fullmatch("".join(str(min(len(p), 9)) for p in parts))))
        and _passes_luhn(number)
    )


def _passes_luhn(number: str) -> bool:
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(int(digit) for digit in number[::-2]) + sum(doubled)) % 10 == 0


def _passwords(text: str) -> Iterator[Span]:
    yield from (match.span() for match in TOKEN.finditer(text))
    for match in PASSWORD.finditer(text):
        for name in ("first", "second") if _has_second(match) else ("first",):
            start, end = _bare(text, *match.span(name))
            if _is_password(text[start:end]) and not (text[start:end].isdecimal() and UNIT.match(text, end)):
                yield start, end


def _has_second(match: re.Match[str]) -> bool:
    """Whether a second word may be the password: "someopas / …" after a sign, or what follows an address."""
    return bool(match["second"]) and (bool(match["sign"] and match["joint"] is not None) or _is_address(match["first"]))


def _is_address(word: str) -> bool:
    return bool(ADDRESS.fullmatch(word.strip(OPENING + CLOSING)))


def _bare(text: str, start: int, end: int) -> Span:
    """The span of a word without the quotes and punctuation around it."""
    word = text[start:end].rstrip(CLOSING)
    return start + len(word) - len(word.lstrip(OPENING)), start + len(word)


def _is_password(word: str) -> bool:
    """Whether a word is no plain one: a digit or a symbol in it, or a capital inside."""
    core = re.sub(r"^[\W_]+|[\W_]+$", "", word)
    if len(word) < 4 or not core or MEASURED.fullmatch(core) or _is_address(word):
        return False
    return not all(_is_plain(part) for part in re.split(r"[-–/’':]+", core))


def _is_plain(part: str) -> bool:
    part = unicodedata.normalize("NFC", part)
    cased = part in (part.lower(), part.upper(), part.capitalize())
    return part.isalpha() and (cased or bool(MIXED.fullmatch(part)))


SECRETS: dict[Kind, Callable[[str], Iterator[Span]]] = {
    "identity_code": _identity_codes,
    "card_number": _card_numbers,
    "password": _passwords,
}
