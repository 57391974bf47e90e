"""What serving Teams costs: start and memory of a bot with its SDK loaded, beside one that serves Slack or the page.

The SDK is loaded where Teams is served and nowhere else, so that the page's figures are those of a machine without the
extra `teams` too. Nothing is asked of Microsoft or Slack.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

START = """
import sys, time
begun = time.perf_counter()
from pathlib import Path
from bot.settings import Settings
from bot.wiring import assemble, build_guide
platforms = [name for name in sys.argv[2].split("+") if name]
settings = Settings(
    data=Path(sys.argv[1]), dense=False, slack_bot_token="xoxb-1", teams_client_id="11111111-2222-3333-4444-555555555555",
    teams_tenant_id="99999999-8888-7777-6666-555555555555", teams_client_secret="none",
)
made = assemble(settings, platforms, demo=False, guide=build_guide(settings))
seconds = time.perf_counter() - begun
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(seconds, int(status["VmRSS"].split()[0]) / 1024, int("microsoft_teams" in sys.modules))
"""
SERVED = ("web", "slack", "teams", "slack+teams")
RUNS = 5


def print_teams() -> None:
    """Seconds until a bot is ready, and its memory then: the middle of five, characters alone."""
    print("\n| ready to serve, characters alone | seconds | MB then | SDK of Teams loaded |\n|---|---|---|---|")
    for served in SERVED:
        runs = sorted(_run(served) for _ in range(RUNS))
        seconds, memory, loaded = runs[RUNS // 2]
        print(f"| {served.replace('+', ' and ')} | {seconds:.2f} | {memory:.0f} | {'yes' if loaded else 'no'} |")


def _run(served: str) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.check_output([sys.executable, "-W", "ignore", "-c", START, folder, served], text=True)
    seconds, memory, loaded = map(float, told.split()[-3:])
    return seconds, memory, loaded
