"""The bytes of files in Slack: asked for with the bot's token, which goes to Slack's own hosts and to no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from slack_sdk import WebClient

from bot.platforms import Refused
from bot.platforms.download import parts_at
from bot.platforms.slack.places import PREFIX
from bot.platforms.slack.web_api import call

FILE = re.compile(r"F[A-Z0-9]+")


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
    yield from parts_at(
        address, {"Authorization": f"Bearer {client.token}"}, lambda place: _guard(place, client.base_url)
    )  # fmt: skip


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
