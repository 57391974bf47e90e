"""A security incident in a real browser: from frightened words to a case that is taken and resolved (R145–R148)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import test_e2e, test_e2e_accounts
from tests.ports import free_port
from tests.test_e2e import act_as, serving
from tests.test_e2e_accounts import Requested, fits, send, stands_out, tab_to, writes

pytestmark = pytest.mark.e2e
browser, address, page, phone = test_e2e.browser, test_e2e.address, test_e2e.page, test_e2e_accounts.phone
FRIGHTENED = "mua uhkaillaan kirjaston facebookin kommenteissa"
CLICKED = "klikkasin outoa linkkiä"
EMPLOYEE, LIBRARIAN, COLLEAGUE = "employee", "librarian", "informatician"
IT_MANAGER, DEPUTY, ABOVE = "it-manager", "director", "municipal-manager"
MANAGER = "Tietohallintopäällikkö"
NAMES = {DEPUTY: "Toimialueen johtaja", ABOVE: "Kunnanjohtaja"}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"a threat in a comment"
SHA256 = hashlib.sha256(PICTURE).hexdigest()
REPORTED, OUTCOME = "Kommentit on kuvattu talteen.", "Kommentit on piilotettu ja tehty rikosilmoitus."
QUESTION, ANSWER = "Tunnetko kirjoittajan?", "En tunne. Nimimerkki on uusi."
AGAIN = "Sama nimimerkki jatkaa tänään."


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def counts(page: Page) -> None:
    """Count the presses of buttons from now on, also those by a key; `presses` gives how many there were."""
    page.evaluate("""() => {
        window.presses = 0;
        document.addEventListener("click", e => { window.presses += e.target.closest("button") ? 1 : 0 }, true);
    }""")


def presses(page: Page) -> int:
    return int(page.evaluate("window.presses"))


def shown(page: Page, card: str, told: str = "") -> Locator:
    """The newest message of this card, with these words, once there is one."""
    found = page.locator(f'.bubble[data-card="incidents/{card}"]').filter(has_text=told).last
    expect(found).to_be_visible()
    return found


def none_of(page: Page, *cards: str) -> None:
    """None of these cards is in the conversation, which is shown."""
    expect(page.locator("#log[data-shown]")).to_be_attached()
    for card in cards:
        expect(page.locator(f'.bubble[data-card="incidents/{card}"]')).to_have_count(0)


def button(shown: Locator, action: str, value: str = "") -> Locator:
    """The button of a message, by what it does."""
    return shown.locator(f'[data-action="incidents/{action}"]' + (f'[data-value="{value}"]' if value else "")).last


def form(page: Page, name: str) -> Locator:
    """The form of this name, once it is open."""
    expect(page.locator(f'dialog form[data-form="incidents/{name}"]')).to_be_visible()
    return page.locator("dialog")


def sends(page: Page, name: str, **values: str) -> None:
    """Fill in the open form and send it; it closes."""
    send(form(page, name), **values)
    expect(page.locator("dialog")).to_be_hidden()


def number_of(message: Locator) -> str:
    """The number of the case that a message tells of."""
    found = re.search(r"(?:Ilmoitus|Poikkeama|poikkeama) (\d+)", message.inner_text())
    assert found
    return found[1]


def reported(page: Page, address: str, text: str = CLICKED, person: str = EMPLOYEE) -> str:
    """A case reported by words; gives its number."""
    act_as(page, address, person)
    expect(page.locator("#log[data-shown]")).to_be_attached()
    before = page.locator('.bubble[data-card="incidents/state"]').count()
    writes(page, f"ilmoita {text}")
    expect(page.locator('.bubble[data-card="incidents/state"]')).to_have_count(before + 1)
    return number_of(shown(page, "state"))


def opened(page: Page, number: str) -> Locator:
    """The whole of a case, asked for by words, as it is now."""
    expect(page.locator("#log[data-shown]")).to_be_attached()
    before = page.locator('.bubble[data-card="incidents/case"]').count()
    writes(page, f"poikkeama {number}")
    expect(page.locator('.bubble[data-card="incidents/case"]')).to_have_count(before + 1)
    return shown(page, "case", f"Poikkeama {number}:")


def taken(page: Page, address: str, text: str = CLICKED) -> tuple[str, Locator]:
    """A case that the IT manager has, open before them: its number and its card."""
    number = reported(page, address, text)
    act_as(page, address, IT_MANAGER)
    writes(page, f"otan poikkeaman {number}")
    shown(page, "told", f"Poikkeama {number} on nyt sinulla")
    return number, opened(page, number)


def moves_clock(page: Page, jump: str) -> None:
    """Move the demo's clock, and wait until that is done."""
    with page.expect_response("**/clock"):
        page.click(f'[data-jump="{jump}"]')


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Page]:
    """The IT manager's page, open all the while."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    made.goto(f"{address}/?as={IT_MANAGER}")
    yield made
    made.close()


@pytest.fixture
def hurried(tmp_path: Path) -> Iterator[str]:
    """A page of its own, whose clock may be moved: what falls due on the way is said to nobody else's case."""
    with serving(free_port(), tmp_path) as served:
        yield served


# ── the whole of it ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_r145_story_from_a_frightened_sentence_to_an_outcome_and_back(page: Page, desk: Page, address: str) -> None:
    number = told_and_reported_by_one_press(page, desk, address)
    taken_and_said_so(page, desk, number)
    spoken_of_in_both_directions(page, desk, number)
    evidence_is_a_download_only(desk, address, number)

    button(opened(desk, number), "resolve").click()
    send(form(desk, "resolve"), text=" ")
    expect(desk.locator("dialog .error")).to_be_visible()
    sends(desk, "resolve", text=OUTCOME)
    expect(shown(page, "outcome", f"Poikkeama {number}")).to_contain_text(OUTCOME)
    state = shown(page, "state", f"Ilmoitus {number}")
    expect(state).to_contain_text(OUTCOME)
    button(state, "reopen").click()
    sends(page, "reopen", text=AGAIN)
    shown(page, "told", f"Poikkeama {number} avattiin uudelleen")
    again = shown(desk, "alert", f"Poikkeama {number} avattiin uudelleen")
    expect(again).not_to_contain_text(AGAIN)
    button(again, "take").click()
    expect(opened(desk, number)).to_contain_text(AGAIN)
    expect(shown(page, "state", f"Ilmoitus {number}")).to_contain_text(MANAGER)


def told_and_reported_by_one_press(page: Page, desk: Page, address: str) -> str:
    """First aid, each line with its source, before anything is reported; then one press. Gives the case's number."""
    act_as(page, address, LIBRARIAN)
    expect(desk.locator("#log[data-shown]")).to_be_attached()
    before = desk.locator('.bubble[data-card="incidents/alert"]').count()
    counts(page)
    writes(page, FRIGHTENED)
    offer = shown(page, "offer")
    lines = offer.locator("li").all_inner_texts()
    assert 0 < len(lines) <= 5
    assert [line for line in lines if not re.search(r"\((ohje\b|muu neuvo: \S).*\)$", line)] == []
    expect(offer.locator(".said")).to_contain_text(FRIGHTENED)
    none_of(page, "state")
    expect(desk.locator('.bubble[data-card="incidents/alert"]')).to_have_count(before)
    button(offer, "report", "both").click()
    state = shown(page, "state")
    assert presses(page) == 1
    for told in (MANAGER, "Esihenkilö, kirjasto"):
        expect(state).to_contain_text(told)
    return number_of(state)


def taken_and_said_so(page: Page, desk: Page, number: str) -> None:
    """The IT manager is told number and kind alone, opens it and takes it; who reported it reads who has it and since."""
    alert = shown(desk, "alert", f"poikkeama {number}: uhkaus")
    for kept in ("facebook", "Kirjastonhoitaja"):
        expect(alert).not_to_contain_text(kept)
    button(alert, "show").click()
    expect(shown(desk, "case", f"Poikkeama {number}:")).to_contain_text(FRIGHTENED)
    button(alert, "take").click()
    shown(desk, "told", f"Poikkeama {number} on nyt sinulla")
    expect(button(alert, "take")).to_have_count(0)
    since = re.compile(rf"Käsittelijä: {MANAGER}, otettu käsittelyyn \d+\.\d+\.\d{{4}} klo \d+\.\d\d")
    expect(shown(page, "state", f"Ilmoitus {number}")).to_contain_text(since)
    expect(shown(page, "note", f"Poikkeama {number} on otettu")).to_contain_text(MANAGER)


def spoken_of_in_both_directions(page: Page, desk: Page, number: str) -> None:
    """The IT manager asks by a form, and is answered by a form with a picture, and by words."""
    button(opened(desk, number), "write").click()
    sends(desk, "write", text=QUESTION)
    expect(shown(page, "said", f"Poikkeama {number}").locator(".said")).to_contain_text(QUESTION)
    button(shown(page, "state", f"Ilmoitus {number}"), "write").click()
    written = form(page, "write")
    written.locator("[type=file]").set_input_files({"name": "kommentti.png", "mimeType": "image/png", "buffer": PICTURE})
    sends(page, "write", text=ANSWER)
    heard = shown(desk, "said", ANSWER)
    expect(heard).to_contain_text("kommentti.png")
    writes(page, f"viesti {number}: {REPORTED}")
    shown(desk, "said", REPORTED)


def evidence_is_a_download_only(desk: Page, address: str, number: str) -> None:
    """The case shows the file's name and checksum and nothing of the file; where it lies, it can only be saved."""
    case = opened(desk, number)
    expect(case).to_contain_text(f"kommentti.png, {len(PICTURE)} tavua, SHA-256 {SHA256}")
    expect(desk.locator("#messages img, #messages iframe, #messages object, #messages a[href*=todiste]")).to_have_count(0)
    place = f"{address}/todiste/{number}/{SHA256}"
    with desk.expect_popup() as opening:
        button(case, "document").click()
    document = opening.value
    expect(document.locator("body")).to_contain_text(SHA256)
    expect(document.locator("img, iframe, object, embed, script")).to_have_count(0)
    link = document.locator("a")
    expect(link).to_have_attribute("href", re.compile(rf"^/todiste/{number}/{SHA256}"))
    with document.expect_download() as saved:
        link.click()
    assert saved.value.suggested_filename == "kommentti.png"
    assert saved.value.path().read_bytes() == PICTURE
    document.close()
    headers = desk.request.get(f"{place}?as={IT_MANAGER}").headers
    assert headers["content-disposition"].startswith("attachment"), "also where somebody opens the address itself"
    assert "sandbox" in headers["content-security-policy"]
    assert desk.request.get(f"{place}?as={COLLEAGUE}").status == 404


# ── the ways to a report, counted in presses ────────────────────────────────────────────────────────────────────────


def test_r145_from_the_button_in_the_header_a_report_is_three_presses_and_one_field(page: Page, address: str) -> None:
    act_as(page, address, "department-secretary")
    counts(page)
    page.locator('.report[data-action="incidents/begin"]').click()
    button(shown(page, "start"), "choose", "phishing").click()
    report = form(page, "report")
    aid = report.locator(".intro").inner_text()
    assert 0 < aid.count("•") <= 5
    assert len(re.findall(r"\((?:ohje\b|muu neuvo: \S)", aid)) == aid.count("•")
    none_of(page, "state")
    assert report.locator("[required]").evaluate_all("fields => fields.map(field => field.name)") == ["text"]
    expect(report.locator("[name=text]")).to_be_focused()
    sends(page, "report", text="Sain oudon viestin.")
    expect(shown(page, "state")).to_contain_text(MANAGER)
    assert presses(page) == 3


def test_r145_typed_words_report_at_once_without_any_press(page: Page, desk: Page, address: str) -> None:
    act_as(page, address, "municipal-secretary")
    counts(page)
    writes(page, f"ilmoita {CLICKED}")
    state = shown(page, "state")
    assert presses(page) == 0
    assert state.locator("li").count() <= 5, "the first aid comes with it"
    alert = shown(desk, "alert", f"poikkeama {number_of(state)}: kalastelu")
    expect(alert).not_to_contain_text("outoa")


def test_words_that_were_not_reported_are_dropped_by_one_press(page: Page, address: str) -> None:
    act_as(page, address, "communications-specialist")
    writes(page, FRIGHTENED)
    button(shown(page, "offer"), "drop").click()
    shown(page, "told")
    none_of(page, "state", "offer")
    expect(page.locator("#messages .said")).to_have_count(0)


# ── nobody takes it ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("taker", "other"), [(DEPUTY, ABOVE), (ABOVE, DEPUTY)])
def test_r146_what_nobody_takes_climbs_and_whoever_it_came_to_takes_it(
    hurried: str, page: Page, taker: str, other: str
) -> None:
    number = reported(page, hurried)
    act_as(page, hurried, taker)
    none_of(page, "alert")
    moves_clock(page, "4h")
    alert = shown(page, "alert", "minuuttia")
    expect(alert).to_contain_text(f"oikkeamaa {number} ei ole vielä otettu käsittelyyn: kalastelu")
    expect(alert).not_to_contain_text("outoa")
    button(alert, "take").click()
    shown(page, "told", f"Poikkeama {number} on nyt sinulla")
    expect(opened(page, number)).to_contain_text(CLICKED)

    for late in (other, IT_MANAGER):
        act_as(page, hurried, late)
        shown(page, "alert", NAMES[taker])
    act_as(page, hurried, other)
    writes(page, f"otan poikkeaman {number}")
    expect(shown(page, "late", f"Poikkeama {number}")).to_contain_text(NAMES[taker])
    act_as(page, hurried, EMPLOYEE)
    climbed = shown(page, "note", f"Poikkeamaa {number}")
    for told in NAMES.values():
        expect(climbed).to_contain_text(told)
    expect(shown(page, "state", f"Ilmoitus {number}")).to_contain_text(f"Käsittelijä: {NAMES[taker]}")


# ── the clock of the law ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_of_the_law_counts_down_drafts_the_notice_and_ends_with_a_persons_decision(
    hurried: str, page: Page
) -> None:
    number, case = taken(page, hurried)
    button(case, "law").click()
    law = shown(page, "law", f"Poikkeama {number}")
    expect(law).to_contain_text("2016/679")
    button(law, "clock", "gdpr").click()
    asked = form(page, "clock")
    for name in ("day", "time"):
        assert asked.locator(f"[name={name}]").input_value(), "it counts from the report, unless somebody says otherwise"
    send(asked, time="25:00")
    expect(asked.locator("#time-error")).to_be_visible()
    page.keyboard.press("Escape")
    button(law, "clock", "gdpr").click()
    sends(page, "clock")
    before = hours_left(shown(page, "law", " asti"))
    assert before in (71, 72)
    moves_clock(page, "1d")
    writes(page, f"määräajat {number}")
    expect(page.locator('.bubble[data-card="incidents/law"]').filter(has_text=" asti")).to_have_count(2)
    running = shown(page, "law", " asti")
    assert hours_left(running) in (before - 24, before - 25)

    button(running, "notice", "gdpr").click()
    draft = shown(page, "notice", f"poikkeama {number}")
    for told in ("Tuusulan kunta", CLICKED, "kalastelu", "["):
        expect(draft).to_contain_text(told)
    moves_clock(page, "1d")
    expect(shown(page, "note", f"Poikkeama {number}: lain määräaika")).to_contain_text("Päätöksen tekee ihminen")

    button(running, "unneeded", "gdpr").click()
    send(form(page, "unneeded"), text="")
    expect(page.locator("dialog .error")).to_be_visible()
    sends(page, "unneeded", text="Vain julkisia tietoja.")
    expect(opened(page, number)).to_contain_text("Vain julkisia tietoja.")
    button(running, "noticed", "gdpr").click()
    shown(page, "told", f"on jo kirjattu poikkeamaan {number}")


def hours_left(law: Locator) -> int:
    """The countdown of a running clock."""
    found = re.search(r"(\d+) tuntia, \d", law.inner_text())
    assert found, law.inner_text()
    return int(found[1])


# ── who it does not concern ─────────────────────────────────────────────────────────────────────────────────────────


def test_r148_a_colleague_sees_nothing_of_it_whatever_they_try(page: Page, address: str) -> None:
    number = reported(page, address, "klikkasin outoa linkkiä kirjaston facebookissa")
    act_as(page, address, COLLEAGUE)
    for text in (f"poikkeama {number}", "poikkeama 999"):
        writes(page, text)
        expect(page.locator('.bubble[data-card="incidents/refused"]')).to_have_count(1 if number in text else 2)
    theirs, nobodys = page.locator('.bubble[data-card="incidents/refused"]').all_inner_texts()
    assert theirs == nobodys, "not even that it is there"
    writes(page, "poikkeamat")
    shown(page, "list")
    writes(page, f"otan poikkeaman {number}")
    expect(page.locator('.bubble[data-card="incidents/refused"]')).to_have_count(3)
    expect(page.locator(".bubble.bot").filter(has_text=re.compile("facebook|kalastelu"))).to_have_count(0)
    for path in (f"tapaus/{number}", f"todiste/{number}/{SHA256}"):
        assert page.request.get(f"{address}/{path}?as={COLLEAGUE}").status == 404
    assert page.request.get(f"{address}/tapaus/{number}?as={IT_MANAGER}").status == 200
    asking = f"as={COLLEAGUE}&conversation=web:dm:{EMPLOYEE}"
    assert page.request.get(f"{address}/messages?{asking}").status == 404


# ── by the keyboard, on a phone, in both looks ──────────────────────────────────────────────────────────────────────


def test_it_is_reported_taken_and_resolved_by_the_keyboard_alone(page: Page, address: str) -> None:
    act_as(page, address, "official")
    page.keyboard.type(FRIGHTENED)
    page.keyboard.press("Enter")
    tab_to(page, button(shown(page, "offer"), "report", "both"), "Shift+Tab")
    page.keyboard.press("Enter")
    number = number_of(shown(page, "state"))

    act_as(page, address, IT_MANAGER)
    tab_to(page, button(shown(page, "alert", f"poikkeama {number}:"), "take"), "Shift+Tab", most=200)
    page.keyboard.press("Enter")
    shown(page, "told", f"Poikkeama {number} on nyt sinulla")
    page.locator("#text").focus()
    page.keyboard.type(f"poikkeama {number}")
    page.keyboard.press("Enter")
    tab_to(page, button(shown(page, "case", f"Poikkeama {number}:"), "resolve"), "Shift+Tab", most=40)
    page.keyboard.press("Enter")
    expect(form(page, "resolve").locator("textarea")).to_be_focused()
    page.keyboard.type(OUTCOME)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shown(page, "told", f"Poikkeama {number} on päätetty")


def test_the_form_is_filled_in_by_the_keyboard_and_closing_it_leads_back_to_its_button(page: Page, address: str) -> None:
    act_as(page, address, "communications-manager")
    tab_to(page, page.locator(".report"), "Shift+Tab", most=60)
    page.keyboard.press("Enter")
    kind = button(shown(page, "start"), "choose", "malware")
    tab_to(page, kind, most=60)
    page.keyboard.press("Enter")
    expect(form(page, "report").locator("[name=text]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(kind).to_be_focused()
    page.keyboard.press("Enter")
    expect(form(page, "report").locator("[name=text]")).to_be_focused()
    page.keyboard.type("Kone alkoi toimia oudosti.")
    tab_to(page, page.locator("dialog [name=kind]:checked"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.locator("dialog [type=submit]"))
    page.keyboard.press("Enter")
    expect(shown(page, "state")).to_contain_text("uhkaus")


def test_on_a_phone_everything_fits_and_can_be_hit(phone: Page, address: str) -> None:
    writes(phone, f"{FRIGHTENED} https://pahis.example.net/{'x' * 120}")
    offer = shown(phone, "offer", "pahis")
    fits_and_can_be_hit(phone, offer)
    button(offer, "form").click()
    reaches_its_end(phone, form(phone, "report"))
    phone.locator("dialog [data-cancel]").click()
    before = phone.locator('.bubble[data-card="incidents/state"]').count()
    button(offer, "report", "both").click()
    expect(phone.locator('.bubble[data-card="incidents/state"]')).to_have_count(before + 1)
    state = shown(phone, "state")
    fits_and_can_be_hit(phone, state)
    number = number_of(state)
    requested = Requested(phone, address)
    sent = phone.request.post(
        f"{address}/files?as=employee&conversation=web:dm:employee&name=kuva.png", data=PICTURE,
        headers={"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    assert sent.ok
    files = f'[{{"source": "web:{SHA256}", "name": "kuva.png", "size": {len(PICTURE)}}}]'
    requested.post("submit", form="incidents/write", record=f"incidents/{number}", values={"text": "", "files": files})

    act_as(phone, address, IT_MANAGER)
    fits_and_can_be_hit(phone, shown(phone, "alert", f"poikkeama {number}:"))
    writes(phone, f"otan poikkeaman {number}")
    case = opened(phone, number)
    expect(case).to_contain_text(SHA256)
    fits_and_can_be_hit(phone, case)
    button(case, "manage").click()
    reaches_its_end(phone, form(phone, "manage"))
    phone.locator("dialog [data-cancel]").click()
    button(case, "law").click()
    fits_and_can_be_hit(phone, shown(phone, "law", f"Poikkeama {number}"))


def fits_and_can_be_hit(phone: Page, card: Locator) -> None:
    """The card is as wide as the phone, and each of its buttons can be scrolled to and hit."""
    assert fits(phone)
    assert card.evaluate("c => c.scrollWidth <= c.clientWidth")
    for pressed in card.locator("button").all():
        pressed.scroll_into_view_if_needed()
        expect(pressed).to_be_in_viewport(ratio=0.9)
        box = pressed.bounding_box()
        assert box
        assert box["height"] >= 24, "WCAG 2.2 asks for targets of 24 pixels"


def reaches_its_end(phone: Page, dialog: Locator) -> None:
    """The form is as wide as the phone, and its buttons can be scrolled to."""
    assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth")
    for reached in (dialog.locator("[type=submit]"), dialog.locator("[data-cancel]")):
        reached.evaluate("wanted => wanted.scrollIntoView({ block: 'center' })")
        expect(reached).to_be_in_viewport(ratio=1)
    assert fits(phone)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_text_of_a_case_and_of_its_forms_stands_out_from_its_ground(page: Page, address: str, look: str) -> None:
    number = reported(page, address)
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    stands_out(shown(page, "state", f"Ilmoitus {number}"), 8)
    page.locator(".report").click()
    start = shown(page, "start")
    stands_out(start, 10)
    button(start, "choose", "threat").click()
    send(form(page, "report"), text="")
    expect(page.locator("dialog .error:visible")).to_have_count(1)
    stands_out(page.locator("dialog"), 25)

    act_as(page, address, IT_MANAGER)
    page.evaluate("look => { document.documentElement.dataset.look = look }", look)
    stands_out(shown(page, "alert", f"oikkeama {number}:"), 4)
    writes(page, f"otan poikkeaman {number}")
    case = opened(page, number)
    stands_out(case, 10)
    for action, least in (("manage", 25), ("resolve", 5), ("write", 6)):
        button(case, action).click()
        stands_out(form(page, action), least)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
    button(case, "law").click()
    stands_out(shown(page, "law", f"Poikkeama {number}"), 8)


LABELLED = """dialog => [...dialog.querySelectorAll("input, textarea")].filter(e => ![...e.labels].some(l =>
    l.innerText.trim())).map(e => e.outerHTML)"""
DESCRIBED = """dialog => [...dialog.querySelectorAll("[aria-describedby]")].flatMap(e =>
    e.getAttribute("aria-describedby").split(" ")).filter(id => !document.getElementById(id)?.innerText.trim())"""


def test_every_field_of_the_forms_has_a_label_and_its_error_is_read_with_it(page: Page, address: str) -> None:
    _, case = taken(page, address)
    for action in ("manage", "resolve", "write"):
        button(case, action).click()
        assert unlabelled(form(page, action)) == ([], [])
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
    page.locator(".report").click()
    button(shown(page, "start"), "choose", "unknown").click()
    report = form(page, "report")
    assert unlabelled(report) == ([], [])
    send(report, text="")
    wrong = report.locator("[aria-invalid]")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-describedby", re.compile("text-error"))
    assert unlabelled(report) == ([], [])


def unlabelled(dialog: Locator) -> tuple[list[str], list[str]]:
    """The fields without a label, and the descriptions that are not there."""
    return dialog.evaluate(LABELLED), dialog.evaluate(DESCRIBED)
