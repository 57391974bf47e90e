"""The register, agreements and help in daily work in a real browser, on the demo as `make run` serves it."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.working_time import FinnishWorkingTime
from tests import test_e2e, test_e2e_accounts, test_e2e_incidents
from tests.register import (
    ADMINISTRATOR,
    DIRECTOR,
    EMPLOYEE,
    INFORMATICIAN,
    IT_MANAGER,
    LIBRARIAN,
    MANAGER,
    OFFICIAL,
    SECRETARY,
    SPECIALIST,
    SUPERVISOR,
)
from tests.test_e2e import act_as
from tests.test_e2e_accounts import fits, send, stands_out, tab_to, writes
from tests.test_e2e_incidents import fits_and_can_be_hit, moves_clock, reaches_its_end, unlabelled

pytestmark = pytest.mark.e2e
browser, address, page = test_e2e.browser, test_e2e.address, test_e2e.page
phone, hurried = test_e2e_accounts.phone, test_e2e_incidents.hurried
CHILDREN = "Lasten kirjasto"
"""The account of the demo that the librarian keeps, with the informatician and the employee."""
PLACE = "www.instagram.com/tuusulanlastenkirjasto"
ALIKE = "https://www.instagram.com/tuusulanlastenkirjast0/"
MOMENT = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} klo \d{1,2}\.\d\d")
POINTS = ("keeper", "unit_link", "back_link")
"""The points of an official account that its own people tick."""
NEW = {
    "address": "www.facebook.com/kellokoskenlukupiiri", "name": "Kellokosken lukupiiri", "channel": "facebook",
    "substitute": "Informaatikko, kirjasto", "mailbox": "lukupiiri@tuusula.fi",
}  # fmt: skip
"""An account that is reported."""
ASKED = f"onko virallinen {NEW['address']}"
AGREED = {
    "channels": "Facebook", "purpose": "Vastaan asiakkaiden kysymyksiin.", "hours": "2",
    "apart": "Vastaan vain työaikana.",
}  # fmt: skip
CONTENT = {"led": "Käymme läpi kuukausipalaverissa.", "conditions": "Ei iltaisin."}
REPLY = {
    "thanks": "Kiitos, että kerroit aukioloajoista.", "cause": "Sivulle oli jäänyt kesän aika.",
    "remedy": "Korjasimme tiedon tänään.", "regret": "Pahoittelemme turhaa käyntiä.", "title": "tiedottaja",
    "first_name": "Johanna",
}  # fmt: skip
"""A reply in the guideline's order, with the guideline's own signature."""


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def shown(page: Page, card: str, told: str = "") -> Locator:
    """The newest message of this card, with these words, once there is one."""
    found = page.locator(f'.bubble[data-card="{card}"]').filter(has_text=told).last
    expect(found).to_be_visible()
    return found


def asks(page: Page, text: str, card: str, told: str = "") -> Locator:
    """Write words, which this card answers; gives the answer."""
    expect(page.locator("#log[data-shown]")).to_be_attached()
    before = page.locator(f'.bubble[data-card="{card}"]').count()
    writes(page, text)
    expect(page.locator(f'.bubble[data-card="{card}"]')).to_have_count(before + 1)
    return shown(page, card, told)


def button(shown: Locator, action: str, value: str = "") -> Locator:
    """The newest button of a message, by what it does."""
    return shown.locator(f'[data-action="{action}"]' + (f'[data-value="{value}"]' if value else "")).last


def has(shown: Locator, *actions: str) -> None:
    """The message has these buttons."""
    for action in actions:
        expect(button(shown, action)).to_be_visible()


def lacks(shown: Locator, *actions: str) -> None:
    """The message has none of these buttons."""
    for action in actions:
        expect(shown.locator(f'[data-action="{action}"]')).to_have_count(0)


def form(page: Page, name: str) -> Locator:
    """The form of this name, once it is open."""
    expect(page.locator(f'dialog form[data-form="{name}"]')).to_be_visible()
    return page.locator("dialog")


def sends(page: Page, opened: str, /, **values: str) -> None:
    """Fill in the open form of this name and send it; it closes."""
    send(form(page, opened), **values)
    expect(page.locator("dialog")).to_be_hidden()


def account(page: Page, name: str = CHILDREN) -> Locator:
    """An account, found by its name and opened by its button."""
    found = asks(page, f"rekisteri {name}", "register/list", name)
    before = page.locator('.bubble[data-card="register/account"]').count()
    button(found, "register/show").click()
    expect(page.locator('.bubble[data-card="register/account"]')).to_have_count(before + 1)
    return shown(page, "register/account", name)


def number_of(shown: Locator) -> str:
    """The number of the account, or of the agreement, that a message tells of."""
    found = re.search(r"\(tili (\w+)\)|[Ss]opimu\w+ (\d+)", shown.inner_text())
    assert found
    return found[1] or found[2]


def reported(page: Page, address: str, /, **values: str) -> str:
    """An account that the librarian reports by the form; gives its number."""
    act_as(page, address, LIBRARIAN)
    button(asks(page, "rekisteri", "register/list"), "register/report").click()
    sends(page, "register/report", **{**NEW, **values})
    return number_of(shown(page, "register/told", values.get("name", NEW["name"])))


def agreement(page: Page, address: str) -> str:
    """An agreement that the employee asks for and the supervisor approves; gives its number."""
    act_as(page, address, EMPLOYEE)
    sent = page.locator('.bubble[data-card="agreements/state"]')
    button(asks(page, "sovi", "agreements/choose"), "agreements/begin", "working_time").click()
    before = sent.count()
    sends(page, "agreements/send", **{**AGREED, "purpose": "Seuraan kirjastoalan keskustelua."})
    expect(sent).to_have_count(before + 1)  # not the card of an earlier one
    number = number_of(shown(page, "agreements/state"))
    act_as(page, address, SUPERVISOR)
    button(shown(page, "agreements/page", f"Sopimus {number}:"), "agreements/approve").click()
    sends(page, "agreements/approve", **CONTENT)
    shown(page, "agreements/told", f"Hyväksyit sopimuksen {number}")
    return number


# ── searched, and read by who needs what ────────────────────────────────────────────────────────────────────────────


def test_r42_an_account_is_found_by_words_and_by_the_form_and_opened(page: Page, address: str) -> None:
    act_as(page, address, LIBRARIAN)
    found = asks(page, "rekisteri kirjasto instagram", "register/list")
    expect(found).to_contain_text("löytyi tilejä: 1")
    button(found, "register/find").click()
    searching = form(page, "register/find")
    expect(searching.locator("[name=words]")).to_be_focused()
    send(searching, words="Informaatikko")
    expect(page.locator("dialog")).to_be_hidden()
    by_person = shown(page, "register/list", "Haulla ”Informaatikko”")
    button(by_person, "register/show").click()
    card = shown(page, "register/account", CHILDREN)
    for told in (PLACE, "Kunnan virallinen tili", "Kirjastonhoitaja, kirjasto: vastuullinen päivittäjä, ylläpitäjä"):
        expect(card).to_contain_text(told)
    has(card, "register/confirm", "register/people", "register/password", "register/details", "register/history")
    button(found, "register/find").click()
    sends(page, "register/find", words="Uimahalli")
    expect(shown(page, "register/list", "Uimahalli")).to_contain_text("ei löytynyt tilejä")


def test_r23_an_outsider_reads_the_account_and_not_its_people(page: Page, address: str) -> None:
    act_as(page, address, OFFICIAL)
    found = asks(page, "kuka saa päivittää lasten kirjaston instagramia", "register/list", CHILDREN)
    expect(found).to_contain_text("lastenkirjasto@tuusula.fi")
    card = account(page)
    expect(card).to_contain_text(PLACE)
    for kept in ("Kirjastonhoitaja", "Informaatikko", "vastuullinen"):
        expect(found).not_to_contain_text(kept)
        expect(card).not_to_contain_text(kept)
    lacks(card, "register/people", "register/confirm", "register/history", "register/hand_over")
    number = number_of(card)
    asks(page, f"vahvista {number}", "register/refused")
    expect(asks(page, "rekisteri Informaatikko", "register/list")).to_contain_text("ei löytynyt tilejä")


# ── is it official? ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_r42_a_pasted_address_is_official_or_a_look_alike_that_one_press_reports(page: Page, address: str) -> None:
    act_as(page, address, SECRETARY)
    expect(asks(page, f"https://{PLACE}?igshid=1", "register/verdict")).to_contain_text("kunnan virallinen tili")
    verdict = asks(page, ALIKE, "register/verdict")
    for told in ("Varo", "instagram.com/tuusulanlastenkirjast0", PLACE, "näyttävät samalta"):
        expect(verdict).to_contain_text(told)
    expect(verdict.locator("a[href*=kirjast0]")).to_have_count(0)
    button(verdict, "incidents/choose", "identity_theft").click()
    report = form(page, "incidents/report")
    expect(report.locator("[name=kind]:checked")).to_have_value("identity_theft")
    sends(page, "incidents/report", text=f"Valetili: {ALIKE}")
    expect(shown(page, "incidents/state")).to_contain_text("Tietohallintopäällikkö")


def test_an_address_is_checked_by_the_form_and_what_is_none_is_said_at_its_field(page: Page, address: str) -> None:
    act_as(page, address, SECRETARY)
    button(asks(page, "rekisteri", "register/list"), "register/check").click()
    checking = form(page, "register/check")
    send(checking, address="!!!")
    expect(page.locator("dialog .error")).to_be_visible()
    expect(page.locator("dialog [name=address]")).to_have_value("!!!")
    send(checking, address="@tuusulanlasten")
    expect(page.locator("dialog")).to_be_hidden()
    unknown = shown(page, "register/verdict", "tuusulanlasten")
    has(unknown, "incidents/choose")


# ── reported, verified, named ───────────────────────────────────────────────────────────────────────────────────────


def test_r43_r70_r71_r72_a_reported_account_becomes_official_by_four_points(page: Page, address: str) -> None:
    act_as(page, address, LIBRARIAN)
    button(asks(page, "rekisteri", "register/list"), "register/report").click()
    reporting = form(page, "register/report")
    send(reporting, **{**NEW, "address": "ei osoite"})
    expect(page.locator("dialog .error")).to_have_count(1)
    expect(page.locator("dialog [aria-invalid]")).to_be_focused()
    for name in ("name", "mailbox", "substitute", "address"):
        expect(page.locator(f"dialog [name={name}]")).to_have_value({**NEW, "address": "ei osoite"}[name])
    expect(page.locator("dialog [name=channel]:checked")).to_have_value("facebook")
    send(reporting, address=NEW["address"])
    expect(page.locator("dialog")).to_be_hidden()
    told = shown(page, "register/told", NEW["name"])
    number = number_of(told)
    expect(asks(page, f"onko virallinen {NEW['address']}", "register/verdict")).to_contain_text(
        "ei ole vielä varmennettu"
    )

    button(told, "register/checklist").click()
    checklist = shown(page, "register/checklist", NEW["name"])
    expect(checklist.locator('[data-value="list_link"]')).to_have_count(0)
    for point in POINTS:
        button(checklist, "register/tick", point).click()
    expect(page.locator(".bubble").filter(has_text="Merkitty tehdyksi")).to_have_count(3)

    act_as(page, address, SPECIALIST)
    page.click(".tabs button:nth-child(2)")
    expect(shown(page, "register/told", "Olemassa oleva tili ilmoitettiin")).to_contain_text(MOMENT)
    button(asks(page, f"tili {number}", "register/account"), "register/checklist").click()
    theirs = shown(page, "register/checklist", NEW["name"])
    expect(theirs).to_contain_text("tehty: Kirjastonhoitaja, kirjasto")
    button(theirs, "register/tick", "list_link").click()
    shown(page, "register/told", "on nyt kunnan virallinen tili")

    act_as(page, address, LIBRARIAN)
    expect(asks(page, ASKED, "register/verdict")).to_contain_text("kunnan virallinen tili")


def test_r24_r25_of_whom_the_keeper_names_the_manager_hears_with_the_time(page: Page, address: str) -> None:
    number = reported(page, address, name="Kirjaston blogi", address="blogi.kellokoski.example.org", channel="blog")
    button(asks(page, f"tili {number}", "register/account"), "register/people").click()
    naming = form(page, "register/people")
    send(naming, updater="Kirjastonhoitaja, kirjasto", substitute="Kirjastonhoitaja, kirjasto")
    expect(page.locator("dialog .error")).to_contain_text("eri henkilö")
    send(naming, substitute="Informaatikko, kirjasto", producers="Työntekijä, kirjasto")
    expect(page.locator("dialog")).to_be_hidden()
    shown(page, "register/told", "Muutos on tallennettu")

    act_as(page, address, MANAGER)
    news = shown(page, "register/told", f"Tilin {number} nimetyt henkilöt muuttuivat")
    expect(news).to_contain_text(re.compile(rf"Toimitettu viestintäpäällikölle {MOMENT.pattern}"))
    expect(news).to_contain_text("Uudet: Työntekijä, kirjasto")

    act_as(page, address, EMPLOYEE)
    named = shown(page, "register/told", "nimesi sinut tilille Kirjaston blogi")
    button(named, "register/decline").click()
    shown(page, "register/told", "Sinut on poistettu")
    act_as(page, address, LIBRARIAN)
    shown(page, "register/told", "kieltäytyi tehtävästä")
    expect(asks(page, f"tili {number}", "register/account")).not_to_contain_text("Työntekijä, kirjasto")


# ── kept true as time passes ────────────────────────────────────────────────────────────────────────────────────────


def test_r43_r141_the_mornings_message_comes_once_and_its_buttons_keep_the_account_true(hurried: str, page: Page) -> None:
    act_as(page, hurried, LIBRARIAN)
    button(account(page), "register/details").click()
    sends(page, "register/details", password_months="1")
    weeks(page, 5)
    reminder = bundle(page, "vaihda tilin salasana")
    has(reminder, "register/password", "preferences/snooze")
    button(reminder, "register/password").click()
    shown(page, "register/told", "merkitty vaihdetuksi")
    nudge = bundle(page, "tiliä ei ole merkitty päivitetyksi")
    has(nudge, "register/answered", "register/pause", "preferences/mute")
    button(nudge, "register/posted").click()
    shown(page, "register/told", "merkitty päivitetyksi")

    weeks(page, 22)
    reminder = bundle(page, "ovatko nämä ylläpitäjät yhä oikein")
    expect(reminder).to_contain_text("Informaatikko, kirjasto (sijainen, ylläpitäjä)")
    once_a_day(page)
    button(reminder, "register/confirm").click()
    shown(page, "register/told", "nimetyt henkilöt on vahvistettu")
    button(reminder, "register/confirm").click()
    expect(page.locator(".bubble").filter(has_text="nimetyt henkilöt on vahvistettu")).to_have_count(2)
    card = account(page)
    expect(card).not_to_contain_text("henkilöt vahvistamatta")
    button(card, "register/history").click()
    history = shown(page, "register/history")
    for told in ("nimetyt henkilöt vahvistettiin", "salasana vaihdettiin", "tili päivitettiin"):
        expect(history).to_contain_text(told)


def test_r33_reminders_are_put_off_for_a_week_in_one_press(hurried: str, page: Page) -> None:
    act_as(page, hurried, LIBRARIAN)
    weeks(page, 3)
    button(bundle(page), "preferences/snooze").click()
    shown(page, "preferences/told", "En lähetä muistutuksia")
    before = page.locator('.bubble[data-card="reminders/daily"]').count()
    for _ in range(6):
        moves_clock(page, "1d")
    asks(page, "omat", "home/home")
    expect(page.locator('.bubble[data-card="reminders/daily"]')).to_have_count(before)
    weeks(page, 1)
    expect(page.locator('.bubble[data-card="reminders/daily"]')).to_have_count(before + 1)
    once_a_day(page)


def weeks(page: Page, count: int) -> None:
    """Let weeks pass, and see what came of it: what was said before is on the screen with the answer."""
    for _ in range(count):
        moves_clock(page, "7d")
    asks(page, "omat", "home/home")


def bundle(page: Page, told: str = "") -> Locator:
    """The newest morning message that speaks of something."""
    return shown(page, "reminders/daily", told)


def once_a_day(page: Page) -> None:
    """No two morning messages came on one day, and none at night or at a weekend."""
    times = page.locator('li:has([data-card="reminders/daily"]) time').evaluate_all(
        "times => times.map(t => new Date(t.dateTime).toLocaleString('sv', { timeZone: 'Europe/Helsinki' }))"
    )
    days = [time[:10] for time in times]
    assert days
    assert len(days) == len(set(days)), days
    assert all("08" <= time[11:13] < "16" for time in times), times
    weekdays = page.evaluate("days => days.map(day => new Date(day).getUTCDay())", days)
    assert not {0, 6} & set(weekdays), days
    nudged = page.locator('li:has([data-card="reminders/daily"] [data-action="register/posted"]) time').evaluate_all(
        "times => times.map(t => t.dateTime)"
    )
    mornings = [datetime.fromisoformat(moment) for moment in nudged]
    between = [FinnishWorkingTime().days_between(first, next_) for first, next_ in pairwise(mornings)]
    assert all(count >= 5 for count in between), nudged


def test_drift_from_the_published_list_is_shown_and_marked_as_published(hurried: str, page: Page) -> None:
    act_as(page, hurried, MANAGER)
    before = asks(page, "julkaisulista", "published/list")
    expect(before).to_contain_text(PLACE)
    button(before, "published/done").click()
    shown(page, "published/done")
    lacks(asks(page, "julkaisulista", "published/list"), "published/done")
    button(account(page), "register/details").click()
    sends(page, "register/details", name="Tuusulan lasten kirjasto")
    drifted = asks(page, "julkaisulista", "published/list")
    expect(drifted).to_contain_text("Tuusulan lasten kirjasto")
    has(drifted, "published/done")


# ── agreements ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r19_r34_an_agreement_is_approved_with_content_and_its_page_is_the_twos_alone(page: Page, address: str) -> None:
    act_as(page, address, EMPLOYEE)
    button(asks(page, "sovi", "agreements/choose"), "agreements/begin", "working_time").click()
    asked = form(page, "agreements/send")
    expect(asked.locator(".intro")).to_contain_text("etukäteen oman esimiehen kanssa")
    send(asked, **{**AGREED, "hours": "monta"})
    expect(page.locator("dialog .error")).to_contain_text("numeroina")
    expect(page.locator("dialog [name=apart]")).to_have_value(AGREED["apart"])
    send(asked, hours="2 h")
    expect(page.locator("dialog")).to_be_hidden()
    number = number_of(shown(page, "agreements/state", "lähetetty esihenkilölle"))

    act_as(page, address, SUPERVISOR)
    card = shown(page, "agreements/page", f"Sopimus {number}:")
    expect(card).to_contain_text(AGREED["purpose"])
    button(card, "agreements/approve").click()
    approving = form(page, "agreements/approve")
    send(approving, led="")
    expect(page.locator("dialog .error")).to_be_visible()
    send(approving, **CONTENT)
    expect(page.locator("dialog")).to_be_hidden()
    shown(page, "agreements/told", f"Hyväksyit sopimuksen {number}")
    act_as(page, address, EMPLOYEE)
    shown(page, "agreements/state", "hyväksyi sopimuksen")

    for person in (EMPLOYEE, SUPERVISOR):
        page.goto(f"{address}/sopimus/{number}?as={person}")
        for told in (f"Sopimus {number}", AGREED["apart"], "2 tuntia viikossa", *CONTENT.values()):
            expect(page.locator("body")).to_contain_text(told)
        expect(page.locator("button, form, script")).to_have_count(0)
    for person in (LIBRARIAN, INFORMATICIAN, MANAGER, DIRECTOR, ADMINISTRATOR, OFFICIAL, "", "nobody"):
        assert page.request.get(f"{address}/sopimus/{number}?as={person}").status == 404, person
    act_as(page, address, LIBRARIAN)
    expect(asks(page, f"sopimus {number}", "agreements/gone")).not_to_contain_text(AGREED["purpose"])


# ── help in daily work ──────────────────────────────────────────────────────────────────────────────────────────────


def test_r112_r115_six_questions_before_publishing_and_nothing_is_asked_of_the_post(page: Page, address: str) -> None:
    act_as(page, address, SPECIALIST)
    button(asks(page, "julkaiseminen", "selfcheck/start"), "selfcheck/check").click()
    check = form(page, "selfcheck/check")
    expect(check.locator("fieldset")).to_have_count(6)
    expect(check.locator("textarea, input:not([type=radio])")).to_have_count(0)
    answers = dict.fromkeys(("square", "facts", "material", "secret", "tone", "unfinished"), "yes")
    sends(page, "selfcheck/check", **{**answers, "material": "no"})
    result = shown(page, "selfcheck/result", "Yksi kohta pitää tarkistaa")
    expect(result.locator("blockquote").first).to_be_visible()
    button(result, "selfcheck/check").click()
    expect(form(page, "selfcheck/check").locator(":checked")).to_have_count(0)
    sends(page, "selfcheck/check", **answers)
    shown(page, "selfcheck/result", "Ohje ei estä julkaisemista")
    button(result, "permits/guardian").click()
    expect(shown(page, "permits/guardian")).to_contain_text("Huoltajan lupa")


def test_r102_r105_r106_a_reply_is_put_together_and_an_argument_is_refused_at_its_box(page: Page, address: str) -> None:
    act_as(page, address, SPECIALIST)
    button(asks(page, "vastauspohja", "replies/start"), "replies/compose").click()
    compose = form(page, "replies/compose")
    send(compose, **{**REPLY, "cause": "Olet väärässä, sivu oli kunnossa."})
    expect(page.locator("dialog .error")).to_have_count(1)
    wrong = page.locator("dialog [aria-invalid]")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("name", "cause")
    expect(page.locator("#cause-error")).to_contain_text("äittely")
    for name in ("thanks", "remedy", "regret", "title", "first_name"):
        expect(page.locator(f"dialog [name={name}]")).to_have_value(REPLY[name])
    send(compose, cause=REPLY["cause"])
    expect(page.locator("dialog")).to_be_hidden()
    text = shown(page, "replies/ready").inner_text()
    places = [text.index(REPLY[name]) for name in ("thanks", "cause", "remedy", "regret")]
    assert places == sorted(places), "the guideline's order: thanks, cause, remedy, regret"
    assert "– tiedottaja Johanna" in text


def test_r93_r94_a_permission_is_a_page_to_print(page: Page, address: str) -> None:
    for name, told in (("kuva", "Lupa kuvaamiseen"), ("huoltaja", "Huoltajan lupa")):
        page.goto(f"{address}/lupa/{name}?as={EMPLOYEE}")
        expect(page.locator("body")).to_contain_text(told)
        expect(page.locator(".line").first).to_be_visible()
        expect(page.locator("button, script")).to_have_count(0)
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.pdf(format="A4").startswith(b"%PDF")
        page.emulate_media(media="screen")


def test_r120_the_quiz_is_done_to_its_end_and_the_guideline_receipted(page: Page, address: str) -> None:
    act_as(page, address, IT_MANAGER)
    button(asks(page, "koulutus", "training/start"), "training/quiz").click()
    question = shown(page, "training/question", "Kysymys 1/")
    count = int(question.inner_text().partition("Kysymys 1/")[2].split()[0])
    for number in range(1, count + 1):
        button(
            shown(page, "training/question", f"Kysymys {number}/{count}"), "training/answer", f"{number - 1}:1"
        ).click()
        right = shown(page, "training/question", f"Kysymys {number}: oikea vastaus on")
        expect(right.locator("blockquote").first).to_be_visible()
    done = shown(page, "training/question", "Tietotesti on suoritettu")
    button(done, "training/read").click()
    expect(shown(page, "training/read")).to_contain_text("Olet myös suorittanut tietotestin")
    act_as(page, address, MANAGER)
    report = asks(page, "koulutusraportti", "training/report")
    expect(report).not_to_contain_text("Tietohallintopäällikkö")
    act_as(page, address, EMPLOYEE)
    asks(page, "koulutusraportti", "training/refused")


# ── by the keyboard, on a phone, in both looks ──────────────────────────────────────────────────────────────────────


def test_an_account_is_found_named_and_confirmed_by_the_keyboard_alone(page: Page, address: str) -> None:
    act_as(page, address, INFORMATICIAN)
    page.keyboard.type(f"rekisteri {CHILDREN}")
    page.keyboard.press("Enter")
    tab_to(page, button(shown(page, "register/list", CHILDREN), "register/show"), "Shift+Tab")
    page.keyboard.press("Enter")
    card = shown(page, "register/account", CHILDREN)
    tab_to(page, button(card, "register/people"), most=60)
    page.keyboard.press("Enter")
    naming = form(page, "register/people")
    expect(naming.locator("[name=updater]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button(card, "register/people")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, form(page, "register/people").locator("[name=main]"))
    page.keyboard.type("Kirjastonhoitaja, kirjasto")
    page.keyboard.press("Tab")
    tab_to(page, page.locator("dialog [type=submit]"))
    page.keyboard.press("Enter")
    shown(page, "register/told", "Muutos on tallennettu")
    tab_to(page, button(card, "register/confirm"), "Shift+Tab", most=60)
    page.keyboard.press("Enter")
    shown(page, "register/told", "nimetyt henkilöt on vahvistettu")


LONG = "Nuortentapahtumakalenterisuunnitteluryhmänkuulumiset"


def test_on_a_phone_everything_fits_and_can_be_hit(phone: Page, address: str) -> None:
    number = reported(phone, address, name=LONG, address=f"www.facebook.com/{'kirjasto' * 12}")
    fits_and_can_be_hit(phone, asks(phone, f"rekisteri {LONG}", "register/list", LONG))
    fits_and_can_be_hit(phone, asks(phone, f"onko virallinen www.facebook.com/{'kirjasto' * 12}", "register/verdict"))
    card = asks(phone, f"tili {number}", "register/account", LONG)
    fits_and_can_be_hit(phone, card)
    for name in ("register/people", "register/details", "register/end", "register/hand_over"):
        button(card, name).click()
        reaches_its_end(phone, form(phone, name))
        phone.locator("dialog [data-cancel]").click()
        expect(phone.locator("dialog")).to_be_hidden()
    button(card, "register/checklist").click()
    fits_and_can_be_hit(phone, shown(phone, "register/checklist", LONG))
    button(card, "register/history").click()
    fits_and_can_be_hit(phone, shown(phone, "register/history", LONG))
    button(asks(phone, "rekisteri", "register/list"), "register/report").click()
    reaches_its_end(phone, form(phone, "register/report"))


def test_on_a_phone_agreements_and_help_fit_and_can_be_hit(phone: Page, address: str) -> None:
    act_as(phone, address, EMPLOYEE)
    choosing = asks(phone, "sovi", "agreements/choose")
    fits_and_can_be_hit(phone, choosing)
    for kind in ("working_time", "own_name", "work_profile", "leader"):
        button(choosing, "agreements/begin", kind).click()
        reaches_its_end(phone, form(phone, "agreements/send"))
        phone.locator("dialog [data-cancel]").click()
        expect(phone.locator("dialog")).to_be_hidden()
    started = asks(phone, "julkaiseminen", "selfcheck/start")
    fits_and_can_be_hit(phone, started)
    button(started, "selfcheck/check").click()
    reaches_its_end(phone, form(phone, "selfcheck/check"))
    phone.locator("dialog [data-cancel]").click()
    replying = asks(phone, "vastauspohja", "replies/start")
    fits_and_can_be_hit(phone, replying)
    button(replying, "replies/compose").click()
    reaches_its_end(phone, form(phone, "replies/compose"))
    phone.locator("dialog [data-cancel]").click()
    fits_and_can_be_hit(phone, asks(phone, "tee testi", "training/question"))
    for words, card in (("kuvauslupa", "permits/photo"), ("huoltajan lupa", "permits/guardian")):
        fits_and_can_be_hit(phone, asks(phone, words, card))
    for path in ("lupa/kuva", "lupa/huoltaja", f"sopimus/{agreement(phone, address)}"):
        phone.goto(f"{address}/{path}?as={EMPLOYEE}")
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_text_stands_out_from_its_ground_and_every_field_has_a_label(page: Page, address: str, look: str) -> None:
    act_as(page, address, LIBRARIAN)
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    stands_out(asks(page, "rekisteri", "register/list"), 15)
    stands_out(asks(page, ALIKE, "register/verdict"), 6)
    card = account(page)
    stands_out(card, 20)
    for name, least in (("register/people", 10), ("register/details", 20), ("register/end", 5)):
        button(card, name).click()
        stands_out(form(page, name), least)
        assert unlabelled(form(page, name)) == ([], [])
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
    for words, name, action, opened, least in (
        ("sovi", "agreements/choose", "agreements/begin", "agreements/send", 15),
        ("tarkista julkaisu", "selfcheck/questions", "selfcheck/check", "selfcheck/check", 15),
        ("vastauspohja", "replies/start", "replies/compose", "replies/compose", 15),
    ):
        shown_card = asks(page, words, name)
        stands_out(shown_card, 5)
        button(shown_card, action).click()
        stands_out(form(page, opened), least)
        assert unlabelled(form(page, opened)) == ([], [])
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
    stands_out(asks(page, "tee testi", "training/question"), 5)
    stands_out(asks(page, "kuvauslupa", "permits/photo"), 15)
    assert fits(page)
