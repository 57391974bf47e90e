"""What `__main__` builds: the real things, each made once and handed on as plain arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from bot.app import Bot
from bot.auditor import Auditor
from bot.clock import Clock, MovedClock, SystemClock
from bot.curated import CuratedAnswers
from bot.directory import Directory, read_people
from bot.evidence import EvidenceStore
from bot.metrics import Metrics
from bot.pace import Pace
from bot.pages.agenda import agenda_page, waiting_for
from bot.pages.case import case_page
from bot.platforms import PLATFORMS, Platform
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.checks import CHANNEL
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.service import HttpService, SocketService
from bot.platforms.slack.web_api import client_of
from bot.platforms.web.checks import signs_in
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.provider import Provider
from bot.platforms.web.server import HOSTS, Page
from bot.platforms.web.service import PageService
from bot.platforms.web.signing_in import BACK, SigningIn
from bot.records import INCIDENTS
from bot.register import enter_umbrella_accounts, import_accounts
from bot.rendering import Renderer
from bot.retention import Retention
from bot.sender import Sender
from bot.settings import Settings, spin_less
from bot.storage import Store
from bot.storage.opening import open_store, store_of
from bot.working_time import FinnishWorkingTime
from handlers import reminders
from handlers.events import Elapsed
from handlers.incidents.record import Status
from handlers.incidents.rights import UNSEEN
from knowledge.dense import load_model
from knowledge.guide import Guide

SOON = 2
"""Seconds for a call that an acknowledgement waits for."""
DEMO_PEOPLE = Path(__file__).parent / "demo" / "people.csv"
DEMO_ACCOUNTS = Path(__file__).parent / "demo" / "accounts.csv"


class Service(Protocol):
    """What brings people's deeds on a platform to the bot."""

    @property
    def told(self) -> str:
        """What is said when it is served."""
        ...

    def connected(self) -> bool:
        """Whether it hears people now."""
        ...

    def start(self) -> None:
        """Begin. Raises `Unreachable`, `Refused`, or `OSError` where a port is taken."""
        ...

    def stop(self) -> None:
        """End."""
        ...


@dataclass(frozen=True)
class Parts:
    """What a platform may be built of."""

    settings: Settings
    store: Store
    directory: Directory
    clock: Clock
    renderer: Renderer


@dataclass(frozen=True)
class Assembly:
    """A whole bot, ready to run."""

    bot: Bot
    sender: Sender
    renderer: Renderer
    store: Store
    clock: Clock
    evidence: EvidenceStore
    auditor: Auditor
    metrics: Metrics


def build_slack(parts: Parts) -> SlackPlatform:
    """Slack's platform, with the channels that are set."""
    client = client_of(parts.settings.slack_bot_token.get_secret_value(), parts.settings.slack_api)
    # Who somebody is, is asked before their event is acknowledged, for which there are three seconds.
    asking = client_of(parts.settings.slack_bot_token.get_secret_value(), parts.settings.slack_api, timeout=SOON)
    people = SlackPeople(asking, parts.directory, parts.clock)
    channel = parts.settings.slack_communications
    # A channel that is none is as good as no channel; `doctor` names it.
    return SlackPlatform(client, people, {"communications": channel if CHANNEL.fullmatch(channel) else ""})


def build_teams(parts: Parts) -> Platform:
    """Teams' platform, with the channel that is set. Its modules are loaded here, since its SDK need not be installed."""
    from bot.platforms.teams.connector import Connector, Identity
    from bot.platforms.teams.people import TeamsPeople
    from bot.platforms.teams.platform import TeamsPlatform
    from bot.platforms.teams.ways import Ways

    settings = parts.settings
    secret = "" if settings.teams_managed_identity else settings.teams_client_secret.get_secret_value()
    connector = Connector(Identity(settings.teams_client_id, settings.teams_tenant_id, secret))
    ways = Ways(parts.store, parts.clock, settings.teams_service)
    people = TeamsPeople(
        connector, parts.directory, ways, parts.clock, settings.teams_tenants, graph=settings.teams_graph
    )  # fmt: skip
    channels = {"communications": settings.teams_communications}
    return TeamsPlatform(connector, people, ways, parts.store, parts.renderer.labels, channels)


BUILDERS: dict[str, Callable[[Parts], Platform]] = {
    "slack": build_slack,
    "teams": build_teams,
    "web": lambda parts: WebPlatform(parts.store, parts.clock),
}
"""How each platform of `PLATFORMS` is made."""


def build_guide(settings: Settings) -> Guide:
    """The guide, with the dense model where it is installed and wanted."""
    spin_less()
    model = load_model() if settings.dense else None
    guide = Guide.load(model, settings.guidelines)
    if guide.vectors and guide.vectors.made:
        structlog.get_logger().warning("vectors were made at start: run `someopas index`", made=guide.vectors.made)
    return guide


def assemble(settings: Settings, platforms: Sequence[str], *, demo: bool, guide: Guide) -> Assembly:
    """Build a bot on the platforms named. The demo has its own people and a clock that can be moved."""
    # The demo has its own people: it never comes near the database that is set for the real ones.
    store = open_store(settings.database) if demo else store_of(settings)
    clock: Clock = SystemClock()
    if demo:
        clock = MovedClock(timedelta(seconds=float(store.get("clock_offset") or 0)))
        if not store.people():
            store.replace_people(read_people(DEMO_PEOPLE))
    directory = Directory(store)
    if store.leads():  # of several processes that start at once, one enters them
        enter_umbrella_accounts(settings.umbrella_accounts, settings.municipality, store, clock.now())
    if demo and not store.get("demo_accounts"):
        import_accounts(DEMO_ACCOUNTS, store, directory, clock.now())
        store.put("demo_accounts", "entered")
    renderer = Renderer()
    parts = Parts(settings, store, directory, clock, renderer)
    served = {name: BUILDERS[name](parts) for name in PLATFORMS if name in platforms}
    curated = CuratedAnswers(store, guide, settings.curated_vectors)
    evidence = EvidenceStore(settings.evidence)
    bot = Bot(
        store,
        directory,
        guide,
        clock,
        FinnishWorkingTime(),
        served,
        settings.language,
        curated,
        settings.of_the_municipality,
        settings.plan,
        evidence,
        settings.curated_vectors.with_name("overlay-vectors.npz"),
        Pace(settings.questions_a_minute),
    )
    if store.leads():
        bot.begin()
    auditor = Auditor(bot, clock, settings.data / "heartbeat")
    auditor.nightly = retention_of(settings, store, directory, clock).look
    sender = Sender(bot, renderer, evidence)
    metrics = Metrics(store, clock, settings.backed_up)
    bot.observe, sender.observe = metrics.event, metrics.send
    metrics.beating("sender", lambda: sender.beat)
    metrics.beating("auditor", lambda: auditor.beat)
    metrics.breaching(lambda: auditor.breaches)
    if vectors := guide.vectors:
        metrics.unread(lambda: vectors.unread)
    return Assembly(bot, sender, renderer, store, clock, evidence, auditor, metrics)


def retention_of(settings: Settings, store: Store, directory: Directory, clock: Clock) -> Retention:
    """What takes out of the store what is older than the settings keep it."""
    return Retention(store, directory, clock, settings.retention, EvidenceStore(settings.evidence).has)


def slack_service(settings: Settings, made: Assembly) -> Service:
    """How Slack reaches the bot, as the settings wish it."""
    platform = made.bot.platforms["slack"]
    assert isinstance(platform, SlackPlatform)  # noqa: S101 - it was built under this name
    bolt = SlackApp(made.bot, platform, made.renderer).bolt
    if settings.slack_mode == "http":
        secret = settings.slack_signing_secret.get_secret_value()
        return HttpService(bolt, secret, made.clock, settings.slack_host, settings.slack_port)
    return SocketService(bolt, settings.slack_app_token.get_secret_value(), settings.slack_api)


def teams_service(settings: Settings, made: Assembly) -> Service:
    """How Teams reaches the bot."""
    from bot.platforms.teams.app import TeamsApp
    from bot.platforms.teams.platform import TeamsPlatform
    from bot.platforms.teams.service import Edge, TeamsService

    platform = made.bot.platforms["teams"]
    assert isinstance(platform, TeamsPlatform)  # noqa: S101 - it was built under this name
    app = TeamsApp(made.bot, platform, made.renderer)
    edge = Edge(app, platform.connector, settings.teams_tenants)
    return TeamsService(edge, platform.connector, settings.teams_host, settings.teams_port)


def web_service(settings: Settings, made: Assembly, port: int | None = None, *, demo: bool = False) -> Service:
    """How the page is reached: on the port that is set, if not on another. Nobody signs in to the demo."""
    platform = made.bot.platforms["web"]
    assert isinstance(platform, WebPlatform)  # noqa: S101 - it was built under this name
    clock = made.clock if isinstance(made.clock, MovedClock) else None
    signing_in = None if demo else signing_in_of(settings, made)
    hosts = (*HOSTS, urlsplit(settings.web_address).hostname or "") if signing_in else HOSTS
    page = Page(made.bot, platform, made.renderer, made.sender, clock, made.evidence, hosts)
    return PageService(page, signing_in, settings.web_host, settings.port if port is None else port)


def signing_in_of(settings: Settings, made: Assembly) -> SigningIn | None:
    """How people sign in to the page, None where they do not: on this machine alone."""
    if not signs_in(settings):
        return None
    secret = settings.oidc_client_secret.get_secret_value()
    back = settings.web_address.rstrip("/") + BACK
    provider = Provider(settings.oidc_issuer, settings.oidc_client_id, secret, back)
    return SigningIn(provider, secret, made.bot.directory, made.clock, made.renderer.label, made.store)


SERVICES: dict[str, Callable[[Settings, Assembly], Service]] = {
    "slack": slack_service, "teams": teams_service, "web": web_service,
}  # fmt: skip
"""What brings people's deeds to the bot, of each platform of `PLATFORMS`."""


def agenda_of(settings: Settings, store: Store, body: str, department: str, language: str) -> tuple[int, str]:
    """How many requests wait for a body, and its agenda pack as an HTML page; beside the process that serves."""
    guide = Guide.load(None, settings.guidelines)
    bot = Bot(
        store, Directory(store), guide, SystemClock(), FinnishWorkingTime(), {},
        municipality=settings.of_the_municipality,
    )  # fmt: skip
    facts = bot.facts(Elapsed("", "", "", reminders.KEY))
    requests = waiting_for(body, department, facts)
    return len(requests), agenda_page(requests, facts, Renderer(), language)


def case_of(settings: Settings, store: Store, number: int, language: str) -> tuple[str, tuple[str, ...]]:
    """An incident as an HTML page, with the checksums of its files; "" where there is none to be shown.

    Beside the process that serves: whoever may run this on the server may read its database too.
    """
    kept = store.record(f"incidents/{number}")
    record = INCIDENTS.validate_json(kept.data) if kept else None
    if record is None or record.status in (*UNSEEN, Status.DRAFT):
        return "", ()
    bot = Bot(
        store, Directory(store), Guide.load(None, settings.guidelines), SystemClock(), FinnishWorkingTime(), {},
        municipality=settings.of_the_municipality, plan=settings.plan,
    )  # fmt: skip
    facts = bot.facts(Elapsed("", "", "", f"incidents/{number}"))
    return case_page(record, facts, Renderer(), language), tuple(e.sha256 for e in record.evidence if e.sha256)
