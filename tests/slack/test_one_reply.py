"""Every action gets exactly one visible reply where the person is looking, whoever they are, in every state."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.slack.fake import CHANNEL, Json
from tests.slack.world import COMMS, SlackWorld

SILENT = "Miten some-tili suljetaan?"
STATES = ("asked", "waiting", "taken", "replied")
PEOPLE = ("UEMP", "USUP", "UCOM", "UMAN", "UGUEST", "USTR")


def brought_to(world: SlackWorld, state: str) -> tuple[Json, Json]:
    """A question in a state: gives the asker's answer and the team's card (a card of its buttons where there is none)."""
    world.says("UEMP", SILENT)
    answer = world.direct("UEMP")[-1]
    if state == "asked":
        return answer, answer
    world.presses("UEMP", answer, "questions/send")
    world.submits("UEMP", world.view(), text="Miten?", named="yes")
    card = world.posts(COMMS)[-1]
    if state in ("taken", "replied"):
        world.presses("UCOM", card, "questions/take")
    if state == "replied":
        world.presses("UCOM", card, "questions/reply")
        world.submits("UCOM", world.view(), text="Näin.")
    return answer, card


def button(action: str, value: str = "") -> Json:
    """A card with one button: an old one, say, that is pressed long after."""
    carried = f'["questions/1", "{value}"]'
    element = {"type": "button", "action_id": f"{action}#0", "value": carried}
    return {"channel": CHANNEL, "blocks": [{"type": "actions", "elements": [element]}]}


def seen_by(world: SlackWorld, person: str) -> int:
    """What a person has seen: whispers, messages in their own conversation, windows; and changes of the team's card."""
    opened = len(world.slack.told("views.open", "views.push", "views.update"))
    changed = len([u for u in world.slack.told("chat.update") if u["channel"] == COMMS])
    return len(world.whispers(person)) + len(world.direct(person)) + opened + bool(changed)


ACTIONS = {
    "questions/send": "", "questions/take": "", "questions/reply": "", "questions/feedback": "yes", "questions/show": "x",
    "questions/share": "", "questions/confirm": "x", "questions/curated": "curated/1", "curated/add": "",
    "curated/edit": "", "curated/retire": "", "curated/restore": "", "curated/confirm": "", "curated/list": "",
    "digest/show": "", "home/own": "", "home/start": "", "home/unheard-of": "", "gone/gone": "",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_button_in_every_state_answers_everybody_once(world: SlackWorld, state: str) -> None:
    brought_to(world, state)
    for person, (action, value) in itertools.product(PEOPLE, ACTIONS.items()):
        if state == "waiting" and action == "questions/take" and person in ("UCOM", "UMAN"):
            continue  # it leads on: the next test's
        before = seen_by(world, person)
        assert world.presses(person, button(action, value), action).status == 200
        assert seen_by(world, person) == before + 1, (person, action)


def test_taking_is_seen_in_the_card_and_by_nobody_twice(world: SlackWorld) -> None:
    _, card = brought_to(world, "waiting")
    world.presses("UCOM", card, "questions/take")
    assert [u["channel"] for u in world.slack.told("chat.update")].count(COMMS) == 1
    assert world.whispers("UCOM") == []


SAID: dict[str, Callable[[SlackWorld, str, str], Any]] = {
    "a direct message": lambda world, person, text: world.says(person, text),
    "a mention": lambda world, person, text: world.mentions(person, text),
    "a command": lambda world, person, text: world.commands(person, "/someopas", text),
    "the shortcut": lambda world, person, text: world.shortcut(person, text),
}
TEXTS = (
    SILENT, "Kuka päättää uudesta some-tilistä?", "jaa", "jaa", "auttoi", "apua", "kieli", "omat", "ohmat", "kiitos",
    "ota 99", "vastaa 99: x", "", "👍", "<!channel> <@USUP>", "x" * 4000, "tietämys", "kooste", "kysy viestinnältä",
)  # fmt: skip


@pytest.mark.parametrize("way", SAID)
def test_whatever_is_said_in_whatever_way_is_answered_once(world: SlackWorld, way: str) -> None:
    for person, text in itertools.product(("UEMP", "UGUEST"), TEXTS):
        before = seen_by(world, person) + len(world.posts(CHANNEL))
        assert SAID[way](world, person, text).status == 200
        told = seen_by(world, person) + len(world.posts(CHANNEL)) - before
        # What was handed on from a channel is told there, and lastingly in the person's own conversation.
        lasting = text == "kysy viestinnältä" and way != "a direct message" and person == "UEMP"
        assert told == (2 if lasting else 1), (text, person)


def test_words_for_a_press_on_a_card_elsewhere_are_answered_where_they_were_written(world: SlackWorld) -> None:
    brought_to(world, "waiting")
    for number, words in enumerate(("ota 1", "vastaa 1: Näin."), start=1):
        world.says("UCOM", words)
        assert len(world.direct("UCOM")) == number
    assert "Vastattu: Viestinnän asiantuntija" in world.direct("UCOM")[-1]["text"]
