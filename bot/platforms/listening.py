"""Listening for a platform's HTTP requests, in a thread of its own."""

from __future__ import annotations

import threading
from contextlib import suppress
from socket import socket

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp


async def body_of(request: Request, most: int) -> bytes | None:
    """The body of a request, None where it is longer than `most` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return body


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

    At the end what is under way has `grace` seconds.
    """

    def __init__(self, asgi: ASGIApp, host: str, port: int, name: str, grace: int = 4) -> None:
        config = uvicorn.Config(
            asgi, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=grace
        )
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

    def connected(self) -> bool:
        """Whether it listens."""
        return self.listens

    @property
    def port(self) -> int:
        """The port that it listens on."""
        [server] = self._server.servers
        return int(server.sockets[0].getsockname()[1])

    @property
    def listens(self) -> bool:
        """Whether it listens now."""
        return self._server.started and self._thread.is_alive() and not self._server.should_exit

    def stop(self) -> None:
        """Answer what is under way and end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)
