"""The flow of a question: its decision table, and whole conversations on a real database."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.export import question_rows
from handlers.cards import Card, Text
from handlers.effects import FieldErrors, Forget, Notify, OpenForm, Remind, Replace, Reply, Tell, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts, Person, Role
from handlers.questions.flow import decide
from handlers.questions.record import Draft, Record, Status
from handlers.typed import Last, meant
from knowledge.answers import Answer, Intent, Outcome
from tests.conftest import World, buttons_of
from tests.fakes import MONDAY

ASKER = Person("asker", "Työntekijä", "a@example.org", supervisor="boss")
OTHER = Person("other", "Toinen työntekijä", "o@example.org")
COMMS = Person("comms", "Viestinnän asiantuntija", "c@example.org", roles=frozenset({Role.COMMUNICATIONS_SPECIALIST}))
DEPUTY = Person("deputy", "Sijainen", "d@example.org", deputy_for=frozenset({Role.COMMUNICATIONS_MANAGER}))
MANAGER = Person("manager", "Viestintäpäällikkö", "m@example.org", roles=frozenset({Role.COMMUNICATIONS_MANAGER}))
AWAY = replace(COMMS, id="away", away=True)
PEOPLE = {p.id: p for p in (ASKER, OTHER, COMMS, DEPUTY, MANAGER, AWAY)}


class People:
    def person(self, person_id: str) -> Person | None:
        return PEOPLE.get(person_id)

    def bearers(self, role: str) -> tuple[Person, ...]:
        return tuple(p for p in PEOPLE.values() if role in p.roles)


class EveryHour:
    def after(self, start: datetime, worked: timedelta) -> datetime:
        return start + worked

    def next_week(self, now: datetime) -> datetime:
        return now + timedelta(days=7)


def facts(person: str, answer: Answer | None = None) -> Facts:
    return Facts(MONDAY, PEOPLE.get(person), "fi", People(), EveryHour(), answer)


ASKED = Record("asker", "fake:dm:asker", "Kysymys?", "fi", "question", "silent", (), MONDAY, key="questions/1", version=1)
WAITING = replace(ASKED, status=Status.WAITING, sent_text="Kysymys?", sent_at=MONDAY)
TAKEN = replace(WAITING, status=Status.TAKEN, taken_by="comms", taken_at=MONDAY)
REPLIED = replace(TAKEN, status=Status.REPLIED, reply="Vastaus.", replied_by="comms", replied_at=MONDAY)
RECORDS = {r.status: r for r in (ASKED, WAITING, TAKEN, REPLIED)}


def pressed(person: str, action: str, value: str = "") -> Pressed:
    return Pressed("k", person, "fake:dm:x", "questions/1", action, value)


def submitted(person: str, form: str, **values: str) -> Submitted:
    return Submitted("k", person, "fake:dm:x", "questions/1", form, values)


DEEDS: dict[str, Any] = {
    "open": lambda who: pressed(who, "questions/send"),
    "send": lambda who: submitted(who, "questions/send", text="Kysymys?", named="yes"),
    "take": lambda who: pressed(who, "questions/take"),
    "write": lambda who: pressed(who, "questions/reply"),
    "reply": lambda who: submitted(who, "questions/reply", text="Vastaus."),
    "chase": lambda who: Elapsed("k", "", "", "questions/1", "chase", MONDAY),  # noqa: ARG005 - the clock is nobody
}
LEADS_ON = {
    ("send", Status.ASKED, "asker"): Status.WAITING,
    ("take", Status.WAITING, "comms"): Status.TAKEN,
    ("take", Status.WAITING, "deputy"): Status.TAKEN,
    ("reply", Status.WAITING, "comms"): Status.REPLIED,
    ("reply", Status.WAITING, "deputy"): Status.REPLIED,
    ("reply", Status.TAKEN, "comms"): Status.REPLIED,
    ("reply", Status.TAKEN, "deputy"): Status.REPLIED,
}
"""Every deed that changes a question's status; all others in the table below must leave it as it is."""


@pytest.mark.parametrize(
    ("deed", "status", "who"),
    list(itertools.product(DEEDS, Status, ("asker", "other", "comms", "deputy", "nobody"))),
)
def test_the_whole_table_of_deed_status_and_person(deed: str, status: Status, who: str) -> None:
    before = RECORDS[status]
    after, effects = decide(before, DEEDS[deed](who), facts(who))
    assert after is not None
    assert after.status is LEADS_ON.get((deed, status, who), status)
    visible = [e for e in effects if isinstance(e, Reply | Tell | Whisper | Notify | OpenForm | FieldErrors | Replace)]
    assert visible or deed == "chase", "every user action gets a visible reply"
    if after.status is before.status and deed in ("send", "take", "reply"):
        assert isinstance(effects[0], Whisper)
        assert after == before


def test_nobody_but_the_communications_team_gets_the_form_to_answer() -> None:
    for who in ("asker", "other", "nobody"):
        _, effects = decide(WAITING, pressed(who, "questions/reply"), facts(who))
        assert [type(e) for e in effects] == [Whisper]
        assert effects[0].card.name == "questions/refused"  # type: ignore[union-attr]


def test_only_the_asker_sends_on_rates_and_opens_their_question() -> None:
    for event in (
        pressed("other", "questions/send"),
        pressed("other", "questions/feedback", "yes"),
        pressed("other", "questions/show", "tuusula/security/links"),
    ):
        after, effects = decide(ASKED, event, facts("other"))
        assert after == ASKED
        assert effects[0].card.parts[0].name == "not_your_question"  # type: ignore[union-attr]


def test_an_empty_question_or_answer_keeps_the_form_open_with_the_error_at_its_field() -> None:
    for record, event in (
        (ASKED, submitted("asker", "questions/send", text="  ", named="no")),
        (ASKED, submitted("asker", "questions/send", text="!?", named="no")),
        (TAKEN, submitted("comms", "questions/reply", text="")),
    ):
        after, effects = decide(record, event, facts(event.person))
        assert after == record
        assert isinstance(effects[0], FieldErrors)
        assert effects[0].errors == {"text": "missing"}
    long = submitted("comms", "questions/reply", text="x" * 3001)
    assert decide(TAKEN, long, facts("comms"))[1][0].errors == {"text": "too_long"}  # type: ignore[union-attr]
    for consent in ("", "NO", "maybe"):
        _, effects = decide(ASKED, submitted("asker", "questions/send", text="Miksi?", named=consent), facts("asker"))
        assert effects[0].errors == {"named": "missing"}, "nobody's name is shown by mistake"  # type: ignore[union-attr]
    form = decide(ASKED, submitted("asker", "questions/send", text="", named="no"), facts("asker"))[1][0]
    assert {f.name: f.value for f in form.form.fields}["named"] == "no"  # type: ignore[union-attr]


def test_the_name_of_the_asker_is_shown_only_with_consent() -> None:
    for named, shown in (("yes", "Työntekijä"), ("no", "")):
        _, effects = decide(ASKED, submitted("asker", "questions/send", text="Miksi?", named=named), facts("asker"))
        team = next(e for e in effects if isinstance(e, Notify))
        assert team.card.data["asker"] == shown


def test_sending_on_tells_the_team_and_the_asker_and_sets_the_reminder() -> None:
    _, effects = decide(ASKED, submitted("asker", "questions/send", text="Miksi?", named="yes"), facts("asker"))
    assert [type(e) for e in effects] == [Notify, Tell, Remind]
    assert effects[2].at == MONDAY + timedelta(hours=4)  # type: ignore[union-attr]


def test_an_unanswered_question_is_said_again_until_somebody_answers() -> None:
    record, told = WAITING, []
    for hours in (4, 16, 32, 48):
        now = replace(facts(""), now=MONDAY + timedelta(hours=hours))
        record, effects = decide(record, Elapsed("k", "", "", "questions/1", "chase"), now)  # type: ignore[assignment]
        told.append([e.team or e.person for e in effects if isinstance(e, Notify)])
        assert isinstance(effects[-1], Remind)
    assert told == [["communications"], *[["communications", "manager"]] * 3]


def test_the_taker_is_reminded_of_what_they_took() -> None:
    _, effects = decide(TAKEN, Elapsed("k", "", "", "questions/1", "chase"), facts(""))
    assert effects[0] == Notify(effects[0].card, person="comms", slot="chase")  # type: ignore[union-attr]


@pytest.mark.parametrize("taker", ["gone", "asker", "away"])
def test_a_taker_who_cannot_answer_any_more_hands_the_reminder_to_the_team(taker: str) -> None:
    _, effects = decide(replace(TAKEN, taken_by=taker), Elapsed("k", "", "", "questions/1", "chase"), facts(""))
    assert effects[0].team == "communications"  # type: ignore[union-attr]


def test_a_draft_is_its_writers_alone_and_of_two_the_one_whose_button_is_pressed() -> None:
    drafts = (
        Draft("d1", "comms", "Ensin näin."),
        Draft("d2", "comms", "Ei kun näin."),
        Draft("d3", "deputy", "Tai näin."),
    )
    record = replace(TAKEN, drafts=drafts)
    for who, draft in (("deputy", "d1"), ("comms", "d3"), ("comms", "d9"), ("asker", "d1")):
        after, effects = decide(record, pressed(who, "questions/confirm", draft), facts(who))
        assert after == record
        assert isinstance(effects[0], Whisper)
    after, _ = decide(record, pressed("comms", "questions/confirm", "d1"), facts("comms"))
    assert after is not None
    assert (after.status, after.reply, after.drafts) == (Status.REPLIED, "Ensin näin.", ())
    late, effects = decide(replace(REPLIED, drafts=drafts), pressed("deputy", "questions/confirm", "d3"), facts("deputy"))
    assert late.status is Status.REPLIED  # type: ignore[union-attr]
    assert effects[0].card.parts[-1].text == "Tai näin.", "what came too late is given back"  # type: ignore[union-attr]


def test_only_words_of_an_open_question_are_kept_as_drafts() -> None:
    said = Commented("k", "comms", "c", "questions/1", "Näin.", "team")
    for record, kept in ((WAITING, 1), (TAKEN, 1), (REPLIED, 0), (ASKED, 0)):
        after, effects = decide(record, said, facts("comms"))
        assert len(after.drafts) == kept  # type: ignore[union-attr]
        assert len(effects) == kept
    for silent in (replace(said, text="👍"), replace(said, text=" ")):
        assert decide(TAKEN, silent, facts("comms")) == (TAKEN, [])
    for other in ("asker", "nobody"):
        after, effects = decide(TAKEN, replace(said, person=other), facts(other))
        assert after == TAKEN
        assert effects[0].card.name == "questions/refused"  # type: ignore[union-attr]
    many = TAKEN
    for number in range(30):
        many, _ = decide(many, replace(said, key=f"k{number}"), facts("comms"))  # type: ignore[assignment]
    assert len(many.drafts) == 20


def test_nobody_is_reminded_outside_of_working_time() -> None:
    class Closed(EveryHour):
        def after(self, start: datetime, worked: timedelta) -> datetime:
            return start + worked + timedelta(hours=9)

    at_night = replace(facts(""), working_time=Closed())
    for record in (WAITING, TAKEN):
        after, effects = decide(record, Elapsed("k", "", "", "questions/1", "chase", MONDAY), at_night)
        assert after == record
        assert effects == [Remind("chase", MONDAY + timedelta(hours=9))]


def test_story_what_falls_due_while_the_bot_is_down_waits_for_the_morning(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="no")
    world.waits(hours=14)  # midnight in Helsinki
    assert len(world.platform.to("fake:team:communications")) == 1
    world.waits(hours=8, minutes=1)
    assert "odottaa yhä" in world.platform.to("fake:team:communications")[-1].card.plain


def test_a_reminder_of_an_answered_question_says_nothing() -> None:
    assert decide(REPLIED, Elapsed("k", "", "", "questions/1", "chase"), facts("")) == (REPLIED, [])


def test_an_answer_takes_the_reminder_back() -> None:
    _, effects = decide(TAKEN, submitted("comms", "questions/reply", text="Näin."), facts("comms"))
    assert Forget("chase") in effects


def test_r17_a_wish_for_an_account_is_met_with_encouragement_first(world: World) -> None:
    world.asks("employee", "haluttais perustaa oma instatili meidän kirjastolle")
    assert world.last("employee").card.plain.startswith("Hyvä, että mietit")


def test_an_event_that_no_flow_knows_gets_a_sentence() -> None:
    for event in (pressed("asker", "questions/nothing"), Event("k", "asker", "fake:dm:asker", "questions/1")):
        _, effects = decide(ASKED, event, facts("asker"))
        assert isinstance(effects[0], Whisper)
    assert decide(None, pressed("asker", "questions/take"), facts("asker"))[1] == [
        Whisper(Card("questions/gone", (Text("body"),)))
    ]


def test_a_question_without_words_is_asked_again() -> None:
    nothing = Answer("???", "fi", Intent.OTHER, None, Outcome.DECLINED, (), (), reason="empty")
    record, effects = decide(None, Asked("k", "asker", "c", text="???"), facts("asker", nothing))
    assert record is None
    assert effects[0].card.name == "questions/empty"  # type: ignore[union-attr]


def test_a_late_answer_is_not_lost_but_given_back_with_the_one_that_came_first() -> None:
    after, effects = decide(REPLIED, submitted("manager", "questions/reply", text="Minun vastaukseni."), facts("manager"))
    assert after == REPLIED
    assert effects[0].card.parts[-1].text == "Minun vastaukseni."  # type: ignore[union-attr]


# ── stories ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_story_a_silent_question_is_handed_on_taken_and_answered(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    answer = world.last("employee")
    assert answer.card.name == "questions/silent"
    assert "Ohje ei sano mitään" in answer.card.plain
    assert "questions/send" in buttons_of(answer)

    assert world.presses("employee", "questions/send", "questions/1").immediate is not None
    world.submits("employee", "questions/send", "questions/1", text="Miten tili suljetaan?", named="yes")
    team = world.platform.to("fake:team:communications")[-1]
    assert "Työntekijä, kirjasto" in team.card.plain
    assert buttons_of(team) == ["questions/take", "questions/reply"]
    assert "lähetetty viestintään" in world.last("employee").card.plain

    world.presses("communications-specialist", "questions/take", "questions/1", conversation="fake:team:communications")
    assert "käsittelyssä" in world.last("employee").card.plain
    assert world.platform.to("fake:team:communications")[-1].kind == "update"

    world.submits("communications-specialist", "questions/reply", "questions/1", text="Kerro meille, niin suljemme sen.")
    reply = next(s for s in world.platform.to("fake:dm:employee") if s.card.name == "questions/replied")
    assert [p.text for p in reply.card.parts if p.kind == "said"] == [
        "Miten tili suljetaan?",
        "Kerro meille, niin suljemme sen.",
    ]
    assert "Viestinnän asiantuntija" in reply.card.parts[-1].markdown  # type: ignore[union-attr]
    assert "vastattu" in world.last("employee").card.plain


def test_story_two_take_at_once_and_the_later_one_is_told_who_has_it(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="no")
    world.presses("communications-specialist", "questions/take", "questions/1")
    world.presses("communications-manager", "questions/take", "questions/1")
    told = world.platform.to("fake:dm:communications-manager")[0]
    assert told.kind == "whisper"
    assert "Viestinnän asiantuntija" in told.card.plain


DECIDING = "Kuka päättää uudesta some-tilistä?"
FOLLOW_UP = "entä mitä siinä pitää varmistaa?"  # alone it finds another rule


def cited_by(world: World, record: str) -> str:
    kept = world.store.record(record)
    assert kept is not None
    return kept.data.partition('"cited":')[2].partition("]")[0]


def test_story_a_follow_up_keeps_the_context_for_half_an_hour(world: World) -> None:
    world.asks("employee", DECIDING)
    world.waits(minutes=29)
    world.asks("employee", FOLLOW_UP)
    assert "channels/decision" in cited_by(world, "questions/2")
    world.asks("supervisor", DECIDING)
    world.waits(minutes=31)
    world.asks("supervisor", FOLLOW_UP)
    assert "channels/decision" not in cited_by(world, "questions/4")


def test_story_my_own_questions_show_their_state(world: World) -> None:
    world.asks("employee", "omat")
    assert "Et ole lähettänyt" in world.last("employee").card.plain
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text="Miten tili suljetaan?", named="no")
    world.asks("employee", "omat")
    assert "odottaa käsittelijää" in world.last("employee").card.plain
    world.asks("supervisor", "omat")
    assert "Et ole lähettänyt" in world.last("supervisor").card.plain


def test_story_language_is_a_property_of_the_person(world: World) -> None:
    world.asks("employee", "kieli ruotsi")
    assert "på svenska" in world.last("employee").card.plain
    world.asks("employee", "apua")
    assert "Jag svarar på frågor" in world.last("employee").card.plain
    world.asks("supervisor", "apua")
    assert "Vastaan kysymyksiin" in world.last("supervisor").card.plain
    world.asks("employee", "språk")
    assert world.last("employee").card.name == "home/languages"


def test_story_a_question_in_another_language_is_answered_wholly_in_it_and_so_is_the_reply(world: World) -> None:
    world.asks("employee", "How quickly must we answer?")
    assert world.last("employee").card.language == "en"
    assert "Also relevant" in world.last("employee").card.plain
    world.submits("employee", "questions/send", "questions/1", text="How quickly?", named="no")
    world.submits("communications-manager", "questions/reply", "questions/1", text="In two days.")
    mine = [
        s.card for s in world.platform.to("fake:dm:employee") if s.card.name in ("questions/replied", "questions/state")
    ]
    assert {card.language for card in mine} == {"en"}


def test_story_the_words_are_kept_as_they_were_typed(world: World) -> None:
    world.asks("employee", "MITEN SOME-TILI\nSULJETAAN?")
    assert "MITEN SOME-TILI\\nSULJETAAN?" in world.store.record("questions/1").data  # type: ignore[union-attr]


def test_story_feedback_on_an_older_question_does_not_make_it_the_context(world: World) -> None:
    world.asks("employee", "Onko huumori kielletty?")
    world.asks("employee", DECIDING)
    world.presses("employee", "questions/feedback", "questions/1", "yes")
    world.asks("employee", FOLLOW_UP)
    assert "channels/decision" in cited_by(world, "questions/3")


def test_story_not_helpful_leads_to_the_hand_off(world: World) -> None:
    world.asks("employee", "Saako kuvia lapsista julkaista?")
    world.presses("employee", "questions/feedback", "questions/1", "no")
    offered = world.last("employee")
    assert buttons_of(offered) == [*["questions/show"] * 3, "questions/send", "incidents/begin"]
    assert world.store.record("questions/1").data.count('"helpful":"no"') == 1  # type: ignore[union-attr]
    world.presses("employee", "questions/feedback", "questions/1", "yes")
    assert "Kiitos" in world.last("employee").card.plain


def test_what_somebody_writes_beside_their_thumb_is_kept_and_goes_out_with_the_export_masked(world: World) -> None:
    world.asks("employee", "Saako kuvia lapsista julkaista?")
    where = world.platform.direct("employee")
    said = "En löytänyt kohtaa, numeroni on 040 123 4567. " + "x" * 2000
    press = Pressed("thumb", "employee", where, "questions/1", "questions/feedback", "no", said=said)
    world.bot.handle(press)
    world.bot.handle(replace(press, key="again", said=""))
    [row] = question_rows(world.store, MONDAY - timedelta(days=1))
    assert row["helpful"] == "no"
    assert row["remark"].startswith("En löytänyt kohtaa"), "a thumb alone does not take it back"
    assert "040 123" not in row["remark"]
    assert len(row["remark"]) <= 1000


def test_story_reminders_come_in_working_time_and_climb(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="no")

    def reminders(conversation: str) -> int:
        return sum(s.card.name == "questions/still_waiting" for s in world.platform.to(conversation))

    world.waits(hours=3, minutes=59)
    assert reminders("fake:team:communications") == 0
    world.waits(minutes=2)
    assert reminders("fake:team:communications") == 1
    world.waits(days=1)
    assert reminders("fake:team:communications") == 1
    world.waits(days=1)
    assert reminders("fake:team:communications") == 2
    assert reminders("fake:dm:communications-manager") == 1
    world.waits(days=14)
    assert "myöhässä" in world.platform.to("fake:dm:communications-manager")[-1].card.plain


# ── words that do what buttons do ───────────────────────────────────────────────────────────────────────────────────

LAST = Last("questions/1", "Miksi?", ("tuusula/a/b", "tuusula/c/d"))
TYPED = {
    "ota 17": ("questions/take", "questions/17", ""),
    "Take #17.": ("questions/take", "questions/17", ""),
    "vastaa 17: Näin se on.": ("questions/reply", "questions/17", "Näin se on."),
    "svara 17 : Ja": ("questions/reply", "questions/17", "Ja"),
    "kysy viestinnältä": ("questions/send", "questions/1", "no"),
    "Kysy viestinnältä nimellä": ("questions/send", "questions/1", "yes"),
    "ask communications without my name": ("questions/send", "questions/1", "no"),
    "näytä 2": ("questions/show", "questions/1", "tuusula/c/d"),
    "visa punkt 1": ("questions/show", "questions/1", "tuusula/a/b"),
    "auttoi": ("questions/feedback", "questions/1", "yes"),
    "ei auttanut!": ("questions/feedback", "questions/1", "no"),
}
ORDINARY_WORDS = [
    "näytä 9",
    "näytä 0",
    "ota yhteyttä",
    "vastaa 17",
    "Kuka vastaa kommentteihin?",
    "kysyn viestinnältä",
    "",
]


@pytest.mark.parametrize("words", TYPED)
def test_every_button_has_words_that_do_the_same(words: str) -> None:
    name, record, value = TYPED[words]
    event = meant(Asked("k", "p", "c", text=words), LAST)
    assert event.record == record
    if isinstance(event, Pressed):
        assert (event.action, event.value) == (name, value)
    else:
        assert isinstance(event, Submitted)
        assert event.form == name
        assert value in event.values.values()


@pytest.mark.parametrize("words", ORDINARY_WORDS)
def test_other_words_are_a_question(words: str) -> None:
    asked = Asked("k", "p", "c", text=words)
    assert meant(asked, LAST) == asked
    assert meant(Asked("k", "p", "c", text="auttoi"), None) == Asked("k", "p", "c", text="auttoi")


def test_story_the_whole_hand_off_goes_by_words_alone(world: World) -> None:
    world.asks("employee", "Miten some-tili suljetaan?")
    world.asks("employee", "kysy viestinnältä nimellä")
    assert "lähetetty viestintään" in world.last("employee").card.plain
    world.asks("communications-specialist", "ota 1")
    world.asks("communications-specialist", "vastaa 1: Kerro meille, niin suljemme sen.")
    replied = next(s.card for s in world.platform.to("fake:dm:employee") if s.card.name == "questions/replied")
    assert replied.parts[2].text == "Kerro meille, niin suljemme sen."  # type: ignore[union-attr]
    world.asks("employee", "ota 1")
    assert world.last("employee").card.name == "questions/refused"
