"""Writes the references in both languages: KPIs from `config/kpis.yaml`, and every key of every file from the types that read it.

What a key means stands in `meanings.tsv`: type.key, English, French.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from kpi_core.config import model, settings_file
from kpi_core.config.access import AccessFile
from kpi_core.config.keymap import KeymapFile
from kpi_core.config.layouts import LayoutsFile
from kpi_core.config.yaml import load_yaml
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.expression import Ref, to_text
from tui.settings import file_type

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
KPIS_EN = """# KPIs

*[En français](fr/indicateurs.md)*

Every KPI that ships, as `config/kpis.yaml` has it; this page is made from that file by `make docs`.
How to change one: [the KPI language](kpis.md). A KPI whose export is not loaded says so and has no value; it is never zero.
"""
KPIS_FR = """# Indicateurs

*[In English](../kpi-reference.md)*

Tous les indicateurs fournis, tels que `config/kpis.yaml` les écrit ; cette page en est tirée par `make docs`.
Pour en changer un : [le langage des indicateurs, en anglais](../kpis.md).
Un indicateur dont l'export n'est pas chargé le dit et n'a pas de valeur ; ce n'est jamais zéro.
"""
CONFIG_EN = """# Configuration

*[En français](fr/configuration.md)*

Every key of every file, made from the types that read them by `make docs`. An unknown key is a mistake, named with file, line and
the nearest key. `omnigap config validate` checks all, `omnigap config show` prints each value with where it comes from. The user's
own folder is `~/.config/omnigap` (or `XDG_CONFIG_HOME`). More words and examples: [KPIs](kpis.md), [objectives](objectives.md),
[calendar](calendar.md).
"""
CONFIG_FR = """# Configuration

*[In English](../configuration.md)*

Toutes les clés de tous les fichiers, tirées par `make docs` des types qui les lisent. Une clé inconnue est une faute, nommée avec
fichier, ligne et clé la plus proche. `omnigap config validate` vérifie tout, `omnigap config show` dit d'où vient chaque valeur.
Le dossier de l'utilisateur est `~/.config/omnigap` (ou `XDG_CONFIG_HOME`).
"""
SAYS = {
    "en": {
        "head": KPIS_EN,
        "rest": "Not in the overview",
        "columns": ("KPI", "formula", "unit", "better", "fed by", "can be cut by", "benchmark"),
        "good": {"up": "higher", "down": "lower", "none": "–"},
        "nothing": "the total only",
    },
    "fr": {
        "head": KPIS_FR,
        "rest": "Hors synthèse",
        "columns": ("indicateur", "formule", "unité", "mieux", "nourri par", "se ventile par", "repère"),
        "good": {"up": "plus haut", "down": "plus bas", "none": "–"},
        "nothing": "le total seulement",
    },
}
UNITS = {"currency": "€", "count": "n", "pts": "pt", "days": "d", "ratio": ":1"}
UNITS_FR = {**UNITS, "days": "j"}


def kpis(lang: str) -> str:
    """Every KPI by group, in the order of the overview."""
    says = SAYS[lang]
    catalogue = Catalogue.read(load_yaml(ROOT / "config" / "kpis.yaml"))
    shown = {kpi for group in catalogue.groups for kpi in group.kpis}
    groups = [(group.name.in_(lang), group.kpis) for group in catalogue.groups]
    groups.append((str(says["rest"]), tuple(kpi for kpi in catalogue.file.kpis if kpi not in shown)))
    parts = [str(says["head"])]
    for title, ids in groups:
        if ids:
            columns = tuple(says["columns"])
            lines = [f"## {title}", "", "| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns), *(_row(catalogue, kpi, lang) for kpi in ids)]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _row(catalogue: Catalogue, kpi: str, lang: str) -> str:
    says, spec = SAYS[lang], catalogue.kpi(kpi)

    def called(ref: Ref) -> str:
        measure = catalogue.file.measures.get(ref.name)
        own = next((one for name, one in catalogue.file.kpis.items() if one.expr.strip() == ref.name and not one.scope), None)
        name = measure.name.in_(lang) if measure is not None and measure.name else own.name.in_(lang) if own is not None else ref.name
        return ref.around(name)

    formula = to_text(catalogue.expression(kpi), called).replace(" * ", " × ").replace(" / ", " ÷ ").replace(" - ", " − ")
    fed = dict.fromkeys(catalogue.file.facts[fact].fed_by.in_(lang) for fact in catalogue.facts(kpi))
    dims = ", ".join(catalogue.dimension(dim).name.in_(lang) for dim in catalogue.dims(kpi)) or str(says["nothing"])
    mark = f"{spec.benchmark.text.in_(lang)} ({spec.benchmark.source})" if spec.benchmark else ""
    unit = (UNITS_FR if lang == "fr" else UNITS).get(spec.unit, spec.unit)
    name = f"**{spec.name.in_(lang)}** `{kpi}`" + (f" – {spec.help.in_(lang)}" if spec.help else "")
    cells = (name, formula, unit, dict(says["good"])[spec.good], ", ".join(fed), dims, mark)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


ACCESS = """version: 1
default: nothing            # or all: what everybody sees who is named nowhere here
users:
  cfo: all
  m.lambert: {stores: [Lyon Part-Dieu, Nice]}
groups:
  web-team: {channels: [web, app]}"""
ACCESS_EN = f"""config/ of the workspace. Without this file everybody sees everything. It limits users and groups of the host to stores and channels:

```yaml
{ACCESS}
```

Names are those of accounts and groups of the host (an account without a name is its number), stores and channels those of the data. A user's own
entry counts alone; else who is in several of the groups sees what any of them does; else `default` counts. `stores` and `channels` together mean
rows of one of these stores in one of these channels. The scope stands in the header of every view and in the head of every report, export and
JSON (`scope`). It holds for every view and command: numbers are those that the same filter gives; a KPI that is not known by store (visits, ad
spend) says so instead of showing everybody's; only targets that are written for the scope, or that hold everywhere (rates), count; shares are
shares of the scope. What tells of whole exports or changes what everybody sees (`load`, `undo`, `account`, `claims`, `customers`, …) is refused.

**It guards against mistakes and over-broad views on a shared host. It does not guard the data:** who may read the files of the workspace can read
them with any program, and who may write this file can change it. The file permissions guard the data. `omnigap config validate` names users,
groups, stores and channels that nobody knows, and says so where who runs it could change the file.
"""
ACCESS_FR = f"""config/ de l'espace de travail. Sans ce fichier, tout le monde voit tout. Il limite des utilisateurs et des groupes de la machine à des
magasins et à des canaux :

```yaml
{ACCESS}
```

Les noms sont ceux des comptes et des groupes de la machine (un compte sans nom est son numéro), les magasins et les canaux ceux des données. Ce qui
est dit d'un utilisateur compte seul ; sinon, qui est dans plusieurs des groupes voit ce que voit l'un d'eux ; sinon `default` compte. `stores` et
`channels` ensemble veulent dire les lignes d'un de ces magasins dans un de ces canaux. Le périmètre est dans l'en-tête de chaque vue et en tête de
chaque rapport, export et JSON (`scope`). Il vaut pour chaque vue et chaque commande : les nombres sont ceux que donne le même filtre ; un indicateur
qui n'est pas connu par magasin (visites, publicité) le dit au lieu de montrer celui de tous ; seuls comptent les objectifs écrits pour le périmètre
ou valables partout (les taux) ; les parts sont des parts du périmètre. Ce qui parle d'exports entiers ou change ce que tous voient (`load`, `undo`,
`account`, `claims`, `customers`…) est refusé.

**Il protège des erreurs et des vues trop larges sur une machine partagée. Il ne protège pas les données :** qui peut lire les fichiers de l'espace
peut les lire avec n'importe quel programme, et qui peut écrire ce fichier peut le changer. Les droits des fichiers protègent les données.
`omnigap config validate` nomme les utilisateurs, groupes, magasins et canaux que personne ne connaît, et le dit quand qui le lance pourrait changer
le fichier.
"""
FILES: tuple[tuple[str, type, str, str], ...] = (  # file, type, where it lies in English and French
    ("settings.yaml", settings_file.SettingsFile, "config/ of the workspace", "config/ de l'espace de travail"),
    ("objectives.yaml", model.ObjectivesFile, "config/ of the workspace", "config/ de l'espace de travail"),
    ("calendar.yaml", model.CalendarFile, "config/ of the workspace", "config/ de l'espace de travail"),
    ("kpis.yaml", model.KpiFile, "config/ of the workspace", "config/ de l'espace de travail"),
    ("access.yaml", AccessFile, ACCESS_EN, ACCESS_FR),
    ("layouts.yaml", LayoutsFile, "config/ of the workspace", "config/ de l'espace de travail"),
    ("app.yaml", file_type(), "the user's own folder", "le dossier de l'utilisateur"),
    ("keymap.yaml", KeymapFile, "the user's own folder", "le dossier de l'utilisateur"),
)
CONFIG = {
    "en": {
        "head": CONFIG_EN,
        "columns": ("key", "type", "default", "meaning"),
        "must": "required",
    },
    "fr": {
        "head": CONFIG_FR,
        "columns": ("clé", "type", "défaut", "sens"),
        "must": "obligatoire",
    },
}
KINDS = {  # of plain types
    "en": {str: "text", int: "whole number", float: "number", bool: "true, false"},
    "fr": {str: "texte", int: "entier", float: "nombre", bool: "true, false"},
}


def meanings() -> dict[str, tuple[str, str]]:
    """By `Type.key`: what it means, in English and French."""
    lines = (DOCS / "meanings.tsv").read_text(encoding="utf-8").splitlines()
    return {key: (english, french) for key, english, french in (line.split("\t") for line in lines)}


def structs_of(kind: type) -> list[type]:
    """A type of a file and all those inside it, in reading order."""
    found: list[type] = [kind]
    for struct in found:
        for hint in get_type_hints(struct, include_extras=True).values():
            found += [inner for inner in _inner(hint) if inner not in found]
    return found


def _inner(hint: Any) -> list[type]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return [hint]
    return [struct for part in get_args(hint) if not isinstance(part, str) for struct in _inner(part)]


def configuration(lang: str) -> str:
    """Every key of every file."""
    says, known = CONFIG[lang], meanings()
    parts = [str(says["head"])]
    done: set[type] = set()
    for name, kind, english, french in FILES:
        parts.append(f"## {name}\n\n{french if lang == 'fr' else english}\n")
        for struct in structs_of(kind):
            if struct in done:
                continue
            done.add(struct)
            columns = tuple(says["columns"])
            lines = [] if struct is kind else [f"### {_called(struct)}", ""]
            lines += ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
            hints = get_type_hints(struct, include_extras=True)
            for field in msgspec.structs.fields(struct):
                value = field.default if field.default is not msgspec.NODEFAULT or field.required else field.default_factory()
                default = str(says["must"]) if field.required else _written(value)
                meaning = known[f"{struct.__name__}.{field.name}"][lang == "fr"]
                cells = (f"`{field.encode_name}`", _typed(hints[field.name], lang), default, meaning)
                lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _called(struct: type) -> str:
    return f"`{struct.__name__}`"


def _typed(hint: Any, lang: str) -> str:
    """A type as a writer of YAML thinks of it."""
    origin, parts = get_origin(hint), [part for part in get_args(hint) if part is not NoneType]
    if hint in KINDS[lang]:
        return KINDS[lang][hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _called(hint)
    if origin is Annotated:
        limits = [part for part in parts[1:] if isinstance(part, msgspec.Meta)]
        signs = [(sign, value) for limit in limits for sign, value in (("≥", limit.ge), (">", limit.gt), ("≤", limit.le), ("<", limit.lt))]
        ends = [f"{sign} {value}" for sign, value in signs if value is not None]
        return " ".join((_typed(parts[0], lang), *ends))
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is tuple:
        return "[" + ", ".join(dict.fromkeys("…" if part is Ellipsis else _typed(part, lang) for part in parts)) + "]"
    if origin is dict:
        return f"{{{_typed(parts[0], lang)}: {_typed(parts[1], lang)}}}"
    if origin in (Union, UnionType):
        return (" ou " if lang == "fr" else " or ").join(dict.fromkeys(_typed(part, lang) for part in parts))
    return _typed(hint.__value__, lang) if hasattr(hint, "__value__") else getattr(hint, "__name__", str(hint))


def _written(value: Any) -> str:
    """A default as YAML; nothing for what is empty."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (str, int, float)) and value != "":
        return f"`{value}`"
    if isinstance(value, tuple) and value:
        return f"`[{', '.join(map(str, value))}]`"
    return "–"


PAGES: Mapping[str, Callable[[], str]] = {
    "kpi-reference.md": lambda: kpis("en"),
    "fr/indicateurs.md": lambda: kpis("fr"),
    "configuration.md": lambda: configuration("en"),
    "fr/configuration.md": lambda: configuration("fr"),
}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
