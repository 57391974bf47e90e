"""Where the dense model is not free in time, questions are answered by characters alone."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bot.metrics import Metrics
from bot.storage.sqlite import SqliteStore
from knowledge.bank import load_bank
from knowledge.curated import Curated
from knowledge.dense import DIMENSIONS, Vectors
from knowledge.guide import GUIDELINES, Guide
from knowledge.ngrams import Floats
from knowledge.proposed import Proposed, document
from tests.fakes import FakeClock
from tests.overlays import DEPARTMENT, TEXT, TITLE

AWAITED = 60
"""Seconds after which something that must happen has not."""
EVERY = 61
"""Every which question of the bank is asked."""
NUMBERS = itertools.count()
CURATED = [
    Curated(name, (asked,), "Vastaus.", "fi", "2024-05-01T09:00:00+00:00")
    for name, asked in (
        ("giveaway", "Saako kunnan tilillä järjestää arvonnan?"), ("drone", "Saako kunnan tapahtumaa kuvata dronella?"),
        ("subtitles", "Pitääkö videot tekstittää?"), ("logo", "Mistä saan kunnan logon?"),
    )
]  # fmt: skip
OF_DEPARTMENT = (
    "kuka tsekkaa kuvat ennenku ne menee nettiin",
    "Saako lapsen etunimen laittaa kuvan alle?",
    "milloin retkestä saa kertoa somessa",
    "mitä kuville tehdään kun lapsi lähtee eskariin",
    "voiko tabletin viedä kotiin",
    "missä kerrotaan täistä",
)


class Engine:
    """What makes a vector only when it is let: all alike, and of length 1."""

    def __init__(self) -> None:
        self.reads = threading.Semaphore(0)
        self.let = threading.Event()
        self.let.set()

    def query(self, texts: str) -> Floats:  # noqa: ARG002 - the name is the engine's
        self.reads.release()
        assert self.let.wait(AWAITED)
        return np.full(DIMENSIONS, DIMENSIONS**-0.5, np.float32)


@contextmanager
def kept_busy(engine: Engine, vectors: Vectors) -> Iterator[None]:
    """The model reads a question meanwhile, and nobody waits for it."""
    vectors.patience = 0
    engine.let.clear()
    engine.reads = threading.Semaphore(0)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(vectors.read, [f"kysymys {next(NUMBERS)}"])
        try:
            assert engine.reads.acquire(timeout=AWAITED)
            yield
        finally:
            engine.let.set()
        assert answer.result()[0] is not None, "who had the turn is read to the end"


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def read_by() -> tuple[Engine, Guide]:
    """A guide with an engine of ours; the content's own vectors are those that are kept."""
    engine = Engine()
    guide = Guide.load(engine)
    guide.take([document(Proposed("1", TITLE, DEPARTMENT, "20.11.2026", TEXT))])
    return engine, guide


@pytest.fixture(scope="module")
def by_characters() -> Guide:
    guide = Guide.load(None)
    guide.take([document(Proposed("1", TITLE, DEPARTMENT, "20.11.2026", TEXT))])
    return guide


def test_one_question_too_many_is_not_read_and_is_counted_and_the_next_one_is_read_again(engine: Engine) -> None:
    vectors = Vectors(engine)
    with kept_busy(engine, vectors):
        assert vectors.read(["yksi liikaa"]) == [None]
        assert vectors.unread == 1
    assert vectors.read(["yksi liikaa"])[0] is not None
    assert vectors.unread == 1


def test_who_waits_for_the_model_is_read_after_the_one_before(engine: Engine) -> None:
    vectors = Vectors(engine)
    with kept_busy(engine, vectors), ThreadPoolExecutor(1) as pool:
        vectors.patience = AWAITED
        answer = pool.submit(vectors.read, ["se, joka odottaa"])
        assert not engine.reads.acquire(blocking=False), "one is read at a time"
        engine.let.set()
        assert answer.result()[0] is not None
    assert vectors.unread == 0


def test_a_question_and_the_one_before_it_are_both_read_or_neither(engine: Engine) -> None:
    vectors = Vectors(engine)
    assert vectors.read(["edellinen"])[0] is not None
    with kept_busy(engine, vectors):
        assert vectors.read(["edellinen"])[0] is not None, "what was read a moment ago needs no turn"
        assert vectors.read(["entä tämä", "edellinen"]) == [None, None]
    assert not [v for v in vectors.read(["entä tämä", "edellinen"]) if v is None]


class Broken(Engine):
    def query(self, texts: str) -> Floats:
        raise RuntimeError(texts)


def test_an_engine_that_fails_gives_its_turn_back() -> None:
    vectors = Vectors(Broken())
    for _ in range(2):
        with pytest.raises(RuntimeError):
            vectors.read(["kysymys"])
    assert vectors.unread == 0


def test_meanwhile_every_answer_is_the_one_without_a_model(read_by: tuple[Engine, Guide], by_characters: Guide) -> None:
    engine, guide = read_by
    assert guide.vectors
    # A little changed: of the bank's own words the vectors are kept, so that they need no reading.
    asked = [f"{sample.text} Kiitos" for sample in load_bank(GUIDELINES / "tuusula" / "questions")[::EVERY]]
    assert len(asked) > 50
    asked += OF_DEPARTMENT
    with kept_busy(engine, guide.vectors):
        for question, before in itertools.pairwise(asked):
            for context, department in ((None, ""), (before, ""), (None, DEPARTMENT), (before, DEPARTMENT)):
                answer = guide.answer(question, context, department=department)
                assert answer == by_characters.answer(question, context, department=department)


def test_a_curated_answer_is_then_found_as_without_a_model(read_by: tuple[Engine, Guide], by_characters: Guide) -> None:
    engine, guide = read_by
    assert guide.vectors
    index, other = guide.curated_index(CURATED), by_characters.curated_index(CURATED)
    before = CURATED[0].questions[0]
    asked = (
        "Saako kunta järjestää arvonnan tilillään?", "Entä saako arvonnan järjestää?", "Kuka hyväksyy tilin?",
        "Saako kunnan logoa muokata?", "Entä vaihtoehtoiset kuvatekstit?", "Entä saako kunnan tilillä myydä lippuja?",
    )  # fmt: skip
    with kept_busy(engine, guide.vectors):
        for question in asked:
            assert index.find(question) == other.find(question)
            assert index.find(question, before) == other.find(question, before)
            assert index.near(question) == other.near(question)
    assert other.find(asked[0])


def test_the_figures_tell_how_often_the_model_had_enough_to_do(engine: Engine, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    vectors, metrics = Vectors(engine), Metrics(store, FakeClock())
    metrics.unread(lambda: vectors.unread)
    with kept_busy(engine, vectors):
        vectors.read(["yksi liikaa"])
    assert b"someopas_unread_questions 1.0" in metrics.page()
    store.close()
