"""The page of management's figures: charts that are plain pictures, and the same numbers in tables (R41)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.pages import TEMPLATES
from bot.rendering import Renderer, day
from handlers.cards import excerpt
from handlers.facts import Facts
from handlers.management import FEW, NONE, UNTOLD, Figures, Period, Quarter, Row

WIDEST, STEP, NAME = 58.0, 18, 38
"""The longest bar in percent, the pixels from one bar to the next, and the characters of a chart's name."""


@dataclass(frozen=True)
class Bar:
    """A bar with its words: `percent` of the picture's width, `y` in pixels, `style` solid, lined or hollow."""

    text: str
    percent: float
    style: Literal["a", "b", "c"]
    y: int


@dataclass(frozen=True)
class Group:
    """The bars below a name."""

    name: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Chart:
    """A chart: its groups one below the other, `height` in pixels."""

    id: str
    title: str
    groups: tuple[Group, ...]
    height: int


def figures_page(figures: Figures, facts: Facts, renderer: Renderer, language: str) -> str:
    """The figures as a whole HTML page in a language: charts with the same numbers in tables, to be read or printed."""
    t = renderer.labels(language)
    names = {
        p.quarter: f"{t['management.quarter'].replace('#', str(p.quarter.number))} {p.quarter.year}"
        for p in figures.periods
    }
    names[Quarter.of(facts.today)] += f" {t['management.running']}"
    departments = [(row.name or t["management.others"], row) for row in figures.departments]
    periods = [(names[p.quarter], p) for p in reversed(figures.periods)]
    kinds = [(t[f"word.incident.{kind}"], count) for kind, count in figures.kinds]
    kinds += [(t["management.personal"], figures.personal)] if figures.personal else []
    shares = [(t[f"management.share.{name}"], percent) for name, percent in (
        ("confirmed", figures.confirmed), ("changed", figures.changed), ("read", figures.total.read))]  # fmt: skip
    return TEMPLATES.get_template("management.html").render(
        f=figures, t=t, language=language, day=day(facts.today.isoformat(), language), names=names,
        few=FEW, untold=UNTOLD, absent=NONE, departments=departments, periods=periods, kinds=kinds, shares=shares,
        charts={
            "accounts": _chart("accounts", departments, ("accounts", "official"), t),
            "requests": _chart("requests", periods, ("sent", "approved", "rejected"), t),
            "incidents": _chart("incidents", periods, ("incidents",), t),
            "shares": _shares_chart(shares, t),
        },
    )  # fmt: skip


def _chart(name: str, rows: Sequence[tuple[str, Row | Period]], names: Sequence[str], labels: Mapping[str, str]) -> Chart:
    """Bars of one scale for every row, a bar for each of the names."""
    most = max([1, *(getattr(row, n) for _, row in rows for n in names)])
    told = [
        (label, [(f"{labels[f'management.{n}']}: {getattr(row, n)}", getattr(row, n) / most) for n in names])
        for label, row in rows
    ]
    return _drawn(name, labels[f"management.chart.{name}"], told)


def _shares_chart(shares: Sequence[tuple[str, int]], labels: Mapping[str, str]) -> Chart:
    told = [(label, [(f"{p} %" if p != NONE else "–", max(p, 0) / 100)]) for label, p in shares]
    return _drawn("shares", labels["management.chart.shares"], told)


def _drawn(name: str, title: str, rows: Iterable[tuple[str, Sequence[tuple[str, float]]]]) -> Chart:
    """The rows one below the other; a name that is too long for a phone is cut, and whole in the table."""
    groups, y = [], 0
    styles: tuple[Literal["a", "b", "c"], ...] = ("a", "b", "c")
    for label, bars in rows:
        drawn = tuple(
            Bar(text, round(WIDEST * length, 1), style, y + 21 + STEP * i)
            for i, ((text, length), style) in enumerate(zip(bars, styles, strict=False))
        )
        groups.append(Group(excerpt(label, NAME), y + 14, drawn))
        y += 30 + STEP * len(bars)
    return Chart(f"chart-{name}", title, tuple(groups), y)
