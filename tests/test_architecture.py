"""The house's rules: imports go one way, and only one place reads the clock, the environment and SQL."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"knowledge": {"knowledge"}, "handlers": {"handlers", "knowledge"}, "bot": {"bot", "handlers", "knowledge"}}
OURS = {"bot", "handlers", "knowledge", "tests", "bench"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_go_one_way(package: str) -> None:
    for path in modules(package):
        ours = {name.split(".")[0] for name in imported(path)} & OURS
        assert ours <= ALLOWED[package], f"{path} imports {ours - ALLOWED[package]}"


def test_handlers_and_knowledge_know_no_platform_no_database_no_web() -> None:
    forbidden = {"sqlite3", "sqlite_utils", "starlette", "uvicorn", "slack_bolt", "slack_sdk", "os", "jinja2", "time"}
    for path in (*modules("handlers"), *modules("knowledge")):
        assert not {n.split(".")[0] for n in imported(path)} & forbidden, path


def test_only_settings_reads_the_environment_and_only_evidence_has_the_disk_write_now() -> None:
    for package in ALLOWED:
        for path in modules(package):
            if path.name not in ("settings.py", "evidence.py"):
                assert "os" not in {n.split(".")[0] for n in imported(path)}, path
            if path.name != "settings.py":
                assert not re.search(r"\b(environ|getenv)\b", path.read_text(encoding="utf-8")), path


def test_only_one_module_knows_the_sdk_of_teams_and_it_is_loaded_where_teams_is_served_alone() -> None:
    sdk = {"microsoft_teams", "httpx", "jwt", "msal"}
    knows = [p.name for p in modules("bot") if {n.split(".")[0] for n in imported(p)} & sdk]
    assert knows == ["connector.py"]
    told = "import bot.__main__, sys; sys.exit(any(m.split('.')[0] in ('microsoft_teams', 'msal') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", told], cwd=ROOT).returncode == 0


def test_no_lock_file_names_an_address() -> None:
    locks = [
        *ROOT.glob("*.lock"),
        *(p for p in ROOT.glob("tests/*/**/package-lock.json") if "node_modules" not in p.parts),
    ]
    assert len(locks) >= 8
    assert [str(p) for p in locks if "://" in p.read_text(encoding="utf-8")] == []


def test_only_the_clock_tells_the_time() -> None:
    for package in ALLOWED:
        for path in modules(package):
            text = path.read_text(encoding="utf-8")
            if path.name not in ("clock.py", "asking.py"):
                assert "datetime.now" not in text, path
                assert "time.time" not in text, path


def test_only_storage_knows_sql() -> None:
    for path in modules("bot"):
        if path.parent.name != "storage":
            assert not any(n.startswith(("sqlite", "pysqlite3")) for n in imported(path)), path


def test_no_module_but_storage_begins_transactions_with_atomic() -> None:
    # atomic() begins deferred: under load such a transaction fails with "database is locked" when it first writes.
    for package in ALLOWED:
        for path in modules(package):
            assert "db.atomic(" not in path.read_text(encoding="utf-8"), path
