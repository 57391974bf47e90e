"""kill -9 at random moments of filing, routing and escalation, the platform failing and recovering: nothing is lost."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.events import Pressed
from handlers.incidents.record import HELD, Status
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
