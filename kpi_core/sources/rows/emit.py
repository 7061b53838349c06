"""Shaped rows to canonical tables: exactly the columns of the dataset, in order, then the physical line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from kpi_core.sources.cells.identity import KINDS, customer_key, kinds, normalised, take_addresses_out, together
from kpi_core.sources.cells.types import clean, unclean
from kpi_core.sources.profiles.comments import COMMENT, comments_of
from kpi_core.sources.profiles.expression import Claim, named
from kpi_core.sources.profiles.language import Emit, Identify
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.rows.comments import mask_comments
from kpi_core.sources.rows.shape_rows import one_a_line
from kpi_core.sources.rows.stage import temp_name

# Texts that rows of several datasets or files are put together by
KEPT_APART = (
    "order_id",
    "order_ref",
    "return_id",
    "cart_id",
    "feedback_id",
    "lead_id",
    "touch_id",
    "sku",
    "store",
    "location",
    "campaign",
    "addon_ref",
    "account",
    "property",
    "detail",
    "page",
    "landing_page",
)
_ADDED = ("DECIMAL", "BIGINT", "DOUBLE", "INTEGER")


def claims(profile: Profile, names: set[str]) -> Iterator[Claim]:
    """Every expression of the emit and check sections."""
    where = profile.document.where
    words = comments_of(profile.spec)
    for _, emit, path in profile.emits():
        if emit.when is not None:
            yield Claim(emit.when, names, where((*path, "when")))
        for column, expression in emit.columns.items():
            yield Claim(expression, names | words if column == COMMENT else names, where((*path, "columns", column)))
        for column in emit.one_per:
            yield Claim(named(column), names, where((*path, "one_per")))
        if emit.identify is not None:
            for kind in (*KINDS, "country"):
                expression = getattr(emit.identify, kind)
                if expression is not None:
                    yield Claim(expression, names, where((*path, "identify", kind)))
    for index, check in enumerate(profile.spec.checks):
        for part in ("expr", "when", "totals", "label"):
            expression = getattr(check, part)
            if expression is not None:
                yield Claim(expression, names, where(("checks", index, part)))
        for name, expression in check.any.items():
            yield Claim(expression, names, where(("checks", index, "any", name)))
        for column in (*check.one_per, *check.columns):
            yield Claim(named(column), names, where(("checks", index)))


def emit_all(
    con: duckdb.DuckDBPyConnection, profile: Profile, shaped: str, *, unclean: bool = True, country: str | None = None
) -> tuple[dict[str, str], dict[str, int]]:
    """(dataset -> temp table, dataset -> rows that gave way to another with the same key). `unclean`: texts may need washing.

    `country`: where phones without a calling code are of, when the row does not say.
    """
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    wash = unclean or _writes_signs(profile)
    selects: dict[str, list[str]] = {}
    ways: dict[str, str] = {}
    for dataset, emit, _ in profile.emits():
        if dataset == "identifiers":
            continue  # below, with what the rows of the others say
        selects.setdefault(dataset, []).append(_select(dataset, emit, shaped, wash, country, one_a_line(profile)))
        ways[dataset] = emit.duplicates
    tables: dict[str, str] = {}
    merged: dict[str, int] = {}
    modes = profile.modes()
    for dataset, parts in selects.items():
        shape = DATASETS[dataset]
        table = temp_name(dataset)
        con.execute(f"CREATE TEMP TABLE {table} AS {' UNION ALL '.join(parts)}")
        texts = [
            name for name, kind in shape.columns.items() if kind == "VARCHAR" and any(name in emit.columns for of, emit, _ in profile.emits() if of == dataset)
        ]
        take_addresses_out(con, table, texts, KEPT_APART)
        if COMMENT in texts:
            mask_comments(con, table)
        tables[dataset] = table
        if modes[dataset] == "append_events":
            continue  # each row is an event of its own
        keys = ", ".join(named(name) for name in shape.key)
        row = con.execute(f"SELECT count(*), (SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {table})) FROM {table}").fetchone()
        total, distinct = row if row else (0, 0)
        if distinct < total:
            merged[dataset] = total - distinct
            con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {_unique(dataset, ways[dataset], table)}")
    belonging = _identifiers(profile, shaped, country)
    if belonging is not None:
        tables["identifiers"] = table = temp_name("identifiers")
        con.execute(f"CREATE TEMP TABLE {table} AS {belonging}")
    return tables, merged


def _identifiers(profile: Profile, shaped: str, country: str | None) -> str | None:
    """SELECT of the identifiers that stand together on a row; None where the profile never names two of a customer."""
    whens: dict[Identify, list[str | None]] = {}
    for _, emit, _ in profile.emits():
        if emit.identify is not None and len(kinds(emit.identify)) > 1:
            whens.setdefault(emit.identify, []).append(emit.when)
    if not whens:
        return None
    every = " UNION ALL ".join(together(shaped, when, identify, country) for identify, when in whens.items())
    return f"SELECT customer_key, kind, id_hash, min(file_line) AS file_line FROM ({every}) GROUP BY customer_key, kind, id_hash"


def used(profile: Profile) -> str:
    """SQL that is true for rows that at least one dataset takes."""
    takes = ["true" if emit.when is None else f"coalesce(({emit.when}\n), false)" for _, emit, _ in profile.emits()]
    return " OR ".join(takes) or "true"  # a file that only completes another is used by it


def _writes_signs(profile: Profile) -> bool:
    """Could the profile's own words hold control characters, as they are or by an escape (E'…')?"""
    found: bool | None = profile.memo.get("writes_signs")
    if found is None:
        spec = profile.spec
        texts = [claim.text for claim in claims(profile, set())]
        texts += [text for step in spec.shape for part in (step.derive, step.group and step.group.values) if part for text in part.values()]
        texts += [result for column in spec.columns.values() for result in column.values.values()]
        found = any(unclean(text.replace("\n", " ")) or re.search(r"(?i)(?<!\w)(e|u&)'", text) is not None for text in texts)
        profile.memo["writes_signs"] = found
    return found


def _select(dataset: str, emit: Emit, shaped: str, wash: bool, country: str | None, single: bool) -> str:
    from kpi_core.store.datasets import DATASETS

    columns = []
    for name, kind in DATASETS[dataset].columns.items():
        if name == "customer_key" and emit.identify is not None:
            expression = customer_key(emit.identify)
        elif name in emit.columns:
            expression = f"CAST(({emit.columns[name]}\n) AS {kind})"
            if kind == "VARCHAR" and wash:
                expression = clean(expression)
        else:
            expression = f"CAST(NULL AS {kind})"
        columns.append(f"{expression} AS {named(name)}")
    where = f" WHERE ({emit.when}\n)" if emit.when is not None else ""
    rows = f"SELECT * FROM {shaped}{where}"
    keys = ", ".join(named(name) for name in emit.one_per)
    if emit.one_per and single:  # a window would carry every column of every row along
        rows = f"SELECT * FROM {shaped} WHERE rowid IN (SELECT arg_min(rowid, file_line) FROM {shaped}{where} GROUP BY {keys})"
    elif emit.one_per:
        rows += f" QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY file_line) = 1"
    if emit.identify is not None:
        rows = normalised(f"({rows})", emit.identify, country, first=True)
    return f"(SELECT {', '.join(columns)}, file_line FROM ({rows}))"


def _unique(dataset: str, way: str, table: str) -> str:
    """One row per key: the later line wins, or numbers add up, or each fills the other's gaps."""
    from kpi_core.store.datasets import DATASETS

    shape = DATASETS[dataset]
    keys = ", ".join(named(name) for name in shape.key)
    if way == "last":
        return f"SELECT * FROM {table} QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY file_line DESC) = 1"
    columns = []
    for name, kind in shape.columns.items():
        if name in shape.key:
            columns.append(named(name))
        elif way == "sum" and kind.startswith(_ADDED):
            columns.append(f"CAST(sum({named(name)}) AS {kind}) AS {named(name)}")
        else:
            columns.append(f"max({named(name)}) AS {named(name)}")
    return f"SELECT {', '.join(columns)}, min(file_line) AS file_line FROM {table} GROUP BY {keys}"
