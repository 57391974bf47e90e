"""Whether the communications team's answers are found again, and only they: a table for `make bench`.

The bank's silent topics stand for curated answers: the first one or three questions of each are the answer's, the rest of
the topic are what people ask instead. A topic is wider than one question, so that its share of found ones says which
setting finds more, not how many of the real ones are found; that, the paraphrases below are for. What must not be found:
a topic's questions where its answer is not there, the guideline's questions and the intents' (each judged by a search of
the half of the bank that it is not in), and questions of the same words that ask for something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from bench.quality import lines
from knowledge.bank import Sample, parse_bank
from knowledge.curated import Bank, Curated, CuratedIndex
from knowledge.guide import Guide
from knowledge.lexicon import Lexicon
from knowledge.search import Search
from knowledge.verdict import intent_of

UNSEEN = Path(__file__).parent / "unseen" / "qa.jsonl"
PARTS = 8
WAYS = 3
"""The first questions of each of the paraphrases' answers are the answer's own; the rest are asked."""


def print_curated(guides: dict[str, Guide]) -> None:
    """Shares of questions for which the right curated answer was found, or one that is not theirs."""
    print(
        "\n| curated answers | search | of its topic: found | of another topic | of the guideline | of the intents "
        "| paraphrases: found | offered by title | other question, same words | unseen: in scope | unseen: out of scope |"
        "\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for name, guide in guides.items():
        halves = [_half(guide, side) for side in (0, 1)]
        for ways in (1, WAYS):
            shares = [*_of_bank(guide, ways, halves), *_of_paraphrases(guide, ways), *_of_unseen(guide, ways)]
            print(
                f"| {ways} question{'s' if ways > 1 else ''} each | {name} | "
                + " | ".join(f"{s:.3f}" for s in shares)
                + " |"
            )


def _of_bank(guide: Guide, ways: int, halves: Sequence[Bank]) -> list[float]:
    topics = _topics(guide)
    answers = _answers(topics, ways)
    index = guide.curated_index(answers)
    found = [_id(index, q) == topic for topic, asked in topics.items() for q in asked[ways:]]
    strange: list[bool] = []
    for part in range(PARTS):
        rest = guide.curated_index([a for i, a in enumerate(answers) if i % PARTS != part])
        left = [a.id for i, a in enumerate(answers) if i % PARTS == part]
        strange += [_id(rest, q) is not None for topic in left for q in topics[topic][ways:]]
    unseen = [CuratedIndex(answers, Lexicon.load(), guide.vectors, bank) for bank in halves]
    passages = {pid for d in guide.documents for pid in d.passages}
    wrong: dict[bool, list[bool]] = {True: [], False: []}
    for i, s in enumerate(guide.samples):
        if s.label not in topics:
            wrong[s.label in passages].append(_id(unseen[_side(i)], s.text) is not None)
    return [_share(found), _share(strange), _share(wrong[True]), _share(wrong[False])]


def _of_paraphrases(guide: Guide, ways: int) -> list[float]:
    by_label = _by_label(parse_bank(PARAPHRASES, "paraphrases"))
    own = {label: asked for label, asked in by_label.items() if not label.endswith("/other")}
    index = guide.curated_index(_answers(own, ways))
    found = [_id(index, q) == label for label, asked in own.items() for q in asked[WAYS:]]
    many = guide.curated_index([*_answers(own, ways), *_answers(_topics(guide), ways)])
    offered = [label in [c.id for c in many.near(q)] for label, asked in own.items() for q in asked[WAYS:]]
    other = [_id(index, q) is not None for label, asked in by_label.items() if label not in own for q in asked]
    return [_share(found), _share(offered), _share(other)]


def _of_unseen(guide: Guide, ways: int) -> list[float]:
    """What is found for unseen questions: in scope never right, out of scope often, as many are of a silent topic."""
    index = guide.curated_index(_answers(_topics(guide), ways))
    found: dict[bool, list[bool]] = {True: [], False: []}
    for line in lines(UNSEEN):
        found[bool(line["gold"])].append(index.find(line["question"], line["context"]) is not None)
    return [_share(found[True]), _share(found[False])]


def _half(guide: Guide, side: int) -> Bank:
    """What the bank knows of a half of its questions, the other half being asked."""
    topics = _topics(guide)
    known = [s for i, s in enumerate(guide.samples) if _side(i) != side]
    search = Search(
        known, guide.passage_texts(), lambda label: intent_of(label, topics), Lexicon.load(), guide.vectors
    )  # fmt: skip
    return Bank(search, [s.text for s in known], topics, Lexicon.load())


def _side(place: int) -> int:
    return int(np.random.default_rng(place).integers(2))


def _topics(guide: Guide) -> dict[str, list[str]]:
    silent = {t.id for d in guide.documents for t in d.silent}
    return {label: asked for label, asked in _by_label(guide.samples).items() if label in silent}


def _by_label(samples: Iterable[Sample]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sample in samples:
        found.setdefault(sample.label, []).append(sample.text)
    return found


def _answers(topics: dict[str, list[str]], ways: int) -> list[Curated]:
    return [Curated(label, tuple(asked[:ways]), "", "fi", "") for label, asked in topics.items()]


def _id(index: CuratedIndex, question: str) -> str | None:
    match = index.find(question)
    return match.curated.id if match else None


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks)


PARAPHRASES = """
## ai-picture
- Pitääkö tekoälyllä tehty kuva merkitä julkaisuun?
- Tarvitseeko AI-kuvasta kertoa seuraajille?
- tein kuvan tekoälyllä, pitääkö se mainita
- täytyykö tekoälykuvassa lukea että se on tekoälyn tekemä
- laitoin faceen koneen generoiman kuvan, oisko pitäny merkata se jotenki
- sv: Måste AI-genererade bilder märkas i våra inlägg?
## ai-picture/other
- Millä ohjelmalla kuvia voi tehdä tekoälyllä?
- Kuka omistaa tekoälyllä tehdyn kuvan?
- Pitääkö koiran kuva merkitä julkaisuun?
- Pitääkö kuvaajan nimi merkitä julkaisuun?
## close-account
- Miten yksikön some-tili suljetaan?
- Kuinka vanha Facebook-sivu poistetaan käytöstä?
- Kuka lopettaa tilin, jota ei enää tarvita?
- meidän insta on turha, miten se lakkautetaan
- Haluaisimme lopettaa nuorisotalon Facebook-sivun. Miten toimitaan?
- en: How do we shut down a social media account we no longer need?
## close-account/other
- Kuka on avannut vanhan Facebook-sivumme?
- Miten yksikön some-tili perustetaan?
- Miten yksikön some-tili nimetään?
- Kuinka vanha Facebook-tili pitää olla?
## giveaway
- Saako kunnan tilillä järjestää arvonnan?
- Voiko yksikkö arpoa palkintoja seuraajille?
- Onko somearvonta sallittu?
- saadaanko arpoa leffaliput instassa
- voiks kirjasto järkätä arvonnan facessa
- sv: Får vi ordna en utlottning på Facebook?
## giveaway/other
- Mistä arvonnan palkinnot ostetaan?
- Voinko osallistua kunnan arvontaan, jos olen itse töissä täällä?
- Saako kunnan tilillä järjestää äänestyksen?
- Voiko yksikkö lähettää uutiskirjeitä seuraajille?
## subtitles
- Pitääkö videot tekstittää?
- Tarvitseeko Instagram-videossa olla tekstitys?
- Onko tekstitys pakollinen somevideoissa?
- onko pakko laittaa tekstitykset joka videoon
- pitääks meiän reelseissä olla tekstit alla
- en: Do our videos need subtitles?
## subtitles/other
- Kuka tekee tekstitykset valtuuston videoihin?
- Kuinka pitkä video saa olla?
- Pitääkö videot arkistoida?
- Pitääkö videot tallentaa?
- Tarvitseeko Instagram-videossa olla musiikkia?
## logo
- Mistä saan kunnan logon?
- Mistä löytyy vaakuna sähköisessä muodossa?
- Missä logotiedostot ovat?
- tarttisin kunnan logon, mistä sen saa
- Mistä voi ladata kunnan tunnuksen kuvatiedostona?
- en: Where can I download the municipality's logo?
## logo/other
- Saako kunnan logoa muokata?
- Saako yhdistys käyttää kunnan logoa?
- Mistä saan kunnan puhelimen?
- Mistä saan kunnan kahvimukin?
- Missä säännöt ovat?
## two-factor
- Onko kaksivaiheinen tunnistautuminen pakollinen kunnan tileillä?
- Pitääkö tilillä olla kaksivaiheinen kirjautuminen päällä?
- Täytyykö 2FA ottaa käyttöön?
- pakko laittaa kaksivaiheinen tunnistus instaan?
- vaaditaanko kirjautumiseen myös koodi puhelimesta
- sv: Är tvåfaktorsautentisering obligatorisk för våra konton?
## two-factor/other
- Kenen puhelimeen kaksivaiheisen tunnistautumisen koodi tulee?
- kaksivaiheinen tunnistautuminen ei toimi, kuka auttaa
- Onko koulutus pakollinen kunnan tileillä?
- Pitääkö tilillä olla kansikuva päällä?
## whatsapp-team
- Saako työyhteisöllä olla WhatsApp-ryhmä?
- Voiko tiimi viestiä keskenään WhatsAppissa?
- Onko henkilökunnan WhatsApp-ryhmä sallittu?
- saadaanko tehdä porukalle wapp-ryhmä työasioita varten
- Voimmeko sopia työasioista tiimin omassa whatsappissa?
- en: Are we allowed to have a WhatsApp group for our team?
## whatsapp-team/other
- Onko minun pakko liittyä tiimin WhatsApp-ryhmään?
- Saako asiakkaiden kanssa olla WhatsApp-ryhmä?
- Saako työyhteisöllä olla Facebook-ryhmä?
- Onko henkilökunnan virkistyspäivä sallittu?
## block-user
- Saako häiritsevän käyttäjän estää kunnan tililtä?
- Voiko kuntalaisen blokata?
- Milloin seuraajan saa estää?
- yks tyyppi häiriköi meiän sivulla koko ajan, saanko blokata sen
- saako jatkuvasti kiusaavan kommentoijan estää sivulta
- sv: Får man blockera en störande användare?
## block-user/other
- Miten estän kaverin omassa Facebookissani?
- Kuinka kauan esto on voimassa?
- Saako häiritsevän kommentin poistaa kunnan tililtä?
- Voiko kuntalaisen kuvata?
- Milloin seuraajan saa merkitä?
## election
- Saako ehdokas esiintyä kunnan tilillä ennen vaaleja?
- Voiko ehdokkaan kuvan julkaista vaalien alla?
- Näkyykö vaaliehdokas kunnan somessa?
- voiko kuvassa näkyä joku joka on eholla kuntavaaleissa
- Voidaanko julkaista kuva tapahtumasta, jossa vaaliehdokas puhuu?
- en: Can an election candidate appear in our posts before the election?
## election/other
- Missä on äänestyspaikka?
- Milloin ovat seuraavat kuntavaalit?
- Saako yrittäjä esiintyä kunnan tilillä ennen joulua?
- Voiko lapsen kuvan julkaista kesällä?
## drone
- Saako kunnan tapahtumaa kuvata dronella?
- Tarvitaanko dronekuvaukseen lupa?
- Voiko koulun pihaa kuvata kopterilla?
- saako dronella ottaa videota kesätapahtumasta
- onks luvallista lennättää kuvauskopteria meiän festareilla
- sv: Får vi filma evenemanget med drönare?
## drone/other
- Onko kunnalla oma drone lainattavaksi?
- Paljonko drone maksaa?
- Saako kunnan tapahtumaa sponsoroida?
- Voiko koulun pihaa kuvata kännykällä?
## music
- Saako Instagram-videossa käyttää taustamusiikkia?
- Mitä musiikkia kunnan videoihin saa laittaa?
- Voiko reelsiin valita suosittuja kappaleita?
- voinko laittaa reelsiin jonkun hitin taustalle
- mitä biisejä saa käyttää kunnan videoissa
- en: What music may we use in our videos?
## music/other
- Saako videossa soittaa itse kitaraa?
- Mistä tilataan bändi tapahtumaan?
- Saako Instagram-videossa käyttää lasten kuvia?
- Mitä kuvia kunnan videoihin saa laittaa?
## hashtags
- Mitä aihetunnisteita postauksissa käytetään?
- Onko kunnalla virallinen hashtag?
- Mikä on kunnan oma aihetunniste?
- mitä hashtageja meidän pitäis laittaa julkaisuihin
- mikä hästäg kunnalla on käytössä
- sv: Vilka hashtaggar ska vi använda i inläggen?
## hashtags/other
- Montako hashtagia julkaisuun laitetaan?
- Mikä on hashtag?
- Mitä emojeja postauksissa käytetään?
- Mikä on kunnan oma lippu?
- Onko kunnalla virallinen kanta?
## tiktok-phone
- Saako TikTokin asentaa työpuhelimeen?
- Onko TikTok kielletty työlaitteilla?
- Voiko TikTokia käyttää työkännykällä?
- saaks tiktokin ladata työluuriin
- Onko Tiktok-sovellus sallittu kunnan puhelimissa?
- en: Am I allowed to install TikTok on my work phone?
## tiktok-phone/other
- Saako kunnalla olla TikTok-tili?
- Miten työpuhelin nollataan?
- Saako Spotifyn asentaa työpuhelimeen?
- Voiko Telegramia käyttää työkännykällä?
## swedish
- Pitääkö julkaisut tehdä myös ruotsiksi?
- Millä kielillä kunnan tilillä julkaistaan?
- Tarvitaanko ruotsinkielinen versio postauksesta?
- täytyykö joka postaus kääntää ruotsiks
- Onko meidän kirjoitettava myös ruotsin kielellä?
- sv: Måste vi publicera inläggen också på svenska?
## swedish/other
- Kuka kääntää tekstit ruotsiksi?
- Pitääkö ruotsinkieliseen kommenttiin vastata?
- Pitääkö julkaisut tehdä myös aamulla?
- Millä laitteilla kunnan tilillä julkaistaan?
## ads
- Saako yksikkö ostaa mainoksia Facebookista?
- Voiko julkaisua mainostaa maksetusti?
- Kuka saa ostaa sponsoroidun julkaisun?
- voidaanko boostata postausta rahalla
- Haluaisimme maksetun mainoksen Instagramiin, onko se mahdollista?
- en: Can our unit buy ads on Facebook?
## ads/other
- Paljonko Facebook-mainos maksaa?
- Mille kustannuspaikalle mainokset kirjataan?
- Saako yksikkö ostaa tykkäyksiä Facebookista?
- Voiko julkaisua muokata jälkikäteen?
## interview
- Saanko antaa haastattelun toimittajalle?
- Voinko kommentoida työasiaa lehdessä?
- Mitä teen, kun toimittaja soittaa?
- hesarin toimittaja kyselee juttuja mun työstä, saanko vastata
- Paikallislehti haluaa haastatella minua. Voinko suostua?
- sv: Får jag ge en intervju till en tidning?
## interview/other
- Saanko tarkistaa haastattelun ennen julkaisua?
- Miten lähetän tiedotteen medialle?
- Saanko antaa palautetta toimittajalle?
- Mitä teen, kun asiakas soittaa?
## parents-photo
- Pitääkö molempien huoltajien antaa lupa lapsen kuvaamiseen?
- Riittääkö yhden vanhemman kuvauslupa?
- Tarvitaanko kummankin huoltajan suostumus kuvaan?
- riittääkö et äiti on antanu luvan kuvata
- Vain toinen vanhemmista allekirjoitti kuvausluvan. Onko se tarpeeksi?
- en: Do both parents need to consent to photos of their child?
## parents-photo/other
- Kuinka kauan kuvauslupa on voimassa?
- Saako oppilaan kuvan julkaista?
- Pitääkö molempien opettajien antaa lupa retkelle?
- Riittääkö yhden esihenkilön lupa?
## image-bank
- Miten saan tunnukset kuvapankkiin?
- Mistä kunnan kuvapankki löytyy?
- Kuka antaa oikeudet kuvapankkiin?
- en pääse kuvapankkiin, keltä saa tunnarit
- Miten pääsen käyttämään kunnan kuva-arkistoa?
- sv: Hur får jag användarnamn till bildbanken?
## image-bank/other
- Saako kuvapankin kuvia käyttää esitteessä?
- Voinko lisätä omia kuvia kuvapankkiin?
- Miten saan tunnukset Wilmaan?
- Mistä kunnan työhyvinvointikysely löytyy?
## scheduling
- Millä työkalulla julkaisut ajastetaan?
- Voiko postaukset ajastaa etukäteen?
- Onko kunnalla ajastusohjelma?
- mil ohjelmalla voi laittaa postauksia valmiiks loman ajaks
- Voinko kirjoittaa julkaisut valmiiksi niin, että ne menevät itsestään ulos?
- en: Is there a tool for scheduling our posts?
## scheduling/other
- Mihin aikaan kannattaa julkaista?
- Pysäytetäänkö ajastetut julkaisut kriisissä?
- Millä työkalulla julkaisut tilastoidaan?
- Voiko postaukset poistaa etukäteen?
- Onko kunnalla siivousohjelma?
## opening-hours
- Pitääkö aukioloajat päivittää Facebookiin?
- Kuka muuttaa aukioloajat kunnan sivuille?
- Mihin kesän aukiolot ilmoitetaan?
- kuuluuks meiän laittaa muuttuneet aukiolot faceen
- Täytyykö Facebook-sivulla näkyä oikeat aukioloajat?
- sv: Ska öppettiderna uppdateras på Facebook?
## opening-hours/other
- Milloin kirjasto on auki?
- Koska uimahalli aukeaa?
- Pitääkö yhteystiedot päivittää Facebookiin?
- Kuka muuttaa tekstit kunnan sivuille?
## live
- Tarvitaanko livelähetykseen lupa?
- Saako tapahtumasta lähettää suoraa videota?
- Kuka päättää suorista lähetyksistä?
- voinko striimata meiän konsertin faceen
- Pitääkö suoralle lähetykselle pyytää lupa joltakulta?
- en: Do we need permission to stream live?
## live/other
- Jääkö livelähetyksestä tallenne?
- Mikä kamera sopii livelähetykseen?
- Tarvitaanko kilpailuun lupa?
- Saako tapahtumasta lähettää kutsuja?
- Kuka päättää suorista hankinnoista?
## bluesky
- Saako kunta olla Blueskyssa?
- Onko kunnalla Bluesky-tili?
- Voiko yksikkö avata Bluesky-tilin?
- ollaanko me blueskyssä
- Voimmeko siirtyä X:stä Blueskyhin?
- sv: Får vi ha ett konto på Bluesky?
## bluesky/other
- Onko kunnalla Mastodon-tiliä?
- Miten Bluesky toimii?
- Saako kunta olla Threadsissa?
- Voiko yksikkö avata Pinterest-tilin?
## jubilee
- Miten Tuusulan juhlavuosi näkyy somessa?
- Onko juhlavuodelle oma tunnus?
- Käytetäänkö juhlavuoden logoa julkaisuissa?
- pitääks meiän käyttää juhlavuosilogoa postauksissa
- Mikä on juhlavuoden hashtag tai tunnus?
- en: Is there a special logo for the anniversary year?
## jubilee/other
- Milloin Tuusula on perustettu?
- Paljonko juhlavuosi maksaa kunnalle?
- Miten Tuusulan kesäfestivaali näkyy somessa?
- Käytetäänkö yhdistyksen logoa julkaisuissa?
## canva
- Onko kunnalla Canvan lisenssi?
- Saako kuvia tehdä Canvalla?
- Mistä saan Canva-tunnukset?
- tarttisin canvan, kuka antaa tunnarit
- Maksaako kunta Canva Pron?
- sv: Har kommunen licens för Canva?
## canva/other
- Onko kunnalla Photoshop-lisenssi?
- Mistä saan Webropol-tunnukset?
- Onko kunnalla Adoben lisenssi?
- Saako kuvia tehdä Paintilla?
"""
"""Made for this table: an answer's three questions and three more that mean the same; under `/other` what only sounds
like them. The kinds of question and the telling words were thought out on it, the thresholds were not."""
