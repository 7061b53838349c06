"""Write the pages that come from the code: `python docs/generate.py`. A test says when it has to be run again.

templates.md from the profiles, keyboard.md from the commands and the shipped keymaps, profile-language.md and the JSON schema
beside the profiles from the types of the profile language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kpi_core.i18n import Translator
from kpi_core.sources import Profile, Profiles
from kpi_core.sources.profiles import schema
from kpi_core.sources.profiles.expression import AGGREGATE, SCALAR
from kpi_core.sources.profiles.language import BUILTIN
from tui.commands import BY_ID
from tui.keyboard.keymap import DEFAULT, load, presets, read_preset
from tui.keyboard.names import written
from tui.keyboard.table import cell, code, sections

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ENGLISH, FRENCH = Translator("en"), Translator("fr")
TEMPLATES = """# omnigap's own templates / Les modèles d'omnigap

For what no vendor exports. One header row; columns in any order, French or English headers, more columns are kept unused.
`;`, `,` or tab; UTF-8 or cp1252 (Excel); decimal comma or point; dates `31/10/2026` or `2026-10-31`. `*` = needed.

Pour ce qu'aucun éditeur n'exporte. Une ligne d'en-têtes ; colonnes dans n'importe quel ordre, en-têtes français ou anglais.
`;`, `,` ou tabulation ; UTF-8 ou cp1252 (Excel) ; virgule ou point décimal ; dates `31/10/2026` ou `2026-10-31`. `*` = nécessaire.
"""
KEYBOARD = """# Keyboard / Clavier

Every command has a key, and `?` lists them all, searchable: Enter runs one, and where it cannot run it says why. `:` goes anywhere by
name, `ctrl+p` finds commands, KPIs, lists and bookmarks. `omnigap keys` prints this page for the keys that you use.

Chaque commande a une touche ; `?` les montre toutes, avec une recherche : Entrée en lance une, et celle qui est impossible ici dit pourquoi.
`:` mène partout par le nom, `ctrl+p` trouve commandes, indicateurs, listes et signets. `omnigap keys` écrit cette page pour vos touches.

Two keys in a row of the table do the same; `1` … `6` are also where AZERTY has them unshifted (`&` `é` `"` `'` `(`).
Deux touches d'une même ligne font la même chose ; `1` … `6` sont aussi les touches AZERTY sans majuscule (`&` `é` `"` `'` `(`).
"""
LANGUAGE = """# The profile language, word by word

*[How to write a profile](profiles.md)* · *[en français](fr/profiles.md)*

Made from the types that read a profile, by `make docs`; `*` = needed. The same as a JSON schema: `config/profiles/schema.json`, or
`omnigap profiles --schema`.
"""
NAMES = {"ProfileFile": "The file", "Emit_orders": "Emit", "Drop": "Rows", "Step": "Shape step"}
LINE = """## The command line / La ligne de commande

`:` takes words in any order, in both languages, and says what they will show before Enter. Tab completes, an arrow chooses, `↑` in an empty
line brings the lines before back. / `:` prend des mots dans n'importe quel ordre, dans les deux langues, et dit ce qu'ils montreront avant
Entrée. Tab complète, une flèche choisit, `↑` dans une ligne vide rappelle les lignes d'avant.

| words / mots | show / montrent |
| --- | --- |
| `aov` `panier moyen` | the KPI / l'indicateur |
| `store lyon` `magasin !lille` | only that member, or all but that one / ce membre seul, ou tous sauf lui |
| `lyon` | a member of any dimension, offered in the list / un membre de n'importe quel axe, proposé dans la liste |
| `aov store` | broken down by store / ventilé par magasin |
| `2026-Q3 yoy` `mois dernier prec` | a period, a comparison (`yoy`, `prev`, `none`; `vs last year`) / une période, une comparaison |
| `gaps` `écarts` | a view / une vue |
| `best products` | a ranked list / un palmarès |
| `@monday` | a bookmark / un signet |
| `aov store lyon 2026-Q3 yoy` | all of it at once / tout à la fois |
| `q` | quits; any other command by its title or id / quitte ; toute autre commande par son titre ou son id |
"""
OWN = """## Your own keys / Vos propres touches

`omnigap --keymap azerty` opens with a shipped keymap, `--keymap my.yaml` with a file. A file `keymap.yaml` in your omnigap folder
(`~/.config/omnigap` on Linux) counts always. It names a preset, if any, and the keys of commands by their id, the last column above: one key, several, or
none (`[]`). A key that two commands would have where both work is an error that names both; so is a name that does not exist.

`omnigap --keymap azerty` ouvre avec un clavier fourni, `--keymap my.yaml` avec un fichier. Un fichier `keymap.yaml` de votre dossier omnigap
(`~/.config/omnigap` sous Linux) compte toujours. Il nomme un préréglage, s'il y en a un, et les touches des commandes par leur id, la dernière colonne
ci-dessus : une touche, plusieurs, ou aucune (`[]`). Une touche que deux commandes auraient au même endroit est une erreur qui nomme les deux.

```yaml
preset: azerty
keys:
  records: [K, v]      # several: the first one is shown / plusieurs : la première est montrée
  previous_period: ctrl+left
  next_period: ctrl+right
  theme: []            # none / aucune
```

Keys are written as on the keyboard: `a`, `A`, `é`, `?`, `ctrl+d`, `alt+left`, `f5`, `space`, `enter`, `esc`, `tab`, `backspace`, `pgup`, `pgdn`,
`home`, `end`, `up`, `down`, `left`, `right`, `ins`, `del`. `ctrl+c` and `ctrl+q` always quit. `ctrl+h`, `ctrl+i`, `ctrl+j` and `ctrl+m` are
refused: most terminals send Backspace, Tab and Enter for them. / Les touches s'écrivent comme sur le clavier ; `ctrl+c` et `ctrl+q` quittent toujours,
`ctrl+h`, `ctrl+i`, `ctrl+j` et `ctrl+m` sont refusées : la plupart des terminaux les confondent avec Retour arrière, Tab et Entrée.
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


def keyboard() -> str:
    """Every command of the registry in both languages, by where it works, and what each preset changes."""
    parts = [KEYBOARD]
    for title, commands in sections():
        rows = [f"## {ENGLISH(title)} / {FRENCH(title)}", "", "| key / touche | does | fait | id |", "| --- | --- | --- | --- |"]
        rows += [f"| {code(keys)} | {cell(ENGLISH(one.title))} | {cell(FRENCH(one.title))} | {one.id} |" for one, keys in commands]
        parts.append("\n".join(rows) + "\n")
    return "\n".join([*parts, LINE, OWN, *(preset(name) for name in presets() if name != DEFAULT)])


def preset(name: str) -> str:
    """What a shipped keymap has otherwise."""
    file, _ = read_preset(name)
    rows = [f"## --keymap {name}", ""]
    if file.note is not None:
        rows += [f"{file.note.en} / {file.note.fr}", ""]
    rows += ["| key / touche | in place of / au lieu de | does | fait |", "| --- | --- | --- | --- |"]
    for command, keys in load(name).keys.items():
        one = BY_ID[command]
        now, usual = (code([written(key) for key in each]) for each in (keys, one.keys))
        rows.append(f"| {now} | {usual} | {cell(ENGLISH(one.title))} | {cell(FRENCH(one.title))} |")
    return "\n".join(rows) + "\n"


def language() -> str:
    """Every word of the profile language, from the schema that its types make."""
    definitions = schema.schema()["$defs"]
    first = ["ProfileFile", "Detect", "Probe", "Read", "Records", "Tables", "FactRule", "Drop", "Column", "Unpivot", "Step"]
    last = ["Emit_orders", "Identify", "Check", "Limit", "Expect", "Overlap", "Text"]
    steps = [name for name in definitions if name not in (*first, *last) and not name.startswith("Emit_")]
    parts = [LANGUAGE]
    for name in (*first, *steps, *last):
        told = definitions[name]
        rows = [f"## {NAMES.get(name, name)}", "", told.get("description", ""), "", "| key | value | default |", "| --- | --- | --- |"]
        for key, one in told["properties"].items():
            default = (
                json.dumps(one["default"], ensure_ascii=False) if one.get("default") not in (None, [], "") and not isinstance(one["default"], dict) else ""
            )
            star = " *" if key in told.get("required", ()) else ""
            rows.append(f"| `{key}`{star} | {cell(written_type(one))} | {f'`{default}`' if default else ''} |")
        parts.append("\n".join(rows) + "\n")
    names = [", ".join(f"`{name}`" for name in sorted(each)) for each in (BUILTIN, SCALAR, AGGREGATE)]
    parts.append(f"## Names that are always there\n\n{names[0]}\n\n## Functions of expressions\n\n{names[1]}\n\nIn a `group` step also: {names[2]}.\n")
    return "\n".join(parts)


def written_type(one: Mapping[str, Any]) -> str:
    """A type of the schema in words."""
    if "$ref" in one:
        name = str(one["$ref"]).rsplit("/", 1)[-1]
        return f"[{NAMES.get(name, name)}](#{NAMES.get(name, name).lower().replace(' ', '-')})" if not name.startswith("Emit_") else "[Emit](#emit)"
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if "anyOf" in one:
        return " or ".join(dict.fromkeys(written_type(option) for option in one["anyOf"] if option.get("type") != "null"))
    if one.get("type") == "array":
        inner = one.get("items") or (one.get("prefixItems") or [{}])[0]
        return f"list of {written_type(inner)}" if inner else "list"
    if one.get("type") == "object":
        inner = next(iter(one.get("properties", {}).values()), None) or one.get("additionalProperties") or {}
        return f"name: {written_type(inner)}" if isinstance(inner, dict) and inner else "name: value"
    return {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number"}.get(
        str(one.get("type", "")), str(one.get("type", "text"))
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "templates.md": templates,
    "keyboard.md": keyboard,
    "profile-language.md": language,
    "../config/profiles/schema.json": schema.text,
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
