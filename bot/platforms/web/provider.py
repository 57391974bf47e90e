"""The municipality's own sign-in (OpenID Connect): who somebody is, told by its provider and by nobody else.

The code flow of a confidential client with PKCE. The identity token comes from the token endpoint itself, over TLS that
is checked, so that no signature is needed to know whose it is (OpenID Connect Core 1.0, 3.1.3.7, point 6). The access
token is thrown away, so that there is nothing for an `at_hash` to bind (3.1.3.8).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from bot.platforms import Refused, Unreachable

LONGEST_ANSWER = 1_000_000
TIMEOUT = 10
SKEW = timedelta(minutes=2)
"""How far the provider's clock and ours may be apart."""
OLDEST = timedelta(minutes=10)
"""How old an identity token may be: it was made for this sign-in."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _NoFurther(HTTPRedirectHandler):
    """Follows to no other address: the client's secret goes along."""

    def redirect_request(self, *_: object) -> None:
        """No further request."""
        return


@dataclass(frozen=True)
class Begun:
    """A sign-in that was begun: what the provider gives back, and what it is never told."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def fresh() -> Begun:
        """One that nobody can guess."""
        return Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """The verifier as the provider is told it (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Provider:
    """The provider of `issuer`, asked as `client_id` with its secret; `back` is where people come back to."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, back: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back
        self._lock = Lock()
        self._known: Mapping[str, Any] = {}

    def address(self, begun: Begun, *, another: bool = False) -> str:
        """Where somebody signs in, with `another` account if they wish. Raises `Refused` and `Unreachable`."""
        asked = {
            "response_type": "code", "client_id": self._client_id, "redirect_uri": self._back, "scope": "openid email",
            "state": begun.state, "nonce": begun.nonce, "code_challenge": begun.challenge,
            "code_challenge_method": "S256", **({"prompt": "select_account"} if another else {}),
        }  # fmt: skip
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def email(self, code: str, begun: Begun, now: datetime, issuer: str = "") -> str:
        """The e-mail address, in small letters, of who came back with a code. Raises `Refused` and `Unreachable`.

        `issuer` is who gave the code, where it was told with it (RFC 9207): a provider that tells it always does.
        """
        promised = self._published().get("authorization_response_iss_parameter_supported") is True
        if issuer != self._issuer and (issuer or promised):
            raise Refused("another issuer gave the code")
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self._back, "code_verifier": begun.verifier,
        }  # fmt: skip
        key = base64.b64encode(
            f"{quote(self._client_id, safe='')}:{quote(self._client_secret, safe='')}".encode()
        ).decode()
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = _asked(self._endpoint("token_endpoint"), urlencode(asked).encode(), headers)
        return self._verified(_claims(answer.get("id_token")), begun, now)

    def _verified(self, claims: Mapping[str, Any], begun: Begun, now: datetime) -> str:
        """The address that the claims tell. Raises `Refused` where any of them is wrong (Core, 3.1.3.7)."""
        audience, email = claims.get("aud"), claims.get("email")
        audiences = audience if isinstance(audience, list) else [audience]
        wrong = [
            name
            for name, right in (
                ("iss", claims.get("iss") == self._issuer),
                ("aud", self._client_id in audiences),
                (
                    "azp",
                    claims.get("azp", self._client_id) == self._client_id and (len(audiences) == 1 or "azp" in claims),
                ),
                ("exp", now < _moment(claims.get("exp"), now) + SKEW),
                ("iat", -SKEW <= now - _moment(claims.get("iat"), now) <= OLDEST),
                ("nbf", "nbf" not in claims or _moment(claims["nbf"], now) <= now + SKEW),
                ("sub", isinstance(claims.get("sub"), str) and claims["sub"] != ""),
                ("nonce", secrets.compare_digest(str(claims.get("nonce", "")).encode(), begun.nonce.encode())),
                # Entra ID tells by `xms_edov` that the domain's owner was verified; anybody may write another address.
                (
                    "email_verified",
                    claims.get("email_verified") is True
                    or (claims.get("email_verified") is None and claims.get("xms_edov") in (True, 1, "1", "true")),
                ),
                # Letters that only look alike become the same ones in small letters (the Kelvin sign is a k).
                ("email", isinstance(email, str) and "@" in email and email.isascii()),
            )
            if not right
        ]
        if wrong:
            raise Refused(f"the identity token is not good: {', '.join(wrong)}")
        return str(email).strip().lower()

    def _endpoint(self, name: str) -> str:
        """An address of the provider's: https, and plain http where the issuer itself is on this machine alone."""
        address = str(self._published().get(name, ""))
        plain = urlsplit(self._issuer).scheme != "https"
        if not is_safe(address) or not (plain or urlsplit(address).scheme == "https"):
            raise Refused(f"the provider's {name} is no https address")
        return address

    def _published(self) -> Mapping[str, Any]:
        """What the provider publishes of itself (OpenID Connect Discovery 1.0), asked for once."""
        with self._lock:
            if not self._known:
                found = _asked(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration", None, {})
                if found.get("issuer") != self._issuer:
                    raise Refused("the provider names another issuer than the setting does")
                self._known = found
            return self._known


def is_safe(address: str) -> bool:
    """Whether what goes to an address is read by nobody on the way: https, or loopback."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False  # half an IPv6 address, say
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _asked(address: str, body: bytes | None, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The JSON object at an address. Raises `Refused` and `Unreachable`, with nothing in them of what was sent."""
    if not is_safe(address):
        raise Refused("the provider's address is no https address")
    try:
        request = Request(address, body, {"Accept": "application/json", **headers})  # noqa: S310 - `is_safe` saw to https
        with build_opener(_NoFurther).open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(LONGEST_ANSWER + 1)[:LONGEST_ANSWER])
    except HTTPError as problem:
        problem.close()
        failed = f"the provider answered {problem.code}"
        raise (Unreachable(failed) if problem.code >= 500 else Refused(failed)) from None
    except (OSError, HTTPException) as problem:
        raise Unreachable(f"the provider was not reached: {type(problem).__name__}") from None
    except (ValueError, RecursionError):
        raise Refused("the provider's answer is no JSON") from None
    if not isinstance(answer, dict):
        raise Refused("the provider's answer is no object")
    return answer


def _claims(token: object) -> Mapping[str, Any]:
    """What an identity token says, without its signature being looked at. Raises `Refused`."""
    try:
        body = str(token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, IndexError, RecursionError):
        raise Refused("the identity token cannot be read") from None
    if not isinstance(claims, dict):
        raise Refused("the identity token is no object")
    return claims


def _moment(claim: object, now: datetime) -> datetime:
    """A moment that a claim tells; one long ago where it tells none."""
    if isinstance(claim, int | float) and not isinstance(claim, bool) and 0 <= claim < 1e11:
        return datetime.fromtimestamp(claim, now.tzinfo)
    return datetime.fromtimestamp(0, now.tzinfo)
