"""The bytes at an address that a platform told, in parts; no key goes further than the hosts that were meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bot.platforms import Refused, Unreachable

CHUNK = 64 * 1024
TIMEOUT = 30
"""Seconds that a platform may be silent in the middle of a file."""
Guard = Callable[[str], None]


class _AmongOurs(HTTPRedirectHandler):
    """Follows to guarded addresses alone, as the key goes along."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """The further request. Raises `Refused` where it would leave the platform."""
        try:
            self._guard(newurl)
        except Refused:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def parts_at(address: str, headers: Mapping[str, str], guard: Guard) -> Iterator[bytes]:
    """The bytes at an address, and wherever it leads; `guard` raises `Refused` for an address that is not to be asked.

    Raises `Refused` and `Unreachable`, also in the middle and where fewer bytes came than were announced.
    """
    guard(address)
    asked = Request(address, headers=dict(headers))  # noqa: S310 - `guard` saw to https
    try:
        with build_opener(_AmongOurs(guard)).open(asked, timeout=TIMEOUT) as response:
            yield from _parts(response)
    except HTTPError as problem:
        problem.close()
        raise _failure(problem.code, problem.headers.get("Retry-After", "")) from problem
    except (OSError, HTTPException, ValueError) as problem:
        raise Unreachable(f"file: {type(problem).__name__}") from problem


def _parts(response: HTTPResponse) -> Iterator[bytes]:
    # A page of a sign-in comes, with status 200, where the key does not open the file. A page that somebody sent as a
    # file is told from it by being for download.
    downloads = response.headers.get("Content-Disposition", "").startswith("attachment")
    if response.headers.get_content_type() == "text/html" and not downloads:
        raise Refused("file: a page came in its place")
    told, came = response.headers.get("Content-Length", ""), 0
    while part := response.read(CHUNK):
        came += len(part)
        yield part
    if told.isdecimal() and came != int(told):
        raise Unreachable(f"file: {came} of {told} bytes came")


def _failure(status: int, wish: str) -> Refused | Unreachable:
    if status == 429 or status >= 500:
        return Unreachable(f"file: {status}", float(wish) if wish.isdecimal() else None)
    return Refused(f"file: {status}")
