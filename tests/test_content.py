"""The guideline as content: nothing added, nothing lost, every rule described in every language."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wiring import DEMO_PEOPLE
from knowledge.bank import load_bank, load_intents, parse_bank
from knowledge.checks import content_problems
from knowledge.dense import load_model
from knowledge.document import LANGUAGES, ContentError, Document
from knowledge.guide import GUIDELINES, INTENTS, Guide, load_guidelines
from knowledge.loading import load_document
from knowledge.text import clean

SHARED = Path(__file__).parent.parent.parent / "shared"
SOURCE_SHA256 = "104c6288b8075fd85df2deda4c1766c7b85293b25871c3588c17c6544efd5270"
EVERY_DUTY = {f"R{n}" for n in range(1, 158)}


@pytest.fixture(scope="module")
def tuusula() -> Document:
    return load_document(GUIDELINES / "tuusula")


def test_the_passages_together_are_the_source_character_for_character(tuusula: Document) -> None:
    assert hashlib.sha256(tuusula.source.encode()).hexdigest() == SOURCE_SHA256


@pytest.mark.skipif(not SHARED.exists(), reason="the shared folder is not beside the project")
def test_the_source_is_the_one_that_was_given(tuusula: Document) -> None:
    assert tuusula.source == (SHARED / "guideline" / "source.md").read_text(encoding="utf-8")


def test_what_is_neither_heading_nor_passage_is_only_white_space_and_list_marks(tuusula: Document) -> None:
    assert {piece.kind for piece in tuusula.pieces} == {"heading", "passage", "layout"}
    for piece in tuusula.pieces:
        if piece.kind == "layout":
            assert re.fullmatch(r"[\s-]*", piece.text)


def test_a_passage_is_its_pieces_joined_only_where_the_table_of_joins_says_so(tuusula: Document) -> None:
    texts: dict[str, list[str]] = {}
    last = ""
    for piece in tuusula.pieces:
        if piece.kind == "passage":
            last = piece.anchor or last
            texts.setdefault(last, []).append(piece.text.strip())
    assert {anchor for anchor, parts in texts.items() if len(parts) > 1} == {
        "channels/list", "steps/goals", "organisation/response-time", "accounts/list",
    }  # fmt: skip
    for passage in tuusula.passages.values():
        assert " ".join(texts[passage.anchor]) == passage.text


def test_r99_a_sentence_that_a_page_break_cut_is_whole_again(tuusula: Document) -> None:
    whole = "odotukset vastausten nopeuden suhteen ovat suuremmat"
    assert whole in tuusula.passages["tuusula/organisation/response-time"].text


def test_every_duty_has_its_passage(tuusula: Document) -> None:
    described = {duty for p in tuusula.passages.values() for duty in p.duties}
    assert described == EVERY_DUTY


@pytest.mark.skipif(not SHARED.exists(), reason="the shared folder is not beside the project")
def test_the_quote_of_each_duty_stands_in_a_passage_that_bears_its_number(tuusula: Document) -> None:
    rows = re.findall(r'^\| (R\d+) \|[^|]*\|[^|]*\| "(.+?)" \| ', (SHARED / "mission/duties.md").read_text("utf-8"), re.M)
    assert len(rows) == 157
    for duty, quote in rows:
        plain = quote.replace("**", "")
        bearers = [p for p in tuusula.passages.values() if duty in p.duties]
        texts = " ".join(p.text for p in bearers).replace("**", "")
        assert bearers, duty
        assert (
            any(plain in p.text.replace("**", "") for p in bearers) or plain in texts or _spans(tuusula, bearers, plain)
        ), duty


def _spans(document: Document, bearers: list, quote: str) -> bool:  # type: ignore[type-arg]
    """Whether a quote runs over the border of two passages of one paragraph."""
    return any(quote in document.paragraph_of[p.id].plain for p in bearers)


def test_doctor_finds_nothing_wrong_with_the_content() -> None:
    assert content_problems(load_guidelines()) == []


def test_every_passage_answers_in_every_language(tuusula: Document) -> None:
    for passage in tuusula.passages.values():
        if not passage.connective:
            assert set(passage.short) == set(LANGUAGES), passage.id
            for code, words in passage.short.items():
                assert 10 <= len(words) <= 420, (passage.id, code)


def test_the_bank_is_large_and_has_no_doubles() -> None:
    bank = load_bank(GUIDELINES / "tuusula" / "questions")
    assert len([s for s in bank if not s.label.startswith("silent/")]) >= 1500
    folded = [clean(s.text).casefold() for s in bank]
    assert len(folded) - len(set(folded)) <= 3


def test_the_kept_vectors_cover_the_content_so_that_a_start_is_quick() -> None:
    guide = Guide.load(load_model())
    if guide.vectors is None:
        pytest.skip("the dense model is not installed here")
    assert guide.vectors.made == 0, "run `someopas index`"


def test_the_kept_maps_belong_to_the_content_so_that_a_start_is_quick(guide: Guide, lexical_guide: Guide) -> None:
    assert not lexical_guide.fitted, "run `someopas index`"
    assert guide.vectors is None or not guide.fitted, "run `someopas index`"


def test_no_example_address_of_the_demo_could_belong_to_anybody() -> None:
    for line in DEMO_PEOPLE.read_text(encoding="utf-8").splitlines()[1:]:
        assert "@example.org" in line


def test_utterances_belong_to_known_intents() -> None:
    labels = {s.label for s in load_intents(INTENTS)}
    assert {label.split("/")[0] for label in labels} == {
        "declined", "expert_profile", "greeting", "help", "incident", "new_account", "other", "register_lookup", "status",
    }  # fmt: skip


def test_a_stray_line_of_a_question_file_is_named_with_its_place() -> None:
    with pytest.raises(ContentError, match=r"who\.md:3"):
        list(parse_bank("## a\n- kysymys\nvarjorivi\n", "who.md"))


@given(st.text(alphabet="#- \n:abäfisvn/\x00", max_size=200))
def test_any_question_file_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        samples = list(parse_bank(text, "file.md"))
    except ContentError as problem:
        assert "file.md:" in str(problem)  # noqa: PT017 - both ends of the rule are stated here
        return
    assert all(s.label and s.text and s.language in LANGUAGES for s in samples)


BROKEN = {
    "no anchor": ("guideline.md", "Otsikko\n\nTeksti ilman ankkuria.\n", "no anchor in front of"),
    "not described": ("guideline.md", "Otsikko\n\n{#a/b}Teksti.\n\n{#a/c}Toinen.\n", r'no table \["a/c"\]'),
    "no text": ("passages/a.toml", ('["a/b"]\naudience="everyone"\nstrength="must"\nfi="x"\nsv="x"\nen="x"\n'
                '["a/z"]\naudience="everyone"\nstrength="must"\n'), "no anchor in guideline.md for a/z"),
    "bad strength": ("passages/a.toml", '["a/b"]\naudience="everyone"\nstrength="maybe"\n', "strength"),
    "bad join": ("document.toml", ('title="Otsikko"\nversion="1"\nheadings=["Otsikko"]\n'
                 'joins=[{passage="a/b", continues="x"}]\n'), "does not go on with"),
    "not TOML": ("document.toml", "title =", "document.toml"),
}  # fmt: skip


def write_guideline(folder: Path) -> Path:
    (folder / "passages").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "document.toml").write_text('title="Otsikko"\nversion="1.1.2026"\nheadings=["Otsikko"]\n', "utf-8")
    (folder / "guideline.md").write_text("Otsikko\n\n{#a/b}Teksti.\n", "utf-8")
    (folder / "passages/a.toml").write_text(
        '["a/b"]\naudience="everyone"\nstrength="must"\n'
        'fi="Vastaus on tässä."\nsv="Svaret är här."\nen="The answer is here."\n',
        "utf-8",
    )
    return folder


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_broken_content_is_refused_with_the_place_and_the_reason(case: str, tmp_path: Path) -> None:
    folder = write_guideline(tmp_path / "muu")
    file, text, message = BROKEN[case]
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(ContentError, match=message):
        load_document(folder)


def test_doctor_names_missing_languages_missing_questions_and_broken_references(tmp_path: Path) -> None:
    folder = write_guideline(tmp_path / "muu")
    (folder / "passages/a.toml").write_text('["a/b"]\naudience="everyone"\nstrength="must"\nfi="x"\n', "utf-8")
    (folder / "questions/a.md").write_text("## a/b\n- yksi\n\n## a/x\n- kaksi\n", "utf-8")
    (folder / "document.toml").write_text(
        'title="Otsikko"\nversion="1"\nheadings=["Otsikko"]\non_top={own_profile="a/y"}\n', "utf-8"
    )
    said = "\n".join(content_problems([load_document(folder)]))
    assert "muu/a/b: no short answer in sv" in said
    assert "muu/a/b: 1 questions in the bank" in said
    assert "muu/a/x: questions for something that is not there" in said
    assert "names muu/a/y, which is not there" in said
