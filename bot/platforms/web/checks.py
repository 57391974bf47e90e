"""What is missing for the page to be served, a sentence each."""

from __future__ import annotations

from bot.platforms.web.provider import LOOPBACK, is_safe
from bot.settings import Settings


def signs_in(settings: Settings) -> bool:
    """Whether people sign in to the page: all that it needs is set."""
    return bool(settings.oidc_issuer) and not missing(settings)


def missing(settings: Settings) -> list[str]:
    """What is missing or wrong: outside of this machine the page is served to nobody who has not signed in."""
    needed = {
        "SOMEOPAS_OIDC_ISSUER": settings.oidc_issuer, "SOMEOPAS_OIDC_CLIENT_ID": settings.oidc_client_id,
        "SOMEOPAS_OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
        "SOMEOPAS_WEB_ADDRESS": settings.web_address,
    }  # fmt: skip
    if settings.web_host in LOOPBACK and not settings.oidc_issuer:
        return []
    found = [
        f"web: {name} is not set: outside of this machine people sign in to the page."
        for name, v in needed.items()
        if not v
    ]
    secret = settings.oidc_client_secret.get_secret_value()
    if secret and len(secret) < 16:
        found.append("web: SOMEOPAS_OIDC_CLIENT_SECRET is shorter than 16 characters: have the issuer make a longer one.")
    for name in ("SOMEOPAS_OIDC_ISSUER", "SOMEOPAS_WEB_ADDRESS"):
        if needed[name] and not is_safe(needed[name]):
            found.append(f"web: {name} is to be an address that begins with https://.")
    return found
