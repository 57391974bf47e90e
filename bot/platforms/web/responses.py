"""What every response carries: a policy of what its page may load and run, and no copy of it anywhere."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
DOCUMENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""A document carries its own style, so that it is whole as a file too; it runs nothing and loads nothing."""


def headers(policy: str) -> dict[str, str]:
    """The headers of a page or a file under a policy."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def page(html: str, policy: str = POLICY) -> HTMLResponse:
    """A page under a policy."""
    return HTMLResponse(html, headers=headers(policy))


def document(html: str) -> HTMLResponse:
    """A document that is whole in itself; 404 where there is none for who asks."""
    return page(html, DOCUMENT_POLICY) if html else not_found()


def not_found() -> HTMLResponse:
    """What is not there, or not for who asks."""
    return HTMLResponse("404", status_code=404)


def stranger(request: Request, expected: str) -> Response | None:
    """The refusal of what another site sent, or a plain form of one; neither has our origin and our kind of body."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        return JSONResponse({"error": "another site sent this"}, status_code=403)
    if not request.headers.get("content-type", "").startswith(expected):
        return JSONResponse({"error": f"{expected} is expected"}, status_code=415)
    return None
