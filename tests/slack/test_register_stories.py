"""The register in Slack: its cards inside Slack's limits, its words wherever they are written, and people who leave."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from handlers.facts import Person
from handlers.register.record import Deed, Status
from tests.chats import runs
from tests.fakes import MONDAY
from tests.register import ACCOUNT, INFORMATICIAN, LIBRARIAN, MANAGER, SPECIALIST, account, enters
from tests.slack.check import Kind, check
from tests.slack.fake import CHANNEL, ELSEWHERE, FakeSlack, Json, user
from tests.slack.test_incident_stories import actions, sends
from tests.slack.test_stories import visible, words
from tests.slack.world import COMMS, SlackWorld

OTHERS = {
    "ULIB": "kirjastonhoitaja", "UINF": "informaatikko", "UOFF": "luottamushenkilo", "UITM": "tietohallintopaallikko",
    "UDIR": "toimialuejohtaja",
}  # fmt: skip
LOCALES = {"fi": "fi-FI", "sv": "sv-SE", "en": "en-US"}
FOUND = {"fi": "rekisteri kirjasto", "sv": "register kirjasto", "en": "account register kirjasto"}
REST = {"fi": "Muita tilejä: 3", "sv": "Andra konton: 3", "en": "Other accounts: 3"}
REFUSED: Mapping[str, Kind] = {
    "chat.postMessage": "message", "chat.postEphemeral": "message", "chat.update": "message", "views.open": "modal",
    "views.update": "modal", "views.push": "modal", "views.publish": "home",
}  # fmt: skip
"""What is held against Slack's limits, and as what."""
LEFT = "ei ole enää kunnan palveluksessa"


@pytest.fixture
def house(fake: FakeSlack, world: SlackWorld) -> SlackWorld:
    """A world in which who has to do with the account has a Slack account, and the bot is up."""
    fake.users = {uid: {**known} for uid, known in fake.users.items()}  # what a test changes is its own
    fake.users |= {uid: user(uid, f"{name}@example.org") for uid, name in OTHERS.items()}
    world.bot.begin()
    return world


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def changes(house: SlackWorld, who: Json) -> None:
    """Slack tells of a change of somebody."""
    assert house.dispatch(house.event({"type": "user_change", "user": who})).status == 200


def speaks(house: SlackWorld, language: str) -> None:
    """Everybody has this language in Slack."""
    for known in house.slack.users.values():
        known["locale"] = LOCALES[language]


def bundles(house: SlackWorld, channel: str) -> list[Json]:
    """The morning messages in a channel or a person's own conversation."""
    return [p for p in house.posts(channel) if "preferences/snooze" in actions(p) or "register/overdue" in actions(p)]


def within_limits(house: SlackWorld, least: int) -> None:
    """All that Slack was told, at least so much, is what Slack takes."""
    told = [(call, REFUSED[call.method]) for call in house.slack.calls if call.method in REFUSED]
    assert len(told) >= least
    for call, kind in told:
        body = call.body["view"] if kind != "message" else {k: call.body[k] for k in ("text", "blocks") if k in call.body}
        errors = check(kind, body) if kind != "message" or "blocks" in body else []
        assert errors == [], (call.method, errors)


def many(count: int) -> list[str]:
    """Ids of people who are added to the directory."""
    return [f"colleague-{n}" for n in range(count)]


def employs(house: SlackWorld, count: int) -> list[str]:
    """So many more people, with names as long as the directory takes."""
    fresh = [
        Person(i, f"Erikoissuunnittelija {n}, lastenkulttuurikeskuksen ja nuorisopalvelujen yhteinen tiimi",
               f"{i}@example.org", "Kirjasto", "Kasvu ja ympäristö")
        for n, i in enumerate(many(count))
    ]  # fmt: skip
    house.store.replace_people([*house.store.people(), *fresh])
    house.bot.directory.refresh()
    return many(count)


# ── inside Slack's limits, in three languages ───────────────────────────────────────────────────────────────────────


LONG = "Nuortentapahtumakalenteri & <ohjelma> " * 20
LONGEST = {
    "name": LONG[:80], "address": f"www.facebook.com/{'a' * 180}", "owner": LONG[:120], "department": LONG[:120],
    "purpose": LONG[:200], "mailbox": f"{'kirjasto' * 12}@tuusula.fi", "plan": LONG[:600],
    "goals": tuple(f"{n} {LONG[:80]}" for n in range(10)), "measures": tuple(f"{n} {LONG[:80]}" for n in range(10)),
}  # fmt: skip


@pytest.mark.parametrize("language", LOCALES)
def test_contract_a_list_of_eight_of_the_longest_accounts_is_taken(house: SlackWorld, language: str) -> None:
    speaks(house, language)
    for number in range(12, 23):
        enters(house, **LONGEST | {"key": f"register/{number}", "address": f"www.facebook.com/{number}{'a' * 180}"})
    house.says("ULIB", FOUND[language].replace("kirjasto", "facebook"))
    [shown] = house.direct("ULIB")
    assert actions(shown).count("register/show") == 8
    assert {"fi": "Muita tilejä: 3", "sv": "Andra konton: 3", "en": "Other accounts: 3"}[language] in words(shown), (
        "how many more there are"
    )
    house.presses("ULIB", shown, "register/show", number=7)
    house.presses("ULIB", shown, "register/find")
    house.presses("ULIB", shown, "register/check")
    house.presses("ULIB", shown, "register/report")
    house.says("UMAN", {"fi": "myöhässä", "sv": "försenade", "en": "overdue"}[language])
    within_limits(house, 6)


@pytest.mark.parametrize("language", LOCALES)
def test_contract_an_account_with_twenty_people_is_taken_with_all_its_forms(house: SlackWorld, language: str) -> None:
    speaks(house, language)
    crowd = employs(house, 16)
    deeds = tuple(Deed(MONDAY, LIBRARIAN, "end", LONG[:500]) for _ in range(12))
    enters(house, **LONGEST | {"producers": (*ACCOUNT.producers, *crowd), "main": MANAGER, "history": deeds,
                               "ends": "2026-12-31", "paused_until": "2026-12-31"})  # fmt: skip
    assert len(account(house).people) == 20
    house.says("ULIB", {"fi": "tili 12", "sv": "konto 12", "en": "account 12"}[language])
    [shown] = house.direct("ULIB")
    assert all(name in words(shown) for name in ("suunnittelija 0,", "suunnittelija 15,"))
    opened = ("people", "details", "results", "end", "hand_over")
    for name in opened:
        house.presses("ULIB", shown, f"register/{name}")
    assert len(house.slack.told("views.open")) == len(opened)
    house.presses("ULIB", shown, "register/history")
    house.opens_home("ULIB")
    within_limits(house, len(opened) + 3)


@pytest.mark.slow
@pytest.mark.parametrize("language", LOCALES)
def test_contract_a_morning_with_more_than_fifteen_matters_is_one_message_that_is_taken(
    house: SlackWorld, language: str
) -> None:
    speaks(house, language)
    crowd = employs(house, 16)
    for number in range(12, 30):
        enters(house, **LONGEST | {"key": f"register/{number}", "address": f"x.com/tili{number}",
                                   "producers": tuple(crowd)})  # fmt: skip
    runs(house, days=190)
    mornings = [p for p in house.direct("ULIB") if "register/confirm" in actions(p)]
    assert mornings
    assert len([a for a in actions(mornings[0]) if a in ("register/confirm", "register/results")]) == 15
    assert actions(mornings[0])[-1] == "preferences/snooze"
    within_limits(house, 10)


@pytest.mark.parametrize("language", LOCALES)
def test_contract_every_finding_about_an_address_is_taken(house: SlackWorld, language: str) -> None:
    speaks(house, language)
    enters(house)
    for number, status in enumerate((Status.OPEN, Status.CLOSING, Status.CLOSED), start=20):
        enters(house, key=f"register/{number}", status=status, address=f"www.facebook.com/{status}tili")
    asked = (
        "https://www.instagram.com/tuusulankirjasto", "www.instagram.com/tuusulankirjast0", "x.com/tuusulankirjasto",
        "www.facebook.com/opentili", "www.facebook.com/closingtili", "www.facebook.com/closedtili",
        f"www.facebook.com/{'y' * 250}",
    )  # fmt: skip
    for address in asked:
        house.says("UEMP", f"<{address}>")
    assert len(house.direct("UEMP")) == len(asked)
    within_limits(house, len(asked))


# ── wherever it is asked ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LOCALES)
def test_r42_words_in_ones_own_conversation_find_an_account(house: SlackWorld, language: str) -> None:
    speaks(house, language)
    enters(house)
    house.says("ULIB", FOUND[language])
    [found] = house.direct("ULIB")
    assert "Kirjaston kuulumiset" in words(found)
    assert visible(house) == 1
    house.presses("ULIB", found, "register/show")
    assert "register/confirm" in actions(house.direct("ULIB")[-1])


def test_r23_a_mention_in_a_channel_is_answered_to_its_writer_alone(house: SlackWorld) -> None:
    enters(house)
    for said in ("rekisteri kirjasto", "tili 12", "kuka saa päivittää kirjaston instagramia", "onko virallinen @tuusula"):
        house.mentions("ULIB", said)
    assert house.posts(CHANNEL) == []
    whispered = house.whispers("ULIB")
    assert len(whispered) == 4
    assert "Informaatikko" in words(whispered[1])
    house.presses("ULIB", whispered[0], "register/show")
    assert house.posts(CHANNEL) == [], "who may post is nobody else's to read"


def test_r42_the_command_is_answered_where_it_is_given(house: SlackWorld) -> None:
    enters(house)
    house.commands("UEMP", "/someopas", "rekisteri kirjasto")
    [told] = house.whispers("UEMP")
    assert "Kirjaston kuulumiset" in words(told)
    house.commands("UEMP", "/someopas", "rekisteri kirjasto", channel=ELSEWHERE)
    [answered] = house.slack.told("respond")
    assert answered["response_type"] == "ephemeral"
    assert "Kirjaston kuulumiset" in words(answered)
    assert house.posts(CHANNEL) == []


def test_a_pasted_address_is_understood_as_slack_writes_it(house: SlackWorld) -> None:
    enters(house)
    house.says("UEMP", "<https://www.instagram.com/tuusulankirjasto|instagram.com/tuusulankirjasto>")
    assert "virallinen tili" in words(house.direct("UEMP")[-1])
    house.says("UEMP", "<http://instagram.com/tuusulankirjast0>")
    verdict = house.direct("UEMP")[-1]
    assert "Varo" in words(verdict)
    house.presses("UEMP", verdict, "incidents/choose")
    assert house.view()["blocks"], "the way to a report"


def test_r23_a_guest_and_an_outsider_read_no_names(house: SlackWorld) -> None:
    house.says("UGUEST", "hei")
    enters(house, producers=("slack:UGUEST",))
    for who in ("UGUEST", "UOFF"):
        house.says(who, "tili 12")
        shown = house.direct(who)[-1]  # whoever is a guest needs it not even where somebody named them
        assert "Kirjaston kuulumiset" in words(shown)
        for name in ("Informaatikko", "Kirjastonhoitaja"):
            assert name not in words(shown)
        assert "register/people" not in actions(shown)
    assert actions(shown) == []


def test_r24_r25_people_are_named_by_a_modal_and_the_manager_hears_of_it(house: SlackWorld) -> None:
    enters(house)
    house.says("ULIB", "tili 12")
    house.presses("ULIB", house.direct("ULIB")[-1], "register/people")
    refused = sends(house, "ULIB", house.view(), substitute="ULIB")
    assert refused["errors"] == {"substitute": "Sijaisen on oltava eri henkilö kuin vastuullinen päivittäjä."}
    assert sends(house, "ULIB", house.view(), producers="USUP,UEMP") == {}
    assert account(house).producers == ("supervisor", "employee")
    assert "Uudet: Esihenkilö, kirjasto" in words(house.direct("UMAN")[-1])
    named = house.direct("USUP")[-1]
    house.presses("USUP", named, "register/decline")
    house.presses("USUP", named, "register/decline")
    assert account(house).producers == ("employee",)


def test_r24_whom_slack_cannot_show_stays_named_when_others_are_changed(house: SlackWorld) -> None:
    """Nobody but the keeper has ever met the bot, as on the day after an import; two are not in Slack at all."""
    absent, *_ = crowd = employs(house, 2)
    enters(house, substitute=absent, admins=(LIBRARIAN, INFORMATICIAN, *crowd))
    house.says("ULIB", "tili 12")
    house.presses("ULIB", house.direct("ULIB")[-1], "register/people")
    shown = {block["block_id"]: block["element"] for block in house.view()["blocks"] if block["type"] == "input"}
    assert shown["admins"]["initial_users"] == ["ULIB", "UINF"], "who was never met is found by e-mail"
    assert "initial_user" not in shown["substitute"]
    assert sends(house, "ULIB", house.view(), producers="USUP") == {}
    now = account(house)
    assert (now.substitute, now.admins) == (absent, (LIBRARIAN, INFORMATICIAN, *crowd))
    assert now.producers == ("supervisor",)
    house.presses("ULIB", house.direct("ULIB")[0], "register/people")
    assert sends(house, "ULIB", house.view(), substitute="UINF", admins="ULIB") == {}
    assert (account(house).substitute, account(house).admins) == (INFORMATICIAN, (LIBRARIAN, *crowd))


def test_who_left_is_carried_in_no_form(house: SlackWorld) -> None:
    gone, *_ = employs(house, 1)
    enters(house, admins=(LIBRARIAN, INFORMATICIAN, gone))
    house.store.replace_people([p for p in house.store.people() if p.id != gone])
    house.bot.directory.refresh()
    house.says("ULIB", "tili 12")
    house.presses("ULIB", house.direct("ULIB")[-1], "register/people")
    assert gone not in words(house.view())
    sends(house, "ULIB", house.view())
    assert account(house).admins == (LIBRARIAN, INFORMATICIAN)


def test_a_press_that_is_delivered_twice_is_one_deed(house: SlackWorld) -> None:
    enters(house)
    house.says("ULIB", "tili 12")
    press = house.press("ULIB", house.direct("ULIB")[-1], "register/password")
    for _ in range(2):
        house.dispatch(press)
    assert [deed.move for deed in account(house).history] == ["password"]


# ── kept true in the morning's message ──────────────────────────────────────────────────────────────────────────────


def test_r43_a_confirmation_is_one_press_in_the_mornings_message(house: SlackWorld) -> None:
    enters(house)
    runs(house, days=185)
    morning = [p for p in bundles(house, "DLIB") if "register/confirm" in actions(p)][-1]
    house.presses("ULIB", morning, "register/confirm")
    assert account(house).history[-1].move == "confirm"
    before = len([p for p in bundles(house, "DLIB") if "register/confirm" in actions(p)])
    runs(house, days=20)
    assert len([p for p in bundles(house, "DLIB") if "register/confirm" in actions(p)]) == before
    house.opens_home("ULIB")
    assert "vahvistamatta" not in words(house.home("ULIB"))


def test_r33_the_morning_is_put_off_and_muted_by_buttons_and_by_words(house: SlackWorld) -> None:
    enters(house)
    runs(house, days=10)
    [morning] = bundles(house, "DLIB")
    house.presses("ULIB", morning, "preferences/mute")
    runs(house, days=20)
    assert len(bundles(house, "DLIB")) == 1, "it only helped along"
    house.says("ULIB", "poista mykistys")
    runs(house, days=10)
    assert len(bundles(house, "DLIB")) > 1
    house.presses("USUP", {**morning, "channel": "DSUP"}, "preferences/mute")
    runs(house, days=10)
    assert len(bundles(house, "DLIB")) > 2, "nobody mutes somebody else's"


# ── people leave (R43) ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["met", "never met"])
def librarian(request: pytest.FixtureRequest, house: SlackWorld) -> Json:
    """The keeper's account in Slack; the bot has met them, or knows them from the directory alone."""
    enters(house)
    if request.param == "met":
        house.says("ULIB", "hei")
    return house.slack.users["ULIB"]


def test_r43_who_is_deactivated_in_slack_raises_their_accounts_at_once(house: SlackWorld, librarian: Json) -> None:
    librarian["deleted"] = True
    changes(house, librarian)
    [told] = house.direct("UINF")
    assert f"Kirjastonhoitaja, kirjasto {LEFT}" in words(told)
    assert actions(told) == ["register/people", "register/password"]
    [news] = house.posts(COMMS)
    assert "Kirjaston kuulumiset" in words(news)
    assert account(house).left == (LIBRARIAN,)
    changes(house, librarian)
    assert (len(house.direct("UINF")), len(house.posts(COMMS))) == (1, 1), "nobody is told twice"

    house.presses("UINF", told, "register/people")
    assert "ULIB" not in words(house.view()["blocks"]), "who left is not offered again"
    assert sends(house, "UINF", house.view(), updater="UINF", substitute="USUP", admins="UINF,USUP") == {}
    house.presses("UINF", told, "register/password")
    assert account(house).left == ()
    before = len(house.direct("UINF"))
    runs(house, days=3)
    assert not any(LEFT in words(post) for post in house.direct("UINF")[before:])


def test_r33_who_is_deactivated_at_night_is_spoken_of_in_the_morning(house: SlackWorld, librarian: Json) -> None:
    runs(house, hours=14)  # midnight
    before = len(house.slack.told("chat.postMessage"))
    librarian["deleted"] = True
    changes(house, librarian)
    assert account(house).left == (LIBRARIAN,), "the register knows it at once"
    assert house.slack.told("chat.postMessage")[before:] == []
    runs(house, hours=12)
    morning = bundles(house, "DINF")[-1]
    assert LEFT in words(morning)
    assert actions(morning)[0] == "register/people"
    assert bundles(house, COMMS)


def test_r43_a_new_name_or_language_raises_nothing(house: SlackWorld, librarian: Json) -> None:
    before = len(house.slack.told("chat.postMessage"))
    librarian["profile"] = {**librarian["profile"], "real_name": "Johtava kirjastonhoitaja"}
    changes(house, librarian)
    librarian["locale"] = "sv-SE"
    changes(house, librarian)
    changes(house, {"id": "ULIB", "team_id": "T111", "profile": {"real_name": "Johtava kirjastonhoitaja"}})
    assert account(house).left == ()
    assert house.slack.told("chat.postMessage")[before:] == []
    runs(house, days=1)
    assert not any(LEFT in words(post) for post in house.slack.told("chat.postMessage")[before:])


def test_r43_strangers_and_who_is_in_no_account_raise_nothing(house: SlackWorld) -> None:
    enters(house)
    changes(house, user("UXXX", "joku.muu@example.org", deleted=True))
    changes(house, user("USTRANGE", "kirjastonhoitaja@example.org", team_id="T222", is_stranger=True, deleted=True))
    changes(house, user("UADM", "paakayttaja@example.org", deleted=True))
    assert house.slack.told("chat.postMessage") == []
    assert account(house).left == ()


def test_r43_who_comes_back_is_no_longer_gone(house: SlackWorld, librarian: Json) -> None:
    librarian["deleted"] = True
    changes(house, librarian)
    librarian["deleted"] = False
    changes(house, librarian)
    before = len(house.posts(COMMS))
    runs(house, days=3)
    assert not any(LEFT in words(post) for post in (*house.direct("UINF")[1:], *house.posts(COMMS)[before:]))


def test_r43_where_nobody_else_is_left_communications_see_to_it(house: SlackWorld) -> None:
    enters(house, substitute="", admins=(LIBRARIAN,), producers=())
    librarian = house.slack.users["ULIB"] | {"deleted": True}
    house.slack.users["ULIB"] = librarian
    changes(house, librarian)
    assert LEFT in words(house.posts(COMMS)[-1])
    runs(house, days=1)
    assert "register/overdue" in actions(bundles(house, COMMS)[-1])


def test_r74_the_common_accounts_are_the_communications_teams(house: SlackWorld) -> None:
    enters(house, umbrella=True, updater="", substitute="", admins=(), producers=())
    for who in ("UCOM", "UMAN"):
        house.says(who, "tili 12")
        assert "register/details" in actions(house.direct(who)[-1])
    assert {SPECIALIST, MANAGER, INFORMATICIAN} <= {p.id for p in house.store.people()}
