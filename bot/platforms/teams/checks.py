"""What `doctor` says of Teams: what is not set, and, asked online, what Microsoft finds wrong.

Whoever does not serve Teams need not have its SDK, so that it is imported where Microsoft is asked and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.platforms import Refused, Unreachable
from bot.platforms.teams.places import PREFIX
from bot.platforms.teams.ways import Ways
from bot.settings import Settings
from bot.storage import Store
from bot.storage.opening import store_of
from bot.upkeep import is_loopback, skewed

if TYPE_CHECKING:
    from bot.platforms.teams.connector import Connector

WAY = "See docs/teams.md."
SDK = "microsoft_teams"
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CHANNEL = re.compile(r"19:[^\s;/]+@thread\.(?:tacv2|skype)")
OUT_OF_REACH = "let them open Someopas in Teams once, or have it installed for everybody by an app setup policy"
"""What helps where somebody was never met: a bot may write first only to those for whom it is installed."""
Connect = Callable[[Settings], "Connector"]


def missing(settings: Settings, sdk: str = SDK) -> list[str]:
    """What serving Teams cannot do without."""
    found = []
    if find_spec(sdk) is None:
        found.append(f"teams: what serving Teams needs is not installed: `make .venv/teams`, or the extra teams. {WAY}")
    if not GUID.fullmatch(settings.teams_client_id):
        found.append(f"teams: SOMEOPAS_TEAMS_CLIENT_ID is to be the application (client) id of the bot, a GUID. {WAY}")
    if not GUID.fullmatch(settings.teams_tenant_id):
        found.append(f"teams: SOMEOPAS_TEAMS_TENANT_ID is to be the directory (tenant) id, a GUID. {WAY}")
    if not settings.teams_managed_identity and not settings.teams_client_secret.get_secret_value():
        found.append(
            "teams: SOMEOPAS_TEAMS_CLIENT_SECRET is not set. A user-assigned managed identity needs none: then set "
            f"SOMEOPAS_TEAMS_MANAGED_IDENTITY=1. {WAY}"
        )
    return found


def settings_problems(settings: Settings) -> list[str]:
    """What is missing or malformed in the settings."""
    found = missing(settings)
    if not CHANNEL.fullmatch(settings.teams_communications):
        found.append(
            "teams: SOMEOPAS_TEAMS_COMMUNICATIONS is to be the id of the communications team's channel, "
            f"19:…@thread.tacv2. Without it each of the team is told by themselves. {WAY}"
        )
    if strange := [tenant for tenant in settings.teams_other_tenants if not GUID.fullmatch(tenant)]:
        found.append(f"teams: SOMEOPAS_TEAMS_OTHER_TENANTS: {', '.join(strange)} is no tenant id, a GUID. {WAY}")
    if not is_loopback(settings.teams_host):
        found.append(
            f"teams: SOMEOPAS_TEAMS_HOST is {settings.teams_host}: there others reach the bot without TLS. "
            f"Let a proxy end TLS, and the bot listen on 127.0.0.1. {WAY}"
        )
    if not settings.teams_service.startswith("https://"):
        found.append(f"teams: SOMEOPAS_TEAMS_SERVICE is to begin with https://, since the bot's token goes there. {WAY}")
    return found


def online_problems(settings: Settings, connect: Connect | None = None) -> list[str]:
    """What Microsoft says: whether a token is given, the channel is there with the bot in it, Graph may be asked.

    Of an identity that is not taken only that is said, and not all that fails for it.
    """
    if missing(settings):
        return []  # said already, and there is nobody to ask as
    with _connected(settings, connect) as connector:
        clock = skewed(connector.date(), SystemClock().now(), "Microsoft")
        if found := _of_token(connector, managed=settings.teams_managed_identity):
            return [*clock, *found]
        channel = _of_channel(connector, settings) if settings.teams_communications else []
        return [*clock, *channel, *(_of_graph(connector) if settings.teams_graph else [])]


def unreachable(settings: Settings, emails: Sequence[str], connect: Connect | None = None) -> list[str]:
    """Those of the people, by e-mail address, whom the bot cannot write to: never met, gone, or without the app."""
    store = store_of(settings, exclusive=False)
    try:
        unmet = [email for email in emails if not _is_met(store, email)]
    finally:
        store.close()
    if not unmet or not settings.teams_graph or missing(settings):
        return unmet
    with _connected(settings, connect) as connector:
        return [email for email in unmet if not _is_known(connector, email)]


def _is_met(store: Store, email: str) -> bool:
    """Whether the bot knows an account of theirs, and was not removed from their chat."""
    ways = Ways(store, SystemClock(), "")
    for account in store.accounts():
        if (
            account.id.startswith(PREFIX)
            and account.email == email.casefold()
            and account.standing in ("member", "guest")
        ):
            way = ways.of(account.id)
            if way is None or way.here:
                return True
    return False


def _is_known(connector: Connector, email: str) -> bool:
    """Whether Graph knows the address, so that the bot can begin a chat."""
    from bot.platforms.teams.connector import segment

    try:
        connector.graph(f"users/{segment(email)}?$select=id")
    except Refused:
        return False
    except Unreachable:
        return True  # that Microsoft does not answer is said of its token
    return True


@contextmanager
def _connected(settings: Settings, connect: Connect | None) -> Iterator[Connector]:
    connector = (connect or _connector)(settings)
    try:
        yield connector
    finally:
        connector.close()


def _connector(settings: Settings) -> Connector:
    from bot.platforms.teams.connector import Connector, Identity

    secret = "" if settings.teams_managed_identity else settings.teams_client_secret.get_secret_value()
    return Connector(Identity(settings.teams_client_id, settings.teams_tenant_id, secret))


def _of_token(connector: Connector, *, managed: bool) -> list[str]:
    try:
        connector.token()
    except Refused as problem:
        why = "Are the client id, the tenant id and the secret right, and is the secret still in force?"
        if managed:
            why = "Does the bot run on a machine of Azure's to which the managed identity is assigned?"
        return [f"teams: Entra gives the bot no token ({problem}). {why} {WAY}"]
    except Unreachable as problem:
        return [f"teams: Entra could not be asked for a token ({problem}). Is the network there? {WAY}"]
    return []


def _of_channel(connector: Connector, settings: Settings) -> list[str]:
    """The communications team's channel is there and the app is installed in its team."""
    from bot.platforms.teams.connector import Blocked, segment

    name = "SOMEOPAS_TEAMS_COMMUNICATIONS"
    try:
        path = f"v3/conversations/{segment(settings.teams_communications)}/pagedmembers?pageSize=50"
        connector.call("GET", settings.teams_service, path)
    except Blocked as problem:
        return [f"teams: Someopas is not in the team of {name} ({problem}): add the app there. {WAY}"]
    except Refused as problem:
        return [f"teams: Teams knows no channel {name} ({problem}): copy its id anew. {WAY}"]
    except Unreachable as problem:
        return [f"teams: the channel {name} could not be read ({problem}). {WAY}"]
    return []


def _of_graph(connector: Connector) -> list[str]:
    """Graph lets the bot read people, and so who supervises whom."""
    try:
        connector.graph("users?$top=1&$select=id")
    except Refused as problem:
        needed = "SOMEOPAS_TEAMS_GRAPH needs the application permission User.Read.All and an administrator's consent."
        return [f"teams: Microsoft Graph refuses the bot ({problem}). {needed} {WAY}"]
    except Unreachable as problem:
        return [f"teams: Microsoft Graph could not be asked ({problem}). {WAY}"]
    return []
