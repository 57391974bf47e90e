"""kill -9 at random moments of filing, routing and escalation, the platform failing and recovering: nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.invariants import broken
from bot.records import QUESTIONS
from handlers.events import Pressed
from handlers.incidents.record import HELD, Status
from knowledge.guide import Guide
from tests import killed_often as often
from tests.fakes import MONDAY, FakeClock
from tests.incidents import CASES, IT_MANAGER
from tests.killed import Lines, made

pytestmark = pytest.mark.e2e
KILLS = 14
ROOT = Path(__file__).parent.parent


def killed_once(folder: Path, number: int, chance: random.Random) -> None:
    """Start the process, let it work for a moment, and kill it."""
    command = [sys.executable, "-m", "tests.killed", str(folder), str(number * 45), str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(timeout=chance.uniform(0.05, 1.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        else:
            raise AssertionError(f"it ended by itself: {process.returncode}")


def test_r145_no_acknowledged_report_is_lost_and_each_ends_with_a_holder(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    for number in range(KILLS):
        killed_once(tmp_path, number, chance)
    acknowledged = Lines(tmp_path / "acknowledged").all()
    assert len(acknowledged) > KILLS
    # The platform is well again: what waits goes out, and the IT manager takes what they were given.
    clock = FakeClock(MONDAY + timedelta(minutes=KILLS * 45))
    bot, sender = made(tmp_path, clock, chance, 0.0)
    for _ in range(3):
        clock.move(minutes=20)
        sender.run_once()
    cases = [CASES.validate_json(k.data) for k in bot.store.records("incidents", limit=100_000)]
    texts = [c.text for c in cases]
    for key in acknowledged:
        assert sum(f"({key})" in text for text in texts) == 1, key
    alerted = Lines(tmp_path / "sent").all().count(f"fake:dm:{IT_MANAGER} incidents/alert post")
    assert alerted >= len(cases)
    for case in cases:
        assert case.status is Status.REPORTED
        with bot.store.unit() as unit:
            assert IT_MANAGER in {m.person for _, m in unit.copies(case.key, "alert")}
        bot.handle(Pressed(f"take:{case.key}", IT_MANAGER, f"fake:dm:{IT_MANAGER}", case.key, "incidents/take"))
    held = [CASES.validate_json(k.data) for k in bot.store.records("incidents", limit=100_000)]
    assert all(c.status in HELD and c.holder == IT_MANAGER for c in held)
    assert len(list(bot.store.journal())) >= len(cases)  # and its chain of hashes holds
    bot.store.close()


# ── again and again ─────────────────────────────────────────────────────────────────────────────────────────────────

OFTEN = int(os.environ.get("SOMEOPAS_TEST_KILLS", "24"))
"""Kills of the long run; its figures in docs/reliability.md are of 260."""


def test_i1_i3_i4_whatever_moment_it_is_killed_at_nothing_acknowledged_is_lost_and_nothing_decided_twice(
    tmp_path: Path,
) -> None:
    seed = "20261128"
    subprocess.run([sys.executable, "-m", "tests.killed_often", str(tmp_path), str(OFTEN), seed], cwd=ROOT, check=True)
    figures = looked_at(tmp_path)
    assert figures["acknowledged"] > OFTEN * 100
    assert figures["decided"] > OFTEN * 20
    assert figures["more than once"] <= OFTEN, "of what was under way at a kill one message at most came twice"


def looked_at(folder: Path) -> dict[str, int]:
    """What is left after the kills: nothing lost, nothing twice, the journal whole, everything sent. Its figures."""
    begun, acknowledged = Lines(folder / "begun").all(), Lines(folder / "acknowledged").all()
    clock = FakeClock(MONDAY + timedelta(days=1))
    bot, sender = often.made(folder, Guide.load(None), clock, random.Random(1), 0.0)
    with bot.store.unit() as unit:
        lost = [key for key in acknowledged if not unit.seen(key, clock.now())]
    assert lost == []
    questions = [QUESTIONS.validate_json(k.data) for k in bot.store.records("questions", limit=1_000_000)]
    texts = Counter(q.text for q in questions)
    asked = [key for key in acknowledged if key.endswith("-ask")]
    assert [key for key in asked if texts[f"Miten some-tili suljetaan? ({key})"] != 1] == []
    assert max(texts.values()) == 1
    known = set(acknowledged)
    taken = {line.split(" ")[3] for line in begun if " take " in line and line.split(" ")[0] in known}
    entries = list(bot.store.journal())  # raises where its chain of hashes does not hold
    decisions = Counter(e.record for e in entries if '"status":"waiting"' in e.before and '"status":"taken"' in e.after)
    assert {key: decisions[key] for key in taken if decisions[key] != 1} == {}
    assert set(decisions.values()) == {1}
    assert broken(bot.store) == []
    sender.run_once()
    assert bot.store.waiting_since() is None
    assert bot.store.dead_letters() == []
    sent = Counter(Lines(folder / "sent").all())
    figures = {
        "acknowledged": len(acknowledged), "decided": len(taken), "journal": len(entries), "sent": sum(sent.values()),
        "more than once": sum(n - 1 for n in sent.values()),
    }  # fmt: skip
    bot.store.close()
    return figures
