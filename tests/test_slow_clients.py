"""Who is slow, or sends what is no request, holds up nobody else and costs nothing but their own place."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.platforms.listening import Listener, body_of
from bot.platforms.web.files import UPLOADS
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakeClock

pytestmark = pytest.mark.slow
HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
PATIENCE = 20.0
"""Seconds after which a test gives up; nothing here takes one."""


@contextmanager
def served(asgi: ASGIApp, within: float = 0.2) -> Iterator[int]:
    listener = Listener(asgi, "127.0.0.1", 0, "slow", grace=1, within=within)
    listener.start()
    try:
        yield listener.port
    finally:
        listener.stop()


async def answering(request: Request) -> Response:
    """Answers at once, and reads no body of a GET."""
    return PlainTextResponse("yes" if request.method == "GET" else str(len(await body_of(request, 1000) or b"")))


APP = Starlette(routes=[Route("/", answering, methods=["GET", "POST"])])


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def heard(one: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    while part := one.recv(65536):
        parts.append(part)
    return b"".join(parts)


DROPS = 400
"""Twenty seconds' worth of drops."""


def drops_until_closed(one: socket.socket, drop: bytes) -> int:
    """Send a little now and then, until the other side has had enough; gives how many times."""
    one.settimeout(0.05)
    for number in range(DROPS):
        with suppress(TimeoutError):
            try:
                one.sendall(drop)
                if one.recv(100) == b"":
                    return number
            except ConnectionError:
                return number
    return DROPS


# ── heads and bodies that do not end ────────────────────────────────────────────────────────────────────────────────

BEGINNINGS = {
    "nothing": b"", "half a line": b"GET / HT", "half a head": HEAD + b"X-A: b\r\n", "blank lines": b"\r\n",
    "a body after its answer": HEAD.replace(b"POST", b"GET") + b"Content-Length: 9\r\n\r\nx",
}  # fmt: skip


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_request_that_does_not_end_is_ended(name: str) -> None:
    with served(APP) as port, closing(connected(port)) as one:
        one.sendall(BEGINNINGS[name])
        assert heard(one).count(b"HTTP/1.1 200") == (1 if name == "a body after its answer" else 0)


def test_a_head_that_comes_drop_by_drop_gets_no_more_time_for_each_drop() -> None:
    with served(APP) as port, closing(connected(port)) as one:
        one.sendall(HEAD)
        assert drops_until_closed(one, b"X: y\r\n") < DROPS


def test_a_body_that_goes_on_drop_by_drop_when_it_was_answered_is_ended() -> None:
    with served(APP) as port, closing(connected(port)) as one:
        one.sendall(HEAD.replace(b"POST", b"GET") + b"Content-Length: 99999\r\n\r\nx")
        assert one.recv(65536).startswith(b"HTTP/1.1 200")
        assert drops_until_closed(one, b"x") < DROPS


def test_a_second_request_on_the_same_connection_is_waited_for_no_longer_than_the_first() -> None:
    with served(APP) as port, closing(connected(port)) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT")
        assert heard(one).count(b"HTTP/1.1 200") == 1


def test_a_whole_request_is_answered_however_many_wait_beside_it() -> None:
    with served(APP, within=PATIENCE) as port, ExitStack() as held:
        for number in range(300):
            held.enter_context(closing(connected(port))).sendall(HEAD + b"X: %d\r\n" % number)
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).text == "yes"
        assert httpx.post(f"http://127.0.0.1:{port}/", content=b"x" * 900, timeout=PATIENCE).text == "900"


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def reading() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        with pytest.raises(ClientDisconnect):
            await body_of(request, 100, within=0.01)

    asyncio.run(reading())


def test_a_body_in_many_small_parts_is_read_in_time_that_grows_with_its_length_alone() -> None:
    async def reading() -> bytes | None:
        parts = iter([*([{"type": "http.request", "body": b"x", "more_body": True}] * 200_000), {"type": "http.request"}])

        async def receive() -> Any:
            return next(parts)

        return await body_of(Request({"type": "http", "method": "POST", "headers": []}, receive), 1_000_000)

    assert asyncio.run(reading()) == b"x" * 200_000


# ── what is no request ──────────────────────────────────────────────────────────────────────────────────────────────

JUNK = {
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
    "a head of a megabyte": HEAD + b"X: " + b"a" * 1_000_000,
    "a hundred thousand headers": HEAD + b"A: b\r\n" * 100_000 + b"\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length of many digits": HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a folded header": HEAD + b"X: a\r\n b\r\n\r\n",
    "a space before the colon": HEAD + b"Content-Length : 1\r\n\r\na",
    "null bytes": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "chunks of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an unknown encoding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_refused_or_ignored_and_the_next_one_is_answered(name: str) -> None:
    with served(APP) as port:
        with closing(connected(port)) as one:
            try:
                one.sendall(JUNK[name])
                told = heard(one)
            except ConnectionError:
                told = b""  # it was closed while we still sent
        # What a server may take: RFC 9112, 5.2 and 6.1 (chunks win over a length); RFC 9110, 7.8 (no upgrade).
        taken = name in ("a folded header", "an upgrade", "a length and chunks")
        refused = told == b"" or told.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
        assert told.startswith(b"HTTP/1.1 200") if taken else refused
        assert name != "a length and chunks" or told.endswith(b"\r\n\r\n0")
        assert b"server:" not in told.lower()
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).text == "yes"


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Counting(EvidenceStore):
    """Tells when a file is begun."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.begun = threading.Semaphore(0)

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        self.begun.release()
        return super().keep(chunks)


def test_files_that_never_end_hold_up_nobody_else(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> None:
    store, clock, evidence = SqliteStore(tmp_path / "s.db"), FakeClock(), Counting(tmp_path / "evidence")
    store.replace_people(read_people(DEMO_PEOPLE))
    platform = WebPlatform(store, clock)
    bot = Bot(store, Directory(store), lexical_guide, clock, FinnishWorkingTime(), {"web": platform}, evidence=evidence)
    page = Page(bot, platform, renderer, Sender(bot, renderer, evidence), None, evidence).app()

    async def with_few_threads(scope: Scope, receive: Receive, send: Send) -> None:
        current_default_thread_limiter().total_tokens = UPLOADS + 1
        await page(scope, receive, send)

    head = (
        b"POST /files?as=employee&conversation=web:dm:employee&name=a HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Length: 9999\r\n\r\nbeginning"
    )
    with served(with_few_threads) as port, ExitStack() as held:
        for _ in range(UPLOADS + 3):
            held.enter_context(closing(connected(port))).sendall(head)
        assert all(evidence.begun.acquire(timeout=PATIENCE) for _ in range(UPLOADS))
        assert httpx.get(f"http://127.0.0.1:{port}/tilit", timeout=PATIENCE).status_code == 200
    assert [p for p in (tmp_path / "evidence").iterdir() if not p.name.startswith(".")] == []
    store.close()
