"""What the request for an account notices in its answers: addresses, measures, audiences, hours, days and lists."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.accounts.checks import counts_only_audience, day, hours, lines, mailbox_kind, young_audience

DOMAINS = ("tuusula.fi", "kulttuuri.example")
PERSONAL = {"Etunimi.Info@tuusula.fi", "esukunimi@tuusula.fi"}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("kirjasto@tuusula.fi", "role"),
        ("  KIRJASTO@Tuusula.FI ", "role"),
        ("some.kirjasto@tuusula.fi", "role"),
        ("some.tuusula@tuusula.fi", "role"),
        ("hyrylan.kirjasto@tuusula.fi", "role"),
        ("kirjastopalvelut.tuusula@tuusula.fi", "role"),
        ("jokelan.lähikirjasto@tuusula.fi", "role"),
        ("riihikallion.koulu@edu.tuusula.fi", "role"),
        ("viestintä.tuusula@tuusula.fi", "role"),
        ("jokelan.päiväkoti@tuusula.fi", "role"),
        ("viestinnan.some@tuusula.fi", "role"),
        ("nuoriso.palvelut@tuusula.fi", "role"),
        ("hyvinvointi.ja.kulttuuri@tuusula.fi", "role"),
        ("museot@kulttuuri.example", "role"),
        ("it.tuki@tuusula.fi", "role"),
        ("avoin.paivakerho@tuusula.fi", "role"),
        ("kunnan.johtaja@tuusula.fi", "role"),
        ("nuoriso-2027@tuusula.fi", "role"),
        ("halosenniemi@tuusula.fi", "role"),
        ("a.b.c.d@tuusula.fi", "role"),
        ("atk@edu.tuusula.fi", "role"),
        ("atk@tuusula.fi", "example"),
        (" ATK@tuusula.fi", "example"),
        ("etunimi.sukunimi@tuusula.fi", "personal_work"),
        ("Etunimi.Sukunimi@TUUSULA.FI", "personal_work"),
        ("etunimi.sukunimi@edu.tuusula.fi", "personal_work"),
        ("etunimi.toinen.sukunimi@tuusula.fi", "personal_work"),
        ("etu-nimi.sukunimi-äö@tuusula.fi", "personal_work"),
        ("etunimi.sukunimi+some@tuusula.fi", "personal_work"),
        ("e.sukunimi@tuusula.fi", "personal_work"),
        ("etunimi.somersuku@tuusula.fi", "personal_work"),
        ("etunimi.itsuku@tuusula.fi", "personal_work"),
        ("etunimi.info@tuusula.fi", "personal_work"),  # the directory's own
        ("esukunimi@tuusula.fi", "personal_work"),
        ("etunimi.sukunimi@gmail.example", "private"),
        ("kirjasto@gmail.example", "private"),
        ("kirjasto@eviltuusula.fi", "private"),
        ("kirjasto@tuusula.fi.example.org", "private"),
        ("atk@tuusula.example", "private"),
        ("", "not_an_address"),
        ("kirjasto", "not_an_address"),
        ("kirjasto@", "not_an_address"),
        ("@tuusula.fi", "not_an_address"),
        ("kirjasto@tuusula", "not_an_address"),
        ("kirjasto @tuusula.fi", "not_an_address"),
        ("kirjasto@tuusula.fi, museo@tuusula.fi", "not_an_address"),
        ("a@b@tuusula.fi", "not_an_address"),
        (".kirjasto@tuusula.fi", "not_an_address"),
        ("kir..jasto@tuusula.fi", "not_an_address"),
    ],
)
def test_r64_r136_r138_the_mailbox_of_an_account_is_a_role_mailbox(address: str, kind: str) -> None:
    assert mailbox_kind(address, DOMAINS, PERSONAL) == kind


def test_r64_the_address_in_the_guideline_is_an_example_wherever_the_bot_is_used() -> None:
    assert mailbox_kind("atk@tuusula.fi", ("muu.example",), ()) == "example"


def test_r137_without_municipal_domains_every_address_is_private() -> None:
    assert mailbox_kind("kirjasto@tuusula.fi", (), PERSONAL) == "private"


AUDIENCE_ONLY = """
seuraaja
seuraajat
Seuraajien määrä
seuraajamäärä
Seuraajamäärän kasvu
seuraajien lukumäärä
1000 seuraajaa
yli 1 000 seuraajaa
1000+ seuraajaa vuoden loppuun mennessä
uusia seuraajia kuukaudessa
vähintään 20 uutta seuraajaa viikossa
Seuraajamäärä kasvaa 10 % vuodessa
Tavoitteena 500 seuraajaa
Seuraajien määrän tavoite on 500
seuraajien määrä lisääntyy
seuraajien kokonaismäärä
seuraajien kuukausittainen kasvu
Seuraamme seuraajien määrää
seuraajamäärän seuranta
Instagram-seuraajat
instaseuraajien määrä
Kirjaston tilin seuraajat Facebookissa
Facebook-sivun tykkääjät
tykkääjiä 500
tykkäykset
tykkäysten määrä
tykkäyksiä per julkaisu
julkaisujen tykkäykset
Tykkäysten lukumäärä sivulla
tykkäysten ja seuraajien määrä
seuraajat, tykkääjät ja jäsenet
sivutykkäykset
peukut
laikkien määrä
followerit
followereita 300
jäsenmäärä
Ryhmän jäsenten määrä
jäseniä ryhmässä 200
uudet jäsenet
tilaajat
tilaajamäärä
YouTube-kanavan tilaajien määrä
fanit
fanien määrä
Kuinka moni seuraa meitä Instagramissa
kuinka moni tykkää sivusta
montako seuraajaa meillä on
Viestinnän tilin seuraajat
Seuraajia enemmän kuin naapurikunnalla
ryhmään liittyneet jäsenet
seuraajien nettolisäys
Seuraajamäärä nousee sataan ensimmäisen puolen vuoden aikana
Reels-videoiden tykkäykset
jäsenten tykkäykset
Tuusulalaisten seuraajien määrä
följare
antal följare
antalet nya följare per månad
gillamarkeringar
gillare
medlemmar i gruppen
prenumeranter
followers
number of followers
follower count
likes per post
500 likes
group members
new subscribers a month
"""
NOT_ONLY = """
kommentit
Kommenttien määrä
keskustelun laatu
jaot
vierailut verkkosivulla
kävijät tapahtumissa
tapahtumien osallistujat
asukkaiden palaute
vastausaika
tavoittavuus
klikkaukset
kysely asukkaille
sitoutuminen
ilmoittautumiset kursseille
seuraajat ja kommentit
Seuraajien kommentit
seuraajien tyytyväisyys
seuraajien sitoutuminen
Seuraajien aktiivisuus
seuraajien kysymykset ja niihin vastaaminen
seuraajien ikäjakauma
seuraajien kotipaikka
seuraajien keskustelun laatu
Kuinka moni seuraaja osallistuu tapahtumaan
seuraajista tapahtumaan ilmoittautuneet
tykkäysten ja kommenttien määrä
tykkäykset, jaot ja kommentit
tykkäyksiä ja jakoja yhteensä
Tykkäysten suhde tavoitettuihin
jäsenten keskustelunavaukset
Ryhmän jäsenten aktiivisuus
ryhmän jäsenten viestit
Jäsenkysely
tilaajien avaamat uutiskirjeet
seuraajien yhteydenotot
Seuraamme palautteen määrää
seuranta
Palautteen seuranta
seuraava vuosi
seuraavat askeleet
Seuraavan vuoden kävijämäärä
asioiden jäsentely
jäsennelty palaute
jäsentää toimintaa
tilaisuudet
tilaukset verkkokaupasta
julkaisujen määrä
julkaisujen määrä ja seuraajat
sisältöjen katselukerrat
videoiden katselut ja tilaajat
asiakaspalvelun laatu
kirjaston lainat
liikenne verkkosivuille
likaisuus
fantasiakirjojen lainat
vuorovaikutus
Instagramin näyttökerrat
tallennukset ja tykkäykset
seuraajat suosittelevat meitä
seuraajat tuntevat palvelumme
nuorten mukaan tulo toimintaan, seuraajat
seuraajien antama palaute
mediaosumat ja seuraajat
kommentarer och delningar
följarnas kommentarer
följare och räckvidd
vi följer responsen
ungefär 20 besök
medlemmarnas frågor
comments and shares
followers and comments
follower engagement
reach
things people like
feedback from members
response time
"""


def phrases(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("measure", phrases(AUDIENCE_ONLY))
def test_r69_counts_of_followers_likes_and_members_alone_are_noticed(measure: str) -> None:
    assert counts_only_audience([measure])
    assert counts_only_audience([measure.upper()])


@pytest.mark.parametrize("measure", phrases(NOT_ONLY))
def test_r69_a_measure_of_what_people_do_is_enough(measure: str) -> None:
    assert not counts_only_audience([measure])
    assert not counts_only_audience(["seuraajamäärä", measure])


def test_r69_every_measure_must_count_an_audience_alone() -> None:
    assert not counts_only_audience([])
    assert not counts_only_audience(["", "  "])
    assert counts_only_audience(["seuraajamäärä", "", "tykkäykset", "ryhmän jäsenet"])
    assert counts_only_audience(["tykka\u0308ysten ma\u0308a\u0308ra\u0308"]), "as a Mac writes file names"


@pytest.mark.parametrize(
    ("text", "audience"),
    [
        ("nuoret", "young"),
        ("Tuusulan nuorille", "young"),
        ("nuorten palvelut", "young"),
        ("nuorisotyön kävijät", "young"),
        ("nuorisovaltuusto", "young"),
        ("teinit", "young"),
        ("Yläkoululaiset ja heidän huoltajansa", "young"),
        ("lukiolaiset", "young"),
        ("7.–9.-luokkalaiset", "young"),
        ("nuoret aikuiset", "young"),
        ("13–17-vuotiaat tuusulalaiset", "young"),
        ("15-29-vuotiaille", "young"),
        ("yli 12-vuotiaat", "young"),
        ("ungdomar", "young"),
        ("unga i Tusby", "young"),
        ("young people", "young"),
        ("Youth of the municipality", "young"),
        ("teenagers", "young"),
        ("lapset", "children"),
        ("Lasten kulttuuri", "children"),
        ("lapsille ja nuorille", "children"),
        ("lastenkirjaston asiakkaat", "children"),
        ("alakoululaiset", "children"),
        ("ala- ja yläkoululaiset", "children"),
        ("koulun oppilaat", "children"),
        ("oppilaita", "children"),
        ("1.–6.-luokkalaiset", "children"),
        ("alle kouluikäiset", "children"),
        ("pikkulapset", "children"),
        ("skolelever", "children"),
        ("päiväkoti", "children"),
        ("Päiväkodin arki", "children"),
        ("päiväkotilaiset", "children"),
        ("eskarilaisille", "children"),
        ("varhaiskasvatuksen perheet", "children"),
        ("7-12-vuotiaat", "children"),
        ("alle 13-vuotiaat", "children"),
        ("lapset ja vanhemmat", "children"),
        ("lapsiperheet ja heidän lapsensa", "children"),
        ("barn och unga", "children"),
        ("barnens bibliotek", "children"),
        ("children and youth", "children"),
        ("kids", "children"),
        ("", ""),
        ("opiskelijat", ""),
        ("oppilaitokset", ""),
        ("lasten vanhempainilta", ""),
        ("luokanopettajat", ""),
        ("kaikki asukkaat", ""),
        ("nuorekas ilme", ""),
        ("nuorekkaat aikuiset", ""),
        ("nuorentava joogatunti", ""),
        ("lapsiperheet", ""),
        ("Lapsiperheille", ""),
        ("vanhemmat", ""),
        ("lasten vanhemmat", ""),
        ("alakoululaisten huoltajat", ""),
        ("lasten ja nuorten vanhemmat", ""),
        ("vanhempi väestö, yli 65-vuotiaat", ""),
        ("25–40-vuotiaat", ""),
        ("yli 18-vuotiaat", ""),
        ("ungefär alla", ""),
        ("barnfamiljer", ""),
        ("barnbarnens mor- och farföräldrar", ""),
        ("families with children", ""),
        ("parents of children", ""),
        ("kidney patients", ""),
    ],
)
def test_r63_r76_an_audience_of_children_or_young_people_is_noticed(text: str, audience: str) -> None:
    assert young_audience(text) == audience
    assert young_audience(text.upper()) == audience


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4.0),
        (" 4 h ", 4.0),
        ("4h", 4.0),
        ("4 t", 4.0),
        ("4,5 tuntia viikossa", 4.5),
        ("4.5 tuntia/viikko", 4.5),
        ("1 tunti", 1.0),
        ("noin 4 tuntia", 4.0),
        ("n. 4 tuntia", 4.0),
        ("~4 h/vko", 4.0),
        ("n 4h", 4.0),
        ("alle 5 h", 5.0),
        ("4 hrs/week", 4.0),
        ("4 h / vk", 4.0),
        ("Vähintään 4 tuntia viikossa.", 4.0),
        ("2-3 h", 3.0),
        ("2 – 3 tuntia", 3.0),
        ("1,5–2,5", 2.5),
        ("3-2 h", 3.0),
        ("ca 4 timmar i veckan", 4.0),
        ("1 timme per vecka", 1.0),
        ("about 4 hours a week", 4.0),
        ("1 hour per week", 1.0),
        ("0,5", 0.5),
        ("½ h", 0.5),
        ("1½ tuntia", 1.5),
        ("80", 80.0),
        ("80,5", None),
        ("0", None),
        ("0 h", None),
        ("0-0 h", None),
        ("-4", None),
        ("", None),
        ("neljä", None),
        ("paljon", None),
        ("4 h päivässä", None),
        ("4 tuntia kuukaudessa", None),
        ("30 min", None),
        ("4:30", None),
        ("4 % työajasta", None),
        ("2-3-4", None),
        ("1.000", None),
        ("1e1", None),
        ("nan", None),
        ("٤", None),
        ("²", None),
        ("4 tai 5", None),
    ],
)
def test_r49_the_hours_of_a_week_are_read(text: str, number: float | None) -> None:
    assert hours(text) == number


TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-06-01", date(2027, 6, 1)),
        ("1.6.2027", date(2027, 6, 1)),
        (" 01.06.2027 ", date(2027, 6, 1)),
        ("1. 6. 2027", date(2027, 6, 1)),
        ("1.6.27", date(2027, 6, 1)),
        ("1.6.", date(2026, 6, 1)),
        ("1.6", date(2026, 6, 1)),
        ("31.5.", date(2027, 5, 31)),
        ("2.6.", date(2026, 6, 2)),
        ("29.2.", date(2028, 2, 29)),
        ("ma 1.6.2026", date(2026, 6, 1)),
        ("tiistaina 1.6.2027.", date(2027, 6, 1)),
        ("keskiviikko 2.6.", date(2026, 6, 2)),
        ("1/6/2027", date(2027, 6, 1)),
        ("13/6/2027", date(2027, 6, 13)),
        ("1. kesäkuuta 2027", date(2027, 6, 1)),
        ("31. toukokuuta", date(2027, 5, 31)),
        ("1 juni 2027", date(2027, 6, 1)),
        ("1 June 2027", date(2027, 6, 1)),
        ("1 maj 2027", date(2027, 5, 1)),
        ("1.5.2020", date(2020, 5, 1)),
        ("6/13/2027", None),
        ("31.6.2027", None),
        ("29.2.2027", None),
        ("30.2.", None),
        ("0.6.2027", None),
        ("1.13.", None),
        ("2027-13-01", None),
        ("2027", None),
        ("1.6.227", None),
        ("1.6.0027", None),
        ("kesällä", None),
        ("1 kissakuuta 2027", None),
        ("1 junat 2027", None),
        ("kesäkuu 2027", None),
        ("1.6.2027 tai myöhemmin", None),
        ("4,5", None),
        ("1/6", None),
        ("", None),
        ("١.٦.٢٠٢٧", None),
    ],
)
def test_a_day_is_read_as_it_is_written_in_finland(text: str, expected: date | None) -> None:
    assert day(text, TODAY) == expected


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.dates())
def test_every_day_is_read_in_each_of_its_forms(when: date, today: date) -> None:
    for form in (when.isoformat(), f"{when:%d.%m.%Y}", f"{when.day}.{when.month}.{when.year}", f"{when:%d/%m/%Y}"):
        assert day(form, today) == when


@given(st.dates(max_value=date(9980, 1, 1)), st.dates())
def test_a_day_without_a_year_is_the_next_one(today: date, when: date) -> None:
    found = day(f"{when.day}.{when.month}.", today)
    assert found is not None
    assert found >= today
    assert (found.day, found.month) == (when.day, when.month)
    if (when.day, when.month) != (29, 2):
        assert found - today <= timedelta(days=366)


def test_at_the_end_of_time_there_is_no_next_day() -> None:
    assert day("30.12.", date.max) is None


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        (" \n \n", ()),
        ("kommentit", ("kommentit",)),
        ("kommentit\njaot", ("kommentit", "jaot")),
        ("kommentit\r\n\r\n jaot ", ("kommentit", "jaot")),
        ("- kommentit\n- jaot", ("kommentit", "jaot")),
        ("• kommentit\n•jaot", ("kommentit", "jaot")),
        ("* kommentit\n– jaot", ("kommentit", "jaot")),
        ("1. kommentit\n2. jaot", ("kommentit", "jaot")),
        ("1) kommentit\n12) jaot", ("kommentit", "jaot")),
        ("kommentit; jaot ;; palaute;", ("kommentit", "jaot", "palaute")),
        ("- kommentit; - jaot", ("kommentit", "jaot")),
        ("kommentit; jaot\npalaute", ("kommentit; jaot", "palaute")),
        ("kommentit; jaot\n", ("kommentit", "jaot")),
        ("-\n•\n1.\njaot", ("jaot",)),
        ("-5 % valituksia", ("-5 % valituksia",)),
        ("1.6. avajaiset", ("1.6. avajaiset",)),
        ("1000 seuraajaa", ("1000 seuraajaa",)),
        ("2027. vuosi", ("2027. vuosi",)),
        ("kommentit, jaot", ("kommentit, jaot",)),
    ],
)
def test_a_list_is_one_item_per_line(text: str, items: tuple[str, ...]) -> None:
    assert lines(text) == items


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert mailbox_kind(text, DOMAINS, PERSONAL)
    assert counts_only_audience([text]) in (True, False)
    assert young_audience(text) in ("", "young", "children")
    number = hours(text)
    assert number is None or 0 < number <= 80
    assert day(text, TODAY) is None or day(text, TODAY)
    assert all(item.strip() == item and item for item in lines(text))
