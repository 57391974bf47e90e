"""What the tests share: one guide for the session, and a whole bot on a real SQLite file for each test."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Bot
from bot.deciding import Handled
from bot.directory import Directory, read_people
from bot.platforms import Platform
from bot.platforms.teams.connector import Connector
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage import Store
from bot.storage.postgres import PostgresStore
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Buttons
from handlers.effects import FieldErrors, OpenForm, ShowCard
from handlers.events import Asked, Pressed, Submitted
from knowledge.dense import load_model
from knowledge.guide import Guide
from tests.fakes import FakeClock, FakePlatform, Sent
from tests.postgres import Cluster, started
from tests.slack.fake import FakeSlack, serving
from tests.slack.world import USERS
from tests.teams.fake import FakeTeams
from tests.teams.fake import serving as serving_teams
from tests.teams.world import MEMBERS, connector_to


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The guide as it ships: with the dense model where it is installed."""
    return Guide.load(load_model())


@pytest.fixture(scope="session")
def lexical_guide() -> Guide:
    """The guide without the dense model."""
    return Guide.load(None)


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture(scope="session")
def served() -> Iterator[FakeSlack]:
    with serving(FakeSlack(USERS)) as slack:
        yield slack


@pytest.fixture
def fake(served: FakeSlack) -> FakeSlack:
    """The Slack of a test: served once for all of them, and as it was at first."""
    fresh = FakeSlack(dict(USERS), address=served.address)
    for name in (
        "users", "members", "calls", "faults", "pages", "refused", "used", "doors", "acks", "scopes", "files", "places",
        "asked_for",
    ):  # fmt: skip
        setattr(served, name, getattr(fresh, name))
    return served


@pytest.fixture(scope="session")
def served_teams() -> Iterator[FakeTeams]:
    with serving_teams(FakeTeams()) as made:
        yield made


@pytest.fixture(scope="session")
def connector(served_teams: FakeTeams) -> Iterator[Connector]:
    """The SDK with its tokens and keys, for all tests."""
    made = connector_to(served_teams)
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL for all tests; each asks it for a database of its own."""
    with started() as made:
        yield made


@pytest.fixture
def teams(served_teams: FakeTeams) -> FakeTeams:
    """The Teams of a test: served once for all of them, and as it was at first."""
    fresh = FakeTeams(dict(MEMBERS), address=served_teams.address)
    for name in (f.name for f in dataclasses.fields(FakeTeams) if f.name != "address"):
        setattr(served_teams, name, getattr(fresh, name))
    return served_teams


KEYS = itertools.count(1)
"""Keys of deliveries: never used twice, not even by a world that was opened again on the same file."""


@dataclass
class World:
    """A bot with everything real but time and the platform. Each deed is an event with a key of its own."""

    bot: Bot
    sender: Sender
    store: Store
    platform: FakePlatform
    clock: FakeClock
    keys: Iterator[int]

    def asks(self, person: str, text: str, conversation: str = "") -> Handled:
        where = conversation or self.platform.direct(person)
        return self._done(self.bot.handle(Asked(f"k{next(self.keys)}", person, where, text=text)))

    def presses(self, person: str, action: str, record: str, value: str = "", conversation: str = "") -> Handled:
        where = conversation or self.platform.direct(person)
        return self._done(self.bot.handle(Pressed(f"k{next(self.keys)}", person, where, record, action, value)))

    def submits(self, person: str, form: str, record: str, **values: str) -> Handled:
        where = self.platform.direct(person)
        return self._done(self.bot.handle(Submitted(f"k{next(self.keys)}", person, where, record, form, values)))

    def waits(self, **by: float) -> None:
        self.clock.move(**by)
        self.sender.run_once()

    def last(self, person: str) -> Sent:
        return self.platform.to(self.platform.direct(person))[-1]

    def _done(self, handled: Handled) -> Handled:
        """Whatever is shown at once can be shown."""
        match handled.immediate:
            case OpenForm(form=form):
                self.sender._renderer.form(form, handled.language)
            case FieldErrors(form=form, errors=errors):
                self.sender._renderer.form(form, handled.language, errors)
            case ShowCard(card=card, language=language):
                self.sender._renderer.card(card, language or handled.language)
        self.sender.run_once()
        return handled


def make_world(path: Path, guide: Guide, renderer: Renderer, clock: FakeClock | None = None) -> World:
    """A world on a database file; the demo organisation moves in where nobody lives yet."""
    store = STORES[0](path) if STORES else SqliteStore(path)
    clock, platform = clock or FakeClock(), FakePlatform()
    if not store.people():
        store.replace_people(read_people(DEMO_PEOPLE))
    platforms: dict[str, Platform] = {"fake": platform}
    bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), platforms)
    made = World(bot, Sender(bot, renderer), store, platform, clock, KEYS)
    return THROUGH[0](made) if THROUGH else made


@pytest.fixture
def world(tmp_path: Path, guide: Guide, renderer: Renderer) -> Iterator[World]:
    made = make_world(tmp_path / "someopas.db", guide, renderer)
    yield made
    made.store.close()


@pytest.fixture
def lossless(tmp_path: Path, lexical_guide: Guide, renderer: Renderer) -> Iterator[World]:
    """A world in which nothing may be lost on the way: every message arrives, and the journal's chain is whole.

    Its file is `x.db`, for what opens it a second time.
    """
    made = make_world(tmp_path / "x.db", lexical_guide, renderer)
    yield made
    assert made.platform.refuses or not made.store.dead_letters(), "a card could not be shown"
    list(made.store.journal())  # raises where its chain is broken
    made.store.close()


def errors(handled: Handled) -> dict[str, str]:
    """The errors at the fields of the form that stays open."""
    assert isinstance(handled.immediate, FieldErrors), handled.immediate
    return dict(handled.immediate.errors)


def form(handled: Handled) -> dict[str, str]:
    """The values of the form that opens, by field."""
    assert isinstance(handled.immediate, OpenForm), handled.immediate
    return {f.name: f.value for f in handled.immediate.form.fields}


# ── the same stories through a platform ─────────────────────────────────────────────────────────────────────────────

THROUGH: list[Callable[[World], World]] = []
"""What a made world is put onto: nothing, or the platform that the command line names."""


STORES: list[Callable[[Path], Store]] = []
"""How a made world's store is opened: on a file, or as the command line says."""


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "Tell the stories of `World` through a platform, or on another store."
    parser.addoption("--through", choices=["teams", "postgres"], default=None, help=told)


@pytest.fixture(autouse=True)
def through(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every world of this test lives on the platform, or on the store, that the command line names."""
    if request.config.getoption("--through") == "postgres":
        servers, folder = (request.getfixturevalue(name) for name in ("cluster", "tmp_path"))
        # What the command line looks into is the world's own.
        address = servers.database(of=folder / "someopas.db")
        request.getfixturevalue("monkeypatch").setenv("SOMEOPAS_POSTGRES", address)
        with ExitStack() as made:
            STORES.append(lambda path: made.enter_context(closing(PostgresStore(servers.database(of=path)))))
            yield
            STORES.clear()
        return
    if request.config.getoption("--through") != "teams":
        yield
        return
    from tests.teams.wire import make_wire  # it is made of this module's `World`

    served, connector, renderer = (request.getfixturevalue(name) for name in ("teams", "connector", "renderer"))
    THROUGH.append(lambda made: make_wire(made, served, connector, renderer))
    yield
    THROUGH.clear()


def buttons_of(sent: Sent) -> list[str]:
    """The actions of the buttons on a message."""
    return [b.button.action for part in sent.card.parts if part.kind == "buttons" for b in part.buttons]


__all__ = ["Buttons", "World", "buttons_of", "make_world"]
