"""`someopas serve` three times on one PostgreSQL, over both of Slack's transports, one process after another killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.slack.fake import FakeSlack, serving
from tests.slack.on_postgres import House, Signed, Sockets, Way, house_of, slack_of

pytestmark = pytest.mark.postgres
PLACES, KILLS, BETWEEN = 3, 6, 40
WAYS: dict[str, Callable[[FakeSlack], Way]] = {"http": lambda _: Signed(PLACES), "socket": Sockets}


@pytest.fixture(params=WAYS)
def house(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Iterator[House]:
    with serving(slack_of()) as slack:
        made = house_of(cluster.database(), tmp_path, slack, WAYS[request.param](slack), 20261129)
        try:
            made.open(PLACES)
            yield made
        finally:
            made.close()


def test_each_event_is_handled_once_each_message_sent_once_and_one_leads_while_processes_are_killed(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    house.is_lived_in(KILLS, BETWEEN)
    figures = house.looked_at()
    for name, value in figures.items():
        record_property(name, value)
    assert figures["acknowledged"] >= KILLS * BETWEEN
    assert figures["timers"] >= KILLS
    assert figures["hands"] > KILLS // PLACES, "in each rotation who leads is killed"
    assert house.wrong() == []
    assert house.doctor() == "All is well.\n"
