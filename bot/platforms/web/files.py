"""Files of the page: put by before the form that names them is sent, and given to whoever handles their case."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from bot.evidence import EvidenceStore, TooLarge
from bot.platforms.web.responses import headers, not_found, stranger
from bot.platforms.web.visitors import Visitors
from bot.storage import Store
from bot.text import printable
from bot.views import Views
from handlers.cards import files_as, files_in
from handlers.events import Attachment
from handlers.facts import Person

EVIDENCE_POLICY = "sandbox; default-src 'none'"
"""A file of a case may be the attack itself: it is a download, and would run nothing even if it were shown."""
FILE_NAME = 200
"""Characters of a file's name that are kept."""
PART_WITHIN = 30.0
"""Seconds that are waited for the next part of a file."""
UPLOADS = 10
"""Files that are taken at the same time, each by a thread: others are served meanwhile."""
SEPARATORS = re.compile(r"[/\\]")


class Files:
    """Takes files and gives them; without `evidence` neither."""

    def __init__(self, store: Store, views: Views, visitors: Visitors, evidence: EvidenceStore | None) -> None:
        self._store = store
        self._views = views
        self._visitors = visitors
        self._evidence = evidence
        self._uploading = asyncio.Semaphore(UPLOADS)

    async def take(self, request: Request) -> Response:
        """Put a file of a form by before the form is sent, in parts as it comes; the body is the file and nothing else.

        Sent again after a lost answer it is the same file: its bytes are its name.
        """
        asked = request.query_params
        person = self._visitors.of(request, strict=True)
        if refusal := stranger(request, "application/octet-stream"):
            return refusal
        if person is None or self._evidence is None or not self._visitors.may(person, asked.get("conversation", "")):
            return JSONResponse({"error": "nobody by that name is here"}, status_code=403)
        told = request.headers.get("content-length", "")
        try:
            if told.isdecimal() and int(told) > self._evidence.largest:
                raise TooLarge(told)
            chunks = _in_thread(request, asyncio.get_running_loop())
            async with self._uploading:
                sha256, size = await run_in_threadpool(self._evidence.keep, chunks)
        except TooLarge:
            return JSONResponse({"error": self._visitors.label("web.file_too_large", person)}, status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)  # half a file, and nobody there who would read this
        file = Attachment(f"web:{sha256}", _file_name(asked.get("name", "")) or sha256[:12], size)
        await run_in_threadpool(self._store.put, _sent_by(person, file.source), file.name)
        return JSONResponse({"source": file.source, "name": file.name, "size": file.size})

    async def give(self, request: Request) -> Response:
        """A file of a case as it was put by, to be saved and not shown; 404 for whoever may not have it."""
        person = self._visitors.of(request, strict=True)
        number, sha256 = int(request.path_params["number"]), str(request.path_params["sha256"])
        name = await run_in_threadpool(self._views.file_name, person.id, number, sha256) if person else ""
        path = self._evidence.path(sha256) if name and self._evidence else None
        if path is None or not path.is_file():
            return not_found()
        return FileResponse(
            path,
            media_type="application/octet-stream",
            filename=_file_name(name),
            content_disposition_type="attachment",
            headers=headers(EVIDENCE_POLICY),
        )

    def own(self, person: Person, value: str) -> str:
        """A field's files without those that this person has not sent: a form must not name somebody else's."""
        files = files_in(value)
        if not files:
            return value
        return files_as([f for f in files if self._store.get(_sent_by(person, f.source))])


def _sent_by(person: Person, source: str) -> str:
    """The name under which the store remembers that a person sent a file."""
    return f"file:{person.id}:{source}"


def _file_name(name: str) -> str:
    """A file's name without what would be a path in it."""
    return SEPARATORS.sub("_", " ".join(printable(name).split()))[:FILE_NAME].strip()


def _in_thread(request: Request, loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """The parts of a request's body for a thread of its own, each asked of the loop when it is wanted."""
    stream = request.stream()

    async def following() -> bytes | None:
        try:
            return await asyncio.wait_for(anext(stream, None), PART_WITHIN)
        except TimeoutError:
            raise ClientDisconnect from None

    while (part := asyncio.run_coroutine_threadsafe(following(), loop).result()) is not None:
        yield part
