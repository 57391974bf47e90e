"""The recipes of CONTRIBUTING.md lead where they say: each is followed to the letter, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from handlers.facts import Person

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
STEP = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`|In `(?P<file>[^`]+)`, below `(?P<line>[^`]+)`|At the end of `(?P<end>[^`]+)`):\n\n"
    r"```\w*\n(?P<text>.*?)```$",
    re.MULTILINE | re.DOTALL,
)


def recipe(title: str) -> str:
    """The part of the page below a heading."""
    [found] = re.findall(rf"^## {title}\n(.*?)(?=^## [A-Z]|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def follow(title: str, folder: Path) -> int:
    """Do what the recipe says, in a folder; gives the number of steps."""
    steps = list(STEP.finditer(recipe(title)))
    for step in steps:
        if step["new"]:
            (folder / step["new"]).parent.mkdir(parents=True, exist_ok=True)
            (folder / step["new"]).write_text(step["text"], "utf-8")
            continue
        file = folder / (step["file"] or step["end"])
        text = file.read_text("utf-8")
        if step["end"]:
            text += step["text"]
        else:
            assert text.count(f"\n{step['line']}\n") == 1, f"{step['line']!r} does not stand once in {file.name}"
            text = text.replace(f"\n{step['line']}\n", f"\n{step['line']}\n{step['text']}")
        file.write_text(text, "utf-8")
    return len(steps)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project in a folder of its own; what no recipe changes is the same."""
    out = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("bot", "handlers", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=out)
    for name in ("knowledge", "docs", "pyproject.toml", "README.md", "CONTRIBUTING.md"):
        (tmp_path / name).symlink_to(ROOT / name)
    for lock in ROOT.glob("*.lock"):
        (tmp_path / lock.name).symlink_to(lock)
    return tmp_path


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **more}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )  # fmt: skip


@pytest.mark.slow
def test_a_flow_is_added_as_the_page_says(copy: Path) -> None:
    assert follow("A flow", copy) == 7
    told = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_thanks.py", "tests/test_architecture.py")
    assert told.returncode == 0, told.stdout[-3000:]
    assert "Kiitoksia" in (copy / "bot/languages/fi/thanks/counted.md.j2").read_text("utf-8")


@pytest.mark.slow
def test_a_flow_without_its_line_in_the_list_is_none(copy: Path) -> None:
    follow("A flow", copy)
    flows = copy / "handlers" / "__init__.py"
    flows.write_text(flows.read_text("utf-8").replace('    "thanks": thanks,\n', ""), "utf-8")
    assert run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_thanks.py").returncode == 1


def test_a_column_is_added_as_the_page_says_and_what_was_kept_stays(copy: Path) -> None:
    kept = copy / "data" / "someopas.db"
    store = SqliteStore(kept)
    store.replace_people([Person("p1", "Työntekijä", "p1@example.org")])
    store.close()
    assert follow("A column", copy) == 1
    looks = (
        "from pathlib import Path; from bot.storage.sqlite import SqliteStore; s = SqliteStore(Path('data/someopas.db'));"
        "print(s._rows('select id, colour from people'))"
    )
    assert run(copy, "-c", looks).stdout == "[('p1', '')]\n"


def test_a_guideline_is_added_as_the_page_says(tmp_path: Path) -> None:
    assert follow("A guideline", tmp_path) == 4
    environment = {"SOMEOPAS_GUIDELINES": str(tmp_path / "guidelines"), "SOMEOPAS_DENSE": "0"}
    told = run(ROOT, "-m", "bot", "ask", "Saako koiran tuoda töihin?", **environment)
    assert "Koiran saa tuoda perjantaisin" in told.stdout, told.stderr
    assert "Lemmikit työpaikalla" in told.stdout
    data = tmp_path / "data"
    run(ROOT, "-m", "bot", "import", "people", str(DEMO_PEOPLE), SOMEOPAS_DATA=str(data))
    doctor = run(ROOT, "-m", "bot", "doctor", SOMEOPAS_DATA=str(data), **environment)
    assert doctor.stdout == "All is well.\n"


def test_every_file_and_every_name_of_the_page_is_there() -> None:
    made = {step["new"] for step in STEP.finditer(PAGE)}
    files = set(re.findall(r"`((?:bot|handlers|knowledge|tests|docs)/[\w/.-]+\.\w+)`", PAGE)) | set(
        re.findall(r"\]\(([\w/.-]+)\)", PAGE)
    )
    assert len(files) > 20
    assert [f for f in sorted(files - made) if not (ROOT / f).exists() and "/xx" not in f] == []
    code = "".join(
        p.read_text("utf-8") for folder in ("bot", "handlers", "knowledge") for p in (ROOT / folder).rglob("*.py")
    )
    names = set(re.findall(r"`([A-Z][A-Z_]{3,})`", PAGE)) - {"SOMEOPAS_GUIDELINES"}
    assert [n for n in names if not re.search(rf"\b{n}\b", code)] == []


@pytest.mark.parametrize("title", ["A language", "A card part", "A platform"])
def test_a_recipe_that_is_not_followed_here_names_where_it_was_done(title: str) -> None:
    assert re.search(r"were done|Last done for", recipe(title))
