"""Documentation is held to the code: generated pages are fresh, links lead somewhere, commands, keys and fields are named, examples run."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from kpi_core.config.decode import decode
from kpi_core.config.model import (
    Action,
    Basis,
    Benchmark,
    CalendarFile,
    Conversion,
    Dimension,
    EventSettings,
    Fact,
    FactPart,
    Kpi,
    KpiFile,
    Lookup,
    Measure,
    Objective,
    ObjectivesFile,
    Phase,
    TargetSpec,
)
from kpi_core.config.settings_file import Assumption, Limits, SettingsFile
from kpi_core.config.yaml import Document, parse_yaml
from kpi_core.engine import calendar, calendar_file
from kpi_core.engine.calendars import CIVIL, Calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.events import FORMULAS
from kpi_core.engine.moves import FUNCTIONS
from kpi_core.objectives import KpiCatalogue, validate
from kpi_core.view import COMPARISONS, VIEWS
from tests.shop import loaded_sample, output

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LAST_DAY = date(2026, 10, 31)  # what calendar.md resolves its periods with


def generator(name: str = "generate") -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def document(text: str, name: str) -> Document:
    return parse_yaml(text.encode(), name)


def shipped_kpis() -> Document:
    return document((ROOT / "config" / "kpis.yaml").read_text(encoding="utf-8"), "kpis.yaml")


def code(name: str, language: str = "") -> list[str]:
    """The code blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL)


def spoken_of(name: str) -> set[str]:
    """Words that the page writes as code in its text."""
    text = re.sub(r"^```.*?^```", "", text_of(name), flags=re.MULTILINE | re.DOTALL)
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}


def rows(name: str, columns: int) -> Iterator[list[str]]:
    """Lines of the tables with so many columns whose first cell is code, as texts; `\\|` does not part cells."""
    for line in text_of(name).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == columns:
            yield cells


# ---------------------------------------------------------------- what comes from the code


@pytest.mark.parametrize("name", ["templates.md", "keyboard.md", "profile-language.md", "../config/profiles/schema.json"])
def test_generated_pages_are_fresh(name: str) -> None:
    assert text_of(name) == generator().PAGES[name](), "run: make docs"


@pytest.mark.parametrize("name", ["kpi-reference.md", "configuration.md", "fr/indicateurs.md", "fr/configuration.md"])
def test_references_are_fresh(name: str) -> None:
    assert text_of(name) == generator("reference").PAGES[name](), "run: make docs"


def test_every_meaning_belongs_to_a_key() -> None:
    reference = generator("reference")
    kinds = {struct.__name__: struct for _, kind, _, _ in reference.FILES for struct in reference.structs_of(kind)}
    keys = {f"{name}.{key}" for name, struct in kinds.items() for key in struct.__struct_fields__}
    assert set(reference.meanings()) == keys


def test_pages_of_both_languages_show_the_same_commands_and_keys() -> None:
    for english, french in (("start-store.md", "fr/demarrer-magasin.md"), ("start-analyst.md", "fr/demarrer-analyste.md"), ("recipes.md", "fr/recettes.md")):
        said = [re.findall(r"omnigap (?:[a-z]+ )?", text_of(name)) for name in (english, french)]
        assert [one.strip() for one in said[0]] == [one.strip() for one in said[1]], english
        codes = [set(re.findall(r"`([^`\n ]{1,3})`", text_of(name))) for name in (english, french)]
        assert codes[0] - {">5", "Esc"} <= codes[1] | {'"'}, english


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_page_and_picture_is_linked_and_pictures_are_small() -> None:
    texts = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    files = [*DOCS.glob("*.md"), *(DOCS / "pictures").iterdir()]
    assert not [path.name for path in files if path.name not in texts]
    assert sum(path.stat().st_size for path in (DOCS / "pictures").iterdir()) < 400_000


def test_commands_named_in_the_readme_exist() -> None:
    from tui.cli import command_names

    named = set(re.findall(r"^omnigap ([a-z]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert named - {"my"} <= command_names()


def test_every_command_is_in_the_readme() -> None:
    from tui.cli import command_names

    text = README.read_text(encoding="utf-8")
    assert not [name for name in command_names() - {"open"} if f"omnigap {name}" not in text and f"`{name}`" not in text]


def test_every_view_is_in_the_readme_with_its_key() -> None:
    from kpi_core.render.header import VIEW_KEYS, VIEW_TITLES

    text = README.read_text(encoding="utf-8")
    assert not [view for view in VIEWS if f"| `{VIEW_KEYS[view]}` | {VIEW_TITLES[view].template} |" not in text]


def test_the_number_of_kpis_is_right() -> None:
    shipped = decode(shipped_kpis(), KpiFile)
    said = {page.name: found for page in (README, DOCS / "kpis.md") for found in re.findall(r"(\d+) KPIs", page.read_text(encoding="utf-8"))}
    assert said and set(said.values()) == {str(len(shipped.kpis))}


def test_make_targets_that_are_named_exist() -> None:
    made = set(re.findall(r"^([a-z][a-z0-9.-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name.rstrip(".") for page in PAGES for name in re.findall(r"`?\bmake ([a-z][a-z0-9.-]*)`", page.read_text(encoding="utf-8"))}
    assert {"demo", "test"} <= named <= made


# ---------------------------------------------------------------- every key is explained

FIELDS: list[tuple[str, type]] = [
    *(("kpis.md", kind) for kind in (Fact, FactPart, Lookup, Measure, Conversion, Kpi, Dimension, Basis, Benchmark, Assumption)),
    *(("objectives.md", kind) for kind in (Objective, TargetSpec, Phase, Action)),
    ("calendar.md", EventSettings),
]
UNSAID = {"EventSettings": {"name"}, "Assumption": {"id", "name"}}


@pytest.mark.parametrize(("page", "kind"), FIELDS, ids=lambda item: getattr(item, "__name__", item))
def test_every_key_is_explained(page: str, kind: Any) -> None:
    assert not set(kind.__struct_fields__) - UNSAID.get(kind.__name__, set()) - spoken_of(page)


def test_every_function_section_and_event_is_explained() -> None:
    kpis, days = text_of("kpis.md"), text_of("calendar.md")
    assert not [name for name in FUNCTIONS if f"`{name}(" not in kpis]
    assert not [name for name in KpiFile.__struct_fields__ if name != "version" and not re.search(rf"(`{name}`|\*\*{name.rstrip('s')}\*\*)", kpis)]
    assert not [name for name in COMPARISONS if name != "none" and f"`{name}`" not in days]
    holidays = ("new_year", "easter_monday", "labour_day", "victory_day", "ascension", "whit_monday", "bastille_day", "assumption", "all_saints", "armistice", "christmas")
    assert not [name for name in FORMULAS if name not in holidays and f"`{name}`" not in days]


def test_every_setting_is_in_the_commented_file() -> None:
    for name, kind in (("settings", SettingsFile), ("calendar", CalendarFile)):
        text = (ROOT / "config" / f"{name}.yaml").read_text(encoding="utf-8")
        fields = list(kind.__struct_fields__) + (list(Limits.__struct_fields__) if name == "settings" else [])
        assert not [field for field in fields if not re.search(rf"\b{field}:", text)]


# ---------------------------------------------------------------- examples


def merged(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        into[key] = merged(into[key], value) if isinstance(value, dict) and isinstance(into.get(key), dict) else value
    return into


def test_the_examples_of_the_kpi_language_are_valid_beside_what_ships() -> None:
    file = yaml.safe_load((ROOT / "config" / "kpis.yaml").read_text(encoding="utf-8"))
    for block in code("kpis.md", "yaml"):
        merged(file, yaml.safe_load(block))
    built = Catalogue.read(document(yaml.safe_dump(file, allow_unicode=True, sort_keys=False), "kpis.yaml"))
    assert {"big_order_share", "revenue_4_weeks"} <= set(built.kpis)


def test_the_example_of_objectives_is_valid() -> None:
    (block,) = code("objectives.md", "yaml")
    written = document(block, "objectives.yaml")
    assert not validate(decode(written, ObjectivesFile), written, KpiCatalogue(Catalogue.read(shipped_kpis())))


def years() -> Calendar:
    """The calendar that calendar.md writes down."""
    (block,) = code("calendar.md", "yaml")
    written = document(block, "calendar.yaml")
    return calendar_file.build(decode(written, CalendarFile), written)


@pytest.mark.parametrize("row", list(rows("calendar.md", 4)), ids=lambda row: row[0])
def test_periods_are_what_the_page_says(row: list[str]) -> None:
    text = row[0].strip("`")
    own = re.match(r"F|R|fytd|last retail", text) is not None
    found = calendar.parse(text, LAST_DAY, years() if own else CIVIL)
    assert [found.start.isoformat(), found.end.isoformat()] == row[1:3]


@pytest.mark.parametrize("row", list(rows("calendar.md", 5)), ids=lambda row: row[0])
def test_comparisons_are_what_the_page_says(row: list[str]) -> None:
    asked = ("2026-W43", "2026-10", "2026-W14", "2026-11-11")
    found = [calendar.compared(calendar.parse(text), row[0].strip("`")) for text in asked]
    assert [period.text if period else "" for period in found] == row[1:]


READS = re.compile(r"omnigap (explain|whatif|query|report|kpis|actions|glance|check|sql)\b")


def example_lines(page: Path) -> list[str]:
    """Commands that only read: those of code blocks, and those in the text that are whole. kpis.md asks for KPIs that do not ship."""
    text = page.read_text(encoding="utf-8")
    blocks = [line for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    inline = [] if page.name == "kpis.md" else [line for line in re.findall(r"`(omnigap [^`]+)`", text) if " " in line[8:] and not re.search(r"[A-Z]{3}|…", line)]
    return [found for line in (*blocks, *inline) if READS.match(found := line.partition(" # ")[0].partition(" | ")[0].strip()) and " -o " not in found]


@pytest.mark.slow
@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in example_lines(page)}))
def test_commands_that_are_shown_run_on_the_sample(line: str) -> None:
    words = shlex.split(line)[1:]
    status, text = output(*words, "-w", loaded_sample(), "--lang", "en")
    assert status == (1 if words[0] == "check" else 0)
    assert text.strip()


# ---------------------------------------------------------------- the JSON


JSON = ["explain -k aov", "whatif revenue -m orders=+5", "query revenue --by channel -g month -r 2026-09..2026-10", "actions", "kpis", "report"]
VIEWED = ["omnigap://explore?kpi=revenue&by=store&tr=2026-Q4", "omnigap://gaps", "omnigap://data"]


def keys(value: Any, free: tuple[str, ...] = ("dimensions", "where", "moves", "effects", "targets")) -> set[str]:
    """Every key at any depth, but those of objects whose keys are names of the retailer."""
    if isinstance(value, list):
        return set().union(*(keys(item) for item in value[:40])) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(keys(item) for name, item in value.items() if name not in free))


@pytest.mark.slow
@pytest.mark.parametrize("line", [*JSON, *(f"report '{link}'" for link in VIEWED)])
def test_every_key_of_the_json_is_described(line: str) -> None:
    status, text = output(*shlex.split(line), "--format", "json", "-w", loaded_sample(), "--lang", "en")
    assert status == 0
    columns = {"revenue", "channel"}  # of the query
    assert not keys(json.loads(text)) - columns - spoken_of("report-json.md")
