"""The communications team's answers: found for the like of their question, and for nothing else."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.curated import NEAR_DENSE, NEAR_LEXICAL, Curated, CuratedIndex, kinds
from knowledge.dense import Vectors
from knowledge.guide import Guide

QUESTIONS = {
    "giveaway": ("Saako kunnan tilillä järjestää arvonnan?", "Voiko yksikkö arpoa palkintoja seuraajille?"),
    "giveaway-prizes": ("Mistä arvonnan palkinnot maksetaan?", "Kuka maksaa arvonnan palkinnot?"),
    "subtitles": ("Pitääkö videot tekstittää?", "Tarvitseeko Instagram-videossa olla tekstitys?"),
    "drone": ("Saako kunnan tapahtumaa kuvata dronella?", "Tarvitaanko dronekuvaukseen lupa?"),
    "hashtag": ("Mikä on kunnan oma aihetunniste?", "Mitä aihetunnisteita postauksissa käytetään?"),
    "logo": ("Mistä saan kunnan logon?",),
    "svenska": ("Vem godkänner ett inlägg innan det publiceras?",),
    "english": ("Can our unit buy ads on Facebook?",),
}


def answers(questions: dict[str, tuple[str, ...]]) -> list[Curated]:
    return [
        Curated(name, asked, f"Vastaus: {name}", "fi", "2024-05-01T09:00:00+00:00") for name, asked in questions.items()
    ]


class Found:
    """The id of what an index finds."""

    def __init__(self, index: CuratedIndex) -> None:
        self.index = index

    def __call__(self, question: str, context: str | None = None) -> str | None:
        match = self.index.find(question, context)
        return match.curated.id if match else None


@pytest.fixture(scope="module", autouse=True)
def _counts_as_before(guide: Guide) -> Iterator[None]:
    """The guide is the whole session's: that the content lacks no vectors is told by how many were made."""
    made = guide.vectors.made if guide.vectors else 0
    yield
    if guide.vectors:
        guide.vectors.made = made


@pytest.fixture(scope="module")
def indexes(guide: Guide, lexical_guide: Guide) -> dict[str, CuratedIndex]:
    return {
        "shipped": guide.curated_index(answers(QUESTIONS)),
        "characters": lexical_guide.curated_index(answers(QUESTIONS)),
    }


@pytest.fixture(params=["shipped", "characters"])
def found(request: pytest.FixtureRequest, indexes: dict[str, CuratedIndex]) -> Found:
    """With the dense model where it is installed, and without it."""
    return Found(indexes[request.param])


@pytest.mark.parametrize(("name", "question"), [(name, q) for name, asked in QUESTIONS.items() for q in asked])
def test_each_of_its_questions_finds_an_answer_wholly(found: Found, name: str, question: str) -> None:
    match = found.index.find(question)
    assert match is not None
    assert (match.curated.id, match.score) == (name, 1.0)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("giveaway", "SAAKO KUNNAN TILILLÄ JÄRJESTÄÄ ARVONNAN???"),
        ("giveaway", "saako kunnan tililä järjestaa arvonan"),
        ("giveaway", "  Saako kunnan\ntilillä\u200b järjestää   arvonnan "),
        ("subtitles", "pitaako videot tekstitää"),
        ("logo", "mistä saan kunan logon"),
    ],
)
def test_shouting_typing_errors_and_stray_spaces_do_no_harm(found: Found, name: str, question: str) -> None:
    assert found(question) == name


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("giveaway", "Saammeko järjestää kunnan tilillä arvonnan?"),
        ("giveaway-prizes", "mistä ne palkinnot arvonnassa maksetaan"),
        ("subtitles", "onko pakko tekstittää kaikki videot"),
        ("drone", "saako dronella kuvata kesätapahtumaa"),
        ("hashtag", "mikä on se kunnan oma aihetunniste instassa"),
        ("logo", "tarttisin kunnan logon, mistä sen saa"),
        ("svenska", "vem är det som godkänner inlägg innan de publiceras"),
        ("english", "can a unit buy ads on facebook"),
    ],
)
def test_other_words_for_the_same_find_it(found: Found, name: str, question: str) -> None:
    assert found(question) == name


@pytest.mark.parametrize(
    "question",
    [
        "Millä ohjelmalla julkaisut ajastetaan?",
        "Kuka antaa haastattelun, kun toimittaja soittaa?",
        "Milloin palkka maksetaan?",
        "Vem betalar för telefonen?",
        "Who owns the followers when an expert leaves?",
    ],
)
def test_a_question_that_nobody_answered_finds_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "Kuinka usein salasanat pitää vaihtaa?",
        "Kuka päättää tilin perustamisesta?",
        "Saako työajalla käyttää Facebookia?",
        "Tarvitaanko kuvauslupa?",
        "Vem godkänner en enhets egen someanvisning?",
    ],
)
def test_a_question_that_the_guideline_answers_finds_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize(
    "question",
    ["moi", "kiitos paljon!", "kerro joku hyvä vitsi", "Mikä on Australian pääkaupunki?", "apua", "haluan kuolla"],
)
def test_small_talk_finds_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize("question", ["", " ", "?!", "\x00", "\u200b", "🙂"])
def test_no_words_find_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("mistä ne arvonnan palkinnot maksetaan", "giveaway-prizes"),
        ("voiko kunnan tilillä järjestää arvonnan", "giveaway"),
    ],
)
def test_of_two_near_answers_the_right_one_is_found(found: Found, question: str, name: str) -> None:
    assert found(question) == name


@pytest.mark.parametrize(
    "question",
    [
        "Milloin kunnan tilillä järjestetään arvonta?",
        "Milloin kunnan tapahtumaa kuvataan dronella?",
        "Saako kunnan logoa muokata?",
    ],
)
def test_the_same_words_that_ask_for_something_else_find_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "Pitääkö videot arkistoida?",
        "Saako kunnan tilillä järjestää äänestyksen?",
        "Saako kunnan tapahtumaa sponsoroida?",
        "Mistä saan kunnan puhelimen?",
        "Mitä emojeja postauksissa käytetään?",
        "Voiko yksikkö lähettää uutiskirjeitä seuraajille?",
        "Saako dronella kuvata sotilasaluetta?",
    ],
)
def test_the_same_question_about_another_matter_finds_nothing(found: Found, question: str) -> None:
    assert found(question) is None


@pytest.mark.parametrize("mode", ["shipped", "characters"])
def test_what_the_guideline_answers_stays_the_guidelines_even_if_the_team_answered_the_like(
    mode: str, guide: Guide, lexical_guide: Guide
) -> None:
    """The bank has this question word for word, so that it is nearer than the team's."""
    asking = guide if mode == "shipped" else lexical_guide
    asked = next(s.text for s in asking.samples if s.label.endswith("channels/decision"))
    find = Found(asking.curated_index(answers({"near": (f"{asked.rstrip('?')} nopeasti?",)})))
    assert find(asked) is None
    assert find(f"{asked.rstrip('?')} nopeasti?") == "near"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Entä kuka siitä päättää?", "giveaway"),
        ("Entä saako kunnan tilillä myydä lippuja?", "giveaway"),
        ("Entä vaihtoehtoiset kuvatekstit?", "subtitles"),
        ("entä jos videot on lyhyitä", "subtitles"),
    ],
)
def test_a_follow_up_finds_nothing_by_the_question_before_it(found: Found, question: str, name: str) -> None:
    assert found(question, QUESTIONS[name][0]) is None


def test_a_question_before_it_does_not_keep_a_whole_question_from_its_answer(found: Found) -> None:
    assert found("onko pakko tekstittää kaikki videot", "Kuinka usein salasanat pitää vaihtaa?") == "subtitles"


def test_words_that_lean_on_another_matter_are_less_near(found: Found) -> None:
    """What "that" is, the question before tells: it takes away where it is of something else, and never adds."""
    leaning = "ja mistä sen logon sitten oikein saisi käyttöönsä"
    alone = found.index.find(leaning)
    assert alone is not None
    assert alone.curated.id == "logo"
    assert found.index.find(leaning, "Mistä saan kunnan logon?") == alone
    other = found.index.find(leaning, "Pitääkö videot tekstittää?")
    assert other is None or other.score < alone.score


def test_of_two_answers_to_the_very_same_question_the_later_one_is_found(lexical_guide: Guide) -> None:
    old = Curated("old", ("Mistä saan kunnan logon?",), "…", "fi", "2023-01-01T00:00:00+00:00")
    new = Curated("new", ("mistä saan kunnan logon",), "…", "fi", "2024-01-01T00:00:00+00:00")
    for both in ([old, new], [new, old]):
        find = Found(lexical_guide.curated_index(both))
        assert find("Mistä saan kunnan logon?") == find("mistä saan kunan logon") == "new"


@pytest.mark.parametrize("held", [[], answers({"void": ()}), answers({"void": ("", "?")})])
def test_an_index_without_questions_finds_nothing(guide: Guide, lexical_guide: Guide, held: Sequence[Curated]) -> None:
    for asking in (guide, lexical_guide):
        index = asking.curated_index(held)
        assert index.find("Mistä saan kunnan logon?") is None
        assert index.find("") is None


def test_a_single_answer_is_found_as_well_as_one_of_many(lexical_guide: Guide) -> None:
    find = Found(lexical_guide.curated_index(answers({"drone": QUESTIONS["drone"]})))
    assert find("saako dronella kuvata kesätapahtumaa") == "drone"
    assert find("Millä ohjelmalla julkaisut ajastetaan?") is None


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("saaks tän julkasta", "may"),
        ("Får vi göra så?", "may"),
        ("täytyykö se tehdä", "must"),
        ("Do we need to?", "must"),
        ("Kenelle siitä kerrotaan?", "who"),
        ("Var finns den?", "where"),
        ("How long does it take?", "when"),
        ("paljonko se on", "much"),
        ("Miten toimitaan?", "how"),
        ("Vilken bild passar?", "what"),
        ("Jääkö siitä tallenne?", "whether"),
    ],
)
def test_a_question_tells_what_kind_of_thing_it_asks_for(question: str, kind: str) -> None:
    assert kind in kinds(question)


def test_the_matter_may_be_named_in_any_of_the_answers_questions(guide: Guide, lexical_guide: Guide) -> None:
    asked = ("Saako työyhteisöllä olla WhatsApp-ryhmä?", "Voiko porukka viestiä Signalissa?")
    for asking in (guide, lexical_guide):
        assert Found(asking.curated_index(answers({"chat": asked})))("Saako työyhteisöllä olla Signal-ryhmä?") == "chat"
        assert Found(asking.curated_index(answers({"chat": asked[:1]})))("Saako työyhteisöllä olla Signal-ryhmä?") is None


def test_a_word_alone_is_not_near_enough_to_a_long_question(guide: Guide, lexical_guide: Guide) -> None:
    asked = "Kuka vastaa siitä, että kunnan tapahtumassa dronella kuvatut videot tallennetaan ja poistetaan oikein?"
    for asking in (guide, lexical_guide):
        find = Found(asking.curated_index(answers({"long": (asked,)})))
        assert find("drone") is None
        assert find(asked.removesuffix(" oikein?")) == "long"


def test_keywords_ask_for_no_kind_of_thing() -> None:
    assert kinds("kunnan logo png") == frozenset()


class Counting:
    """A model that counts what it is asked to do."""

    def __init__(self) -> None:
        self.calls = 0

    def query(self, texts: str) -> np.ndarray:
        self.calls += 1
        vector = np.random.default_rng(len(texts)).normal(size=384).astype(np.float32)
        return vector / np.linalg.norm(vector)


@pytest.fixture
def counted(lexical_guide: Guide) -> Callable[[Path], tuple[CuratedIndex, Counting]]:
    """An index as after a start with a file of kept vectors, and the model that its missing vectors are made by."""

    def started(kept: Path) -> tuple[CuratedIndex, Counting]:
        model = Counting()
        vectors = Vectors(model)
        vectors.take(kept)
        plain = lexical_guide.curated_index([])
        return CuratedIndex(answers(QUESTIONS), plain._lexicon, vectors, plain._bank), model

    return started


def test_vectors_that_were_kept_are_taken_in_and_none_is_made_anew(
    counted: Callable[[Path], tuple[CuratedIndex, Counting]], tmp_path: Path
) -> None:
    kept = tmp_path / "curated.npz"
    first, model = counted(kept)
    assert model.calls == sum(map(len, QUESTIONS.values()))
    first.keep(kept)
    second, model = counted(kept)
    assert model.calls == 0
    match = second.find(QUESTIONS["drone"][0])
    assert match is not None
    assert match.curated.id == "drone"
    assert [p.name for p in tmp_path.iterdir()] == ["curated.npz"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_broken_file_of_vectors_only_costs_time(
    counted: Callable[[Path], tuple[CuratedIndex, Counting]], tmp_path: Path, content: bytes
) -> None:
    kept = tmp_path / "curated.npz"
    kept.write_bytes(content)
    index, model = counted(kept)
    assert model.calls == sum(map(len, QUESTIONS.values()))
    assert index.find(QUESTIONS["drone"][0]) is not None


def test_an_empty_index_can_be_kept_and_taken_in(guide: Guide, lexical_guide: Guide, tmp_path: Path) -> None:
    for asking in (guide, lexical_guide):
        asking.curated_index([]).keep(tmp_path / "none.npz")
        if asking.vectors:
            before = asking.vectors.made
            asking.vectors.take(tmp_path / "none.npz")
            assert asking.vectors.made == before


WORDS = [w for asked in QUESTIONS.values() for q in asked for w in q.split()]


@settings(max_examples=60, deadline=None)
@given(
    question=st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)),
    context=st.one_of(
        st.none(), st.text(max_size=60), st.sampled_from([q for asked in QUESTIONS.values() for q in asked])
    ),
)
def test_any_text_is_answered_with_nothing_or_with_a_match_of_zero_to_one(
    indexes: dict[str, CuratedIndex], question: str, context: str | None
) -> None:
    for name, index in indexes.items():
        match = index.find(question, context)
        least = NEAR_LEXICAL if name == "characters" else min(NEAR_DENSE, NEAR_LEXICAL)
        assert match is None or (match.curated.id in QUESTIONS and least <= match.score <= 1)
