"""A bot on a disk that fills up and is emptied: `python -m tests.full_disk FOLDER`.

The disk's size is this process's own limit of a file's length, so that nothing else on the machine has to suffer.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from pathlib import Path

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Asked
from knowledge.guide import Guide
from tests.fakes import FakeClock, FakePlatform

ROOM = 300_000
"""Bytes that are left when it begins to be watched."""


def main() -> None:
    folder = Path(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = SqliteStore(folder / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    bot = Bot(
        store, Directory(store), Guide.load(None), FakeClock(), FinnishWorkingTime(), {"fake": FakePlatform()}
    )  # fmt: skip
    acknowledged, refused = [], []

    def deliver(number: int) -> None:
        try:
            bot.handle(Asked(f"k{number}", "employee", "fake:dm:employee", text=f"Miten some-tili suljetaan? ({number})"))
        except Exception as problem:  # noqa: BLE001 - the test looks at what it was
            refused.append([number, type(problem).__name__])
        else:
            acknowledged.append(number)

    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = max(path.stat().st_size for path in folder.iterdir()) + ROOM
    resource.setrlimit(resource.RLIMIT_FSIZE, (full, most))
    for number in range(120):
        deliver(number)
    while_full = list(refused)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # somebody made room
    for number, _ in while_full:
        deliver(number)
    texts = [json.loads(k.data)["text"] for k in store.records("questions", limit=1000)]
    told = {
        "refused": while_full, "again": refused[len(while_full) :], "acknowledged": acknowledged, "texts": texts,
        "problems": store.problems(), "journal": len(list(store.journal())),
    }  # fmt: skip
    print(json.dumps(told))  # noqa: T201 - the test reads it
    store.close()


if __name__ == "__main__":
    main()
