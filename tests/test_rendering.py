"""Every card in every language renders, with ordinary, empty and extreme data; and no language lacks a word."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from markdown_it import MarkdownIt

from bot.rendering import DAYS, FOLDER, Renderer, escaped, moment, unmarked
from handlers.cards import Button, Buttons, Card, Feedback, Field, Form, Note, Quote, Said, Text
from knowledge.document import LANGUAGES
from tests.forms import every_kind, renderer_in

NAMES = sorted(str(p.relative_to(FOLDER / "fi"))[: -len(".md.j2")] for p in (FOLDER / "fi").rglob("*.md.j2"))
BODY = {"fi": "kunnan johtoryhmä", "sv": "kommunens ledningsgrupp", "en": "municipal management team"}
DEED: dict[str, object] = {
    "move": "approve", "by": "Esimies", "on_behalf": "Viestintäpäällikkö", "at": "2026-11-23T08:00:00+00:00",
    "text": "Hyvä.", "body": "kunnan johtoryhmä", "names": BODY, "date": "2026-11-23", "section": "45", "hours": "4",
    "led": "Viikkopalaveri", "manner": "decision",
}  # fmt: skip
ORDINARY: dict[str, object] = {
    "matter": "reply",
    "name": "Työntekijä", "questions": [{"text": "Miksi?", "status": s, "sent_at": "2026-11-23T08:00:00+00:00",
    "handler": "Viestintäpäällikkö"} for s in ("waiting", "taken", "replied")],
    "waiting": [{"number": "17", "text": "Miksi?", "sent_at": "2026-11-23T08:00:00+00:00", "handler": h}
    for h in ("", "Viestintäpäällikkö")],
    **{name: [{"text": "Miksi?", "count": 2}] for name in ("silent", "unhelpful", "suggested", "passages")},
    "waiting_count": 2, "dead_count": 1, "asked": 7, "count": 3, "may_send": True, "guest": True,
    "handler": "Viestintäpäällikkö", "receiver": "Työntekijä", "approver": "Viestintäpäällikkö", "title": "Miksi?",
    "word": "ohmat", "near": ["omat"], "titles": ["Miksi?"], "commands": ["apua", "omat"],
    **dict.fromkeys(("at", "approved_at", "since", "until"), "2026-11-23T08:00:00+00:00"),
    "rules": ["Ensimmäinen sääntö.", "Toinen sääntö."], "numbers": [1, 2], "editor_notes": ["Huomautus."],
    "missing": [BODY],
    "supervisor": "Esimies", "it_managers": ["Tietohallintopäällikkö"], "managers": ["Viestintäpäällikkö"],
    "incident_type": "threat", "topic": "tilin sulkemisesta", "has_record": True, "reason": "override",
    "status": "taken", "number": "17", "asker": "Työntekijä", "sent_at": "2026-11-23T08:00:00+00:00",
    "taken_by": "Viestinnän asiantuntija", "taken_at": "2026-11-23T09:00:00+00:00", "replied_by": "Viestintäpäällikkö",
    "replied_at": "2026-11-23T10:00:00+00:00", "late": True, "question": "Miksi?", "idea": True,
    # requests for accounts: `data_of` and `answers_of` in handlers/accounts/cards.py, and what single cards add
    "owner": "Kirjasto", "channel": "other", "other_channel": "Mastodon", "requester": "Työntekijä",
    "turn": ["Esimies"], "absent": ["Viestintäpäällikkö"], "body": BODY, "coming": [BODY], "bodies": [BODY],
    "waits_for": ["Työntekijä"], "supervised": True, "address": "www.instagram.com/tuusulankirjasto",
    **dict.fromkeys(("official_at", "changed_at", "named_at"), "2026-11-24T08:00:00+00:00"),
    "last": DEED, "proposal": DEED, "empty": True, "need": "Nuoret eivät löydä tapahtumia.",
    "content": "Tapahtumat.", "benefits": ["quality", "trust"], "benefits_more": "Lukutaito.",
    "plan": "Vuosikello.", "why_channel": "Nuoret ovat siellä.", "audience": "Nuoret", "hours": "4",
    "tasks": "weekly", "leader": "Esimies", "meeting": "Viikkopalaveri", "rhythm": "less", "commitment": "yes",
    "own_names": "yes", "own_name_people": ["Työntekijä"], "mailbox": "kirjasto@tuusula.fi", "lifetime": "fixed",
    **dict.fromkeys(("review", "ends", "date"), "2026-12-01"), "keeper": "Tuusulan kunta / Kirjasto",
    "unit_page": "www.tuusula.fi/kirjasto", "promise": "yes", "department": "Sivistys",
    "goals": ["Lisää kävijöitä"], "measures": [{"goal": "Lisää kävijöitä", "measure": m} for m in ("kävijät", "")],
    "updater": "Työntekijä", "main": "Työntekijä", "substitute": "Esimies",
    "producers": ["Esimies"], "admins": ["Työntekijä", "Esimies"],
    "reasons": [{"name": "seldom", "why": "Hanke on pieni."}],
    "agreements": [{"name": "Esimies", "answer": a, "parts": ["substitute", "admins"]} for a in ("yes", "no", "")],
    "unsettled": [{"number": 4, "fields": ["plan"]}],
    "accounts": [{"name": "Kirjasto", "channel": "instagram", "address": a, "alone": not a}
                 for a in ("www.instagram.com/x", "")],
    "pending": [{"number": "18", "name": "Kirjaston blogi", "channel": "blog"}],
    "step": "needs", "step_number": 1, "sentences": ["Ohjeen virke."], "departments": ["Sivistys"],
    "goal": "Lisää kävijöitä", "current": "viikoittain", "warned": "seldom",
    "by": "Esimies", "who": "Esimies", "parts": ["updater", "admins"], "answer": "no", "agreed": True,
    "point": "list_link", "points": [{"name": name, "by": by, "at": "2026-11-23T08:00:00+00:00" if by else "",
    "verifying": name != "terms"} for name in ("list_link", "terms") for by in ("", "Esimies")],
    "done": [{"number": "17", "outcome": "approved", "section": section} for section in ("45", "")],
    "days": 3, "rest": 2,
    # help in daily work: the check, replies, permissions, training, versions
    "open_points": 2, "argument_rule": "Väittelyihin ei osallistuta.", "argument_meaning": "One does not argue.",
    **{f"reply_{n}": "Kiitos palautteesta." for n in ("thanks", "cause", "remedy", "regret", "title", "first_name")},
    "channel_told": True, "permit_for": "Tuusulan kunta", "quiz_question": "Mitä teet?",
    "quiz_options": ["Odotan", "Kysyn"],
    "quiz_number": 2, "quiz_count": 8, "quiz_before": 1, "quiz_right": "Kysyn", "quiz_right_number": 2, "quiz_at": 1,
    "quiz_rule": "Kysy ensin.", "training_version": "14.4.2020", "training_done": "2026-11-23",
    "training_read": "2026-11-23", "groups_left": 2, "old_years": 5, "version_title": "Ohje", "version_name": "14.4.2020",
    "training_groups": [{"group_kind": kind, "department": "Sivistys", "unit": "Kirjasto", "people": 7, "read": 43,
                         "completed": 29, "rest": True} for kind in ("unit", "department", "others", "officials")],
    "version_before": "5.12.2017", "version_since": "2026-11-23T08:00:00+00:00", "version_changes": 3,
    "version_change": "new", "version_section": "Johdanto",
    # agreements: `data_of` in handlers/agreements/cards.py, and what single cards and parts add
    "channels": "LinkedIn", "purpose": "Kerron työstäni.", "email": "etunimi.sukunimi@tuusula.fi", "profile": "private",
    "why": "Vain työtä varten.", "distance": "Ei haittaa.", "apart": "Vastaan työaikana.", "views": "Ei muita.",
    "altered": [{"name": n, "value": v} for n, v in (("hours", ""), ("review", "2026-12-01"), ("profile", "expert"))],
    "settled": {"hours": "2", "led": "Viikkopalaveri", "conditions": "Ei iltaisin."}, "in_force": True,
    "past_review": True, "proposed": "2027-12-01", "agreed_at": "2026-11-24T08:00:00+00:00", "agreed_by": "Esimies",
    "by_department": [{"name": "Sivistys", "count": c} for c in (4, 0)], "few": 3, "keepers": ["Työntekijä"],
    "enough": True,
    # departments' own guidelines: `data_of` in handlers/overlays/cards.py, and what single cards and parts add
    "basis": "work", "proposer": "Työntekijä", "accepted_on": "2026-12-01", "characters": 1200, "longest": 20000,
    "missing_fields": ["basis", "text"], "replaces": "3", "replaced_by": "5", "page": 1, "pages": 2, "passage": 1,
    "common": "Sosiaalisen median ohje", "common_version": "14.4.2020", "which": "2", "left": 900,
    "own_rules": [{"number": 2, "title": "Päiväkotien someohje"}],
    # the register: `data_of` in handlers/register/cards.py, and what single cards and parts add
    "people": [{"name": "Työntekijä", "parts": ["updater", "admins"], "left": left} for left in (False, True)],
    "answer_days": 2, "consents": True, "umbrella": True, "quiet": True, "due": ["left", "password"], "detail": "admins",
    "removed": ["Esimies"], **dict.fromkeys(("confirmed_at", "password_at", "posted_at"), "2026-11-24T08:00:00+00:00"),
    **dict.fromkeys(("next_confirmation", "next_password", "paused_until", "on"), "2027-05-24"),
    "fields": ["address", "goals"], "pairs": [{"goal": "Lisää kävijöitä", "measure": "Kävijöitä tuli lisää."}],
    "measure": "kävijät", "taker": "Esimies", "place": "instagram.com/tuusulankirjast0",
    "counts": [{"name": "password", "count": 2}, {"name": "thin", "count": 1}],
    "changes": [{"change": c, "name": "Kirjasto", "channel": "instagram", "address": "www.instagram.com/x"}
                for c in ("new", "gone", "changed")],
    # management's view: `digest_card` in handlers/management.py
    "quarter_number": 4, "quarter_year": 2026, "running": True, "personal": 1, "further": 2,
    **dict.fromkeys(("quarter_from", "quarter_to"), "2026-11-24"),
    "shares": {"confirmed": 80, "changed": 90, "read": 40}, "kinds": [{"kind": "phishing", "count": 4}],
    **{name: {"name": "Sivistys", "accounts": 12, "official": 10, "new": 2, "closed": 1, "quiet": 3, "left": 1,
              "confirm": 2, "password": 1, "thin": 1, "results": 1, "ending": 1, "sent": 4,
              "approved": 3, "rejected": 1, "waiting": 2,
              "incidents": incidents, "minutes": 12, "agreements": 4, "read": 40}
       for name, incidents in (("total", 5), ("row", -1))},
    "earlier": [{"number": 3, "year": 2026, "accounts": 11, "official": 9, "new": 1, "closed": 0, "sent": 2,
                 "approved": 1, "rejected": 0, "incidents": 3, "minutes": m} for m in (12, -1)],
    # incidents: `data_of` and `details_of` in handlers/incidents/cards.py, and what single cards and parts add
    "kind": "threat", "severity": "high", "route": "both", "level": 1, "fallback": True, "waited": 30,
    "reporter": "Työntekijä", "concerned": "Työntekijä", "holder": "Tietohallintopäällikkö", "offered": "Esimies",
    "told": ["Tietohallintopäällikkö", "Esimies"], "added": ["Esimies"], "twins": ["18", "19"],
    "aid": [{"name": "call_112", "source": "emergency", "place": ""},
            {"name": "tell_supervisor", "source": "guideline", "place": "Tietoturva"}],
    "account": {"name": "Kirjasto", "channel": "instagram", "address": "www.instagram.com/tuusulankirjasto",
                "owner": "Kirjasto", "mailbox": "kirjasto@tuusula.fi", "recovery": "instagram.com/hacked",
                "admins": ["Työntekijä", "Esimies"]},
    "elsewhere": True, "municipality": "Tuusulan kunta", "call": "040 123 4567", "out_of_hours": True,
    "protection_officer": "tietosuoja@tuusula.fi", "text": "Sain uhkausviestin.", "outcome": "Salasana vaihdettiin.",
    "hold": "Esitutkinta.", "more_files": 2, "file": "kuva.png", "added_files": ["kuva.png"],
    "files": [{"name": "kuva.png", "size": 1024, "sha256": s, "lost": lost, "by": "Työntekijä",
               "at": "2026-11-23T08:00:00+00:00"} for s, lost in (("0a" * 32, False), ("", True), ("", False))],
    "deeds": [{"at": "2026-11-23T08:00:00+00:00", "by": "Esimies", "move": move, "text": "Hyvä.", "value": value,
               "to": "Esimies", "late": "yes", "rule": "", "times": times} for move, value, times in (
                   ("report", "both", ""), ("join", "17", ""), ("severity", "high", ""), ("kind", "threat", ""),
                   ("escalate", "1", "3"), ("clock", "gdpr", ""), ("take", "", ""),
                   ("pause", "", ""), ("extend", "", ""))],
    "clock": {"law": "gdpr", "aware_at": "2026-11-23T08:00:00+00:00", "deadline": "2026-11-26T08:00:00+00:00",
              "hours": 71, "over": False, "outcome": "not_needed", "reason": "Tietoja ei vuotanut.", "by": "Esimies",
              "at": "2026-11-23T09:00:00+00:00"},
    "law": "gdpr", "heading": "cause", "part": "reporter", "words": "kirjasto",
    "kept_months": 24, "months": [{"month": "11/2026", "total": 3, "minutes": m, "kinds": [{"kind": "threat", "count": 2},
                {"kind": "phishing", "count": 1}]} for m in (12, -1)],
}  # fmt: skip


def emptied(value: object) -> object:
    """The value as a card has it where there is nothing: "", no items, 0, a dict of such."""
    return {k: emptied(v) for k, v in value.items()} if isinstance(value, dict) else type(value)()


def stretched(value: object) -> object:
    """A text long and wild, also in a dict; moments and lists stay."""
    if isinstance(value, dict):
        return {k: stretched(v) for k, v in value.items()}
    return WILD if isinstance(value, str) and "2026" not in value else value


WILD = "**[x](javascript:alert(1))** <b>&amp;\n# 1. " * 60
EMPTY: dict[str, object] = {key: emptied(value) for key, value in ORDINARY.items()} | {"rules": [""], "numbers": [1]}
EXTREME: dict[str, object] = {key: stretched(value) for key, value in ORDINARY.items()}


def parsed(name: str, language: str) -> nodes.Template:
    environment = Environment()
    environment.filters |= dict.fromkeys(("moment", "day", "date", "word"), str)
    return environment.parse((FOLDER / language / f"{name}.md.j2").read_text(encoding="utf-8"))


def variables(name: str, language: str) -> set[str]:
    """The data that a template asks for; `find_undeclared_variables` compiles it, and so checks its syntax too."""
    template = parsed(name, language)
    template.environment = Environment()
    template.environment.filters |= dict.fromkeys(("moment", "day", "date", "word"), str)
    return meta.find_undeclared_variables(template)


def blocks(name: str, language: str) -> set[str]:
    return {block.name for block in parsed(name, language).find_all(nodes.Block)}


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "fi"])
def test_every_language_has_the_same_cards_blocks_variables_and_labels(language: str) -> None:
    theirs = sorted(str(p.relative_to(FOLDER / language))[: -len(".md.j2")] for p in (FOLDER / language).rglob("*.md.j2"))
    assert theirs == NAMES
    for name in NAMES:
        assert blocks(name, language) == blocks(name, "fi"), name
        assert variables(name, language) == variables(name, "fi"), name
    labels = [tomllib.loads((FOLDER / c / "labels.toml").read_text("utf-8")) for c in ("fi", language)]
    assert set(labels[0]) == set(labels[1])
    assert all(labels[1].values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ORDINARY, id="ordinary"),
        pytest.param(EMPTY, id="empty"),
        pytest.param(EXTREME, id="extreme", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_every_block_renders(renderer: Renderer, name: str, data: dict[str, object], language: str) -> None:
    parts = tuple(Text(block) for block in sorted(blocks(name, language)))
    shown = renderer.card(Card(name, parts, data), language)
    for part in shown.parts:
        assert "{{" not in part.markdown  # type: ignore[union-attr]
        html = (
            MarkdownIt("zero")
            .enable(["emphasis", "list", "escape", "newline", "link", "autolink"])
            .render(
                part.markdown  # type: ignore[union-attr]
            )
        )
        assert "javascript:" not in re.sub(r">[^<]*<", "><", html), "what people typed never becomes a link"
        assert "<b>" not in html


def test_a_missing_variable_is_an_error_and_not_a_gap(renderer: Renderer) -> None:
    with pytest.raises(UndefinedError):
        renderer.card(Card("questions/silent", (Text("body"),), {}), "fi")


def test_a_missing_block_names_the_file(renderer: Renderer) -> None:
    with pytest.raises(KeyError, match="languages/sv/home/help"):
        renderer.card(Card("home/help", (Text("nothing"),)), "sv")


def test_a_template_cannot_reach_into_python(tmp_path: Path) -> None:
    for code in LANGUAGES:
        (tmp_path / code / "x").mkdir(parents=True)
        (tmp_path / code / "labels.toml").write_text("", "utf-8")
        (tmp_path / code / "x" / "y.md.j2").write_text("{% block a %}{{ ''.__class__.__mro__ }}{% endblock %}", "utf-8")
    with pytest.raises(SecurityError):
        Renderer(tmp_path).card(Card("x/y", (Text("a"),)), "fi")


@given(st.text())
def test_what_people_typed_comes_out_as_they_typed_it(text: str) -> None:
    rendered = (
        MarkdownIt("zero")
        .enable(["emphasis", "list", "escape", "newline", "link", "autolink"])
        .render(f"x {escaped(text)}")
    )
    assert "<strong>" not in rendered
    assert "<a " not in rendered
    assert unmarked(str(escaped(text))) == " ".join(text.split())


def test_moments_are_written_as_each_language_writes_them_in_helsinki_time() -> None:
    stamp = "2026-06-30T21:05:00+00:00"
    assert [moment(stamp, c) for c in LANGUAGES] == ["1.7.2026 klo 0.05", "1.7.2026 kl. 0.05", "1 Jul 2026 at 0:05"]
    assert [moment(stamp, c, DAYS) for c in LANGUAGES] == ["1.7.2026", "1.7.2026", "1 Jul 2026"]
    assert moment("", "fi") == ""


def test_each_part_of_a_card_is_shown(renderer: Renderer) -> None:
    card = Card(
        "questions/answered",
        (
            Text("answer"),
            Note("notes"),
            Quote("Alku. Ydin. Loppu.", "Ydin.", "Ohje", "Luku", "1.1.2026", "tuusula/a/b", 1, "Toimiala"),
            Said("**ei lihavoida**", "answer"),
            Buttons((Button("questions/show", "questions/1", "x"), Button("home/prompt", value="Kysy", style="prompt"))),
            Feedback("questions/feedback", "questions/1"),
        ),
        ORDINARY,
    )
    text, note, quote, said, row, feedback = renderer.card(card, "fi").parts
    assert (text.kind, note.kind, note.small) == ("words", "words", True)  # type: ignore[union-attr]
    assert (quote.before, quote.focus, quote.after) == ("Alku. ", "Ydin.", " Loppu.")  # type: ignore[union-attr]
    assert quote.source.startswith("Toimiala · Ohje › Luku · ")  # type: ignore[union-attr]
    assert said.text == "**ei lihavoida**"  # type: ignore[union-attr]
    assert [b.label for b in row.buttons] == ["Näytä kohta 1", "Kysy"]  # type: ignore[union-attr]
    assert feedback.yes  # type: ignore[union-attr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_show_labels_options_and_errors_at_their_fields(renderer: Renderer, language: str) -> None:
    fields = (Field("text", "long", "Miksi?"), Field("named", "choice", "no", options=("yes", "no")))
    form = renderer.form(Form("questions/send", "questions/1", fields), language, {"text": "missing"})
    assert form.title
    assert form.fields[0].error
    assert form.fields[1].error == ""
    assert [value for value, _ in form.fields[1].options] == ["yes", "no"]


def test_fields_that_are_alike_share_their_words_and_have_data_of_their_own(tmp_path: Path) -> None:
    alike = [
        Field(f"account_{n}", "choice", options=("open",), words="account", data={"number": n, "what": f"tieto {n}"})
        for n in (1, 2)
    ]
    common = Field("account", "choice", options=("open",))
    form = renderer_in(tmp_path).form(every_kind(*alike, common), "fi", {"account_2": "missing", "account": "missing"})
    first, second, third = form.fields
    assert (first.label, second.label, third.label) == ("Tili 1", "Tili 2", "Tili 0")
    assert (first.help, third.help) == ("Tilin 1 ohje, tieto 1", "Tilin 0 ohje, tieto")
    assert (second.options, third.options) == ((("open", "Tili 2 auki"),), (("open", "Tili 0 auki"),))
    assert (first.error, second.error, third.error) == ("", "Puuttuu: tieto 2.", "Puuttuu: tieto.")
