"""The app's two icons, drawn: a speech bubble with a section sign.

Teams takes PNG files of 192 × 192 pixels in colour, with the mark in the middle, and of 32 × 32 pixels in white on a
transparent ground (learn.microsoft.com, "App icons"). They are computed and not kept as files, so that nobody needs
a drawing program to change them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from math import atan2, cos, hypot, pi, sin

Distance = Callable[[float, float], float]
"""How far a point is from a shape's edge, in pixels: below zero inside it."""
Colour = tuple[int, int, int]

GROUND: Colour = (0x14, 0x51, 0x4B)
WHITE: Colour = (0xFF, 0xFF, 0xFF)
LINE = 2
"""The width of the outline's lines in pixels."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@lru_cache(maxsize=1)
def colour_icon() -> bytes:
    """The icon of the app's page and of its messages: 192 × 192 pixels, opaque."""
    bubble = _either(_box(96, 90, 58, 46, 20), _triangle((66, 116), (104, 116), (68, 158)))
    sign = _section_sign(96, 90, 11, 8)
    marks = _without(bubble, sign)
    return _png(192, lambda x, y: (*_mixed(GROUND, WHITE, _cover(marks(x, y))), 255))


@lru_cache(maxsize=1)
def outline_icon() -> bytes:
    """The icon of the app bar: 32 × 32 pixels, white lines on a transparent ground."""
    box, tail = _box(16, 14, 13, 11, 4), _triangle((7, 21), (16, 21), (7, 31))
    # Each shape is made smaller by itself: within both, the distance to one of their edges says nothing of the whole.
    inner = _either(_grown(box, -LINE), _grown(tail, -LINE))
    lines = _either(_without(_either(box, tail), inner), _section_sign(16, 14, 2.3, 1.7))
    return _png(32, lambda x, y: (*WHITE, round(255 * _cover(lines(x, y)))))


def _section_sign(x: float, y: float, radius: float, width: float) -> Distance:
    """§ around a point: a ring, with a hook above it and the same hook turned below it."""
    ring = _ring(x, y, radius, width)
    above = _arc(x, y - 2 * radius, radius, width, pi / 2, 11 * pi / 6)
    below = _arc(x, y + 2 * radius, radius, width, -pi / 2, 5 * pi / 6)
    return _either(ring, _either(above, below))


def _box(x: float, y: float, half_width: float, half_height: float, corner: float) -> Distance:
    """A box with round corners around a point."""

    def distance(px: float, py: float) -> float:
        dx, dy = abs(px - x) - half_width + corner, abs(py - y) - half_height + corner
        return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - corner

    return distance


def _triangle(*corners: tuple[float, float]) -> Distance:
    """A triangle, its corners clockwise as they are seen."""
    sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))

    def distance(px: float, py: float) -> float:
        near, inside = float("inf"), True
        for (ax, ay), (bx, by) in sides:
            dx, dy = bx - ax, by - ay
            along = max(0.0, min(1.0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)))
            near = min(near, hypot(px - ax - along * dx, py - ay - along * dy))
            inside = inside and dx * (py - ay) - dy * (px - ax) >= 0
        return -near if inside else near

    return distance


def _ring(x: float, y: float, radius: float, width: float) -> Distance:
    return lambda px, py: abs(hypot(px - x, py - y) - radius) - width / 2


def _arc(x: float, y: float, radius: float, width: float, begin: float, end: float) -> Distance:
    """A part of a ring with round ends, between two angles that grow clockwise from the right, as they are seen."""
    ring = _ring(x, y, radius, width)
    ends = [(x + radius * cos(angle), y + radius * sin(angle)) for angle in (begin, end)]

    def distance(px: float, py: float) -> float:
        if (atan2(py - y, px - x) - begin) % (2 * pi) <= end - begin:
            return ring(px, py)
        return min(hypot(px - ex, py - ey) for ex, ey in ends) - width / 2

    return distance


def _either(one: Distance, other: Distance) -> Distance:
    return lambda x, y: min(one(x, y), other(x, y))


def _without(one: Distance, other: Distance) -> Distance:
    return lambda x, y: max(one(x, y), -other(x, y))


def _grown(shape: Distance, by: float) -> Distance:
    return lambda x, y: shape(x, y) - by


def _cover(distance: float) -> float:
    """How much of a pixel lies inside a shape from whose edge its middle is so far: what smooths the edge."""
    return max(0.0, min(1.0, 0.5 - distance))


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _png(size: int, pixel: Callable[[float, float], tuple[int, int, int, int]]) -> bytes:
    """A square PNG of 8-bit RGBA pixels, asked at their middles; www.w3.org/TR/png."""
    rows = b"".join(
        b"\0" + b"".join(bytes(pixel(x + 0.5, y + 0.5)) for x in range(size)) for y in range(size)
    )  # each row begins with its filter: none
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
