"""The bytes of files in Slack: asked for with the bot's token, which goes to Slack's own hosts and to no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from slack_sdk import WebClient

from bot.platforms import Refused, Unreachable
from bot.platforms.slack.places import PREFIX
from bot.platforms.slack.web_api import call

FILE = re.compile(r"F[A-Z0-9]+")
CHUNK = 64 * 1024
TIMEOUT = 30
"""Seconds that Slack may be silent in the middle of a file."""


class _AmongOurs(HTTPRedirectHandler):
    """Follows Slack to hosts of Slack's alone, as the token goes along."""

    def __init__(self, api: str) -> None:
        self._api = api

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """The further request. Raises `Refused` where it would leave Slack."""
        try:
            _guard(newurl, self._api)
        except Refused:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def content_of(client: WebClient, source: str) -> Iterator[bytes]:
    """The bytes of the file `slack:F1`, in parts.

    Raises `Refused` (there is no such file, the bot may not see it, it lies elsewhere than in Slack) and `Unreachable`,
    also in the middle and where fewer bytes came than Slack had said.
    """
    number = source.removeprefix(PREFIX)
    if not FILE.fullmatch(number):
        raise Refused(f"{source!r} is no file of Slack's")
    file = call(client, "files.info", file=number).get("file") or {}
    address = str(file.get("url_private_download") or "")
    _guard(address, client.base_url)
    asked = Request(address, headers={"Authorization": f"Bearer {client.token}"})  # noqa: S310 - `_guard` saw to https
    try:
        with build_opener(_AmongOurs(client.base_url)).open(asked, timeout=TIMEOUT) as response:
            yield from _parts(response)
    except HTTPError as problem:
        problem.close()
        raise _failure(problem.code, problem.headers.get("Retry-After", "")) from problem
    except (OSError, HTTPException, ValueError) as problem:
        raise Unreachable(f"file: {type(problem).__name__}") from problem


def _parts(response: HTTPResponse) -> Iterator[bytes]:
    # Slack answers with the page of its sign-in, and status 200, where the token does not open the file. A page that
    # somebody sent as a file is told from it by being for download.
    downloads = response.headers.get("Content-Disposition", "").startswith("attachment")
    if response.headers.get_content_type() == "text/html" and not downloads:
        raise Refused("file: a page came in its place")
    told, came = response.headers.get("Content-Length", ""), 0
    while part := response.read(CHUNK):
        came += len(part)
        yield part
    if told.isdecimal() and came != int(told):
        raise Unreachable(f"file: {came} of {told} bytes came")


def _guard(address: str, api: str) -> None:
    """Raises `Refused` for an address that the token must not be sent to."""
    try:
        there, home = urlsplit(address), urlsplit(api)
    except ValueError as problem:
        raise Refused("file: its address is none") from problem
    host = there.hostname or ""
    slack = there.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
    if not slack and (there.scheme, there.netloc) != (home.scheme, home.netloc):
        raise Refused(f"file: it lies at {host or 'no address'}, which is not Slack's")


def _failure(status: int, wish: str) -> Refused | Unreachable:
    if status == 429 or status >= 500:
        return Unreachable(f"file: {status}", float(wish) if wish.isdecimal() else None)
    return Refused(f"file: {status}")
