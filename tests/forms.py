"""A form with a field of every kind, and a template of its own for it."""

from __future__ import annotations

from pathlib import Path

from bot.rendering import FOLDER, Renderer
from handlers.cards import Field, Form
from knowledge.document import LANGUAGES

EVERY_KIND = (
    Field("name", "text", "Kirjasto"),
    Field("reason", "long", "Miksi?"),
    Field("named", "choice", "no", options=("yes", "no")),
    Field("channels", "many", "facebook,other", options=("facebook", "instagram", "other")),
    Field("supervisor", "person", "supervisor"),
    Field("editors", "people", "employee,communications-manager"),
    Field("until", "date", "2026-11-24"),
)
OPTIONS = {"named": ("yes", "no"), "channels": ("facebook", "instagram", "other")}
BLOCKS = {
    "title": "Uusi tili", "intro": "Täytä kaikki.", "submit": "Lähetä", "error_missing": "Puuttuu: {{ what }}.",
    "error_not_a_date": "Ei ole päivä.", "error_too_long": "Liian pitkä.", "account_label": "Tili {{ number }}",
    "account_help": "Tilin {{ number }} ohje, {{ what }}", "account_open": "Tili {{ number }} auki",
    "bare_label": "Paljas", "bare_help": "",
    **{f"{asked.name}_label": f"Kenttä {asked.name}" for asked in EVERY_KIND},
    **{f"{asked.name}_help": f"Ohje {asked.name}" for asked in EVERY_KIND},
    **{f"{name}_{option}": f"Valinta {option}" for name, options in OPTIONS.items() for option in options},
}  # fmt: skip


def every_kind(*fields: Field) -> Form:
    """A form of these fields, or of one of every kind."""
    return Form("test/every_kind", "questions/7", fields or EVERY_KIND, {"what": "tieto", "number": 0})


def renderer_in(folder: Path) -> Renderer:
    """A renderer that knows the form in every language, the same words in each, besides all the bot's own cards."""
    words = "".join(f"{{% block {name} %}}{text}{{% endblock %}}\n" for name, text in BLOCKS.items())
    for code in LANGUAGES:
        (folder / code / "test").mkdir(parents=True)
        (folder / code / "test" / "every_kind.md.j2").write_text(words, "utf-8")
        for own in (FOLDER / code).iterdir():
            (folder / code / own.name).symlink_to(own)
    return Renderer(folder)
