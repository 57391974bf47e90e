"""R9–R10: a department's own guideline adds to the common one, for its own people only, and is cited apart."""

from __future__ import annotations

import pytest

from knowledge.answers import Outcome
from knowledge.bank import load_intents
from knowledge.guide import INTENTS, Guide, load_guidelines

ANSWER = "Päiväkodissa kuvat julkaistaan vasta, kun ryhmän varhaiskasvatuksen opettaja on katsonut ne."


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    folder = tmp_path_factory.mktemp("guidelines") / "paivakodit"
    (folder / "passages").mkdir(parents=True)
    (folder / "questions").mkdir()
    (folder / "document.toml").write_text(
        'title = "Päiväkotien some-ohje"\nversion = "1.8.2026"\ndepartment = "Kasvu ja ympäristö"\n'
        'headings = ["Päiväkotien some-ohje"]\n',
        "utf-8",
    )
    (folder / "guideline.md").write_text(f"Päiväkotien some-ohje\n\n- {{#kuvat/katsominen}}{ANSWER}\n", "utf-8")
    (folder / "passages/kuvat.toml").write_text(
        '["kuvat/katsominen"]\naudience = "organisation"\nstrength = "must"\n'
        'fi = "Opettaja katsoo kuvat ennen julkaisua."\nsv = "Läraren ser bilderna först."\n'
        'en = "The teacher looks first."\n',
        "utf-8",
    )
    (folder / "questions/kuvat.md").write_text(
        "## kuvat/katsominen\n- Kuka katsoo päiväkodin kuvat ennen julkaisua?\n- katsooko opettaja kuvat ensin\n"
        "- kuka tarkistaa ryhmän kuvat\n- pitääkö opettajan nähdä kuvat ennen julkaisemista\n"
        "- kuvien tarkistus päiväkoti\n",
        "utf-8",
    )
    return Guide(load_guidelines(folder.parent), load_intents(INTENTS), None)


def test_its_own_people_get_it_cited_with_its_own_name_and_version(guide: Guide) -> None:
    answer = guide.answer("Kuka katsoo päiväkodin kuvat ennen julkaisua?", department="Kasvu ja ympäristö")
    assert answer.outcome is Outcome.ANSWERED
    best = answer.cited[0]
    assert (best.document, best.department, best.version) == ("paivakodit", "Kasvu ja ympäristö", "1.8.2026")
    assert best.quote == ANSWER


def test_others_do_not_get_it(guide: Guide) -> None:
    for department in ("", "Konsernipalvelut"):
        answer = guide.answer("Kuka katsoo päiväkodin kuvat ennen julkaisua?", department=department)
        assert all(c.document == "tuusula" for c in (*answer.cited, *answer.passages))


def test_what_others_are_told_is_not_changed_by_it(guide: Guide) -> None:
    without = Guide(load_guidelines(), load_intents(INTENTS), None)
    for question in (
        "Kuka katsoo päiväkodin kuvat ennen julkaisua?",
        "katsooko opettaja kuvat ensin",
        "Kuinka usein salasanat pitää vaihtaa?",
        "Miten some-tili suljetaan?",
    ):
        mine, theirs = guide.answer(question), without.answer(question)
        assert (mine.outcome, [c.id for c in mine.cited]) == (theirs.outcome, [c.id for c in theirs.cited])
    assert guide.show("paivakodit/kuvat/katsominen", "fi") is None
    assert guide.show("paivakodit/kuvat/katsominen", "fi", "Kasvu ja ympäristö") is not None


def test_the_common_guideline_still_answers_its_own_people(guide: Guide) -> None:
    answer = guide.answer("Kuinka usein salasanat pitää vaihtaa?", department="Kasvu ja ympäristö")
    assert answer.cited[0].id == "tuusula/security/change-passwords"
