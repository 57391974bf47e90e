"""The register in Teams: found wherever it is asked for, kept true in the morning's message, its people by name."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.facts import Person
from handlers.register.record import Deed
from tests.chats import runs
from tests.fakes import MONDAY
from tests.register import ACCOUNT, INFORMATICIAN, LIBRARIAN, MANAGER, account, enters
from tests.teams.fake import CHANNEL, COMMS, GROUP, Json, Posted, actions_of, as_text, inputs_of, text_of
from tests.teams.test_stories import said
from tests.teams.world import TeamsWorld

EMPLOYEE, SUPERVISOR, SPECIALIST = "employee", "supervisor", "communications-specialist"
LOCALES = {"fi": "fi-FI", "sv": "sv-SE", "en": "en-US"}
FOUND = {"fi": "rekisteri facebook", "sv": "register facebook", "en": "account register facebook"}
REST = {"fi": "Muita tilejä: 3", "sv": "Andra konton: 3", "en": "Other accounts: 3"}
LONG = "Nuortentapahtumakalenteri & <ohjelma> " * 20
LONGEST: dict[str, Any] = {
    "name": LONG[:80], "address": f"www.facebook.com/{'a' * 180}", "owner": LONG[:120], "department": LONG[:120],
    "purpose": LONG[:200], "mailbox": f"{'kirjasto' * 12}@tuusula.fi", "plan": LONG[:600],
    "goals": tuple(f"{n} {LONG[:80]}" for n in range(10)), "measures": tuple(f"{n} {LONG[:80]}" for n in range(10)),
}  # fmt: skip
LEFT = "ei ole enää kunnan palveluksessa"


@pytest.fixture
def house(house: TeamsWorld) -> TeamsWorld:
    """A world in which the app is installed for everybody, and the bot is up."""
    house.bot.begin()
    return house


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def buttons(card: Json) -> list[str]:
    return [a.get("data", {}).get("someopas", {}).get("action", "") for a in actions_of(card)]


def mornings(house: TeamsWorld, conversation: str) -> list[Posted]:
    """The morning messages of a conversation."""
    found = [(p, buttons(p.card)) for p in house.cards(conversation)]
    return [p for p, actions in found if "preferences/snooze" in actions or "register/overdue" in actions]


def employs(house: TeamsWorld, count: int) -> list[str]:
    """So many more people, with names as long as the directory takes."""
    fresh = [
        Person(f"colleague-{n}", f"Erikoissuunnittelija {n}, lastenkulttuurikeskuksen ja nuorisopalvelujen tiimi",
               f"colleague-{n}@example.org", "Kirjasto", "Kasvu ja ympäristö")
        for n in range(count)
    ]  # fmt: skip
    house.store.replace_people([*house.store.people(), *fresh])
    house.bot.directory.refresh()
    return [p.id for p in fresh]


# ── inside Teams' limits: the fake refuses what Teams would ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LOCALES)
def test_contract_a_list_of_eight_of_the_longest_accounts_is_taken(house: TeamsWorld, language: str) -> None:
    for number in range(12, 23):
        enters(house, **LONGEST | {"key": f"register/{number}", "address": f"www.facebook.com/{number}{'a' * 180}"})
    house.says(LIBRARIAN, FOUND[language], locale=LOCALES[language])
    [shown] = house.own(LIBRARIAN)
    assert buttons(shown.card).count("register/show") == 8
    assert REST[language] in text_of(shown.card), "how many more there are"
    house.presses(LIBRARIAN, "register/show", number=7)
    assert house.store.dead_letters() == []


@pytest.mark.parametrize("language", LOCALES)
def test_contract_an_account_with_twenty_people_is_taken_with_all_its_forms(house: TeamsWorld, language: str) -> None:
    crowd = employs(house, 16)
    deeds = tuple(Deed(MONDAY, LIBRARIAN, "end", LONG[:500]) for _ in range(12))
    enters(house, **LONGEST | {"producers": (*ACCOUNT.producers, *crowd), "main": MANAGER, "history": deeds,
                               "ends": "2026-12-31", "paused_until": "2026-12-31"})  # fmt: skip
    house.says(LIBRARIAN, {"fi": "tili 12", "sv": "konto 12", "en": "account 12"}[language], locale=LOCALES[language])
    [shown] = house.own(LIBRARIAN)
    assert all(name in text_of(shown.card) for name in ("suunnittelija 0,", "suunnittelija 15,"))
    for name in ("people", "details", "results", "end", "hand_over"):
        [button] = [a for a in actions_of(shown.card) if a["data"]["someopas"].get("action") == f"register/{name}"]
        house.executes(LIBRARIAN, shown, button)
        assert inputs_of(house.form), name
    house.says(LIBRARIAN, {"fi": "omat", "sv": "mina", "en": "mine"}[language])
    assert house.store.dead_letters() == []


# ── wherever it is asked ────────────────────────────────────────────────────────────────────────────────────────────


def test_r42_words_in_ones_own_chat_find_an_account(house: TeamsWorld) -> None:
    enters(house)
    house.says(LIBRARIAN, "rekisteri kirjasto")
    assert "Kirjaston kuulumiset" in house.sees(LIBRARIAN)
    house.presses(LIBRARIAN, "register/show")
    assert "register/confirm" in buttons(house.own(LIBRARIAN)[-1].card)


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_r23_what_is_asked_among_others_is_shown_to_who_asked_alone(house: TeamsWorld, conversation: str) -> None:
    enters(house)
    for words in ("rekisteri kirjasto", "tili 12", "kuka saa päivittää kirjaston instagramia"):
        house.mentions(LIBRARIAN, words, conversation)
    assert "Informaatikko" in house.sees(LIBRARIAN, conversation)
    house.presses(LIBRARIAN, "register/show", conversation)
    for name in ("Informaatikko", "Kirjaston kuulumiset"):
        assert name not in as_text([p.activity for p in house.teams.of(conversation)]), "nobody else's to read"


def test_a_pasted_address_is_understood_as_teams_writes_it(house: TeamsWorld) -> None:
    enters(house)
    address = "https://www.instagram.com/tuusulankirjasto"
    html = f'<p><a href="{address}" title="{address}">{address}</a></p>'
    house.says(EMPLOYEE, address, attachments=[{"contentType": "text/html", "content": html}])
    assert "virallinen tili" in text_of(house.own(EMPLOYEE)[-1].card)
    false = "https://www.instagram.com/tuusulankirjast0"
    html = f'<p><a href="{false}">tuusulankirjasto</a></p>'
    house.says(
        EMPLOYEE, "onko tämä virallinen: tuusulankirjasto", attachments=[{"contentType": "text/html", "content": html}]
    )
    assert "Varo" in text_of(house.own(EMPLOYEE)[-1].card), "where a link leads is what counts"
    house.presses(EMPLOYEE, "incidents/choose")
    assert "text" in inputs_of(house.form), "the way to a report"


def test_r23_a_guest_and_an_outsider_read_no_names(house: TeamsWorld) -> None:
    house.says("guest", "hei")
    enters(house, producers=("teams:aad-guest",))
    for who in ("guest", "official"):
        house.says(who, "tili 12")
        shown = house.own(who)[-1].card
        assert "Kirjaston kuulumiset" in text_of(shown)
        for name in ("Informaatikko", "Kirjastonhoitaja"):
            assert name not in text_of(shown)
        assert "register/people" not in buttons(shown)


# ── people of an account, as they are written ───────────────────────────────────────────────────────────────────────


def test_r24_r25_people_are_named_by_name_or_address_and_the_manager_hears_of_it(house: TeamsWorld) -> None:
    enters(house)
    house.says(LIBRARIAN, "tili 12")
    house.presses(LIBRARIAN, "register/people")
    assert inputs_of(house.form)["updater"] == "kirjastonhoitaja@example.org"
    house.submits(LIBRARIAN, substitute="kirjastonhoitaja@example.org")
    assert "Sijaisen on oltava eri henkilö" in said(house)
    house.submits(
        LIBRARIAN,
        substitute="informaatikko@example.org",
        producers="Esihenkilö, kirjasto; tyontekija.kirjasto@example.org",
    )
    assert account(house).producers == (SUPERVISOR, EMPLOYEE)
    assert "Uudet: Esihenkilö, kirjasto" in house.sees(MANAGER)
    house.presses(SUPERVISOR, "register/decline")
    assert account(house).producers == (EMPLOYEE,)


def test_r24_a_name_that_nobody_bears_is_an_error_and_nothing_is_changed(house: TeamsWorld) -> None:
    enters(house)
    before = account(house)
    house.says(LIBRARIAN, "tili 12")
    house.presses(LIBRARIAN, "register/people")
    house.submits(LIBRARIAN, producers="tyontekija.kirjasto@example.org, Kirjaston ihme")
    assert "Tarkista merkityt kohdat" in said(house)
    assert "Kirjaston ihme" in inputs_of(house.form)["producers"]
    assert account(house) == before


def test_r24_a_form_that_is_sent_as_it_was_opened_changes_nobody(house: TeamsWorld) -> None:
    absent, *_ = crowd = employs(house, 2)
    enters(house, substitute=absent, admins=(LIBRARIAN, INFORMATICIAN, *crowd), producers=("teams:aad-new",))
    house.says("new", "hei")
    house.says(LIBRARIAN, "tili 12")
    house.presses(LIBRARIAN, "register/people")
    house.submits(LIBRARIAN)
    now = account(house)
    assert (now.updater, now.substitute, now.admins) == (LIBRARIAN, absent, (LIBRARIAN, INFORMATICIAN, *crowd))
    assert now.producers == ("teams:aad-new",)


def test_a_press_that_is_delivered_twice_is_one_deed(house: TeamsWorld) -> None:
    enters(house)
    house.says(LIBRARIAN, "tili 12")
    shown = house.own(LIBRARIAN)[-1]
    [button] = [a for a in actions_of(shown.card) if a["data"]["someopas"].get("action") == "register/password"]
    pressed = house.execute(LIBRARIAN, shown, button)
    for _ in range(2):
        house.receive(pressed)
    assert [deed.move for deed in account(house).history] == ["password"]


# ── kept true in the morning's message ──────────────────────────────────────────────────────────────────────────────


def test_r43_a_confirmation_is_one_press_in_the_mornings_message(house: TeamsWorld) -> None:
    enters(house)
    runs(house, days=185)
    assert [p for p in mornings(house, f"chat-{LIBRARIAN}") if "register/confirm" in buttons(p.card)]
    house.presses(LIBRARIAN, "register/confirm")
    assert account(house).history[-1].move == "confirm"
    before = len([p for p in mornings(house, f"chat-{LIBRARIAN}") if "register/confirm" in buttons(p.card)])
    runs(house, days=20)
    assert len([p for p in mornings(house, f"chat-{LIBRARIAN}") if "register/confirm" in buttons(p.card)]) == before


def test_r33_the_morning_is_muted_by_a_button_and_heard_again_by_words(house: TeamsWorld) -> None:
    enters(house)
    runs(house, days=10)
    assert len(mornings(house, f"chat-{LIBRARIAN}")) == 1
    house.presses(LIBRARIAN, "preferences/mute")
    runs(house, days=20)
    assert len(mornings(house, f"chat-{LIBRARIAN}")) == 1, "it only helped along"
    house.says(LIBRARIAN, "poista mykistys")
    runs(house, days=10)
    assert len(mornings(house, f"chat-{LIBRARIAN}")) > 1


def test_r43_who_is_in_the_directory_no_more_raises_their_accounts(house: TeamsWorld) -> None:
    enters(house)
    house.store.replace_people([p for p in house.store.people() if p.id != LIBRARIAN])
    house.bot.directory.refresh()
    house.bot.look_for_leavers()
    house.settle()
    assert LEFT in house.sees(INFORMATICIAN)
    [news] = house.cards(COMMS)
    assert "Kirjaston kuulumiset" in text_of(news.card)
    house.presses(INFORMATICIAN, "register/people")
    assert "kirjastonhoitaja" not in as_text(inputs_of(house.form)), "who left is not offered again"
    house.submits(
        INFORMATICIAN, updater="informaatikko@example.org", substitute="Esihenkilö, kirjasto",
        admins="informaatikko@example.org, esihenkilo.kirjasto@example.org",
    )  # fmt: skip
    assert account(house).admins == (INFORMATICIAN, SUPERVISOR)


def test_r74_the_common_accounts_are_the_communications_teams(house: TeamsWorld) -> None:
    enters(house, umbrella=True, updater="", substitute="", admins=(), producers=())
    for who in (SPECIALIST, MANAGER):
        house.says(who, "tili 12")
        assert "register/details" in buttons(house.own(who)[-1].card)
