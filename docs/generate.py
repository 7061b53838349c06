"""Write the pages that come from the code: `python docs/generate.py`. A test says when it has to be run again.

templates.md from the profiles, keyboard.md from the command registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from kpi_core.i18n import Translator
from kpi_core.sources import Profile, Profiles
from tui.commands import COMMANDS, SCOPES, Command

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TEMPLATES = """# omnigap's own templates / Les modèles d'omnigap

For what no vendor exports. One header row; columns in any order, French or English headers, more columns are kept unused.
`;`, `,` or tab; UTF-8 or cp1252 (Excel); decimal comma or point; dates `31/10/2026` or `2026-10-31`. `*` = needed.

Pour ce qu'aucun éditeur n'exporte. Une ligne d'en-têtes ; colonnes dans n'importe quel ordre, en-têtes français ou anglais.
`;`, `,` ou tabulation ; UTF-8 ou cp1252 (Excel) ; virgule ou point décimal ; dates `31/10/2026` ou `2026-10-31`. `*` = nécessaire.
"""
KEYBOARD = """# Keyboard / Clavier

Every command has a key, and `?` lists them all, searchable, each with why it cannot run where it cannot. Letters are those of the
layout; `1` `2` `3` `5` are also where AZERTY has them unshifted, and `:` goes anywhere by name.

Chaque commande a une touche ; `?` les montre toutes, avec une recherche, et dit pourquoi l'une d'elles est impossible ici. Les lettres sont
celles de la disposition ; `1` `2` `3` `5` sont aussi les touches AZERTY sans majuscule, et `:` mène partout par le nom.
"""
SCOPE_TITLES = {"main": "In every view / Dans toutes les vues", "grid": "In a table / Dans un tableau", "overlay": "In a pop-up / Dans une fenêtre"}
TYPED = {
    "ampersand": "&",
    "quotation_mark": '"',
    "left_parenthesis": "(",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "minus": "-",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Bksp",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "f1": "F1",
}
EXPLAIN = """## In the pop-ups of `x` and `X` / Dans les fenêtres de `x` et `X`

| key / touche | does | fait |
| --- | --- | --- |
| `Enter` | look into the part under the cursor | détailler la part sous le curseur |
| `d` `D` | the next, the previous way to part the gap | la décomposition suivante, précédente de l'écart |
| `a` `Tab` | against the target, or against the period before | par rapport à l'objectif, ou à la période d'avant |
"""


def section(profile: Profile) -> str:
    """One template as a table."""
    rows = ["| en-tête | header | type | values |", "| --- | --- | --- | --- |"]
    for name, column in profile.spec.columns.items():
        headers = [header for header in column.from_ if isinstance(header, str)]
        french = [header for header in headers if header.upper() == header]
        english = [header for header in headers if header.upper() != header]
        star = " *" if column.required else ""
        values = ", ".join(f"`{value}`" for value in list(column.values)[:8]) if column.values else ""
        rows.append(f"| `{(french or [name])[0]}`{star} | `{(english or french or [name])[0]}`{star} | {column.as_} | {values} |")
    return f"## {profile.id}\n\n{profile.title.en} / {profile.title.fr}\n\n" + "\n".join(rows) + "\n"


def templates() -> str:
    """Every template that a retailer fills in."""
    profiles = sorted((profile for profile in Profiles.load(ROOT / "config" / "profiles") if profile.id.startswith("omnigap.")), key=lambda one: one.id)
    return "\n".join([TEMPLATES, *(section(profile) for profile in profiles)])


def typed(command: Command) -> str:
    """The keys as they are typed, the one that the hint bar shows first."""
    keys = ["+".join(TYPED.get(part, part) for part in key.split("+")) for key in command.keys]
    return " ".join(f"`{key}`" for key in keys)


def keyboard() -> str:
    """Every command of the registry in both languages, by where it works."""
    english, french = Translator("en"), Translator("fr")
    parts = [KEYBOARD]
    for scope in SCOPES:
        rows = [f"## {SCOPE_TITLES[scope]}", "", "| key / touche | does | fait |", "| --- | --- | --- |"]
        rows += [f"| {typed(one)} | {english(one.title)} | {french(one.title)} |" for one in COMMANDS if one.scope == scope]
        parts.append("\n".join(rows) + "\n")
    return "\n".join([*parts, EXPLAIN])


PAGES: Mapping[str, Callable[[], str]] = {"templates.md": templates, "keyboard.md": keyboard}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
