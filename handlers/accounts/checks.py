"""What a request's answers are checked for, and how free words become values. What blocks is `findings`'."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

ADDRESS = re.compile(r"([^\s@<>,;.]+(?:\.[^\s@<>,;.]+)*)@([\w-]+(?:\.[\w-]+)+)")
EXAMPLE = "atk@tuusula.fi"
"""The role mailbox that the guideline names as an example (R64, R136): nobody's account is to be opened with it."""
STEMS = r"""(?:
    arkisto | asiakaspalvelu | asukas | bibliotek | communication | esiopetus | hallinto | hanke | hankinta
    | henkilosto | hyvinvointi | info | kaavoitus | kaupunki | kerho | keskus | kirjaamo | kirjasto | kommun
    | kotihoito | koulu | kulttuuri | kunnan | kunta | kuntosali | lasten | library | liikunta | lukio | luok
    | markkinointi | matkailu | museo | neuvola | nuoriso | nuorten | opetus | opisto | oppilas | paivakoti
    | paivystys | palaute | palvelu | posti | projekti | rekrytointi | school | seniori | sivistys | skola | someopas
    | sometiimi | somevastaava | sosiaali | tapahtuma | tekniikka | tekninen | terveys | tiedotus | tietohallinto
    | tietosuoja | tietoturva | tiimi | tilavaraus | toimisto | tuusula | tyollisyys | uimahalli | ungdom | vaalit
    | valtuusto | valvonta | vapaa-?aika | varhaiskasvatus | verkko | vesihuolto | viestin | yksikko | ymparisto
    | youth | yritys
)"""
UNIT = re.compile(rf"^{STEMS}|{STEMS}$|^(?:some|it|ict|hr|pr|tuki|apu|team|ja|och|and)$", re.VERBOSE)
"""A word that tells a unit or a function, without the dots of å, ä and ö; whole words where names begin like them."""

AUDIENCE = re.compile(
    r"""
    seuraaj | tykkä(?:y|äj|ij|il) | jäsen(?!tel|täm|tää|täv|ty|nel|ny|nn) | tilaaj
    | ^(?:peuku | laik(?:it|kej|kien|kau|ki$) | like(?:t$|j|s$|rs?$) | fan(?:i|e|s$) | follar | follaaj | subs$)
    | follower | member | subscriber
    | följar | gilla(?:mark|re|nd) | gillning | medlem | prenumerant
    """,
    re.VERBOSE,
)
"""Words for followers, likes and members; seurata, seuranta and jäsentely are others."""
HOW_MANY = re.compile(
    r"\b(?:moni(?:ko)?|monta(?:ko)?)\b.{0,80}\b(?:seuraa|seuraavat|tykkää|tykkäävät)\b"
    r"|\b(?:hur många|antalet? som)\b.{0,80}\b(?:följer|gillar)\b|\bhow many\b.{0,80}\b(?:follow|like)\b"
)
ACTIVITY = re.compile(
    r"""
    komment | keskustel | vierail | kävij | käyn(?:ti|tej|nit\b) | osallist | osanot | palaut | klik | kysel | kysym
    | sitout | ilmoittaut | katsel | katsoj | katsot | tyytyväis | vuorovaik | akti[iv] | lukij | kuuntel | latau | ladat
    | kert(?:a|oj)\b | kerrat\b | tavoitta[vmn] | tavoitet(?:tu|ut\b) | yhteydeno | maininn | maininta | tunnettu
    | laatu | laadu | laado | reaktio | reagoi | tapahtum | laina | jakau | vaikut | liiken | mieliku | luottam | sävy
    | hyöty | hyödy | toteutu | saavutettav | avauks | avatt | konversio | yksityisviest | uudelleenja | hakij | hakem
    | vastau | vastaam | vastaaj | vastat | aloittei | aloitteet | ehdotu | puhelu | tallennu | osuma
    | suosittel | tuntev | tuntee | kotipaik | kotikun | sukupuol
    | julkais(?:ut\b|uja\b|utah|umäär|utih|ujen\ (?:luku)?määr) | posta(?:ukset|uksia|usten\ (?:luku)?määr)
    | \b(?:ideoi | toimin[tn] | jako | jaot | jaoi | jaet | jakam | viesti(?!nt|nn) | ikä | myyn
      | comment | shar(?:e|ing) | visit | click | engag | reach | feedback | question | repl(?:y|ies) | respon | discuss
      | conversat | quality | survey | particip | attend | sign | regist | view | impress | messag | mention | reaction
      | satisf | download | traffic | interact | enquir | inquir | save[sd]?\b
      | delning | delad | besök | räckvidd | återkoppl | fråg | svar | diskussion | samtal | kvalitet | enkät | delta[grn]
      | anmäl | visning | meddeland | omnämn | nöjd | nedladd | trafik | dialog | evenemang)
    """,
    re.VERBOSE,
)
"""Words for what people do and how it goes, the "toteutuneet aktiviteetit" of R69."""
OF_AUDIENCE = re.compile(r"(?:ien|jen|ten|jan|jän|nen|nas)$")
QUANTITY = re.compile(
    r"määr|lukum|^lkm|^luku|kasv|lisäy|lisää|^muuto|^nous|^kehity|^tavoit|^seuran|^osuu|^antal|^ök|^(?:ja|tai|sekä|och|eller)$"
)

PARENTS = re.compile(
    r"""
    (?:\b(?:lapsen|lasten|nuorten|teinien|oppilaiden|oppilaitten|\w*(?:koulu|koti|eskari)laisten|barnens?|children['’]?s?)
       (?:\s*,\s*|\s+(?:(?:ja|sekä|och|and)\s+)?)){1,4}
      (?:vanhem[mp]\w*(?!\s+laps)|isovanhem\w*|huoltaj\w*|perhe\w*|föräldr\w*|vårdnadshavar\w*|familj\w*|parents?|famil\w+)
    | \b(?:lapsiper|vauvaper|barnfamilj|barnbarn|lapsenlap)\w*
    | \b(?:famil(?:y|ies)|parents)\s+(?:with|of)\s+(?:\w+\s+)?(?:child(?:ren)?|kids)\b
    | \bföräldrar\s+till\s+(?:\w+\s+)?barn\b
    """,
    re.VERBOSE,
)
"""Families and parents: no audience of children or young people by themselves."""
CHILDREN = re.compile(
    r"""
    \b(?:pikku)?laps(?!uu|ett|enm) | \blasten | tenav | \boppila(?!ito)[asi] | kouluikäi | alakoul
    | ala-\s+(?:ja|sekä)\s+yläkoul | (?<!ylä)(?<!ammatti)koululai
    | päiväko[td]i | \beskari | varhaiskasv | esikoul | esiopet | \bvauv
    | \b[1-6]\.?(?:\s?[-–]\s?[1-9]\.?)?[-–\s]?luokkalai | taapero | alaikäis
    | \b(?:små)?barn | förskol | daghem | \bdagis | lågstadi | \b(?:skol)?elev(?:er|erna)\b
    | \bchild(?:ren)?\b | \bkids?\b | toddler | preschool | kindergarten | \bpupils?\b
    """,
    re.VERBOSE,
)
YOUNG = re.compile(
    r"""
    \bnuor(?:i|et|ten|ta|ia|ien|iin|en|ille|illa|ilta|ista|issa|elle|ella|emme|iso\w*|ten\w+)\b
    | \btein(?:i|ej) | yläkoul | luokkalai | yläast | lukiolai | lukion\ opiskelij
    | \bunga\b | \bungdom | tonåring | högstadi | gymnasist
    | \byoung\ (?:people|persons?|adults?) | \byouth | youngster | \bteen(?:s|age\w*)?\b | adolescent
    """,
    re.VERBOSE,
)
AGES = re.compile(r"(?P<over>yli\s+)?(?P<under>alle\s+)?\b(?P<low>[0-9]{1,2})(?:\s?[-–]\s?[0-9]{1,2})?[-–\s]?vuotia")
"""An audience by its age. The guideline names no ages; under 13 the services themselves let nobody in."""

NUMBER = r"[0-9]{1,2}(?:[.,][0-9]{1,2}|½)?|½"
HOURS = re.compile(
    rf"""
    (?:(?:noin|n\.?|ca\.?|cirka|ungefär|about|~|yhteensä|ainakin|vähintään|alle|enintään|korkeintaan|max\.?|minst|högst)\s*)?
    (?P<low>{NUMBER})(?:\s*[-–]\s*(?P<high>{NUMBER}))?
    \s*(?:h|t|tunti|tuntia|tim\.?|timme|timmar|hours?|hrs)?
    (?:\s*(?:/|per|i|a)?\s*(?:viikossa|viikko|vko|vk|vecka|veckan|week))?\s*\.?
    """,
    re.VERBOSE,
)
MONTHS = tuple(
    (f"{finnish}kuu", f"{finnish}kuuta", swedish, english)
    for finnish, swedish, english in (
        ("tammi", "januari", "january"),
        ("helmi", "februari", "february"),
        ("maalis", "mars", "march"),
        ("huhti", "april", "april"),
        ("touko", "maj", "may"),
        ("kesä", "juni", "june"),
        ("heinä", "juli", "july"),
        ("elo", "augusti", "august"),
        ("syys", "september", "september"),
        ("loka", "oktober", "october"),
        ("marras", "november", "november"),
        ("joulu", "december", "december"),
    )
)
WEEKDAY = r"(?:ma|ti|ke|to|pe|la|su|(?:maanan|tiis|tors|perjan|lauan|sunnun)tai(?:na)?|keskiviikko(?:na)?)"
DAYS = tuple(
    re.compile(rf"(?:{WEEKDAY}\s+)?{form}\.?")
    for form in (
        r"(?P<year>(?:19|20)[0-9]{2})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
        r"(?P<day>[0-9]{1,2})\.\s?(?P<month>[0-9]{1,2})(?:\.(?:\s?(?P<year>(?:19|20)?[0-9]{2}))?)?",
        r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>(?:19|20)?[0-9]{2})",
        r"(?P<day>[0-9]{1,2})\.?\s+(?P<name>[a-zåäö]+)(?:\s+(?P<year>(?:19|20)[0-9]{2}))?",
    )
)
MARK = re.compile(r"(?:[-–—*]|[0-9]{1,2}[.)])(?:\s+|$)|[•·]\s*")


def mailbox_kind(
    address: str, domains: Collection[str], personal: Collection[str]
) -> Literal["role", "example", "personal_work", "private", "not_an_address"]:
    """Whose mailbox an address is (R64, R136–R138): a role's or a person's at the municipality, or one elsewhere.

    `domains` are the municipality's, with all under them; `personal` are the addresses of people in the directory.
    """
    address = _plain(address)
    match = ADDRESS.fullmatch(address)
    if not match:
        return "not_an_address"
    if address == EXAMPLE:
        return "example"
    local, domain = match.groups()
    if not any(f".{domain}".endswith(f".{_plain(ours).lstrip('@.')}") for ours in domains):
        return "private"
    known = address in {_plain(one) for one in personal}
    return "personal_work" if known or _names_a_person(local.partition("+")[0]) else "role"


def counts_only_audience(measures: Sequence[str]) -> bool:
    """Whether all measures only count followers, likes or members, which are "eivät yksinään relevantteja" (R69)."""
    told = [_plain(measure) for measure in measures if measure.strip()]
    return bool(told) and all(_counts_audience(measure) for measure in told)


def young_audience(text: str) -> Literal["", "young", "children"]:
    """Whether a text speaks of children or young people (R63, R76); children where of both, "" where of neither.

    Families and parents are neither, unless the children are named beside them.
    """
    text = PARENTS.sub(" ", _plain(text))
    ages = [_least_age(match) for match in AGES.finditer(text)]
    if CHILDREN.search(text) or any(age < 13 for age in ages):
        return "children"
    return "young" if YOUNG.search(text) or any(age < 18 for age in ages) else ""


def hours(text: str) -> float | None:
    """Hours in a week, above 0 and at most 80; of a range the higher, so that no less is secured than is needed (R49)."""
    match = HOURS.fullmatch(_plain(text))
    if not match:
        return None
    number = max(float(part.replace(",", ".").replace("½", ".5")) for part in match.group("low", "high") if part)
    return number if 0 < number <= 80 else None


def day(text: str, today: date) -> date | None:
    """The day that is written, day first as in Finland or in ISO 8601; without a year the next one from today on."""
    match = next(filter(None, (form.fullmatch(_plain(text)) for form in DAYS)), None)
    if not match:
        return None
    parts = match.groupdict()
    month = _month(parts["name"]) if "name" in parts else int(parts["month"])
    if parts["year"]:
        return _date(int(parts["year"]) + (2000 if len(parts["year"]) == 2 else 0), month, int(parts["day"]))
    # The 29th of February may be eight years away.
    days = (_date(year, month, int(parts["day"])) for year in range(today.year, today.year + 9))
    return next((found for found in days if found and found >= today), None)


def lines(text: str) -> tuple[str, ...]:
    """The items of a list without their marks: one on a line, or parts of a single line between semicolons."""
    rows = [row for row in text.splitlines() if row.strip()]
    if len(rows) == 1:
        rows = rows[0].split(";")
    items = (MARK.sub("", row.strip(), count=1) if MARK.match(row.strip()) else row.strip() for row in rows)
    return tuple(item for item in items if item)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower()


def _names_a_person(local: str) -> bool:
    """Whether the part before the @ looks like first.last, with no word of a unit or a function in it."""
    parts = local.translate(str.maketrans("åäö", "aao")).split(".")
    return (
        len(parts) in (2, 3)
        and all(part.replace("-", "").isalpha() for part in parts)
        and not any(UNIT.search(part) for part in parts)
    )


def _counts_audience(measure: str) -> bool:
    if ACTIVITY.search(measure):
        return False
    words = re.findall(r"[^\W\d_]+", measure)
    audience = [bool(AUDIENCE.search(word)) for word in words]
    if not any(audience):
        return bool(HOW_MANY.search(measure))
    # "Seuraajien kotipaikka" measures something else of theirs; "seuraajien määrä" does not.
    return not any(
        audience[at]
        and OF_AUDIENCE.search(words[at])
        and not audience[at + 1]
        and not any(QUANTITY.search(word) for word in words[at + 1 :])
        for at in range(len(words) - 1)
    )


def _least_age(match: re.Match[str]) -> int:
    age = int(match["low"])
    if match["under"]:
        return 0 if age <= 18 else age
    return age + 1 if match["over"] else age


def _month(name: str) -> int:
    """The number of a month by its name in Finnish, Swedish or English; 0 for another word."""
    return next((number for number, names in enumerate(MONTHS, 1) if name in names), 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
