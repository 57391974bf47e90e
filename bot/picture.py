"""The life of a request as a picture, made from the table that the program itself decides by."""

from __future__ import annotations

from bot.rendering import Renderer
from handlers.accounts.record import TRANSITIONS, Status


def state_picture(renderer: Renderer, language: str) -> str:
    """A Mermaid state diagram in a language: every status, every legal move, nothing else."""
    labels = renderer.labels(language)
    lines = ["stateDiagram-v2", f"    [*] --> {Status.DRAFT}"]
    lines += [f"    {status} : {labels[f'word.status.{status}']}" for status in Status]
    lines += [
        f"    {before} --> {after} : {labels[f'word.move.{move}']}"
        for (before, move), after in TRANSITIONS.items()
    ]  # fmt: skip
    leads_on = {before for before, _ in TRANSITIONS}
    return "\n".join([*lines, *(f"    {status} --> [*]" for status in Status if status not in leads_on)]) + "\n"
