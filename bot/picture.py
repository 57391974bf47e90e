"""The life of a request and of an incident as pictures, made from the tables that the program itself decides by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.rendering import Renderer
from handlers.accounts import record as accounts
from handlers.agreements import record as agreements
from handlers.incidents import record as incidents
from handlers.overlays import record as overlays
from handlers.register import record as register


@dataclass(frozen=True)
class Life:
    """A table of moves; `status` and `move` are the kinds of words that name its states and its moves."""

    states: type[StrEnum]
    transitions: Mapping[tuple[Any, Any], Any]
    status: str
    move: str


LIVES: Mapping[str, Life] = {
    "accounts": Life(accounts.Status, accounts.TRANSITIONS, "status", "move"),
    "incidents": Life(incidents.Status, incidents.TRANSITIONS, "case_status", "case_move"),
    "register": Life(register.Status, register.TRANSITIONS, "account_status", "account_move"),
    "overlays": Life(overlays.Status, overlays.TRANSITIONS, "overlay_status", "overlay_move"),
    "agreements": Life(agreements.Status, agreements.TRANSITIONS, "agreement_status", "agreement_move"),
}
"""Every life that can be drawn, by its flow."""


def state_picture(renderer: Renderer, language: str, flow: str = "accounts") -> str:
    """A Mermaid state diagram in a language: every status, every legal move, nothing else."""
    labels, life = renderer.labels(language), LIVES[flow]
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(life.states))}"]
    lines += [f"    {status} : {labels[f'word.{life.status}.{status}']}" for status in life.states]
    lines += [
        f"    {before} --> {after} : {labels[f'word.{life.move}.{move}']}"
        for (before, move), after in sorted(life.transitions.items(), key=lambda row: _place(life, row[0]))
    ]
    leads_on = {before for before, _ in life.transitions}
    return "\n".join([*lines, *(f"    {status} --> [*]" for status in life.states if status not in leads_on)]) + "\n"


def _place(life: Life, row: tuple[Any, Any]) -> int:
    """The place of a state in its life: moves of a set of states come in no order of their own."""
    return list(life.states).index(row[0])
