"""Listening for a platform's HTTP requests, in a thread of its own. Nobody holds a place by being slow."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from socket import socket
from typing import Any

import h11
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_WITHIN = 15.0
"""Seconds within which a connection brings the whole head of its first request, and of each that it begins."""
BODY_WITHIN = 30.0
"""Seconds within which the body of a request is there; a million bytes take a second on a slow line."""


async def body_of(request: Request, most: int, within: float = BODY_WITHIN) -> bytes | None:
    """The body of a request, None where it is longer than `most` bytes.

    Raises `ClientDisconnect` where it does not come whole: who sends it is gone, or slower than `within` seconds.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    return None
    except TimeoutError:
        raise ClientDisconnect from None
    return bytes(body)


class Patient(H11Protocol):
    """Closes a connection whose request does not begin: uvicorn itself waits for a head without end.

    The time of a head runs from its first byte and is not renewed by further ones (CWE-400, "slowloris"). So does that of
    a body which goes on after it was answered.
    """

    def __init__(self, *args: Any, within: float = HEAD_WITHIN, **more: Any) -> None:
        super().__init__(*args, **more)
        self._within = within
        self._running_out: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """The first head is waited for."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """More of a head, or of a body, or a request that follows."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._rest()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if not self._waits():
            self._rest()
        elif self._running_out is None:
            self._running_out = self.loop.call_later(self._within, self._close)

    def _waits(self) -> bool:
        """Whether nobody is served while this connection lasts."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _rest(self) -> None:
        if self._running_out is not None:
            self._running_out.cancel()
            self._running_out = None

    def _close(self) -> None:
        self._running_out = None
        if self._waits() and not self.transport.is_closing():
            self.transport.close()


class Listening(uvicorn.Server):
    """Tells when it listens, or that it will not."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Begin to listen, and say so."""
        try:
            await super().startup(sockets)
        finally:
            self.listening.set()


class Listener:
    """Serves an ASGI application on a host and a port; `name` is the thread's.

    At the end what is under way has `grace` seconds; a request's head is waited for `within` seconds.
    """

    def __init__(
        self, asgi: ASGIApp, host: str, port: int, name: str, grace: int = 4, within: float = HEAD_WITHIN
    ) -> None:
        patient: Any = partial(Patient, within=within)  # uvicorn asks for a class, and calls it
        config = uvicorn.Config(
            asgi, host=host, port=port, http=patient, ws="none", server_header=False, log_config=None, access_log=False,
            timeout_graceful_shutdown=grace,
        )  # fmt: skip
        self._server = Listening(config)
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Listen, and return when it does. Raises `OSError` where the port is taken."""
        self._thread.start()
        self._server.listening.wait(timeout=30)
        if not self._server.started:
            raise OSError(f"{self._server.config.host}:{self._server.config.port} cannot be listened on: is it in use?")

    def _serve(self) -> None:
        with suppress(SystemExit):  # uvicorn's way to say that it cannot listen; `start` says it in words
            self._server.run()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        [server] = self._server.servers
        return int(server.sockets[0].getsockname()[1])

    def connected(self) -> bool:
        """Whether it listens now."""
        return self._server.started and self._thread.is_alive() and not self._server.should_exit

    def stop(self) -> None:
        """Answer what is under way and end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)
