"""Harnesses: each hands bytes to a parser that reads from outside, and asserts what must hold whatever they are.

What a harness does not expect is a fault. `make fuzz` lets atheris look for some; `tests/test_fuzz.py` tries each on its
corpus and on random bytes.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin
from zipfile import ZipFile

from slack_sdk.signature import SignatureVerifier

from bot.directory import read_people
from bot.export import as_xlsx
from bot.logs import covered, redacted
from bot.persons import Traces
from bot.platforms import Refused
from bot.platforms.slack.events import from_message as slack_message
from bot.platforms.slack.events import from_press as slack_press
from bot.platforms.slack.events import from_view, spoken_text
from bot.platforms.slack.rich_text import rich_text
from bot.platforms.slack.service import is_signed
from bot.platforms.teams.activities import files_of, settled
from bot.platforms.teams.activities import from_message as teams_message
from bot.platforms.teams.service import tenant_of
from bot.platforms.teams.text import lines_of
from bot.platforms.web.provider import _claims
from bot.platforms.web.signing_in import Seal, _is_ours
from bot.tables import ImportFailed, rows_of
from bot.text import printable
from handlers.cards import files_as, files_in
from handlers.events import Asked
from handlers.incidents.links import defanged, marks_of
from handlers.masking import masked, secret_in, veiled
from handlers.register.addresses import addresses_in, place_of
from handlers.typed import meant

Harness = Callable[[bytes], None]
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Fuzzed:
    """A harness, and inputs that were thought of."""

    run: Harness
    corpus: tuple[bytes, ...]


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _objects(data: bytes) -> Iterable[dict[str, Any]]:
    """The JSON object that the bytes are, else one made of them."""
    with suppress(ValueError, RecursionError):
        found = json.loads(data)
        if isinstance(found, dict):
            yield found
    text = _text(data)
    yield {"text": text, "user": text, "channel": text, "ts": text, "files": [text, {"id": text, "name": text}]}


def slack_signature(data: bytes) -> None:
    """Nothing that Slack did not sign is taken, and nothing raises."""
    stamp, _, rest = data.partition(b"\n")
    signature, _, body = rest.partition(b"\n")
    headers = {"x-slack-request-timestamp": stamp.decode("latin-1"), "x-slack-signature": signature.decode("latin-1")}
    assert is_signed(SignatureVerifier("a secret"), body, headers) is False


def slack_words(data: bytes) -> None:
    """What was written in Slack can be read, and read again."""
    text = _text(data)
    spoken = spoken_text(text, "UBOT")
    assert isinstance(spoken, str)
    rich_text(text)


def slack_payloads(data: bytes) -> None:
    """A payload of any form is an event, or a `KeyError` and the like, which the edge answers as a failure."""
    for body in _objects(data):
        for read in (
            lambda b: slack_message(b, "slack:U1", "UBOT"), lambda b: slack_press(b, "slack:U1", "slack:D1"),
            lambda b: from_view(b, "slack:U1"),
        ):  # fmt: skip
            with suppress(KeyError, TypeError, AttributeError, ValueError, IndexError):
                read(body)


def teams_activities(data: bytes) -> None:
    """An activity of any form tells its words, its files and its tenant, and raises nothing that is not expected."""
    for body in _objects(data):
        activity = {"type": "message", "id": "1", "conversation": {"id": "a:1"}, **body}
        tenant_of(activity)
        with suppress(KeyError, TypeError, AttributeError, ValueError):
            whole = settled(activity)
            teams_message(whole, "teams:1")
            files_of(whole)
    text = _text(data)
    teams_message({"type": "message", "id": "1", "conversation": {"id": "a:1"}, "text": text}, "teams:1")
    lines_of(text)


def secrets_in_words(data: bytes) -> None:
    """What was veiled holds no secret any more, and what is masked stays so."""
    text = _text(data)
    assert secret_in(veiled(text)) == ""
    assert veiled(veiled(text)) == veiled(text)
    masked(text)
    printable(text)


def the_log(data: bytes) -> None:
    """Any field can be written, on one line."""
    text = _text(data)
    covered(text)
    line = json.dumps(redacted(None, "", {"reason": text, text: [text, {text: data}]}))
    assert "\n" not in line


def links(data: bytes) -> None:
    """Links are told apart and made harmless: none can be clicked afterwards."""
    text = _text(data)
    assert "http://" not in defanged(text).casefold()
    marks_of(text, ("tuusula.fi",))
    for address in addresses_in(text):
        place_of(address)
    place_of(text)


def commands(data: bytes) -> None:
    """Whatever is written is a question, or the event that it stands for."""
    text = _text(data)[:4000]
    meant(Asked("k", "p", "fake:dm:p", text=text), None)


def _table(data: bytes, name: str) -> None:
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what it puts up with
        path = Path(folder) / name
        path.write_bytes(data)
        with suppress(ImportFailed):
            rows_of(path)
        with suppress(ImportFailed):
            read_people(path)


def csv_files(data: bytes) -> None:
    """A file that is none of ours is refused with its reasons."""
    _table(data, "people.csv")


def xlsx_files(data: bytes) -> None:
    """Likewise a workbook."""
    _table(data, "people.xlsx")


def identity_tokens(data: bytes) -> None:
    """An identity token is read or refused, a cookie is ours or nothing."""
    with suppress(Refused):
        _claims(_text(data))
    assert Seal("secret", "session").opened(_text(data), 0) == {}


def places_and_files(data: bytes) -> None:
    """Where the sign-in leads to is our own, and what a form says of files is files, or none."""
    text = _text(data)
    assert not _is_ours(text) or urljoin("https://a.example/b", text).startswith("https://a.example/")
    files = files_in(text)
    assert files_in(files_as(files)) == files


def names_in_rows(data: bytes) -> None:
    """Somebody's names are replaced in any value, and then are there no more."""
    traces = Traces(frozenset({"aino"}), frozenset({"aino@example.org"}))
    told = traces.replaced(_text(data), "X")
    assert traces.replaced(told, "X") == told


def _workbooks() -> Iterable[bytes]:
    """Workbooks that are whole on the outside: of one part each is left out, cut, or something else."""
    whole = as_xlsx([{"name": "a"}], ["name"])
    with ZipFile(io.BytesIO(whole)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for name, content in parts.items():
        for changed in (None, content[: len(content) // 2], b"<x/>", b"\xff", content.replace(b'"', b"'", 7)):
            out = io.BytesIO()
            with ZipFile(out, "w") as file:
                for other, kept in parts.items():
                    if other != name or changed is not None:
                        file.writestr(other, changed if other == name and changed is not None else kept)
            yield out.getvalue()
    yield whole[: len(whole) // 2] + whole[len(whole) // 2 + 9 :]
    entry = b"PK\x01\x02"  # of the list of parts: its flags (one is "locked") and its way of packing are told there
    for method in (1, 12, 14, 99):
        yield whole.replace(whole[whole.index(entry) :][:12], whole[whole.index(entry) :][:10] + bytes([method, 0]))
    yield whole.replace(whole[whole.index(entry) :][:10], whole[whole.index(entry) :][:8] + b"\x01\x00")


HARNESSES: dict[str, Fuzzed] = {
    "slack_signature": Fuzzed(slack_signature, (
        b"", b"1\nv0=00\nbody", b"1.5\nv0=x\n", b"\xff\n\xff\n\xff", b"9" * 5000 + b"\nv0=\n", "١\nv0=é\n".encode(),
    )),
    "slack_words": Fuzzed(slack_words, (
        b"<@UBOT> hei", b"<https://a.b|c> <!channel> <#C1|x> <mailto:a@b|a@b>", b"<" * 5000, b"&lt;&amp;gt;",
        b"*_~`" * 999, b"<@UBOT|", b"```x", "\u202e\u0000\ud7ff".encode(),
    )),
    "slack_payloads": Fuzzed(slack_payloads, (
        b"{}", b'{"type":"message","text":null,"blocks":[{}]}', b'{"actions":[]}', b'{"actions":[{"value":"[1,2]"}]}',
        b'{"view":{"state":{"values":{"a":{"b":{}}}},"private_metadata":"x"}}', b'{"view":null}', b"[1]",
    )),
    "teams_activities": Fuzzed(teams_activities, (
        b"{}", b'{"text":null,"attachments":[null,{"contentType":"text/html","content":"<a href=x><<"}]}',
        b'{"entities":[{"type":"mention","mentioned":null}],"channelData":[]}', b"<blockquote><p>a", b"&#xffffffff;&#0;",
        b'{"conversation":null}', b'{"value":{"action":{"data":[]}}}', b"<" * 3000,
    )),
    "secrets_in_words": Fuzzed(secrets_in_words, (
        b"131052-308T", b"salasana on Kissa123!", b"4111 1111 1111 1111", b"salasana: " * 300,
        b"-----BEGIN RSA " + b"PRIVATE KEY-----", b"1-" * 2000, "salasanan\u00a0on: x1".encode(), b"eyJ.eyJ.",
    )),
    "the_log": Fuzzed(the_log, (b"a\nb", b"\x1b[2J", b"Bearer abcdefgh", b"password=" * 500, b"+358" * 400, b"a@" * 900)),
    "links": Fuzzed(links, (
        b"http://a.b", b"HTTP://HTTP://a.b", b"hxxp://a[.]b", b"http://[::1", b"https://www.instagram.com/a?b#c",
        b"@a.b/", b"https://" + b"a." * 900, "http://ä.fi/\u2028http://b.fi".encode(), b"hhttp://ttp://a.b",
    )),
    "commands": Fuzzed(commands, (
        b"vastaa 1: x", b"ota 9999999999999999999", b"tila", b"seuraajat @a 1", b"svara 1:", b"\x00",
    )),
    "csv_files": Fuzzed(csv_files, (
        b"", b"id,name,email\n1,a,a@b.c\n", b"\xff\xfe", b"a;b\n\"",
        b"id,name,email\n" + b"\"" * 99, b"\xef\xbb\xbfname\n\x00",
        b"name,name,email\nx,y,z\n", b"a,b\n" + b"x" * 200_000,
    )),
    "xlsx_files": Fuzzed(xlsx_files, (
        b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"not a workbook", *_workbooks(),
    )),
    "identity_tokens": Fuzzed(identity_tokens, (
        b"", b"a.b.c", b"..", b"a.W10.c", b"a.eyJ9.c", b".", b"e30=.x", b"a." + b"W1" * 4000,
    )),
    "places_and_files": Fuzzed(places_and_files, (
        b"/tapaus/1?as=x", b"//a.b", b"/\\a.b", b"/%5ca", b"/\ta", b"[[]]", b"[{}]",
        b'[{"source":"web:a","name":"b","size":1}]',
        b'[{"source":"","name":"","size":-1}]', b'[{"source":"a","name":"b","size":1e99}]', b"[" * 3000,
    )),
    "names_in_rows": Fuzzed(names_in_rows, (
        b"aino", b'{"aino":["aino"]}', b"[" * 5000, b'"', b"fake:dm:aino", b'{"a":1e999}',
    )),
}  # fmt: skip
