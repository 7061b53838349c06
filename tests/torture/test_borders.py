"""Each border under inputs nobody would write: configuration, formulas, links, text of cells. Whatever comes, the answer is a value or one of
the errors that say where; never another exception, a warning on the screen, or seconds of waiting."""

from __future__ import annotations

import os
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "sources"))

from source_files import PROFILES, TICKET_HEADER, TICKETS
from torture_scale import times

from kpi_core.config.decode import decode
from kpi_core.config.keymap import KeymapFile
from kpi_core.config.layouts import LayoutsFile
from kpi_core.config.model import CalendarFile, KpiFile, ObjectivesFile
from kpi_core.config.settings_file import SettingsFile
from kpi_core.config.yaml import parse_yaml
from kpi_core.engine.expression import FormulaError, evaluate, parse, refs, to_sql
from kpi_core.engine.predicate import PredicateError, aggregate_sql, condition_sql, parse_aggregate, parse_condition
from kpi_core.errors import ConfigError, SourceError, Where
from kpi_core.links import from_link, to_link
from kpi_core.sources.profiles.expression import Claim, check
from kpi_core.sources.profiles.language import ProfileFile
from kpi_core.sources.recognise import alone
from kpi_core.sources.rows.stage import stage
from kpi_core.store.connection import sealed

CONFIG = Path(__file__).parents[2] / "config"
SLOWEST = 5.0  # seconds
WILD = ["\x00", "\x1b[2J", "\x9b", "\u202e", "\ufeff", "\ud800", "é", "😀", "\r", "\n", "\t", " ", "'", '"', "\\", "`", "$", "%", "#", ";", "--", "/*", "[/nope]"]


def wild(rng: random.Random, words: list[str], longest: int) -> str:
    """Words of the language in any order, with what is not of it in between."""
    found = []
    for _ in range(rng.randint(0, longest)):
        chance = rng.random()
        found.append(rng.choice(words) if chance < 0.9 else rng.choice(WILD) if chance < 0.97 else chr(rng.randrange(0x11_0000)))
    return "".join(found) * rng.choice([1] * 60 + [40])


def bent(rng: random.Random, text: str, words: list[str]) -> str:
    """A sound text with some of it cut, doubled, exchanged or written over."""
    for _ in range(rng.randint(1, 4)):
        at, to = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + rng.choice([1, 3, 40, 4000]))
        piece = rng.choice([*words, *WILD])
        text = rng.choice([text[:at] + text[to:], text[:to] + text[at:], text[:at] + piece + text[to:], text[:at] + piece + text[at:]])
    return text


def near(rng: random.Random, words: list[str], sound: list[str]) -> str:
    """Words in any order, or a sound text, bent or doubled by an operator."""
    chance = rng.random()
    if chance < 0.4:
        return wild(rng, words, 16)
    text = rng.choice(sound)
    while rng.random() < 0.4:
        text = f"({text}) {rng.choice(['+', '-', '*', '/'])} {rng.choice(sound)}"
    return text if chance < 0.6 else bent(rng, text, words)


def storm(made: Callable[[random.Random], str], border: Callable[[str], object], some: int, allowed: tuple[type[Exception], ...]) -> Counter[str]:
    """Throw inputs at a border. Returns how many were taken and how many refused by what."""
    seed = int(os.environ.get("OMNIGAP_SEED", "20261122"))
    outcome: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(times(some, 100_000)):
            text = made(random.Random(f"{seed} {number}"))
            started = time.process_time()  # of this process: others may have the machine meanwhile
            try:
                border(text)
                outcome["taken"] += 1
            except allowed as error:
                str(error)
                outcome[type(error).__name__] += 1
            except BaseException as error:
                raise AssertionError(f"input {number} of seed {seed}: {type(error).__name__} {str(error)[:200]!r} for {text[:400]!r}") from error
            seconds = time.process_time() - started
            assert seconds < SLOWEST, f"input {number} of seed {seed} took {seconds:.1f} s: {text[:400]!r}"
    print(f"  {dict(outcome)}", end="", flush=True)
    return outcome


# ---------------------------------------------------------------- YAML

_YAML = ["a", "b: ", ": ", "- ", "? ", "[", "]", "{", "}", ", ", "&a ", "*a", "<<: ", "!!int ", "!!python/object:x ", "!<x> ", "| \n", ">-\n", "'", '"', "---\n", "...\n",
         "%YAML 1.1\n", "0012", "NO", "12:30", "1_000", "1.5", "1e999", "1.0e999", "9" * 40, "~", "true", ".nan", "\\e", "\\ud800", "\\x00", "\n", "\n  ", "\n    ", "# c",
         "version: 1", "kpis:", "label: {en: x, fr: y}", "formula: a / b", "limits:\n  memory: 1GB", "2026-01-31"]  # fmt: skip
_FILES: list[tuple[str, type]] = [
    ("settings.yaml", SettingsFile), ("kpis.yaml", KpiFile), ("calendar.yaml", CalendarFile), ("objectives.yaml", ObjectivesFile),
    ("profiles/shopify.orders.yaml", ProfileFile), ("keymaps/vim.yaml", KeymapFile), ("layouts.yaml", LayoutsFile),
]  # fmt: skip


@pytest.mark.fault(17)
def test_configuration() -> None:
    sound = [(((CONFIG / name).read_text(encoding="utf-8")), kind) for name, kind in _FILES if (CONFIG / name).is_file()]
    short = [(text if len(text) < 3000 else text[: text.rfind("\n", 0, 3000) + 1], kind) for text, kind in sound]

    def made(rng: random.Random) -> str:
        return wild(rng, _YAML, 40) if rng.random() < 0.5 else bent(rng, rng.choice(short)[0], _YAML)

    def border(text: str) -> None:
        document = parse_yaml(text.encode("utf-8", "surrogatepass" if len(text) % 2 else "replace"), "f.yaml")
        try:
            decode(document, sound[len(text) % len(sound)][1])
        except ConfigError as error:
            assert error.where is not None and error.where.file == "f.yaml"
            raise

    assert storm(made, border, 250, (ConfigError,)).total()


# ---------------------------------------------------------------- formulas

_FORMULA = ["revenue", "orders", "cost", "days", "1", "0.5", "100", " + ", " - ", " * ", " / ", "(", ")", "compare(", "total(", "shift(", "rolling(", "prior(", "or_zero(",
            ", 14 days", ", 1 month", ", ", ".", "**", "//", "%", "<", "=", " if ", " else ", "lambda x: ", "[", "]", "{", "}", "1e9", "0x1", "1or 2", "__import__('os')",
            "select 1", " from x", "read_text(0)", "::int", "||", "@", "~", "not ", "await ", ":=", "f''"]  # fmt: skip


_SOUND = ["revenue / orders", "(revenue - cost) / revenue * 100", "shift(revenue, 14 days)", "revenue / compare(revenue) - 1", "or_zero(cost)", "0.5 * total(orders)"]


@pytest.mark.fault(18)
def test_formulas_of_kpis() -> None:
    def border(text: str) -> None:
        tree = parse(text)
        sql = to_sql(tree, lambda ref: "x", "n")
        assert not set(sql) & set(";'\"\\$#") and "--" not in sql and "/*" not in sql
        evaluate(tree, {ref.key: None for ref in refs(tree)})

    assert storm(lambda rng: near(rng, _FORMULA, _SOUND), border, 1500, (FormulaError,))["taken"]


_PREDICATE = ["revenue", "store", "'x'", "1", "0.5", "date '2026-01-31'", "sum(", "count(", "count(distinct ", "avg(", "quantile_cont(", ")", "(", ", ", " and ", " or ",
              "not ", " in (", " between ", " is null", " = ", " < ", "+", "-", "*", "/", "select ", " from x", "lookup.column", "date_diff('day', ", " filter (where ", "::int",
              "cast(", "case when ", "[", "]", "{", "}", "?", "*", "read_csv(", "getenv(", "x -> x", " over ()", " order by ", "null", "true", "''"]  # fmt: skip


_MEASURES = ["sum(revenue)", "count(distinct store)", "sum(revenue - cost) filter (where store in ('x', 'y'))", "quantile_cont(revenue, 0.5)", "store = 'x'",
             "revenue between 1 and 2 or not store is null", "date_diff('day', x, y) < 30"]  # fmt: skip


@pytest.mark.fault(18)
def test_measures_and_conditions() -> None:
    con = sealed()

    def border(text: str) -> None:
        for read, write in ((parse_aggregate, aggregate_sql), (parse_condition, condition_sql)):
            try:
                sql = write(read(text))  # type: ignore[operator]
            except PredicateError:
                continue
            again = con.execute("select json_serialize_sql(?)", [f"select {sql}"]).fetchone()
            assert again is not None and '"error":false' in again[0], sql

    storm(lambda rng: near(rng, _PREDICATE, _MEASURES), border, 400, ())


_PROFILE = [*_PREDICATE, "lower(", "regexp_replace(", "lpad(x, 99999999, 'y')", "try_strptime(", "CAST(", " AS DATE)", " LIKE ", "[1:2]", "x", "list_transform(", "lambda x: x"]


_DERIVED = ["revenue * 2", "CASE WHEN store LIKE 'a%' THEN lower(store) ELSE 'b' END", "CAST(revenue AS DATE)", "regexp_extract(store, '(a+)+$', 1)", "x IN ('a', 'b')"]


@pytest.mark.fault(18)
def test_expressions_of_profiles() -> None:
    con = sealed()

    def border(text: str) -> None:
        check(con, [Claim(text, {"revenue", "store", "x"}, Where("p.yaml", 1, "derive"))])

    storm(lambda rng: near(rng, _PROFILE, _DERIVED), border, 400, (ConfigError,))


# ---------------------------------------------------------------- links

_LINK = ["omnigap://", "explore", "glance", "gaps", "?", "&", "=", "kpi=", "by=", "f=", "tr=", "cmp=", "basis=", "sort=", "q=", "at=", "moves=", "marks=", "revenue", "store", ":",
         "!", ",", ";", "..", "2026-10", "2026-W14", "last-7-days", "0000-00", "9999-99", "%", "%00", "%1B", "%FF", "%ED%A0%80", "%25", "+", "-", "/", "http://", "javascript:",
         "99999999999999999999", "~", "*"]  # fmt: skip


@pytest.mark.fault(15)
def test_links() -> None:
    def border(text: str) -> None:
        state, problems = from_link(text if len(text) % 3 else quote(text, safe="&=?:/;,", errors="replace"))
        for problem in problems:
            str(problem)
        again, left = from_link(to_link(state))
        assert again == state and not left

    storm(lambda rng: wild(rng, _LINK, 24), border, 1500, ())


# ---------------------------------------------------------------- text of cells

_CSV = ["LYO", ";", ";", ";", '"', '""', "\n", "\r\n", "\r", "1,50", "1 234,50", "03/04/2026", "=1+1", "a,b", "\t", "|", "#", "sep=;\n", "x" * 200, *TICKETS]


@pytest.mark.fault(16)
def test_text_of_cells(tmp_path: Path) -> None:
    """Every record is a row or a refusal, whatever stands where."""
    sound = "\n".join([TICKET_HEADER, *TICKETS]) + "\n"
    path = tmp_path / "tickets.csv"
    con = duckdb.connect(config={"threads": 1})

    def made(rng: random.Random) -> str:
        return bent(rng, sound, _CSV) if rng.random() < 0.6 else TICKET_HEADER + "\n" + wild(rng, _CSV, 60)

    def border(text: str) -> None:
        encoding = ["utf-8", "utf-16", "latin-1", "utf-8-sig"][len(text) % 4] if len(text) % 5 == 0 else "utf-8"
        path.write_bytes(text.encode(encoding, "surrogatepass" if encoding == "utf-8" else "replace"))
        staged = stage(con, alone(path, PROFILES))
        row = con.execute(f"SELECT count(*) FROM {staged.table}").fetchone()
        con.execute(f"DROP TABLE {staged.table}")
        assert row is not None and staged.rows_read == row[0] + len(staged.refusals) == sum(block.rows for block in staged.blocks)

    assert storm(made, border, 120, (SourceError,))["taken"]
