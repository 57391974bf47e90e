"""Incidents beside the chat: `export incident`, `doctor`, and the files of a case by their checksums."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.auditor import Auditor
from bot.directory import read_people
from bot.doctor import online_problems, problems
from bot.evidence import EvidenceStore
from bot.platforms.slack.checks import unreachable
from bot.settings import Settings
from bot.storage import Store
from bot.storage.opening import store_of
from bot.views import Views
from bot.wiring import DEMO_PEOPLE
from handlers.events import Flagged
from handlers.incidents.plan import Plan
from handlers.incidents.record import Evidence, Kind, Route, Status
from tests.accounts import imports, words
from tests.conftest import World
from tests.fakes import MONDAY
from tests.incidents import CASES, DEPUTY, EMPLOYEE, IT_MANAGER, SUPERVISOR, case, enters, got, keeps, of, with_plan
from tests.slack.fake import FakeSlack
from tests.test_command_line import someopas

PICTURE = b"\x89PNG a picture of a threat"
SHA256 = hashlib.sha256(PICTURE).hexdigest()


def kept(folder: Path, *cases: object) -> Store:
    """A store of the demo's people with these cases in it, as the commands find it by the folder's settings."""
    folder.mkdir(parents=True, exist_ok=True)
    store = store_of(Settings(data=folder))
    store.replace_people(read_people(DEMO_PEOPLE))
    with store.unit() as unit:
        for record in cases:
            data = CASES.dump_json(record).decode()  # type: ignore[arg-type]  # cases, as the caller gives them
            unit.save(record.key, record.status, record.person, data, 0, MONDAY)  # type: ignore[attr-defined]
    return store


def test_export_writes_the_whole_case_and_its_files_under_their_checksums(tmp_path: Path) -> None:
    EvidenceStore(tmp_path / "evidence").keep([PICTURE])
    evidence = (Evidence("web:x", "uhkaus.png", EMPLOYEE, MONDAY, len(PICTURE), SHA256),)
    kept(tmp_path, case(Status.RESOLVED, evidence=evidence)).close()
    told = someopas(
        "export", "incident", "1", "--to", str(tmp_path / "case.html"), "--files", str(tmp_path / "files"), data=tmp_path
    )
    assert told.returncode == 0, told.stderr
    html = (tmp_path / "case.html").read_text("utf-8")
    for said in ("hxxps://pahis[.]example[.]net", "Salasana vaihdettiin.", SHA256, "uhkaus.png", "Työntekijä, kirjasto"):
        assert said in html
    assert "<a " not in html
    assert "<script" not in html
    assert [f.name for f in (tmp_path / "files").iterdir()] == [SHA256]
    assert (tmp_path / "files" / SHA256).read_bytes() == PICTURE


@pytest.mark.parametrize("status", [Status.DRAFT, Status.ERASED, Status.FORGOTTEN])
def test_export_has_nothing_to_say_of_what_was_not_reported_or_is_gone(tmp_path: Path, status: Status) -> None:
    kept(tmp_path, case(status)).close()
    told = someopas("export", "incident", "1", "--to", str(tmp_path / "case.html"), data=tmp_path)
    assert told.returncode == 1
    assert "There is no incident 1" in told.stderr
    assert not (tmp_path / "case.html").exists()


def settings(folder: Path, slack: FakeSlack | None = None, **changed: object) -> Settings:
    address = f"{slack.address}api/" if slack else "http://127.0.0.1:9/api/"
    values = {"data": folder, "dense": False, "slack_bot_token": "xoxb-1", "slack_api": address, **changed}
    return Settings.model_validate(values)


def test_r145_doctor_names_an_open_case_that_nothing_would_wake_and_a_fallback_that_is_nobody(tmp_path: Path) -> None:
    kept(tmp_path, case(), case(Status.RESOLVED, key="incidents/2")).close()
    found = problems(settings(tmp_path, incident_fallback=["eikukaan@example.org", "paakayttaja@example.org"]))
    assert [line.split()[1] for line in found if line.startswith("incidents:")] == ["incidents/1", "eikukaan@example.org"]


def test_r145_doctor_fails_where_nobody_is_the_it_manager(tmp_path: Path) -> None:
    store = kept(tmp_path)
    store.replace_people([replace(p, roles=p.roles - {"it_manager"}) for p in store.people()])
    store.close()
    assert any("Nobody bears the role it_manager" in line for line in problems(settings(tmp_path)))


def test_r145_doctor_online_names_who_would_get_incidents_and_is_not_on_slack(tmp_path: Path, fake: FakeSlack) -> None:
    store = kept(tmp_path)
    known = next(iter(user["profile"]["email"] for user in fake.users.values() if "email" in user.get("profile", {})))
    people = [replace(p, email=known) if p.id == IT_MANAGER else p for p in store.people()]
    store.replace_people([p for p in people if p.id == IT_MANAGER or p.email != known])
    deputies = [p.email for p in store.people() if "it_manager" in p.deputy_for]
    store.close()
    found = online_problems(settings(tmp_path, fake, incident_fallback=["eikukaan@example.org"]), unreachable)
    of_incidents = [line.split()[1] for line in found if line.startswith("incidents: ")]
    assert of_incidents == [e for e in deputies if e not in str(fake.users)]
    others = [line.split()[1] for line in found if line.startswith("people: ")]
    assert "sihteeri.kunta@example.org" in others, "who bears a role is named too, once"
    assert not set(others) & set(of_incidents)
    assert found
    assert online_problems(settings(tmp_path), unreachable) == [], "that Slack is silent is said of its token"


def test_the_retention_setting_takes_known_kinds_and_whole_months(tmp_path: Path) -> None:
    plan = settings(tmp_path, incident_retention={"threat": 36}).plan
    assert (plan.months(Kind.THREAT), plan.months(Kind.PHISHING)) == (36, 24)
    for wrong in ({"uhkaus": 36}, {"threat": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            settings(tmp_path, incident_retention=wrong)


# ── what a year of use would show ───────────────────────────────────────────────────────────────────────────────────


def test_r147_a_supervisor_who_does_not_open_a_threat_is_told_again_and_the_one_above_too(world: World) -> None:
    world.submits(EMPLOYEE, "incidents/report", "", text="Minua uhkaillaan.", kind="threat", route="both")
    before = len(world.platform.sent)
    world.waits(minutes=31)
    assert [s.card.name for s in got(world, SUPERVISOR, "incidents/supervisor", before)] == ["incidents/supervisor"]
    for person in (DEPUTY, "director"):
        told = [words(s) for s in got(world, person, "incidents/unheld", before)]
        assert len(told) == 1
        assert "Esihenkilö, kirjasto" in told[0]
        assert "Työntekijä" not in told[0]
    world.waits(minutes=60)
    assert len(got(world, SUPERVISOR, "incidents/supervisor")) == 2, "once is enough"


def test_r147_a_supervisor_who_has_opened_it_is_left_in_peace(world: World) -> None:
    world.submits(EMPLOYEE, "incidents/report", "", text="Minua uhkaillaan.", kind="threat", route="both")
    world.presses(SUPERVISOR, "incidents/show", "incidents/1")
    assert of(world).cared
    world.waits(minutes=90)
    assert len(got(world, SUPERVISOR, "incidents/supervisor")) == 1


def test_r147_a_supervisor_who_is_part_of_it_is_never_told_and_nobody_above_is_either(world: World) -> None:
    values = {"text": "Esihenkilö uhkailee.", "kind": "threat", "route": Route.NOT_SUPERVISOR.value}
    world.submits(EMPLOYEE, "incidents/report", "", **values)
    world.waits(minutes=90)
    assert got(world, SUPERVISOR) == []
    assert got(world, DEPUTY) == []


def test_an_account_of_the_municipality_brings_the_steps_to_get_it_back(world: World) -> None:
    enters(world)
    keeps(world, case(Status.TAKEN, kind=Kind.ACCOUNT_TAKEOVER, account="register/r9"))
    world.presses(IT_MANAGER, "incidents/show", "incidents/1")
    said = words(world.last(IT_MANAGER))
    for part in ("Kirjaston kuulumiset", "kirjasto@tuusula.fi", "Kirjastonhoitaja", "instagram.com/hacked", "5."):
        assert part in said


def test_the_auditor_of_an_idle_bot_touches_its_heartbeat(world: World, tmp_path: Path) -> None:
    auditor = Auditor(world.bot, world.clock, tmp_path / "heartbeat")
    assert auditor.look() == []
    assert (tmp_path / "heartbeat").exists()


def test_a_directory_without_the_supervisor_files_all_the_same(world: World) -> None:
    imports(world, employee={"supervisor": ""})
    world.submits(EMPLOYEE, "incidents/report", "", text="Jotain outoa.", kind="other", route="both")
    assert of(world).supervisor == ""
    assert got(world, IT_MANAGER, "incidents/alert")
    assert json.loads(world.store.record("incidents/1").data)["told"] == [IT_MANAGER]  # type: ignore[union-attr]


def test_r145_a_record_that_cannot_be_read_keeps_nobody_from_reporting(world: World) -> None:
    with world.store.unit() as unit:
        unit.save("incidents/50", "reported", "x", '{"key":"incidents/50"}', 0, world.clock.now())
    world.submits(EMPLOYEE, "incidents/report", "", text="Jotain outoa.", kind="other", route="both")
    assert got(world, IT_MANAGER, "incidents/alert")
    keeps(world, case(key="incidents/60"))
    assert Auditor(world.bot, world.clock).look() == ["incidents/50", "incidents/60"]
    assert world.store.has_timer("incidents/60", "escalate"), "one that cannot be read hides none of the others"


@pytest.mark.parametrize("kind", ["kalastelu", "nätfiske", "phishing", "Huijaus"])
def test_a_case_is_found_by_the_word_for_its_kind(world: World, kind: str) -> None:
    keeps(world, case())
    world.asks(IT_MANAGER, f"poikkeamat {kind}")
    assert "incidents/1" in str(world.last(IT_MANAGER).card)
    world.asks(IT_MANAGER, "poikkeamat haittaohjelma")
    assert "incidents/1" not in str(world.last(IT_MANAGER).card)


def test_r147_who_makes_a_threat_of_what_came_straight_to_them_is_told_whom_the_guideline_wants_told(
    world: World,
) -> None:
    world.submits(EMPLOYEE, "incidents/report", "", text="Outoja viestejä.", kind="other", route=Route.IT_MANAGER.value)
    world.presses(IT_MANAGER, "incidents/take", "incidents/1")
    world.submits(IT_MANAGER, "incidents/manage", "incidents/1@typed", kind="threat")
    assert any("lisää esihenkilö tapaukseen" in words(s) for s in got(world, IT_MANAGER, "incidents/told"))
    assert got(world, SUPERVISOR) == []
    world.submits(IT_MANAGER, "incidents/manage", "incidents/1@typed", added=SUPERVISOR)
    assert got(world, SUPERVISOR, "incidents/note")


def test_a_file_that_no_case_holds_is_taken_off_the_disk_in_time(tmp_path: Path, world: World) -> None:
    evidence = EvidenceStore(tmp_path / "evidence")
    held, unsent, fresh = (evidence.keep([text])[0] for text in (b"held", b"unsent", b"fresh"))
    keeps(world, case(evidence=(Evidence("web:x", "a.png", EMPLOYEE, MONDAY, 4, held),)))
    for sha256 in (held, unsent):
        os.utime(evidence.path(sha256), (0, 0))
    with_plan(world, Plan(), evidence).bot.begin()
    assert [evidence.path(s).exists() for s in (held, unsent, fresh)] == [True, False, True]


@pytest.mark.parametrize("words", ["esimieheni uhkailee minua viesteillä", "mua uhkaillaan kommenteissa"])
def test_r147_a_command_that_tells_of_a_threat_asks_first_whether_the_supervisor_is_part_of_it(
    world: World, words: str
) -> None:
    world.asks(EMPLOYEE, f"ilmoita {words}")
    assert of(world).status is Status.DRAFT
    assert got(world, SUPERVISOR) == []
    world.presses(EMPLOYEE, "incidents/report", "incidents/1", Route.NOT_SUPERVISOR.value)
    assert of(world).excluded == (SUPERVISOR,)
    assert got(world, IT_MANAGER, "incidents/alert")
    assert got(world, SUPERVISOR) == []


LINK = "https://pahis.example.net/a"


@pytest.mark.parametrize(
    ("kind", "joins"), [("phishing", True), ("other", True), ("account_takeover", False), ("malware", False)]
)
def test_r145_a_wave_takes_in_its_own_kind_and_nothing_that_is_more_urgent(world: World, kind: str, joins: bool) -> None:
    world.submits(EMPLOYEE, "incidents/report", "", text=f"Huijaus {LINK}", kind="phishing", route="both")
    world.submits(DEPUTY, "incidents/report", "", text=f"Minullekin {LINK}", kind=kind, route="both")
    assert (of(world, "incidents/2").status is Status.JOINED) == joins
    assert len(got(world, IT_MANAGER, "incidents/alert")) == (1 if joins else 2)


def test_files_of_a_joined_report_are_told_to_whoever_has_the_case_and_count_as_no_report(world: World) -> None:
    for person in (EMPLOYEE, DEPUTY):
        world.submits(person, "incidents/report", "", text=f"Huijaus {LINK}", kind="phishing", route="both")
    file = f'[{{"source": "web:{SHA256}", "name": "kuva.png", "size": 3}}]'
    world.submits(DEPUTY, "incidents/write", "incidents/2", text="", files=file)
    assert len(of(world).twins) == 1
    assert any("kuva.png" in words(s) for s in got(world, IT_MANAGER, "incidents/said"))


def test_a_draft_that_lay_too_long_leads_its_writer_to_a_new_report(world: World) -> None:
    world.asks(EMPLOYEE, f"Klikkasin outoa linkkiä {LINK}")
    world.waits(hours=25)
    world.presses(EMPLOYEE, "incidents/report", "incidents/1", "both")
    assert world.last(EMPLOYEE).card.name == "incidents/start"


def test_r145_a_sentence_that_begins_like_a_list_is_a_report(world: World) -> None:
    world.asks(EMPLOYEE, "tapaukset joissa joku esiintyy kirjaston nimellä somessa")
    assert world.last(EMPLOYEE).card.name != "incidents/list"


def test_r148_a_download_and_a_refused_one_are_journalled(world: World) -> None:
    keeps(world, case())
    Views(world.bot, world.sender._renderer).file_name(IT_MANAGER, 1, SHA256)
    Views(world.bot, world.sender._renderer).file_name("official", 1, SHA256)
    assert [(e.person, e.event) for e in world.store.journal()] == [
        (IT_MANAGER, "Downloaded evidence"), ("official", "Refused incidents/evidence"),
    ]  # fmt: skip


@pytest.mark.parametrize(("other", "joins"), [("slack:U9", True), ("slack:U8", False), ("", False)])
def test_messages_that_were_chosen_of_one_sender_are_one_wave(world: World, other: str, joins: bool) -> None:
    for number, (person, author) in enumerate(((EMPLOYEE, "slack:U9"), (DEPUTY, other)), 1):
        where = world.platform.direct(person)
        world.bot.handle(Flagged(f"f{number}", person, where, text=f"Palkintosi odottaa {number}", author=author))
        key = f"incidents/{number}@draft"
        world.submits(person, "incidents/report", key, text="Outo viesti", kind="phishing", route="both")
    assert (of(world, "incidents/2").status is Status.JOINED) == joins
