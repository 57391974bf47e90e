"""What `doctor` says of the machine: the age of the backup, the pages of health, the clock."""

from __future__ import annotations

import http.client
import json
import socket
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

from bot.clock import SystemClock
from bot.settings import Settings

OLD = timedelta(days=2)
"""The age of a backup from which it is spoken of."""
SKEW = timedelta(seconds=30)
"""How far the machine's clock may be from a platform's: a signature is judged by five minutes."""
SOON = 2.0
WAY = "See docs/running.md."


def upkeep_problems(settings: Settings) -> list[str]:
    """What is wrong with the backup that was made last, and with the pages of health."""
    return [
        *_of_backup(settings),
        *(_of_health(settings.health_host, settings.health_port) if settings.platforms else []),
    ]


def skewed(date: str, now: datetime, platform: str) -> list[str]:
    """Whether the clock of this machine is wrong, by the header `Date` of an answer; "" or no date tells nothing."""
    try:
        away = now - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return []
    if abs(away) <= SKEW:
        return []
    ahead = "ahead of" if away > timedelta() else "behind"
    seconds = abs(away).total_seconds()
    wrong = f"this machine is {seconds:.0f} s {ahead} {platform}"
    harm = "reminders come at the wrong time, and from five minutes on signatures are refused"
    return [f"clock: {wrong}: {harm}. Set it by NTP (`timedatectl set-ntp true`). {WAY}"]


def _of_backup(settings: Settings) -> list[str]:
    """How old the last backup is, where one was ever made by `someopas backup`."""
    if not settings.backed_up.exists():
        return []
    age = SystemClock().now().timestamp() - settings.backed_up.stat().st_mtime
    if age <= OLD.total_seconds():
        return []
    return [
        f"backup: the last one is {age / 86400:.0f} days old. Does its timer run? `someopas backup FILE` makes one. {WAY}"
    ]


def _of_health(host: str, port: int) -> list[str]:
    """Whether another program has the port of the bot's health, and whether strangers could see it."""
    found = []
    if not is_loopback(host):
        found.append(f"health: SOMEOPAS_HEALTH_HOST is {host}, where others see it too: let it be 127.0.0.1. {WAY}")
    if _is_taken(host, port) and not _is_ours(host, port):
        found.append(f"health: another program has {host}:{port}: set SOMEOPAS_HEALTH_PORT to a free one. {WAY}")
    return found


def _is_taken(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), SOON).close()
    except OSError:
        return False
    return True


def _is_ours(host: str, port: int) -> bool:
    """Whether a bot answers there."""
    connection = http.client.HTTPConnection(host, port, timeout=SOON)
    try:
        connection.request("GET", "/healthz")
        told = json.loads(connection.getresponse().read(10_000))
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return isinstance(told, dict) and "alive" in told


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
