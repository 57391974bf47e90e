"""R9–R10: a department's own guideline is proposed, accepted by both management teams, and only then cited.

First the whole table of its life (every status × every event × every role), then stories through the whole bot.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory, read_people
from bot.picture import state_picture
from bot.platforms.slack import blocks
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Card, Text
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, Reply, ShowCard, Tell, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.overlays.flow import begins, decide
from handlers.overlays.record import LONGEST, TRANSITIONS, Move, Record, Status
from handlers.overlays.typed import typed
from handlers.overlays.waiting import due
from knowledge.answers import Outcome
from knowledge.bank import load_bank
from knowledge.document import LANGUAGES
from knowledge.guide import GUIDELINES, Guide
from knowledge.proposed import Proposed, cuts, document, pieces_of
from tests import accounts as a
from tests.accounts import (
    DECISION,
    EMPLOYEE,
    GUEST,
    INFORMATICIAN,
    LIBRARIAN,
    MANAGER,
    MUNICIPAL_SECRETARY,
    OFFICIAL,
    OUTSIDER,
    SECRETARY,
    SKIPPABLE,
    SPECIALIST,
    TEAM,
    cards,
    goes_to,
    imports,
    kept_text,
    now_shown,
    twice,
    words,
    writes,
)
from tests.conftest import World, buttons_of
from tests.fakes import MONDAY
from tests.overlays import (
    ASKED,
    DEPARTMENT,
    DRAFT,
    KEY,
    MENU,
    OTHERS,
    TEXT,
    TITLE,
    accepted,
    concluded,
    decided,
    drafted,
    facts,
    filled,
    overlay,
    sent,
)
from tests.slack.check import check
from tests.tables import row

IDENTITY_CODE = "131052-308T"

# ── the whole table ─────────────────────────────────────────────────────────────────────────────────────────────────

_proposed, _withdrawn = filled(Status.PROPOSED), filled(Status.WITHDRAWN)
STATES: dict[str, Record] = {
    "draft": filled(Status.DRAFT),
    "draft, empty": filled(Status.DRAFT, text="", basis=""),
    "returned": filled(Status.RETURNED),
    "proposed": _proposed,
    "proposed, skippable": replace(_proposed, chain=SKIPPABLE),
    "proposed, last": replace(_proposed, stage=1, told=(MUNICIPAL_SECRETARY,)),
    **{s.value: filled(s) for s in (Status.ACCEPTED, Status.REJECTED, Status.WITHDRAWN, Status.REPLACED,
                                    Status.REPEALED, Status.FORGOTTEN)},
}  # fmt: skip
DRAFTS, FILLING = ("draft", "draft, empty"), ("draft", "draft, empty", "returned")
FIRST = ("proposed", "proposed, skippable")
PROPOSED = (*FIRST, "proposed, last")
ROLES = {
    "proposer": EMPLOYEE, "colleague": INFORMATICIAN, "supervisor": a.SUPERVISOR, "secretary": SECRETARY,
    "municipal": MUNICIPAL_SECRETARY, "communications": SPECIALIST, "outsider": OUTSIDER, "official": OFFICIAL,
    "guest": GUEST,
}  # fmt: skip
"""The proposer, two of the same department, the two secretaries, who are each other's deputies; one of another
department, an elected official, a guest of the workspace."""
PARTIES = {"proposer", "secretary", "municipal", "communications"}


def follows(state: str) -> set[str]:
    if state in DRAFTS:
        return {"proposer"}
    return set() if state == "forgotten" else PARTIES


def reads(state: str) -> set[str]:
    return follows(state) | ({"colleague", "supervisor"} if state == "accepted" else set())


def press(action: str, value: str = "") -> Callable[[str], Event]:
    return lambda who: Pressed("k", who, f"fake:dm:{who}", KEY, f"overlays/{action}", value)


def send(name: str, at: str = "", **values: str) -> Callable[[str], Event]:
    return lambda who: Submitted("k", who, f"fake:dm:{who}", KEY + at, f"overlays/{name}", values)


def decision(outcome: str, at: str = "@1.0") -> Callable[[str], Event]:
    return send("decide", at, **DECISION | {"outcome": outcome, "text": "Näin päätettiin."})


EVENTS: dict[str, Callable[[str], Event]] = {
    **{name: press(name) for name in ("show", "more", "send", "take_back", "withdraw", "add", "edit", "comment", "repeal",
                                      "nothing", "decide", "skip")},
    "part": press("part", "1"),
    "send part": send("part", "@new", text="Tilin salasana vaihdetaan kolmen kuukauden välein."),
    "send edit": send("edit", title="Toinen nimi", department=DEPARTMENT, basis="guideline"),
    "send accepted": decision("approved", ""),
    "send accepted, old round": decision("approved", "@0.0"),
    "send postponed": decision("postponed", ""),
    "send returned": decision("returned", ""),
    "send rejected": decision("rejected", ""),
    "send skip": send("skip", text="Linjaus on jo tehty."),
    "send repeal": send("repeal", text="Toiminta päättyi."),
    "send comment": send("comment", text="Miten etenee?"),
    "send nothing": send("nothing", text="?"),
    "comment in the thread": lambda who: Commented("k", who, f"fake:dm:{who}#m1", KEY, "Miten etenee?", "decider"),
}  # fmt: skip
OF_THE_CLOCK: dict[str, Event] = {
    "turn": Elapsed("k", "", "", KEY, "turn", MONDAY),
    "replaced": Elapsed("k", "", "", KEY, "replaced:overlays/2"),
    "decider unreached": Undelivered("k", "", "", KEY, SECRETARY, "decider"),
    "card unreached": Undelivered("k", "", "", KEY, EMPLOYEE, "state"),
}


ALLOWED = (
    # the proposer
    row("draft", "send", "proposer", Status.PROPOSED, Move.SEND),
    row("returned", "send", "proposer", Status.PROPOSED, Move.SEND),
    *(row(FILLING, event, "proposer") for event in ("send part", "send edit")),
    *(row(FILLING, event, "proposer", reads=True) for event in ("add", "edit")),
    row(("draft", "returned"), "part", "proposer", reads=True),
    row(DRAFTS, "withdraw", "proposer", Status.FORGOTTEN, Move.WITHDRAW),
    row(("returned", *PROPOSED), "withdraw", "proposer", Status.WITHDRAWN, Move.WITHDRAW),
    row(PROPOSED, "take_back", "proposer", Status.RETURNED, Move.TAKE_BACK),
    # the bodies, each by its secretary or the other one as the deputy
    row(PROPOSED, "decide", "secretary municipal", reads=True),
    row(FIRST, "send accepted", "secretary municipal", Status.PROPOSED, Move.APPROVE),
    row("proposed, last", "send accepted", "secretary municipal", Status.ACCEPTED, Move.CONCLUDE),
    row(PROPOSED, "send postponed", "secretary municipal", Status.PROPOSED, Move.POSTPONE),
    row(PROPOSED, "send returned", "secretary municipal", Status.RETURNED, Move.RETURN),
    row(PROPOSED, "send rejected", "secretary municipal", Status.REJECTED, Move.REJECT),
    row("proposed, skippable", "skip", "communications", reads=True),
    row("proposed, skippable", "send skip", "communications", Status.PROPOSED, Move.APPROVE),
    # in force
    row("accepted", "repeal", "secretary municipal communications", reads=True),
    row("accepted", "send repeal", "secretary municipal communications", Status.REPEALED, Move.REPEAL),
    # who may read it, who takes part
    *(row(s, event, " ".join(reads(s)), reads=True) for s in STATES if reads(s) for event in ("show", "more")),
    *(row(s, "comment", " ".join(follows(s)), reads=True) for s in STATES if follows(s)),
    *(row(s, event, " ".join(follows(s))) for s in STATES if follows(s)
      for event in ("send comment", "comment in the thread")),
    # what happens of itself
    row("accepted", "replaced", "the_clock", Status.REPLACED, Move.REPLACE),
    row(FIRST, "decider unreached", "the_clock"),
)  # fmt: skip
TABLE = {(state, r.event): r for r in ALLOWED for state in r.states}
VISIBLE = (Reply, Whisper, OpenForm, FieldErrors, ShowCard, Tell)
UNDONE = ("overlays/refused", "overlays/late", "overlays/gone")


def visible(effects: list[Effect]) -> list[Effect]:
    return [e for e in effects if isinstance(e, VISIBLE)]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_r10_only_what_the_table_allows_changes_a_guideline_and_all_else_is_answered(
    state: str, event: str, renderer: Renderer
) -> None:
    before, rule = STATES[state], TABLE.get((state, event))
    for role, who in ROLES.items():
        case = f"{state} × {event} × {role}"
        after, effects = decide(before, EVENTS[event](who), facts(who, before, chain=before.chain))
        if event == "comment in the thread" and not effects:
            assert not (rule and role in rule.roles), case
            assert after == before, case
            continue  # colleagues talk in a thread: the bot says nothing in between
        (answer,) = visible(effects)
        card = getattr(answer, "card", None)
        said = words(renderer.card(card, "fi")) if card else ""
        assert after is not None
        if rule and role in rule.roles:
            assert card is None or card.name not in UNDONE, f"{case}: {said}"
            assert not isinstance(answer, FieldErrors), f"{case}: {answer}"
            assert after.status is (rule.after or before.status), case
            assert (after == before) is rule.reads, case
            continue
        assert after == before, f"{case}: {said}"
        assert card is not None, f"{case}: {answer}"
        assert card.name in UNDONE, f"{case}: {said}"
        assert not [e for e in effects if isinstance(e, Notify)], f"{case}: somebody is told of it"
        if role not in reads(state):
            assert not any(text in said for text in (TITLE, TEXT[:40], "Hyvä ajatus!")), f"{case}: {said}"


@pytest.mark.parametrize("event", OF_THE_CLOCK)
@pytest.mark.parametrize("state", STATES)
def test_a3_of_itself_nothing_is_decided(state: str, event: str) -> None:
    before, rule = STATES[state], TABLE.get((state, event))
    after, effects = decide(before, OF_THE_CLOCK[event], facts("", before, chain=before.chain))
    assert not visible(effects)
    assert after is not None
    assert after.status is ((rule and rule.after) or before.status)
    assert (after == before) is (rule is None)


def test_r10_the_table_reaches_every_transition_and_allows_no_other() -> None:
    allowed = {(STATES[state].status, r.move): r.after for r in ALLOWED for state in r.states if r.move}
    assert allowed == dict(TRANSITIONS)


def test_r10_no_deed_of_a_person_replaces_a_guideline() -> None:
    for made in (
        Pressed("k", OUTSIDER, "c", KEY, "replaced:overlays/2"),
        Submitted("k", OUTSIDER, "c", KEY, "replaced:"),
    ):
        after, _ = decide(STATES["accepted"], made, facts(OUTSIDER))
        assert after == STATES["accepted"]


# ── from text to passages ───────────────────────────────────────────────────────────────────────────────────────────

LINES = st.lists(
    st.one_of(
        st.just(""), st.text(max_size=60), st.text(max_size=30).map(lambda t: f"# {t}"), st.just("- kohta. Toinen!"),
        st.sampled_from(["sana " * 300, "Pitkä virke, jossa on paljon sanoja. " * 60, "# ", "##", "#"]),
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(LINES.map("\n".join))
def test_r9_the_passages_of_any_text_hold_every_word_of_it_in_order(text: str) -> None:
    said: list[str] = []
    heading = ""
    for cut in cuts(text):
        if cut.heading != heading and cut.heading:
            said += cut.heading.split()
        heading = cut.heading
        said += cut.text.split()
    wanted = [w for line in text.splitlines() for w in re.sub(r"^\s*#+\s+(?=\S)", "", line).split()]
    assert [w for w in said if w in wanted] == said
    it = iter(wanted)
    assert all(any(w == x for x in it) for w in said), "in the order of the text"
    assert set(wanted) <= set(said)
    assert all(cut.text.strip() for cut in cuts(text))


@settings(max_examples=200, deadline=None)
@given(LINES.map("\n".join), st.integers(200, 3000))
def test_r9_a_text_cut_for_forms_loses_nothing_and_fits_them(text: str, longest: int) -> None:
    parts = pieces_of(text, longest)
    assert all(0 < len(part) <= longest for part in parts)
    assert " ".join(parts).split() == text.split()


@settings(max_examples=100, deadline=None)
@given(LINES.map("\n".join))
def test_r9_every_passage_has_an_id_of_its_own_and_stands_on_the_page(text: str) -> None:
    made = document(Proposed("3", "Nimi", DEPARTMENT, "1.1.2026", text))
    assert len(made.passages) == len(made.paragraphs) == len(cuts(text))
    assert {p.anchor for p in made.pieces if p.kind == "passage"} == {p.anchor for p in made.passages.values()}


def test_r9_a_list_keeps_the_sentence_that_leads_to_it_and_long_passages_are_cut_at_sentences() -> None:
    (cut,) = cuts("# Kuvat\nKuvia ei julkaista:\n- lapsista\n- tiloista")
    assert (cut.heading, cut.text) == ("Kuvat", "Kuvia ei julkaista:\n- lapsista\n- tiloista")
    long = cuts("Tämä on virke, jossa on sanoja. " * 80)
    assert len(long) > 1
    assert all(c.text.endswith("sanoja.") for c in long)


# ── what is found ───────────────────────────────────────────────────────────────────────────────────────────────────

QUESTIONS = (
    ("kuka tsekkaa kuvat ennenku ne menee nettiin", "1/1"), ("pitääkö open katsoa kuvat läpi ennen julkaisua", "1/1"),
    ("Saako lapsen etunimen laittaa kuvan alle?", "1/2"), ("voiko ryhmän nimen mainita postauksessa", "1/2"),
    ("saako vanhempainillasta laittaa kuvia", "1/3"), ("vanhempainillan kuvat instaan?", "1/3"),
    ("milloin lapsen kuvat pitää poistaa päiväkodin tililtä", "1/4"),
    ("mitä kuville tehdään kun lapsi lähtee eskariin", "1/4"), ("voidaanko retkestä postata kesken reissun", "2/1"),
    ("milloin retkestä saa kertoa somessa", "2/1"), ("mitä sanotaan vanhemmille jotka kuvaa kevätjuhlassa", "2/2"),
    ("saako huoltajat jakaa juhlista videoita", "2/2"), ("vastataanko vanhempien viesteihin instan dm:ssä", "3/1"),
    ("huoltaja kysyi lapsesta instagramin yksityisviestillä, mitä teen", "3/1"), ("missä kerrotaan täistä", "3/2"),
    ("ilmoitetaanko sairastumisista somessa", "3/2"), (ASKED, "4/1"),
    ("Minä päivänä viikon ruokalista julkaistaan?", "4/1"), ("kuka vastaa allergiakysymyksiin", "4/2"),
    ("joku kysyi kommenteissa allergiasta", "4/2"), ("kuinka usein hävikistä kerrotaan", "4/3"),
    ("paljonko ruokaa jäi syömättä, kerrotaanko siitä", "4/3"), ("kenen vuoro on päivittää tiliä", "5/1"),
    ("milloin päivitysvuoro vaihtuu", "5/1"), ("missä tablettia säilytetään", "5/2"),
    ("voiko tabletin viedä kotiin", "5/2"),
)  # fmt: skip
"""Everyday questions about the text, and the passage that answers each. They were written before the search was."""


@pytest.fixture(scope="module", params=["dense", "lexical"])
def with_own(request: pytest.FixtureRequest, guide: Guide, lexical_guide: Guide) -> Guide:
    base = guide if request.param == "dense" else lexical_guide
    made = base.apart()
    made.take([document(Proposed("1", TITLE, DEPARTMENT, "20.11.2026", TEXT))])
    return made


def mine(guide: Guide, question: str) -> list[str]:
    """The passages of the department's own that answer a question of its people."""
    answer = guide.answer(question, department=DEPARTMENT)
    return [c.id.partition("/")[2] for c in answer.cited if c.department]


@pytest.mark.slow
def test_r9_most_everyday_questions_find_their_passage_and_none_a_wrong_one(with_own: Guide) -> None:
    found = {q: mine(with_own, q) for q, _ in QUESTIONS}
    right = [q for q, wanted in QUESTIONS if found[q][:1] == [wanted]]
    wrong = [q for q, wanted in QUESTIONS if found[q] and wanted not in found[q]]
    assert len(right) >= 15, sorted(set(found) - set(right))  # 16 of 26, with the dense model and without
    assert not wrong


@pytest.mark.slow
def test_r9_other_questions_are_answered_as_before_and_silent_topics_stay_silent(with_own: Guide) -> None:
    bank = load_bank(GUIDELINES / "tuusula" / "questions")
    silent = [s for s in bank if s.label.startswith("silent/")]
    # Of all 1209 the nearest to this text are among these two topics'.
    nearest = [s for s in silent if s.label in ("silent/parents-groups", "silent/wilma-messages")]
    asked = [*nearest, *random.Random(9).sample(silent, 300), *random.Random(9).sample(bank, 200)]
    without = with_own.apart()
    own = 0
    for sample in asked:
        before = without.answer(sample.text, department=DEPARTMENT)
        after = with_own.answer(sample.text, department=DEPARTMENT)
        beside = [c for c in after.cited if c.department]
        if sample.label.startswith("silent/"):
            assert not beside, f"{sample.text} → {beside[0].quote}"
        own += bool(beside)
        if before.outcome is Outcome.ANSWERED:
            assert after.outcome is Outcome.ANSWERED
            assert after.cited[0] == before.cited[0], "the common guideline's best answer stays the first"
    assert own <= 5


def test_r9_for_people_of_other_departments_nothing_changes_at_all(with_own: Guide) -> None:
    without = with_own.apart()
    for question in (*(q for q, _ in QUESTIONS), "Kuinka usein salasanat pitää vaihtaa?", "Miten some-tili suljetaan?"):
        for department in ("", OTHERS):
            assert with_own.answer(question, department=department) == without.answer(question, department=department)
    assert with_own.show("oma-1/4/1", "fi", OTHERS) is None
    assert with_own.whole("oma-1", OTHERS) is None


def test_r9_a_department_with_a_guideline_does_not_get_anothers(with_own: Guide) -> None:
    both = with_own.apart()
    other = document(Proposed("2", "Konsernin someohje", OTHERS, "1.1.2026", "Kokouksista ei lähetetä suoraa videota."))
    both.take([document(Proposed("1", TITLE, DEPARTMENT, "20.11.2026", TEXT)), other])
    assert any(c.department for c in both.answer(ASKED, department=DEPARTMENT).cited)
    for question, _ in QUESTIONS:
        answer = both.answer(question, department=OTHERS)
        assert all(c.department in (None, OTHERS) for c in (*answer.cited, *answer.related)), question


def test_r9_the_common_guideline_comes_first_and_each_under_its_own_name(with_own: Guide) -> None:
    answer = with_own.answer("Saako lapsen etunimen laittaa kuvan alle?", department=DEPARTMENT)
    owners = [c.department for c in answer.cited]
    assert owners[-1] == DEPARTMENT
    assert owners == sorted(owners, key=lambda owner: owner is not None)
    assert (answer.cited[-1].title, answer.cited[-1].version) == (TITLE, "20.11.2026")
    assert [c.score for c in answer.cited] == sorted((c.score for c in answer.cited), reverse=True)


# ── a world ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def world(lossless: World) -> World:
    return lossless


def is_told(world: World, person: str, question: str = ASKED) -> bool:
    """Whether the person's question is answered from the guideline."""
    world.asks(person, question)
    shown = world.last(person).card
    return shown.name == "questions/answered" and any(p.focus == MENU for p in shown.parts if p.kind == "quote")


def test_r10_a_guideline_is_found_only_after_both_acceptances_and_at_once(world: World) -> None:
    key = sent(world)
    assert not is_told(world, EMPLOYEE)
    decided(world, key, SECRETARY)
    assert not is_told(world, EMPLOYEE)
    assert "kunnan johtoryhmä" in words(world.last(SECRETARY))
    decided(world, key, MUNICIPAL_SECRETARY, section="7", date="2026-11-22")
    assert overlay(world, key).status is Status.ACCEPTED
    assert "nyt voimassa" in words(world.last(MUNICIPAL_SECRETARY))
    for person in (EMPLOYEE, INFORMATICIAN, SECRETARY):
        assert is_told(world, person)
    for person in (OUTSIDER, SPECIALIST, OFFICIAL):
        assert not is_told(world, person)
    assert overlay(world, key).accepted_on == "2026-11-22"


def test_r9_the_answer_names_the_departments_own_guideline_and_its_version(world: World) -> None:
    accepted(world)
    world.asks(LIBRARIAN, "Saako lapsen etunimen laittaa kuvan alle?")
    shown = world.last(LIBRARIAN).card
    (own,) = [p for p in shown.parts if p.kind == "quote" and p.link.startswith("oma-")]
    assert own.source.startswith(f"{DEPARTMENT} · {TITLE} › Kuvat ja videot · ")
    assert "20.11.2026" in own.source
    assert f"on toimialueesi omasta ohjeesta ({TITLE})" in words(shown)


def test_r10_it_is_found_after_a_restart_too(world: World, guide: Guide, renderer: Renderer) -> None:
    accepted(world)
    bot = Bot(
        world.store, Directory(world.store), world.bot.guide, world.clock, FinnishWorkingTime(), world.bot.platforms
    )
    again = replace(world, bot=bot, sender=Sender(bot, renderer))
    assert is_told(again, INFORMATICIAN)
    assert world.bot.guide.documents == guide.documents, "the guide that bots share is not touched"


@pytest.mark.slow
def test_r10_the_vectors_are_kept_for_the_next_start(world: World, tmp_path: Path, guide: Guide) -> None:
    if guide.vectors is None:
        pytest.skip("without the dense model there are none")
    accepted(world)
    file = tmp_path / "overlay-vectors.npz"
    people, clock, platforms = Directory(world.store), world.clock, world.bot.platforms
    Bot(world.store, people, guide, clock, FinnishWorkingTime(), platforms, overlay_vectors=file)
    fresh = Guide.load(guide.vectors.model)
    made = fresh.vectors.made if fresh.vectors else 0
    Bot(world.store, people, fresh, clock, FinnishWorkingTime(), platforms, overlay_vectors=file)
    assert fresh.vectors
    assert fresh.vectors.made == made


@pytest.mark.parametrize("by", [SECRETARY, SPECIALIST])
def test_r10_a_repealed_guideline_is_gone_at_once_with_a_reason(world: World, by: str) -> None:
    key = accepted(world)
    world.submits(INFORMATICIAN, "overlays/repeal", key, text="En pidä tästä.")
    assert world.last(INFORMATICIAN).card.name == "overlays/refused"
    assert "En pidä tästä." in words(world.last(INFORMATICIAN))
    assert isinstance(world.submits(by, "overlays/repeal", key, text=" ").immediate, FieldErrors)
    assert is_told(world, EMPLOYEE)
    world.asks(by, "kumoa ohje 1: Ruokapalvelut siirtyivät.")
    assert overlay(world, key).status is Status.REPEALED
    assert not is_told(world, EMPLOYEE)
    assert "Ruokapalvelut siirtyivät." in now_shown(world, EMPLOYEE, "overlays/state")[-1]
    assert any("Ruokapalvelut siirtyivät." in words(s) for s in cards(world, TEAM, "overlays/news"))


def test_r10_a_newer_version_takes_the_older_ones_place_only_on_acceptance(world: World) -> None:
    old = accepted(world)
    world.asks(INFORMATICIAN, "uusi versio ohjeesta 1")
    world.asks(INFORMATICIAN, "uusi versio ohjeesta 1")
    newer = "overlays/2"
    assert world.store.record("overlays/3") is None, "asked twice, it is begun once"
    place = next(i for i, part in enumerate(overlay(world, newer).parts, 1) if MENU in part)
    text = overlay(world, newer).parts[place - 1].replace("maanantaisin", "torstaisin")
    world.asks(INFORMATICIAN, f"muuta osaa 2 {place}: {text}")
    world.asks(INFORMATICIAN, "lähetä ohje 2")
    assert is_told(world, EMPLOYEE), "the older one is in force until then"
    decided(world, newer, SECRETARY)
    assert is_told(world, EMPLOYEE)
    decided(world, newer, MUNICIPAL_SECRETARY, section="9")
    assert (overlay(world, old).status, overlay(world, old).replaced_by) == (Status.REPLACED, newer)
    assert not is_told(world, EMPLOYEE)
    world.asks(EMPLOYEE, ASKED)
    quoted = [p.focus for p in world.last(EMPLOYEE).card.parts if p.kind == "quote"]
    assert MENU.replace("maanantaisin", "torstaisin") in quoted
    assert any("Uudempi versio" in text for text in now_shown(world, EMPLOYEE, "overlays/state"))


def test_r10_of_two_newer_versions_the_later_accepted_one_is_in_force_alone(world: World) -> None:
    old = accepted(world)
    for person in (INFORMATICIAN, LIBRARIAN):
        world.asks(person, "uusi versio ohjeesta 1")
    for key, person in (("overlays/2", INFORMATICIAN), ("overlays/3", LIBRARIAN)):
        world.presses(person, "overlays/send", key)
    concluded(world, "overlays/2")
    concluded(world, "overlays/3")
    statuses = [overlay(world, k).status for k in (old, "overlays/2", "overlays/3")]
    assert statuses == [Status.REPLACED, Status.REPLACED, Status.ACCEPTED]


# ── proposing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r9_who_asks_for_a_guideline_of_their_own_reads_the_rules_and_begins(world: World) -> None:
    world.asks(EMPLOYEE, "oma ohje")
    shown = world.last(EMPLOYEE)
    assert sum(p.kind == "quote" for p in shown.card.parts) == 2
    assert buttons_of(shown) == ["overlays/begin", "overlays/list"]
    opened = world.presses(EMPLOYEE, "overlays/begin", "").immediate
    assert isinstance(opened, OpenForm)
    assert {f.name: f.value for f in opened.form.fields}["department"] == DEPARTMENT


def test_r9_a_question_about_guidelines_of_ones_own_is_still_answered(world: World) -> None:
    for question in ("Voiko meidän toimialalla olla oma, tarkempi some-ohje?", "oma ohje päiväkodille, kuka hyväksyy?"):
        world.asks(EMPLOYEE, question)
        assert world.last(EMPLOYEE).card.name == "questions/answered"


def test_r9_guests_propose_nothing() -> None:
    after, effects = decide(None, Pressed("k", GUEST, "c", "", "overlays/begin"), facts(GUEST))
    assert after is None
    assert isinstance(effects[0], Whisper)
    after, effects = decide(None, Submitted("k", GUEST, "c", "overlays/9", "overlays/draft", DRAFT), facts(GUEST))
    assert after is None
    assert isinstance(effects[0], Whisper)


def test_r9_the_card_shows_how_the_text_is_cut_before_it_is_sent(world: World) -> None:
    key = drafted(world)
    said = words(world.last(EMPLOYEE))
    assert "13 kohtaa" in said
    assert "1 Kuvat ja videot: Päiväkodissa kuvat julkaistaan vasta" in said
    assert "overlays/send" in buttons_of(world.last(EMPLOYEE))
    world.asks(EMPLOYEE, "ohje 1 sivu 2")
    assert "13 Työvuorot: Tablettia" in words(world.last(EMPLOYEE))
    assert overlay(world, key).status is Status.DRAFT


def test_r9_a_long_text_is_written_in_parts_up_to_the_limit(world: World) -> None:
    stretch = ("Tämä on yksi ohjeen kohta, jossa on muutama sana. " * 58).strip()
    key = drafted(world, text=stretch)
    for _ in range(5):
        world.submits(EMPLOYEE, "overlays/part", f"{key}@new", text=stretch)
    assert len(overlay(world, key).text) > 17_000
    kept = overlay(world, key).text
    answer = world.submits(EMPLOYEE, "overlays/part", f"{key}@new", text=stretch).immediate
    assert isinstance(answer, FieldErrors)
    assert answer.errors == {"text": "too_much"}
    assert answer.form.fields[0].value == stretch
    assert overlay(world, key).text == kept
    assert len(kept) <= LONGEST
    world.submits(EMPLOYEE, "overlays/part", f"{key}@2", text="Toinen osa on nyt lyhyt.")
    assert "Toinen osa on nyt lyhyt." in overlay(world, key).text
    world.submits(EMPLOYEE, "overlays/part", f"{key}@2", text="")
    assert "Toinen osa" not in overlay(world, key).text or len(overlay(world, key).parts) < 6


def test_r9_a_part_that_changed_meanwhile_is_not_written_over(world: World) -> None:
    key = drafted(world)
    opened = world.presses(EMPLOYEE, "overlays/part", key, "1").immediate
    assert isinstance(opened, OpenForm)
    world.asks(EMPLOYEE, "lisää osa 1: Uusi kohta lopussa.")
    world.submits(EMPLOYEE, "overlays/part", opened.form.record, text="Vanha lomake.")
    assert world.last(EMPLOYEE).card.name in ("overlays/late", "overlays/guideline")
    assert "Vanha lomake." not in overlay(world, key).text
    assert any("Vanha lomake." in words(s) for s in cards(world, EMPLOYEE, "overlays/late"))


def test_r9_by_words_alone_from_the_first_to_the_acceptance(world: World) -> None:
    world.asks(EMPLOYEE, f"uusi ohje: Ruokalistat\n{MENU}\n\nAllergiat ohjataan eteenpäin.")
    assert overlay(world).title == "Ruokalistat"
    world.asks(EMPLOYEE, "lähetä ohje 1")
    assert "Puuttuu: peruste" in words(world.last(EMPLOYEE))
    world.asks(EMPLOYEE, "ohjeen peruste 1: jotain")
    assert overlay(world).basis == ""
    world.asks(EMPLOYEE, "ohjeen peruste 1: toiminnan luonne")
    world.asks(EMPLOYEE, "ohjeen nimi 1: Keittiöiden someohje")
    world.asks(EMPLOYEE, "lisää osa 1: # Kuvat\nAnnoskuvat saa julkaista.")
    world.asks(EMPLOYEE, "lähetä ohje 1")
    assert overlay(world).status is Status.PROPOSED
    world.asks(SPECIALIST, "kommentoi ohjetta 1: Hyvä alku.")
    assert any("Hyvä alku." in words(s) for s in cards(world, EMPLOYEE, "overlays/commented"))
    world.asks(SECRETARY, "ohjepäätös 1: hyväksytty 20.11.2026 § 45")
    world.asks(MUNICIPAL_SECRETARY, "ohjepäätös 1: hyväksytty 22.11.2026")
    assert overlay(world).stage == 1, "a section is needed"
    world.asks(MUNICIPAL_SECRETARY, "ohjepäätös 1: hyväksytty 22.11.2026 § 7")
    assert (overlay(world).status, overlay(world).accepted_on) == (Status.ACCEPTED, "2026-11-22")
    assert is_told(world, LIBRARIAN)


@pytest.mark.parametrize(
    ("text", "name"),
    [(t, n) for n, texts in {
        "overlays/start": ("Oma ohje.", "toimialueen ohje", "egen anvisning", "own guideline"),
        "overlays/list": ("ohjeet", "anvisningar", "guidelines"),
        "overlays/show": ("ohje 3", "anvisning 3", "show guideline 3"),
        "overlays/more": ("ohje 3 sivu 2", "anvisning 3 sida 2", "guideline 3 page 2"),
        "overlays/send": ("lähetä ohje 3", "skicka anvisningen 3", "send guideline 3"),
        "overlays/take_back": ("muokkaa ohjetta 3", "ändra anvisning 3", "edit guideline 3"),
        "overlays/withdraw": ("peru ohje 3", "återta anvisning 3", "withdraw guideline 3"),
        "overlays/renew": ("uusi versio ohjeesta 3", "ny version av anvisning 3", "new version of guideline 3"),
        "overlays/draft": ("uusi ohje: x", "ny anvisning: x", "new guideline: x"),
        "overlays/part": ("lisää osa 3: x", "lägg till del 3: x", "add part 3: x", "muuta osaa 3 2: x",
                          "ändra del 3 2: x", "change part 3 2: x"),
        "overlays/edit": ("ohjeen nimi 3: x", "anvisningens sektor 3: x", "guideline basis 3: work"),
        "overlays/decide": ("ohjepäätös 3: hylätty", "anvisningsbeslut 3: avslogs", "guideline decision 3: rejected"),
        "overlays/comment": ("kommentoi ohjetta 3: x", "kommentera anvisning 3: x", "comment on guideline 3: x"),
        "overlays/repeal": ("kumoa ohje 3: x", "upphäv anvisning 3: x", "repeal guideline 3: x"),
        "overlays/skip": ("ohita ohjeen vaihe 3: x", "hoppa över anvisningens steg 3: x", "skip guideline stage 3: x"),
    }.items() for t in texts],
)  # fmt: skip
def test_r9_every_deed_has_words_in_three_languages(text: str, name: str) -> None:
    event = typed(Asked("k", EMPLOYEE, "c", text=text))
    assert isinstance(event, Pressed | Submitted)
    assert (event.action if isinstance(event, Pressed) else event.form) == name
    assert typed(Asked("k", EMPLOYEE, "c", text=text, addressed=False)) is None


def test_r9_secrets_are_kept_nowhere(world: World) -> None:
    key = drafted(world)
    world.submits(EMPLOYEE, "overlays/part", f"{key}@new", text=f"Soita {IDENTITY_CODE} jos epäselvää")
    world.asks(EMPLOYEE, f"lisää osa 1: Soita {IDENTITY_CODE} jos epäselvää")
    world.submits(EMPLOYEE, "overlays/edit", key, title=IDENTITY_CODE, department=DEPARTMENT, basis="work")
    world.submits(EMPLOYEE, "overlays/draft", "overlays/new", **DRAFT | {"title": "x", "text": IDENTITY_CODE})
    world.presses(EMPLOYEE, "overlays/send", key)
    world.submits(SECRETARY, "overlays/decide", key, outcome="returned", date="2026-11-20", text=IDENTITY_CODE)
    world.submits(SECRETARY, "overlays/comment", key, text=IDENTITY_CODE)
    assert IDENTITY_CODE not in kept_text(world)


def test_r9_a_draft_is_its_writers_alone_and_a_withdrawn_one_leaves_nothing(world: World) -> None:
    key = drafted(world, title="Aivan oma nimi")
    for person in (INFORMATICIAN, SECRETARY, SPECIALIST):
        world.asks(person, "ohje 1")
        assert "Aivan oma nimi" not in words(world.last(person))
        world.asks(person, "ohjeet")
        assert "Aivan oma nimi" not in words(world.last(person))
    world.presses(EMPLOYEE, "overlays/withdraw", key)
    assert overlay(world, key).status is Status.FORGOTTEN
    assert "Aivan oma nimi" not in kept_text(world, "records", "journal")


# ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r10_both_bodies_the_proposer_and_the_communications_team_are_told_of_every_step(world: World) -> None:
    key = sent(world)
    assert cards(world, SECRETARY, "overlays/guideline")
    assert not cards(world, MUNICIPAL_SECRETARY, "overlays/guideline")
    assert any("ehdottaa toimialueen omaa ohjetta" in words(s) for s in cards(world, TEAM, "overlays/news"))
    decided(world, key, SECRETARY)
    assert cards(world, MUNICIPAL_SECRETARY, "overlays/guideline")
    assert any("§ 45" in text for text in now_shown(world, EMPLOYEE, "overlays/state"))
    decided(world, key, MUNICIPAL_SECRETARY, section="7")
    assert any("voimassa 20.11.2026 alkaen" in words(s) for s in cards(world, TEAM, "overlays/news"))
    assert any("hyväksytty" in text for text in now_shown(world, EMPLOYEE, "overlays/state"))


@pytest.mark.parametrize(
    ("values", "field", "error"),
    [({"section": ""}, "section", "no_section"), ({"date": "2026-12-24"}, "date", "future"),
     ({"outcome": "rejected"}, "text", "no_reason"), ({"outcome": "returned"}, "text", "no_reason"),
     ({"outcome": ""}, "outcome", "missing")],
)  # fmt: skip
def test_r10_a_decision_needs_its_meeting_and_its_reason(
    world: World, values: dict[str, str], field: str, error: str
) -> None:
    key = sent(world)
    given = {n: DECISION[n] for n in ("outcome", "date", "section", "text")} | values
    answer = world.submits(SECRETARY, "overlays/decide", f"{key}@1.0", **given).immediate
    assert isinstance(answer, FieldErrors)
    assert answer.errors[field] == error
    assert {f.name: f.value for f in answer.form.fields} == given
    assert overlay(world, key).stage == 0


def test_r10_what_was_returned_is_completed_and_sent_again_and_old_cards_decide_nothing(world: World) -> None:
    key = sent(world)
    decided(world, key, SECRETARY, outcome="returned", text="Kerro myös retkistä.")
    assert overlay(world, key).status is Status.RETURNED
    assert "Kerro myös retkistä." in now_shown(world, EMPLOYEE, "overlays/state")[-1]
    world.submits(EMPLOYEE, "overlays/part", f"{key}@new", text="Retkiltä ei lähetetä kuvia.")
    world.presses(EMPLOYEE, "overlays/send", key)
    world.submits(SECRETARY, "overlays/decide", f"{key}@1.0", **DECISION)
    assert cards(world, SECRETARY, "overlays/late")
    assert overlay(world, key).stage == 0
    concluded(world, key)
    assert "Retkiltä ei lähetetä kuvia." in overlay(world, key).text


def test_r10_decided_twice_it_is_decided_once(world: World) -> None:
    key = sent(world)
    values = {n: DECISION[n] for n in ("outcome", "date", "section", "text")}
    where = world.platform.direct(MUNICIPAL_SECRETARY)
    # The municipal secretary is the department secretary's deputy: the second press must not decide for the next body.
    twice(world, Submitted("k", MUNICIPAL_SECRETARY, where, f"{key}@1.0", "overlays/decide", values))
    assert (overlay(world, key).status, overlay(world, key).stage) == (Status.PROPOSED, 1)
    world.asks(MUNICIPAL_SECRETARY, "ohjepäätös 1: hyväksytty 20.11.2026 § 45")
    assert overlay(world, key).stage == 1
    twice(world, Pressed("k", EMPLOYEE, world.platform.direct(EMPLOYEE), key, "overlays/send"))
    assert overlay(world, key).round == 1
    assert cards(world, EMPLOYEE, "overlays/late")


def test_r10_nobody_decides_on_a_proposal_of_their_own(world: World) -> None:
    key = sent(world, SECRETARY)
    assert cards(world, MUNICIPAL_SECRETARY, "overlays/guideline"), "the deputy has it"
    decided(world, key, SECRETARY)
    assert world.last(SECRETARY).card.name == "overlays/refused"
    assert overlay(world, key).stage == 0
    decided(world, key, MUNICIPAL_SECRETARY)
    assert overlay(world, key).stage == 1


def test_r10_in_the_secretarys_absence_the_deputy_has_it_and_all_can_see_that(world: World) -> None:
    key = sent(world)
    imports(world, department_secretary={"away": True})
    goes_to(world, date(2026, 11, 24))
    assert cards(world, MUNICIPAL_SECRETARY, "overlays/guideline")
    assert any("sijaisena" in text for text in now_shown(world, EMPLOYEE, "overlays/state"))
    decided(world, key, MUNICIPAL_SECRETARY)
    assert overlay(world, key).last("approve").on_behalf == SECRETARY  # type: ignore[union-attr]


def test_r10_without_anybody_who_records_it_is_said_to_who_can_mend_it(world: World) -> None:
    imports(world, department_secretary=None, municipal_secretary=None)
    key = sent(world)
    assert cards(world, TEAM, "overlays/nobody")
    assert cards(world, a.ADMINISTRATOR, "overlays/nobody")
    assert overlay(world, key).status is Status.PROPOSED


def test_r10_who_waits_is_reminded_and_the_deputy_after_four_working_days() -> None:
    record = filled(Status.PROPOSED)

    def reminded(day: int) -> set[str]:
        now = MONDAY.replace(day=day)
        return {m.person or m.team for m in due(facts("", record, now=now))}

    assert reminded(24) == set()
    assert reminded(25) == {SECRETARY}
    assert reminded(27) == {SECRETARY, MUNICIPAL_SECRETARY}
    later = MONDAY.replace(month=12, day=1)
    assert {m.person or m.team for m in due(facts("", record, now=later))} == {
        SECRETARY, MUNICIPAL_SECRETARY, "communications",
    }  # fmt: skip
    returned = filled(Status.RETURNED)
    assert {m.person for m in due(facts("", returned, now=MONDAY.replace(day=25)))} == {EMPLOYEE}
    for status in set(Status) - {Status.PROPOSED, Status.RETURNED}:
        assert not list(due(facts("", filled(status), now=later))), status


@pytest.mark.parametrize("language", LANGUAGES)
def test_r10_a_reminder_is_said_in_every_language(renderer: Renderer, language: str) -> None:
    (matter,) = due(facts("", filled(Status.PROPOSED), now=MONDAY.replace(day=25)))
    shown = renderer.card(Card("reminders/daily", (Text(matter.text.name, matter.text.data),)), language)
    assert TITLE in words(shown)


def test_r10_the_mornings_message_speaks_of_it(world: World) -> None:
    world.bot.begin()
    sent(world)
    goes_to(world, date(2026, 11, 26))
    reminders = [words(s) for s in cards(world, SECRETARY, "reminders/daily")]
    assert any(TITLE in text for text in reminders)


def test_r33_by_night_nothing_is_handed_over(world: World) -> None:
    sent(world)
    imports(world, department_secretary={"away": True})
    told = len(world.platform.sent)
    world.clock.at = MONDAY.replace(day=24, hour=1)
    world.bot.handle(Elapsed("late", "", "", KEY, "turn", late=True))
    world.sender.run_once()
    assert len(world.platform.sent) == told
    goes_to(world, date(2026, 11, 24))
    assert cards(world, MUNICIPAL_SECRETARY, "overlays/guideline")


def test_a1_a_body_is_passed_by_only_where_the_chain_says_so_with_a_reason_and_a_copy(world: World) -> None:
    passing = a.with_chain(world, *SKIPPABLE)
    key = sent(passing)
    passing.submits(OUTSIDER, "overlays/skip", f"{key}@1.0", text="Siksi.")
    assert overlay(passing, key).stage == 0
    passing.submits(MANAGER, "overlays/skip", f"{key}@1.0", text="Linjaus on jo tehty.")
    assert overlay(passing, key).stage == 1
    assert any("Linjaus on jo tehty." in words(s) for s in cards(passing, TEAM, "overlays/news"))


def test_r10_comments_below_the_card_reach_the_others(world: World) -> None:
    sent(world)
    writes(world, SECRETARY, cards(world, SECRETARY, "overlays/guideline")[0], "Tarvitaanko lupa kuviin?")
    assert any("Tarvitaanko lupa kuviin?" in words(s) for s in cards(world, EMPLOYEE, "overlays/commented"))
    writes(world, EMPLOYEE, cards(world, EMPLOYEE, "overlays/commented")[0], "Tarvitaan.")
    assert any("Tarvitaan." in words(s) for s in cards(world, SECRETARY, "overlays/commented"))
    assert [c.text for c in overlay(world).comments] == ["Tarvitaanko lupa kuviin?", "Tarvitaan."]


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r9_everybody_of_the_department_reads_it_whole_and_nobody_else(world: World) -> None:
    accepted(world)
    world.asks(LIBRARIAN, "ohjeet")
    said = words(world.last(LIBRARIAN))
    assert TITLE in said
    assert "Kunnan ohje: " in said
    world.asks(LIBRARIAN, "ohje 1")
    first = words(world.last(LIBRARIAN))
    world.asks(LIBRARIAN, "ohje 1 sivu 2")
    both = first + words(world.last(LIBRARIAN))
    assert all(cut.text in both for cut in cuts(TEXT))
    for person in (OUTSIDER, OFFICIAL):
        world.asks(person, "ohjeet")
        assert TITLE not in words(world.last(person))
        world.asks(person, "ohje 1")
        assert world.last(person).card.name == "overlays/refused"


@pytest.mark.slow
def test_r9_the_longest_text_of_the_shortest_passages_can_be_read_whole(renderer: Renderer) -> None:
    record = filled(Status.ACCEPTED, text="\n\n".join(f"Kohta {n}." for n in range(1500)))
    seen: list[str] = []
    for page in range(1, 400):
        _, effects = decide(record, Pressed("k", LIBRARIAN, "c", KEY, "overlays/more", str(page)), facts(LIBRARIAN))
        shown = renderer.card(effects[0].card, "fi")  # type: ignore[union-attr]
        seen += [p.text for p in shown.parts if p.kind == "said" and p.text.startswith("Kohta")]
        if not any(b.button.action == "overlays/more" for p in shown.parts if p.kind == "buttons" for b in p.buttons):
            break
    assert seen == [f"Kohta {n}." for n in range(1500)]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_r9_every_card_is_said_in_every_language_and_fits_slack(renderer: Renderer, state: str, language: str) -> None:
    before = STATES[state]
    made = [decide(before, event(who), facts(who, before, chain=before.chain))[1]
            for who in (EMPLOYEE, SECRETARY, SPECIALIST, LIBRARIAN) for event in EVENTS.values()]  # fmt: skip
    effects = {repr(effect): effect for several in made for effect in several}.values()
    for card in {repr(c): c for e in effects if (c := getattr(e, "card", None))}.values():
        assert check("message", blocks.message(renderer.card(card, language))) == []
    for form in {repr(f): f for e in effects if (f := getattr(e, "form", None))}.values():
        shown = renderer.form(form, language)
        assert 0 < len(shown.title) <= 24, "Slack cuts a longer one"
        assert check("modal", blocks.modal(shown, "")) == []


def test_r9_the_picture_of_the_docs_is_the_table_of_the_code(renderer: Renderer) -> None:
    page = (Path(__file__).parent.parent / "docs" / "overlays.md").read_text("utf-8")
    assert f"```mermaid\n{state_picture(renderer, 'fi', 'overlays')}```" in page


# ── the web's page ──────────────────────────────────────────────────────────────────────────────────────────────────


class Web:
    """The page's requests."""

    def __init__(self, folder: Path, guide: Guide, renderer: Renderer) -> None:
        self.store = SqliteStore(folder / "web.db")
        self.store.replace_people(read_people(DEMO_PEOPLE))
        self.clock = MovedClock()
        self.clock.offset = MONDAY - self.clock.now()
        self.platform = WebPlatform(self.store, self.clock)
        bot = Bot(self.store, Directory(self.store), guide, self.clock, FinnishWorkingTime(), {"web": self.platform})
        self.sender = Sender(bot, renderer)
        self.http = TestClient(
            Page(bot, self.platform, renderer, self.sender, self.clock).app(), base_url="http://127.0.0.1"
        )
        self.count = 0

    def does(self, path: str, person: str, **body: object) -> dict[str, object]:
        self.count += 1
        body |= {"key": f"key-{self.count:08}", "person": person, "conversation": self.platform.direct(person)}
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        self.sender.run_once()
        return answer.json()  # type: ignore[no-any-return]

    def sees(self, person: str) -> str:
        query = {"as": person, "conversation": self.platform.direct(person)}
        return "".join(m["html"] for m in self.http.get("/messages", params=query).json()["messages"])

    def reads(self, person: str, document: str = "oma-1") -> str:
        answer = self.http.get(f"/ohje/{document}", params={"as": person})
        return answer.text if answer.status_code == 200 else ""


@pytest.fixture
def web(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[Web]:
    made = Web(tmp_path, lexical_guide, renderer)
    with made.http:
        yield made
    made.store.close()


def test_r9_r10_on_the_page_from_the_proposal_to_the_answer_and_the_whole_text(web: Web) -> None:
    wild = "<script>alert(1)</script> **ei lihavoida** [x](javascript:alert(1))"
    web.does("/submit", EMPLOYEE, form="overlays/draft", record="overlays/new", values=DRAFT)
    web.does("/submit", EMPLOYEE, form="overlays/part", record="overlays/1@new", values={"text": wild})
    web.does("/ask", EMPLOYEE, text="ohje 1 sivu 2")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **ei lihavoida**" in web.sees(EMPLOYEE)
    assert "<script>alert" not in web.sees(EMPLOYEE)
    web.does("/press", EMPLOYEE, action="overlays/send", record="overlays/1", value="")
    assert not web.reads(EMPLOYEE)
    values = {"outcome": "approved", "date": "2026-11-20", "section": "45", "text": ""}
    web.does("/submit", SECRETARY, form="overlays/decide", record="overlays/1@1.0", values=values)
    values["section"] = "7"
    web.does("/submit", MUNICIPAL_SECRETARY, form="overlays/decide", record="overlays/1@1.1", values=values)
    web.does("/ask", LIBRARIAN, text=ASKED)
    assert MENU in web.sees(LIBRARIAN)
    assert 'href="/ohje/oma-1#4/1"' in web.sees(LIBRARIAN)
    html = web.reads(LIBRARIAN)
    assert 'id="4/1"' in html
    assert MENU in html
    assert "<h1>" in html
    assert "<script>alert" not in html
    assert 'javascript:alert(1)"' not in html
    for person in (OUTSIDER, OFFICIAL, "nobody"):
        assert not web.reads(person)
    assert web.reads(OUTSIDER, "tuusula"), "the common guideline is everybody's"
    web.does("/ask", OUTSIDER, text=ASKED)
    assert MENU not in web.sees(OUTSIDER)


def test_r10_a_form_with_errors_stays_open_on_the_page(web: Web) -> None:
    answer = web.does("/submit", EMPLOYEE, form="overlays/draft", record="overlays/new", values=DRAFT | {"title": " "})
    assert answer.get("errors")
    assert "Viikon ruokalista" in str(answer["form"])


def test_begins_are_new_drafts_only() -> None:
    assert begins(Submitted("k", EMPLOYEE, "c", "overlays/new", "overlays/draft"))
    assert begins(Pressed("k", EMPLOYEE, "c", "", "overlays/renew", KEY))
    assert not begins(Pressed("k", EMPLOYEE, "c", "", "overlays/begin"))
    assert not begins(Asked("k", EMPLOYEE, "c", text="oma ohje"))
