"""What is shipped to run the bot with: units, container, proxy and copies fit the program and each other."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.__main__ import main
from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.platforms.slack.service import PATH as SLACK_PATH
from bot.platforms.teams.service import PATH as TEAMS_PATH
from bot.serving import AGAIN, LONGEST_STOP
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}


def told(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def value(unit: str, name: str) -> str:
    [found] = re.findall(rf"^{name}=(.*)$", unit, re.MULTILINE)
    return str(found)


# ── systemd ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for unit in DEPLOY.glob("someopas*.*"):
        # The program lies somewhere else here; everything else is as it is shipped.
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace("/opt/someopas/.venv", sys.prefix), "utf-8")
    units = sorted(str(unit) for unit in tmp_path.iterdir())
    assert len(units) == 3
    verified = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_judges_the_service_to_be_well_shut_in() -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(DEPLOY / "someopas.service")]
    judged = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert judged.returncode == 0, judged.stdout[-200:]


@pytest.mark.parametrize(
    "line",
    ["Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "Restart=on-failure", "UMask=0077", "User=someopas"],
)
def test_the_service_has_what_the_docs_promise(line: str) -> None:
    assert line in told("someopas.service").splitlines()


def test_the_service_waits_longer_than_the_bot_needs_to_say_that_it_lives_and_to_end() -> None:
    unit = told("someopas.service")
    assert int(value(unit, "WatchdogSec")) >= 3 * AGAIN
    assert int(value(unit, "TimeoutStopSec")) > 2 * LONGEST_STOP
    assert value(unit, "MemoryMax").endswith("M")
    assert int(value(unit, "MemoryMax")[:-1]) > 2 * 260


@pytest.mark.parametrize("name", ["someopas.service", "someopas-backup.service"])
def test_a_unit_writes_where_its_data_lie_and_nowhere_else(name: str) -> None:
    unit = told(name)
    data = re.search(r"SOMEOPAS_DATA=(\S+)", unit)
    assert data
    assert data[1] in value(unit, "ReadWritePaths").split()
    assert all(path.startswith("/var/") for path in value(unit, "ReadWritePaths").split())


def test_no_secret_stands_in_the_environment_of_a_unit() -> None:
    for unit in DEPLOY.glob("*.service"):
        environment = "".join(line for line in unit.read_text("utf-8").splitlines() if line.startswith("Environment="))
        assert not re.search(r"token|secret|password", environment, re.IGNORECASE)


def test_the_commands_of_the_units_and_the_container_exist() -> None:
    words = r"(?:bin/someopas|^CMD \[\"|^ENTRYPOINT \[\"someopas\"\]\nCMD \[\")\s?([a-z]+)"
    named = {w for f in DEPLOY.iterdir() for w in re.findall(words, f.read_text("utf-8"), re.MULTILINE)}
    assert {"serve", "backup"} <= named <= set(main.commands)


# ── the container ───────────────────────────────────────────────────────────────────────────────────────────────────


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions: comments left out, continued lines joined."""
    lines = [line for line in told("Containerfile").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


def test_the_container_is_built_of_one_named_image_and_of_nothing_without_a_hash() -> None:
    images = {value.split(" AS ")[0] for name, value in instructions() if name == "FROM"}
    assert images == {"python:3.11-slim"}
    installed = [value for name, value in instructions() if "pip install" in value]
    assert len(installed) == 2
    assert "--require-hashes -r requirements-teams.lock" in installed[0]
    assert "--no-deps" in installed[1], "the project itself brings in nothing more"
    assert "--no-build-isolation" in installed[1], "what builds it is in the lock too"
    assert not [value for _, value in instructions() if re.search(r"curl|wget|ADD |apt-get|--index-url", value)]


def test_the_container_does_not_run_as_root_and_everything_after_is_said_by_name() -> None:
    names = [name for name, _ in instructions()]
    user = next(value for name, value in instructions() if name == "USER")
    assert user.split(":")[0] not in ("0", "root")
    assert names.index("USER") < names.index("HEALTHCHECK") < names.index("ENTRYPOINT") < names.index("CMD")
    assert ("STOPSIGNAL", "SIGTERM") in instructions()


def test_the_container_asks_the_page_of_health_that_the_bot_has() -> None:
    [check] = [value for name, value in instructions() if name == "HEALTHCHECK"]
    assert f"127.0.0.1:{DEFAULTS['health_port']}/healthz" in check


def test_what_the_container_copies_is_there_and_let_through() -> None:
    let = {line[1:] for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [v for n, v in instructions() if n == "COPY" and not v.startswith("--from")]
    sources = {word for value in copied for word in value.split()[:-1]}
    assert sources == let
    assert all((ROOT / source).exists() for source in sources)


@pytest.mark.slow
def test_what_the_container_copies_and_installs_is_enough_to_answer(tmp_path: Path) -> None:
    """The steps of the first image, followed in an empty folder: no container program is needed for that."""
    first, second = (number for number, (name, _) in enumerate(instructions()) if name == "FROM")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for name, value in instructions()[first:second]:
        if name == "COPY":
            *sources, _ = value.split()
            for source in sources:
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, tmp_path / source)
        if name == "RUN":
            environment = {**os.environ, "PATH": path}
            subprocess.run(value, shell=True, cwd=tmp_path, env=environment, check=True, timeout=600)
    program = [str(tmp_path / ".venv" / "bin" / "python"), "-c"]
    told = subprocess.run(
        [*program, "import psycopg, microsoft_teams.apps, bot; print(bot.__file__)"],
        cwd="/", capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert told.stdout.strip() == str(tmp_path / "bot" / "__init__.py"), told.stderr
    [entry] = [json.loads(value) for name, value in instructions() if name == "ENTRYPOINT"]
    asked = [str(tmp_path / ".venv" / "bin" / entry[0]), "ask", "Kuinka usein salasanat pitää vaihtaa?"]
    answer = subprocess.run(asked, cwd="/", capture_output=True, text=True, timeout=120)
    assert "salasana" in answer.stdout.casefold(), answer.stderr


# ── proxy, copies ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_proxy_lets_the_platforms_through_and_nothing_else() -> None:
    caddy = told("caddy.example")
    passed = dict(re.findall(r"handle (\S+) \{\s+reverse_proxy 127\.0\.0\.1:(\d+)", caddy))
    assert passed == {SLACK_PATH: str(DEFAULTS["slack_port"]), TEAMS_PATH: str(DEFAULTS["teams_port"])}
    assert caddy.count("reverse_proxy") == 2
    assert re.search(r"handle \{\s+respond 404", caddy)


def test_litestream_copies_the_database_of_the_service() -> None:
    [database] = yaml.safe_load(told("litestream.example.yml"))["dbs"]
    data = re.search(r"SOMEOPAS_DATA=(\S+)", told("someopas.service"))
    assert data
    assert database["path"] == str(Settings(_env_file=None, data=Path(data[1])).database)  # type: ignore[call-arg]


# ── the page for the administrator ──────────────────────────────────────────────────────────────────────────────────


def page() -> str:
    return (ROOT / "docs" / "running.md").read_text("utf-8")


def test_the_page_names_every_figure_and_no_other(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    backed_up = tmp_path / "backed-up"
    backed_up.touch()
    shown = Metrics(store, SystemClock(), backed_up).page().decode()
    store.close()
    names = {m for m in re.findall(r"^# TYPE (someopas_\w+)", shown, re.MULTILINE) if not m.endswith("_created")}
    assert set(re.findall(r"`(someopas_\w+)`", page())) == names


def test_every_command_of_the_page_exists() -> None:
    named = set(re.findall(r"(?<![\w./-])someopas ([a-z][a-z-]+)", page()))
    assert {"backup", "restore", "drill", "doctor", "import"} <= named
    assert named <= set(main.commands)


def test_every_file_of_the_page_exists() -> None:
    named = re.findall(r"`(deploy/[\w.-]+)`|\]\(([\w-]+\.md)[#)]", page())
    assert len(named) >= 6
    assert [f for pair in named for f in pair if f and not ((ROOT / f).exists() or (ROOT / "docs" / f).exists())] == []


def test_every_file_to_deploy_is_named_on_the_page() -> None:
    assert [f.name for f in DEPLOY.iterdir() if f"deploy/{f.name}" not in page()] == []
