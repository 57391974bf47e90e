"""A request for a new account in a real browser: from the first word to an official account, as its people do it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import test_e2e
from tests.test_e2e import act_as, luminance

pytestmark = pytest.mark.e2e
browser, address, page = test_e2e.browser, test_e2e.address, test_e2e.page
LIBRARIAN, INFORMATICIAN = "Kirjastonhoitaja, kirjasto", "Informaatikko, kirjasto"
REVIEW = (date.today() + timedelta(days=90)).isoformat()  # noqa: DTZ011 - any day to come will do
STEPS = (
    "Tarve ja tavoitteet", "Hyödyt", "Resurssit", "Suunnitelma", "Päätöksenteko", "Kanava", "Jatkuvuus", "Mittaaminen",
    "Varmentaminen",
)  # fmt: skip
PAGES = (
    {
        "need": "Nuoret eivät löydä kirjaston tapahtumia verkkosivuilta.",
        "goals": "Nuoret osallistuvat tapahtumiin\nTapahtumat näkyvät", "audience": "nuoret",
        "content": "Tapahtumia ja kirjavinkkejä",
    },
    {"benefits": "quality,participation", "benefits_more": ""},
    {
        "hours": "4", "tasks": "weekly", "updater": LIBRARIAN, "producers": INFORMATICIAN, "main": LIBRARIAN,
        "leader": "Kirjaston esihenkilö", "meeting": "Viikkopalaveri",
    },
    {
        "plan": "", "why_no_plan": "Suunnitelma tehdään tammikuussa, kun kokeilu alkaa.", "rhythm": "weekly",
        "substitute": INFORMATICIAN, "commitment": "yes", "own_names": "no", "own_name_people": "",
    },
    {"owner": "Kirjasto", "department": "Kasvu ja ympäristö"},
    {
        "channel": "whatsapp", "other_channel": "", "why_channel": "Nuoret käyttävät sitä.", "review": REVIEW,
        "name": "Kirjaston nuoret",
    },
    {
        "mailbox": "kirjasto@tuusula.fi", "admins": f"{LIBRARIAN}\n{INFORMATICIAN}", "lifetime": "permanent", "ends": "",
    },
    {"measure_1": "Osallistujien määrä tapahtumissa", "measure_2": "Kommenttien laatu"},
    {"keeper": "Tuusulan kunta / Kirjasto", "unit_page": "www.tuusula.fi/kirjasto", "promise": "yes"},
)  # fmt: skip
"""What is answered on the nine pages, as the page sends it."""


# ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────────


def button(page: Page, label: str, told: str = "") -> Locator:
    """The newest button of this label, in a message with these words."""
    return page.locator(".bubble.bot").filter(has_text=told).get_by_role("button", name=label, exact=True).last


def dialog(page: Page, title: str) -> Locator:
    """The form on top, once it is the one with this title."""
    expect(page.locator("dialog h2")).to_have_text(title)
    return page.locator("dialog")


def step(page: Page, number: int) -> Locator:
    """The page of the form for a step."""
    return dialog(page, f"{number}/9 {STEPS[number - 1]}")


def fill(form: Locator, **values: str) -> None:
    """Enter values: text is written, of options those of the value are chosen."""
    for name, value in values.items():
        fields = form.locator(f'[name="{name}"]')
        if fields.first.get_attribute("type") in ("radio", "checkbox"):
            for option in filter(None, value.split(",")):
                form.locator(f'[name="{name}"][value="{option}"]').check()
        else:
            fields.fill(value)


def send(form: Locator, **values: str) -> None:
    """Fill in a form and send it."""
    fill(form, **values)
    form.locator("[type=submit]").click()


def writes(page: Page, text: str) -> None:
    """Write a message. The field is empty again once it was heard; what is written before that would wait in it."""
    expect(page.locator("#log[data-shown]")).to_be_attached()
    page.fill("#text", text)
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("")


def sees(page: Page, words: str) -> Locator:
    """The newest message of the bot with these words, once there is one."""
    found = page.locator(".bubble.bot").filter(has_text=words).last
    expect(found).to_be_visible()
    return found


def number_of(message: Locator) -> str:
    """The number of the request that a message tells of."""
    found = re.search(r"[Pp]yynt\w+ (\d+)", message.inner_text())
    assert found
    return found[1]


@dataclass
class Requested:
    """A request that the page sent without anybody filling in its forms: for what comes after."""

    page: Page
    address: str
    person: str = "employee"

    def post(self, path: str, **body: object) -> dict[str, str]:
        """What the page posts, by the same browser."""
        said = {"key": uuid4().hex, "person": self.person, "conversation": f"web:dm:{self.person}", **body}
        answer = self.page.request.post(f"{self.address}/{path}", data=said)
        assert answer.ok, answer.text()
        return dict(answer.json())

    def fill(self, *pages: dict[str, str]) -> str:
        """A draft with these pages filled in; gives its key."""
        form = self.post("press", action="accounts/begin", value="form")["form"]
        key = form.partition('data-record="')[2].partition("@")[0]
        for name, values in zip(("needs", "benefits", "resources", "planning", "deciding", "channels", "continuity",
                                 "measuring", "verification"), pages, strict=False):  # fmt: skip
            said = self.post("submit", form="accounts/step", record=f"{key}@{name}", values=values)
            assert not said.get("errors"), (name, said)
        return key


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """The page on a phone."""
    made = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True, reduced_motion="reduce")
    made.goto(f"{address}/?as=employee")
    yield made
    made.close()


# ── the whole of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_story_from_the_first_word_to_an_official_account_with_seven_people(page: Page, address: str) -> None:
    act_as(page, address, "employee")
    number = written_in_forms_and_words(page)

    for person in ("librarian", "informatician"):
        act_as(page, address, person)
        sees(page, "Työntekijä, kirjasto on nimennyt sinut")
        button(page, "Otan tehtävän").click()
        sees(page, "Olet nyt mukana tilin hoidossa")

    act_as(page, address, "supervisor")
    expect(sees(page, f"Pyyntö {number}: Kirjaston nuoret")).to_contain_text("suostunut")
    button(page, "Tee esitys").click()
    send(dialog(page, "Esitys"), reserved="no", substitute="yes")
    expect(page.locator("dialog .error")).to_contain_text("Ilman työaikaa esitystä ei voi tehdä")
    send(dialog(page, "Esitys"), reserved="yes", hours="5", led="Viikkopalaverissa")
    expect(page.locator("dialog")).to_be_hidden()
    expect(sees(page, "Esitit tiliä")).to_be_in_viewport()

    act_as(page, address, "department-secretary")
    expect(sees(page, f"Pyyntö {number}: Kirjaston nuoret")).to_contain_text("Varataan 5 tuntia viikossa")
    button(page, "Kirjaa päätös").click()
    decided = dialog(page, "Kirjaa päätös")
    send(decided, outcome="approved", section="45")
    expect(page.locator("dialog .error")).to_contain_text("resurssit on varmistettu")
    send(decided, secured="yes")
    sees(page, "Päätös on kirjattu")

    act_as(page, address, "municipal-secretary")
    sees(page, f"Pyyntö {number}: Kirjaston nuoret")
    writes(page, "asialista")
    button(page, "Kirjaa kokouksen päätökset").click()
    meeting = dialog(page, "Kokouksen päätökset")
    send(meeting, **{f"outcome_{number}": "approved", f"section_{number}": "7", f"secured_{number}": "yes"})
    expect(sees(page, "päätökset on kirjattu")).to_contain_text(f"Pyyntö {number}: hyväksyttiin, § 7")

    act_as(page, address, "librarian")
    sees(page, "Tarkistuslista: Kirjaston nuoret")
    button(page, "Tili on avattu").click()
    send(page.locator("dialog"), address="ei osoite")
    expect(page.locator("dialog .error")).to_be_visible()
    send(page.locator("dialog"), address="www.instagram.com/kirjastonnuoret")
    sees(page, "www.instagram.com/kirjastonnuoret")
    for point in ("✓ 1 Ylläpitäjä kerrottu", "✓ 2 Linkki yksikön sivulla", "✓ 4 Linkki kunnan sivulle"):
        button(page, point).click()
        expect(page.locator(".bubble.bot").get_by_role("button", name=point)).to_have_count(0)

    act_as(page, address, "communications-specialist")
    page.click(".tabs button:nth-child(2)")
    sees(page, "Tili avattu: Kirjaston nuoret")
    button(page, "✓ 3 Linkki koontisivulla").click()
    sees(page, "Tili on virallinen: Kirjaston nuoret")

    act_as(page, address, "employee")
    sees(page, "Tili on nyt virallinen")
    button(page, "Näytä koko pyyntö").click()
    expect(sees(page, f"Pyyntö {number}: Kirjaston nuoret")).to_contain_text("Virallinen")
    writes(page, "tili")
    expect(sees(page, "Yksikölläsi on jo:")).to_contain_text(
        "Kirjaston nuoret (WhatsApp, www.instagram.com/kirjastonnuoret)"
    )
    act_as(page, address, "communications-manager")
    sees(page, "Nimetyt toimijat: Kirjaston nuoret")


def written_in_forms_and_words(page: Page) -> str:
    """The employee's part: four pages, a question in words, the other pages, the summary; gives the request's number."""
    writes(page, "tili")
    sees(page, "Riittäisikö kattotili?")
    button(page, "Aloita lomakkeella").click()
    needs = step(page, 1)
    expect(needs.locator("textarea").first).to_be_focused()
    send(needs, **{**PAGES[0], "need": "Näkyvyys"})
    expect(page.locator("dialog .error")).to_have_text(
        "Kerro tarve kokonaisena lauseena. Tilille on oltava selkeä tarve."
    )
    expect(page.locator("dialog [name=goals]")).to_have_value(PAGES[0]["goals"])
    send(needs, need=PAGES[0]["need"])
    send(step(page, 2), **PAGES[1])
    resources = step(page, 3)
    offered = resources.locator(f"#{resources.locator('[name=updater]').get_attribute('list')} option")
    assert LIBRARIAN in offered.evaluate_all("options => options.map(option => option.value)")
    send(resources, **PAGES[2])
    planning = step(page, 4)
    expect(planning.locator("[name=why_no_plan]")).to_have_count(0)
    send(planning, **{name: value for name, value in PAGES[3].items() if not name.startswith("why_")})
    expect(planning.locator(".intro")).to_contain_text("käytöstä on hyvä laatia suunnitelma")
    send(planning, why_no_plan=PAGES[3]["why_no_plan"])
    step(page, 5).locator("[data-cancel]").click()
    expect(page.locator("dialog")).to_be_hidden()

    writes(page, "tili")
    sees(page, "Sinulla on kesken pyyntö")
    button(page, "Jatka").click()
    number = number_of(sees(page, "Vielä puuttuu jotakin"))
    button(page, "Jatka keskustellen").click()
    sees(page, "Mikä yksikkö, ohjelma tai hanke omistaa tilin?")
    writes(page, "Kirjasto")
    sees(page, "Minkä toimialueen johtoryhmä päättää?")
    button(page, "Täytä lomakkeella").click()
    deciding = step(page, 5)
    expect(deciding.locator("[name=owner]")).to_have_value("Kirjasto")
    send(deciding)
    for at in range(6, 10):
        send(step(page, at), **PAGES[at - 1])
    expect(page.locator("dialog")).to_be_hidden()
    summary = sees(page, "Kaikki kohdat on täytetty")
    for told in ("Nuoret eivät löydä", "palvelujen laatu, osallistuminen", LIBRARIAN, "suunnitelmaa ei ole", "WhatsApp"):
        expect(summary).to_contain_text(told)
    button(page, "Lähetä esihenkilölle").click()
    expect(sees(page, "Vuorossa on Esihenkilö, kirjasto")).to_be_in_viewport()
    return number


# ── by the keyboard, on a phone, in both looks ──────────────────────────────────────────────────────────────────────


def test_two_pages_of_the_form_are_filled_in_by_the_keyboard_alone(page: Page, address: str) -> None:
    act_as(page, address, "official")
    page.keyboard.type("tili")
    page.keyboard.press("Enter")
    sees(page, "Riittäisikö kattotili?")
    tab_to(page, button(page, "Aloita lomakkeella"), "Shift+Tab")
    page.keyboard.press("Enter")
    needs = step(page, 1)
    for name in ("need", "goals", "audience", "content"):
        expect(needs.locator(f"[name={name}]")).to_be_focused()
        page.keyboard.type(PAGES[0][name])
        page.keyboard.press("Tab")
    expect(needs.locator("[type=submit]")).to_be_focused()
    page.keyboard.press("Enter")
    benefits = step(page, 2)
    expect(benefits.locator("[value=quality]")).to_be_focused()
    page.keyboard.press("Space")
    tab_to(page, benefits.locator("[value=trust]"))
    page.keyboard.press("Space")
    tab_to(page, benefits.locator("[type=submit]"))
    page.keyboard.press("Enter")
    hours = step(page, 3).locator("[name=hours]")
    expect(hours).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    expect(button(page, "Aloita lomakkeella")).to_be_focused()
    page.keyboard.press("Tab")
    writes(page, "jatka")
    sees(page, "Montako tuntia viikossa")


def tab_to(page: Page, wanted: Locator, key: str = "Tab", most: int = 40) -> None:
    """Press a key until the focus is where it is wanted."""
    for _ in range(most):
        if wanted.evaluate("wanted => wanted === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the focus does not come to {wanted}")


LONG = "Kirjastoautopysäkkiaikataulumuutostiedotuskampanjasuunnitelma" * 2


def test_on_a_phone_every_page_of_the_form_fits_and_its_buttons_can_be_reached(phone: Page, address: str) -> None:
    number = Requested(phone, address).fill(*PAGES).partition("/")[2]
    summary = sees(phone, f"Pyyntösi {number}:")
    for at in range(1, 10):
        summary.get_by_role("button", name=f"Kohta {at}", exact=True).click()
        form = step(phone, at)
        box = form.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert form.evaluate("d => d.scrollWidth <= d.clientWidth"), at
        for reached in (form.locator("[type=submit]"), form.locator("[data-cancel]")):
            reached.evaluate("wanted => wanted.scrollIntoView({ block: 'center' })")  # scrolled to, as a thumb would
            expect(reached).to_be_in_viewport(ratio=1)
        assert fits(phone)
        form.locator("[data-cancel]").click()
        expect(phone.locator("dialog")).to_be_hidden()


def test_on_a_phone_the_longest_request_needs_no_sideways_scrolling(phone: Page, address: str) -> None:
    pages = [dict(answered) for answered in PAGES]
    pages[0] |= {"need": f"{LONG} {LONG}", "goals": f"{LONG}\n" * 3, "audience": LONG, "content": LONG}
    pages[2] |= {"leader": LONG[:120], "meeting": LONG[:120]}
    pages[7] = {f"measure_{n}": LONG[:120] for n in (1, 2, 3)}
    pages[8] |= {"unit_page": f"www.tuusula.fi/{LONG}"}
    number = Requested(phone, address).fill(*pages).partition("/")[2]
    summary = sees(phone, f"Pyyntösi {number}:")
    summary.get_by_role("button", name="Lähetä esihenkilölle").click()
    sees(phone, "Vuorossa on Esihenkilö, kirjasto")
    writes(phone, f"pyyntö {number}")
    fits_with_its_buttons(phone, number, 3)
    act_as(phone, address, "supervisor")
    fits_with_its_buttons(phone, number, 4)


def fits_with_its_buttons(phone: Page, number: str, buttons: int) -> None:
    """The newest card of a sent request is as wide as the phone, and each of its buttons can be reached and hit."""
    card = phone.locator(".bubble.bot").filter(has_text=f"Pyyntö {number}:").filter(has_text="Vuorossa:").last
    expect(card).to_contain_text(LONG)
    assert fits(phone)
    assert card.evaluate("c => c.scrollWidth <= c.clientWidth")
    expect(card.locator("button")).to_have_count(buttons)
    for pressed in card.locator("button").all():
        pressed.scroll_into_view_if_needed()
        expect(pressed).to_be_in_viewport(ratio=0.9)
        box = pressed.bounding_box()
        assert box
        assert box["height"] >= 24, "WCAG 2.2 asks for targets of 24 pixels"


def fits(page: Page) -> bool:
    """Whether neither the page nor its messages scroll sideways."""
    return bool(page.evaluate(
        """() => [document.documentElement, document.getElementById("log")].every(e => e.scrollWidth <= e.clientWidth)"""
    ))  # fmt: skip


TEXTS = """root => [...root.querySelectorAll("*")].filter(e =>
    e.checkVisibility() && !e.disabled && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())
    || e.matches("input:not([type=radio], [type=checkbox]), textarea")
).map(e => {
    let ground = e;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
    return [getComputedStyle(e).color, getComputedStyle(ground).backgroundColor, e.outerHTML.slice(0, 120)];
})"""


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_text_of_a_request_and_of_its_forms_stands_out_from_its_ground(page: Page, address: str, look: str) -> None:
    number = Requested(page, address).fill(*PAGES).partition("/")[2]
    act_as(page, address, "employee")
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    summary = sees(page, f"Pyyntösi {number}:")
    stands_out(summary, 30)
    for at in range(1, 10):
        summary.get_by_role("button", name=f"Kohta {at}", exact=True).click()
        stands_out(step(page, at), 8)
        page.keyboard.press("Escape")
    summary.get_by_role("button", name="Kohta 1", exact=True).click()
    send(step(page, 1), need="", goals="")
    expect(page.locator("dialog .error")).to_have_count(2)
    stands_out(step(page, 1), 10)


def stands_out(shown: Locator, least: int) -> None:
    """Every text in it, of which there are so many, has a contrast of 4.5 : 1."""
    pairs = shown.evaluate(TEXTS)
    assert len(pairs) >= least
    for ink, ground, html in pairs:
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (html, ink, ground)
