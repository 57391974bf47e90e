"""The command line's contract (design, section 7), run as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.storage import Message
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
KEYS = ["question", "language", "intent", "incident_type", "outcome", "answer", "passages", "version"]


def someopas(*arguments: str, data: Path, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SOMEOPAS_DATA": str(data), "SOMEOPAS_DENSE": "0", **more}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, env=environment, input=said, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_ask_prints_the_answer_the_quote_and_the_place(tmp_path: Path) -> None:
    told = someopas("ask", "Kuinka usein salasanat pitää vaihtaa?", data=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Salasanat tulee vaihtaa riittävän usein, esim. 3 kuukauden välein." in told.stdout
    assert "14.4.2020" in told.stdout


def test_ask_json_is_the_object_of_the_contract(tmp_path: Path) -> None:
    told = json.loads(someopas("ask", "--json", "Kuinka usein salasanat pitää vaihtaa?", data=tmp_path).stdout)
    assert list(told) == KEYS
    assert told["version"] == "5.12.2017 (päivitetty kunnanhallitukselle 14.4.2020)"
    assert told["passages"][0].keys() == {"id", "heading", "quote", "score"}
    assert len(told["passages"]) <= 5


def test_ask_in_another_language(tmp_path: Path) -> None:
    told = json.loads(someopas("ask", "--json", "--language", "sv", "salasana vaihto", data=tmp_path).stdout)
    assert told["language"] == "sv"


def test_batch_gives_each_line_its_id_back_and_keeps_the_context(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "question": "Kuinka usein salasanat pitää vaihtaa?", "context": None},
        {"id": 2, "question": "entä mistä se lista löytyy?", "context": "Missä kunnan sometilit on lueteltu?"},
        {"id": None, "question": ""},
    ]
    told = someopas("ask", "--batch", data=tmp_path, said="\n".join(map(json.dumps, lines)) + "\n\n")
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", 2, None]
    assert all(list(a) == ["id", *KEYS] for a in answers)
    assert "tuusula.fi/sosiaalinenmedia" in answers[1]["passages"][0]["quote"]
    assert answers[2]["outcome"] == "declined"


@pytest.mark.parametrize("said", ["not json", "[1]", '{"id": 1}', "null"])
def test_a_bad_batch_line_is_named(said: str, tmp_path: Path) -> None:
    told = someopas("ask", "--batch", data=tmp_path, said=said)
    assert told.returncode == 1
    assert "line 1 is not an object" in told.stderr


def test_ask_without_a_question_says_what_to_give(tmp_path: Path) -> None:
    told = someopas("ask", data=tmp_path)
    assert told.returncode == 1
    assert "Give a question" in told.stderr


def test_import_takes_all_rows_or_none_and_doctor_is_content_afterwards(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(DEMO_PEOPLE.read_text("utf-8") + "x,,not-an-address,,,,,,\n", "utf-8")
    refused = someopas("import", "people", str(wrong), data=tmp_path / "d")
    assert refused.returncode == 1
    assert "Nothing was imported." in refused.stderr
    assert f"row {len(DEMO_PEOPLE.read_text('utf-8').splitlines()) + 1}:" in refused.stderr
    assert someopas("doctor", data=tmp_path / "d").returncode == 1
    people = len(DEMO_PEOPLE.read_text("utf-8").splitlines()) - 1
    assert f"{people} people imported" in someopas("import", "people", str(DEMO_PEOPLE), data=tmp_path / "d").stdout
    healthy = someopas("doctor", data=tmp_path / "d")
    assert (healthy.returncode, healthy.stdout) == (0, "All is well.\n")


def test_backup_restore_and_drill_bring_everybody_back(tmp_path: Path) -> None:
    one, two, copy = tmp_path / "one", tmp_path / "two", str(tmp_path / "copy.tar")
    someopas("import", "people", str(DEMO_PEOPLE), data=one)
    backed_up = someopas("backup", copy, data=one)
    assert backed_up.returncode == 0, backed_up.stderr
    assert "is there already" in someopas("backup", copy, data=one).stderr
    assert "move it away first" in someopas("restore", copy, data=one).stderr
    assert "Give a backup's FILE" in someopas("restore", data=two).stderr
    assert someopas("restore", copy, data=two).stdout == f"Restored to {two / 'someopas.db'}.\n"
    assert someopas("doctor", data=two).returncode == 0
    people = len(DEMO_PEOPLE.read_text("utf-8").splitlines()) - 1
    for drilled in (someopas("drill", copy, data=two), someopas("drill", data=two)):
        assert f"{people} people" in drilled.stdout, drilled.stderr
        assert "Nothing would be sent." in drilled.stdout


def test_what_a_restore_holds_is_named_by_doctor_until_an_administrator_decides(tmp_path: Path) -> None:
    one, two, copy = tmp_path / "one", tmp_path / "two", str(tmp_path / "copy.tar")
    someopas("import", "people", str(DEMO_PEOPLE), data=one)
    store = SqliteStore(one / "someopas.db")
    with store.unit() as unit:
        unit.send(Message("web:dm:employee", "post", "{}", "fi"), SystemClock().now())
    store.close()
    someopas("backup", copy, data=one)
    assert "1 messages that waited in the backup are held" in someopas("restore", copy, data=two).stdout
    told = someopas("doctor", data=two)
    assert (told.returncode, told.stdout.count("\n"), "restore --release" in told.stdout) == (1, 1, True)
    assert someopas("restore", "--drop", data=two).stdout == "1 messages were let be.\n"
    assert someopas("restore", "--hold", data=one).stdout == "1 messages are held.\n"
    assert someopas("doctor", data=two).returncode == 0


def test_serve_without_a_platform_says_what_to_set(tmp_path: Path) -> None:
    told = someopas("serve", data=tmp_path)
    assert told.returncode == 1
    assert "SOMEOPAS_PLATFORMS" in told.stderr


SLACK = {
    "SOMEOPAS_PLATFORMS": '["slack"]', "SOMEOPAS_SLACK_BOT_TOKEN": "xoxb-1", "SOMEOPAS_SLACK_APP_TOKEN": "xapp-1",
    "SOMEOPAS_SLACK_COMMUNICATIONS": "C0VIESTINTA", "SOMEOPAS_SLACK_API": "http://127.0.0.1:9/api/",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SOMEOPAS_PLATFORMS": "slack"}, "A setting is wrong"),
        ({"SOMEOPAS_PLATFORMS": '["teems"]'}, "SOMEOPAS_PLATFORMS"),
        ({"SOMEOPAS_SLACK_BOT_TOKEN": ""}, "SOMEOPAS_SLACK_BOT_TOKEN"),
        ({"SOMEOPAS_SLACK_MODE": "http"}, "SOMEOPAS_SLACK_SIGNING_SECRET"),
    ],
)
def test_serve_names_the_setting_that_is_wrong(tmp_path: Path, changed: dict[str, str], named: str) -> None:
    told = someopas("serve", data=tmp_path, **SLACK | changed)
    assert told.returncode == 1
    assert named in told.stderr
    assert "Traceback" not in told.stderr


def test_serve_waits_for_a_slack_that_does_not_answer_and_ends_when_told(tmp_path: Path) -> None:
    environment = {**os.environ, "SOMEOPAS_DATA": str(tmp_path), "SOMEOPAS_DENSE": "0", **SLACK}
    command = [sys.executable, "-m", "bot", "serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert any("does not answer yet" in line for line in process.stderr)
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_export_writes_what_was_asked_to_a_file_or_prints_it(tmp_path: Path) -> None:
    assert someopas("export", "questions", data=tmp_path).returncode == 1, "there is no database yet"
    someopas("import", "people", str(DEMO_PEOPLE), data=tmp_path)
    printed = someopas("export", "questions", "--format", "csv", data=tmp_path)
    assert printed.stdout.lstrip("\ufeff").startswith("asked_at,language")
    written = someopas("export", "questions", "--format", "xlsx", "--to", str(tmp_path / "q.xlsx"), data=tmp_path)
    assert "0 questions written" in written.stdout
    assert (tmp_path / "q.xlsx").read_bytes()[:2] == b"PK"


def test_the_manifest_is_printed_for_both_ways_to_be_reached() -> None:
    told = json.loads(someopas("manifest", "--json", "--address", "https://x.example.org/slack/events", data=ROOT).stdout)
    assert told["settings"]["socket_mode_enabled"] is False
