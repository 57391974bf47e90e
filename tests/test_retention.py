"""What is kept is kept for its time: each night what is older goes, unless a legal hold stops it; the chain holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.clock import HELSINKI, MovedClock
from bot.records import RECORDS
from bot.retention import AT, Retention, as_text
from bot.settings import Settings
from bot.storage import Account, Entry, StoreError
from bot.storage.keeping import Amended
from bot.wiring import assemble
from handlers.accounts import record as accounts
from handlers.accounts.record import Deed
from handlers.agreements import record as agreements
from handlers.incidents.record import Status as Case
from handlers.overlays import record as overlays
from handlers.questions import record as questions
from handlers.questions.record import Status
from handlers.retention import DAYS, OVER, SOMEBODY, Limits, problems
from knowledge.guide import Guide
from tests.accounts import filled
from tests.conftest import World
from tests.fakes import MONDAY
from tests.incidents import case
from tests.incidents import keeps as keeps_case

ASKED = "Kuka päättää uudesta some-tilistä? Vastaus: maija@example.org, 040 123 4567"
OPEN_QUESTION = "Miten some-tili suljetaan?"


def retention(world: World, **days: int) -> Retention:
    numbers = count(1)
    return Retention(world.store, world.bot.directory, world.clock, days, token=lambda: f"{next(numbers):04}")


def keeps(world: World, key: str, status: str, person: str, data: str, at: datetime = MONDAY) -> None:
    with world.store.unit() as unit:
        unit.save(key, status, person, data, 0, at)


def everything(world: World) -> str:
    """All that is in the database, as one text."""
    tables = ("records", "journal", "outbox", "chat", "accounts", "ways", "languages", "homes", "events", "small_values")
    return json.dumps(
        [[list(row) for row in world.store._rows(f"select * from {t}")] for t in tables], ensure_ascii=False
    )


def question(world: World, number: int = 1) -> Any:
    kept = world.store.record(f"questions/{number}")
    assert kept
    return RECORDS["questions"].validate_json(kept.data)


# ── questions: pseudonymous after 90 days ───────────────────────────────────────────────────────────────────────────


def test_a_question_tells_of_nobody_after_ninety_days_in_no_table(world: World) -> None:
    world.asks("employee", ASKED)
    world.waits(days=90)
    assert "questions" not in retention(world).round()
    assert question(world).asker == "employee"
    world.waits(days=1)
    taken = retention(world).round()
    assert taken["questions"] >= 1
    told = question(world)
    assert told.asker == f"{SOMEBODY}0001"
    assert (told.conversation, told.thread, told.asked_at) == ("", "", MONDAY)
    assert told.text == "Kuka päättää uudesta some-tilistä? Vastaus: […], […]"
    for secret in ("maija@example.org", "040 123 4567"):
        assert secret not in everything(world)
    assert world.store._rows("select 1 from outbox where record = 'questions/1'") == []
    assert [e for e in world.store.journal() if e.record == "questions/1" and (e.person or e.before or e.after)] == []


def test_a_question_that_somebody_still_waits_for_keeps_its_asker(world: World) -> None:
    world.asks("employee", OPEN_QUESTION)
    world.presses("employee", "questions/send", "questions/1")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="yes")
    assert question(world).status is Status.WAITING
    world.clock.move(days=200)
    retention(world).round()
    assert question(world).asker == "employee"
    world.submits("communications-specialist", "questions/reply", "questions/1", text="Näin.")
    assert any("Näin." in str(sent.card) for sent in world.platform.to("fake:dm:employee"))


def test_what_was_left_of_a_question_counts_as_old_as_it_is(world: World) -> None:
    world.asks("employee", ASKED)
    world.clock.move(days=100)
    before = world.store.record("questions/1")
    retention(world).round()
    after = world.store.record("questions/1")
    assert before is not None
    assert after is not None
    assert (after.updated_at, after.version, after.status) == (before.updated_at, before.version, before.status)
    assert world.store.records_since("questions", MONDAY + timedelta(days=1)) == []


def test_questions_of_one_night_are_one_somebodys_and_of_another_night_another_ones(world: World) -> None:
    for _ in range(2):
        world.asks("employee", ASKED)
    world.asks("supervisor", ASKED)
    world.clock.move(days=91)
    made = retention(world)
    world.asks("employee", ASKED)
    made.round()
    world.clock.move(days=91)
    made.round()
    askers = [question(world, number).asker for number in (1, 2, 3, 4)]
    assert askers[0] == askers[1]
    assert len(set(askers)) == 3


# ── the others ──────────────────────────────────────────────────────────────────────────────────────────────────────


def ended(flow: str) -> Any:
    """A record of a flow that is over, in which everything is told that can be."""
    status = OVER[flow].statuses[-1]
    match flow:
        case "questions":
            return questions.Record(
                "employee", "fake:dm:employee", ASKED, "fi", "question", "answered", (), MONDAY, key="questions/1",
                status=questions.Status.REPLIED, sent_text=ASKED, reply=ASKED, replied_by="employee", thread="t:employee",
                drafts=(questions.Draft("1", "employee", "x"),),
            )  # fmt: skip
        case "accounts":
            return replace(filled(status), key="accounts/1", requester="employee", told=("employee",))
        case "agreements":
            return agreements.Record(
                "agreements/1", "employee", next(iter(agreements.Kind)), "fake:dm:employee", MONDAY, MONDAY, status,
                answers={"who": "employee"}, terms={"who": "employee"}, agreed_by="employee", told=("employee",),
                history=(agreements.Deed(MONDAY, "employee", agreements.Move.SEND, "employee"),),
            )  # fmt: skip
        case _:
            return overlays.Record(
                "overlays/1", "employee", "fake:dm:employee", "fi", MONDAY, MONDAY, MONDAY, (), status=status,
                text="employee", informed=("employee",), history=(Deed(MONDAY, "employee", "send", "employee"),),
            )  # fmt: skip


@pytest.mark.parametrize("flow", sorted(OVER))
def test_what_is_left_of_a_record_can_be_read_and_tells_of_nobody(flow: str) -> None:
    left = OVER[flow].left(ended(flow), f"{SOMEBODY}x")
    data = RECORDS[flow].dump_json(left).decode()
    assert RECORDS[flow].validate_json(data) == left
    assert "employee" not in data
    assert "maija@example.org" not in data
    assert left.person == f"{SOMEBODY}x"


def test_a_request_that_came_to_nothing_is_kept_five_years_and_one_that_lives_for_good(world: World) -> None:
    over = ended("accounts")
    living = replace(filled(accounts.Status.OFFICIAL), key="accounts/2", requester="employee")
    for record in (over, living):
        keeps(world, record.key, record.status, record.person, RECORDS["accounts"].dump_json(record).decode())
    world.clock.move(days=1824)
    retention(world).round()
    assert world.store.record("accounts/1").person == "employee"  # type: ignore[union-attr]
    world.clock.move(days=2)
    assert retention(world).round()["requests"] == 1
    assert world.store.record("accounts/1").person.startswith(SOMEBODY)  # type: ignore[union-attr]
    assert world.store.record("accounts/2").person == "employee"  # type: ignore[union-attr]


def test_messages_are_emptied_after_a_year_but_not_where_somebody_is_still_waited_for(world: World) -> None:
    world.asks("employee", "apua")
    world.asks("employee", OPEN_QUESTION)
    world.presses("employee", "questions/send", "questions/1")
    world.submits("employee", "questions/send", "questions/1", text="Miten?", named="yes")
    world.clock.move(days=366)
    retention(world).round()
    left = world.store._rows("select record, card from outbox where sent_at is not null")
    assert {record for record, card in left if card} == {"questions/1"}
    assert all(not card for record, card in left if not record)


def test_keys_of_deliveries_letters_and_chat_go_in_their_time(world: World) -> None:
    with world.store.unit() as unit:
        unit.seen("web:employee:old", MONDAY)
    world.store.say({"key": "said:employee:1", "conversation": "web:dm:employee", "author": "employee", "text": ASKED,
                     "card": "", "language": "", "only_for": ""}, MONDAY)  # fmt: skip
    world.platform.refuses.add("fake:dm:employee")
    world.asks("employee", "apua")
    assert len(world.store.dead_letters()) == 1
    world.clock.move(days=29)
    retention(world).round()
    assert "web:employee:old" in everything(world)
    world.clock.move(days=2)
    assert "events" in retention(world).round()
    assert "web:employee:old" not in everything(world)
    world.clock.move(days=60)
    taken = retention(world).round()
    assert taken["letters"] == 1
    assert taken["chat"] == 1
    assert world.store.dead_letters() == []
    assert ASKED not in everything(world)


def test_who_left_the_house_leaves_nothing_of_their_own_and_who_is_there_keeps_it(world: World) -> None:
    for person in ("employee", "gone"):
        keeps(world, f"training/{person}", "open", person, json.dumps({"key": f"training/{person}", "person": person}))
        with world.store.unit() as unit:
            unit.set_language(person, "sv")
    world.store.keep_account(Account("fake:left", "Lähtenyt", "left@example.org", "fi", "gone", MONDAY))
    world.store.keep_way("fake:left", "{}", MONDAY)
    world.clock.move(days=181)
    taken = retention(world).round()
    assert (taken["accounts"], taken["leavers"]) == (1, 2)
    assert world.store.record("training/employee")
    assert world.store.record("training/gone") is None
    assert world.store.languages() == {"employee": "sv"}
    assert world.store.way("fake:left") == ""


def test_the_name_of_a_file_goes_with_the_file(world: World) -> None:
    world.store.put("file:employee:web:aa", "Maijan kuva.jpg")
    world.store.put("file:employee:web:bb", "toinen.jpg")
    made = Retention(world.store, world.bot.directory, world.clock, has_file=lambda sha: sha == "bb")
    assert made.round() == {"files": 1}
    assert "Maijan kuva" not in everything(world)
    assert "toinen.jpg" in everything(world)


def test_when_somebody_signed_out_is_kept_for_as_long_as_a_session_could_last_and_no_longer(world: World) -> None:
    now = world.clock.now().timestamp()
    world.store.put("signed_out:employee", str(now - 23 * 3600))
    world.store.put("signed_out:librarian", str(now - 25 * 3600))
    retention(world).round()
    assert (world.store.get("signed_out:employee"), world.store.get("signed_out:librarian")) == (str(now - 23 * 3600), "")


# ── legal hold ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_legal_hold_keeps_everything_since_a_month_before_the_incident(world: World) -> None:
    world.asks("employee", ASKED)
    world.clock.move(days=40)
    world.asks("supervisor", ASKED)
    world.clock.move(days=10)
    held = replace(case(Case.RESOLVED), key="incidents/1", hold="Poliisitutkinta", reported_at=world.clock.now())
    keeps_case(world, held)
    world.clock.move(days=400)
    retention(world).round()
    assert question(world, 1).asker.startswith(SOMEBODY), "it was asked before what is kept as proof"
    assert question(world, 2).asker == "supervisor"
    assert "legal hold" in as_text(retention(world).report())


def test_the_journals_lines_of_a_held_time_stay(world: World) -> None:
    world.asks("employee", ASKED)
    held = replace(case(Case.RESOLVED), key="incidents/1", hold="Tutkinta", reported_at=MONDAY)
    keeps_case(world, held)
    before = list(world.store.journal())
    world.clock.move(days=4000)
    retention(world).round()
    assert list(world.store.journal())[: len(before)] == before


# ── the journal ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_chain_holds_over_lines_from_which_words_were_taken_and_tells_when(world: World) -> None:
    for _ in range(3):
        world.asks("employee", ASKED)
    world.clock.move(days=91)
    world.asks("employee", ASKED)
    retention(world).round()
    told = list(world.store.journal())
    assert [e.event for e in told if e.event in ("Removed", "Purged")] == ["Removed", "Purged"]
    assert len(json.loads(told[-2].after)) == len(
        [e for e in told if e.record in ("questions/1", "questions/2", "questions/3")]
    )
    assert json.loads(told[-1].after)["questions"] >= 3


def by_hand(world: World, change: str) -> None:
    """Change the journal as who has the file can."""
    with world.store.unit() as unit:
        unit.open_journal()
        unit.run(change)
        unit.close_journal()


@pytest.mark.parametrize("column", ["before", "after", "person", "record"])
def test_words_that_were_taken_out_by_hand_or_changed_afterwards_are_noticed(world: World, column: str) -> None:
    world.asks("employee", ASKED)
    with world.store.unit() as unit:
        unit.amend_journal({1: Amended("questions/1", "", "", "")}, world.clock.now(), "test")
    assert list(world.store.journal())
    by_hand(world, f"update journal set {column} = 'something else' where id = 1")
    with pytest.raises(StoreError, match="Line 1 of the journal was changed"):
        list(world.store.journal())


def test_a_line_that_no_line_tells_of_is_a_changed_one(world: World) -> None:
    world.asks("employee", ASKED)
    world.asks("employee", ASKED)
    by_hand(world, "update journal set before = '', after = '' where id = 2")
    with pytest.raises(StoreError, match="Line 2 of the journal"):
        list(world.store.journal())


def test_a_line_can_be_amended_twice(world: World) -> None:
    world.asks("employee", ASKED)
    for left in (Amended("questions/1", "someone:1", "", "{}"), Amended("x", "", "", "")):
        with world.store.unit() as unit:
            unit.amend_journal({1: left}, world.clock.now(), "test")
    assert next(iter(world.store.journal())).person == ""


def test_lines_are_amended_in_the_round_alone_and_never_by_another_statement(world: World) -> None:
    with world.store.unit() as unit:
        unit.write_journal(Entry(MONDAY, "employee", "Asked", "questions/1", "", "{}"))
        unit.amend_journal({1: Amended("questions/1", "", "", "")}, world.clock.now(), "test")
    for deed in ("update journal set person = 'x'", "update journal set hash = 'x'", "delete from journal"):
        with pytest.raises(Exception, match="append only"):
            world.store._write(deed)


# ── the round ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_round_is_made_once_a_night_also_when_the_bot_was_away(world: World) -> None:
    made = retention(world)
    nights = []
    for hours in range(24 * 6):
        if 30 < hours < 78:
            continue  # two nights in which nobody looked
        world.clock.at = datetime(2026, 10, 23, 12, 0, tzinfo=UTC) + timedelta(hours=hours)
        before = world.store.get("retention")
        made.look()
        if world.store.get("retention") != before:
            nights.append(world.clock.at)
    assert [f"{n:%d %H}" for n in nights] == ["23 12", "24 01", "26 18", "27 02", "28 02", "29 02"]


def test_the_report_shows_what_the_next_round_takes_and_changes_nothing(world: World) -> None:
    world.asks("employee", ASKED)
    world.clock.move(days=91)
    before = everything(world)
    would = retention(world).report().would
    assert everything(world) == before
    assert retention(world).round() == dict(would)
    report = retention(world).report()
    assert report.would == {}
    assert report.taken == dict(would)
    assert as_text(report).count("\n") == len(DAYS) + 1


def test_a_second_round_finds_nothing(world: World) -> None:
    world.asks("employee", ASKED)
    world.clock.move(days=2000)
    assert retention(world).round()
    before = list(world.store.journal())
    assert retention(world).round() == {}
    assert list(world.store.journal()) == before


def test_the_municipality_sets_its_own_days_and_wrong_ones_are_told() -> None:
    limits = Limits(MONDAY, {"questions": 10})
    assert limits.limit("questions") == MONDAY - timedelta(days=10)
    assert limits.limit("messages") == MONDAY - timedelta(days=365)
    assert problems({"questions": 6, "cookies": 10}) == [
        f"“cookies” is nothing that is kept (known: {', '.join(DAYS)})", "questions: at least 7 days",
    ]  # fmt: skip


def test_a_bot_that_is_served_looks_each_minute_whether_the_hour_has_come(
    tmp_path: Path, lexical_guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMEOPAS_RETENTION", '{"questions": 10}')
    made = assemble(Settings(data=tmp_path, dense=False), ["web"], demo=True, guide=lexical_guide)
    made.auditor.nightly()
    looked = made.store.get("retention")
    assert isinstance(made.clock, MovedClock)
    made.clock.offset += timedelta(days=1)
    made.auditor.nightly()
    assert made.store.get("retention") != looked or made.clock.now().astimezone(HELSINKI).time() < AT
    made.store.close()
