"""Whether the process lives and is ready, and its figures, for who watches over the machine: on loopback, read only.

`/healthz` says that the workers go round: where it fails, a restart may help. `/readyz` says that people are served:
where it fails, the answer names what is wrong. `/metrics` are figures for Prometheus. None tells who anybody is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.auditor import STUCK
from bot.clock import Clock
from bot.failures import noted
from bot.metrics import Metrics
from bot.storage import Store

LONGEST = 180.0
"""Seconds after its last round from which a worker is said to be stuck: the auditor's rounds are a minute apart."""
LOST = 60.0
"""Seconds for which a platform may be away before it is said: connections are renewed now and then."""
PROBE = "probed_at"
"""The small value that is written to see that the database can be written."""


class Worker(Protocol):
    """What goes round: `beat` is the monotonic moment of its last round, 0 before the first."""

    beat: float


class Link(Protocol):
    """What brings people's deeds to the bot."""

    def connected(self) -> bool:
        """Whether it hears people now."""
        ...


class Health:
    """What is looked at. `links` are the platforms that are to be heard, those that are not begun yet included.

    `troubles` gives, by platform, what is for the administrator to mend: a token that is not taken, a right that lacks.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        workers: Mapping[str, Worker],
        links: Mapping[str, Link],
        troubles: Mapping[str, str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._workers = workers
        self._links = links
        self._troubles = troubles
        self._heard = dict.fromkeys(links, monotonic())
        self.ending = False

    def lives(self) -> list[str]:
        """Which workers are stuck, a sentence each; empty where all go round."""
        return [f"{name}: no round for {LONGEST:.0f} seconds" for name, w in self._workers.items() if _is_stuck(w)]

    def ready(self) -> list[str]:
        """What keeps people from being served, a sentence each; empty where nothing does."""
        if self.ending:
            return ["the process ends"]
        troubles = [f"{name}: {trouble}" for name, trouble in dict(self._troubles).items()]
        return [*self.lives(), *self._of_store(), *self._of_links(), *troubles]

    def app(self) -> Starlette:
        """The three pages."""
        return Starlette(
            routes=[
                Route("/healthz", lambda _: _told("alive", self.lives())),
                Route("/readyz", lambda _: _told("ready", self.ready())),
                Route("/metrics", self._page),
            ]
        )

    def _page(self, _request: Request) -> Response:
        try:
            return Response(self._metrics.page(), media_type="text/plain; version=0.0.4")
        except Exception as problem:  # noqa: BLE001 - a store that is away is what the figures are watched for
            noted(problem, "metrics failed")
            return Response(status_code=503)

    def _of_store(self) -> list[str]:
        """Whether the database can be written, and timers fire."""
        now = self._clock.now()
        try:
            self._store.put(PROBE, now.isoformat())
            late = len(self._store.overdue(now - STUCK))
        except Exception as problem:  # noqa: BLE001 - whatever it is: nothing can be kept
            noted(problem, "the database cannot be written")
            return [f"database: it cannot be written ({type(problem).__name__})"]
        return [f"timers: {late} should have fired"] if late else []

    def _of_links(self) -> list[str]:
        """The platforms that have not been heard for a minute."""
        now = monotonic()
        self._heard.update({name: now for name, link in self._links.items() if link.connected()})
        return [f"{name}: not connected" for name, heard in self._heard.items() if now - heard > LOST]


def _is_stuck(worker: Worker) -> bool:
    return not worker.beat or monotonic() - worker.beat > LONGEST


def _told(name: str, wrong: Sequence[str]) -> JSONResponse:
    return JSONResponse({name: not wrong, "wrong": list(wrong)}, status_code=503 if wrong else 200)
