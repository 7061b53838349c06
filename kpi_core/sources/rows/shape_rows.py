"""Steps that change how many rows there are: a cell of several items and numbered columns become rows, amounts by kind become columns.

Each row made carries the physical line of its cell, its place among the rows of that line (`place_…_`) and, when an item could not be
read, the item's text (`bad_…_`): the whole line is refused then, as half an order would be a wrong order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import duckdb

from kpi_core.config.yaml import YamlPath
from kpi_core.errors import ConfigError, said
from kpi_core.sources.cells.types import cell, value
from kpi_core.sources.profiles.expression import named, quoted
from kpi_core.sources.profiles.language import SQL_TYPE, Column, ColumnType, Explode, PivotAmounts, Read, Step, WideItems
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import norm

LINES = "lines_"  # physical lines that were folded into one row
_SPLIT = "chr(31)"


def place_of(index: int) -> str:
    return f"place_{index}_"


def bad_of(index: int) -> str:
    return f"bad_{index}_"


def wide_of(index: int) -> str:
    """The hidden column in which the typed rows hand the numbered columns to step `index`."""
    return f"wide_{index}_"


def wide_steps(profile: Profile) -> Iterator[tuple[int, WideItems]]:
    for index, step in enumerate(profile.spec.shape):
        if step.wide_items is not None:
            yield index, step.wide_items


def wide_type(step: WideItems) -> str:
    return f"STRUCT(place BIGINT, {', '.join(f'{named(name)} VARCHAR' for name in step.columns)})[]"


def wide_places(step: WideItems, header: Sequence[str]) -> dict[int, dict[str, int]]:
    """Place -> (new name -> position in the header) of the numbered columns."""
    found: dict[int, dict[str, int]] = {}
    for name, pattern in step.columns.items():
        compiled = re.compile(pattern.removeprefix("re:"))
        count = 0
        for position, text in enumerate(header):
            hit = compiled.search(norm(text))
            if hit is None:
                continue
            count += 1
            group = next((part for part in hit.groups() if part and part.isdecimal()), None)
            found.setdefault(int(group) if group is not None else count, {}).setdefault(name, position)
    return dict(sorted(found.items()))


def wide_sql(step: WideItems, header: Sequence[str], read: Read) -> str:
    """The numbered cells of one row as a list."""
    items = []
    for place, positions in wide_places(step, header).items():
        cells = [f"{named(name)}: {cell(f'c{positions[name]}', read) if name in positions else 'NULL::VARCHAR'}" for name in step.columns]
        items.append(f"{{place: {place}::BIGINT, {', '.join(cells)}}}")
    return f"[{', '.join(items)}]::{wide_type(step)}" if items else f"NULL::{wide_type(step)}"


def made_by(step: Step) -> tuple[str, ...]:
    """New names of a step that makes or folds rows."""
    if step.explode is not None:
        names = tuple(step.explode.into) or (tuple(re.compile(step.explode.pattern).groupindex) if step.explode.pattern is not None else ())
        return (*names, *((step.explode.number,) if step.explode.number else ()))
    if step.wide_items is not None:
        return (*step.wide_items.columns, *((step.wide_items.number,) if step.wide_items.number else ()))
    if step.pivot_amounts is not None:
        return (*step.pivot_amounts.into, step.pivot_amounts.rest)
    return ()


def one_a_line(profile: Profile) -> bool:
    """Does every row have a line of its own? Those made of one line do not."""
    return profile.spec.unpivot is None and all(step.explode is None and step.wide_items is None for step in profile.spec.shape)


def folds(profile: Profile) -> bool:
    """Does a row of the shaped table stand for several lines of the file?"""
    return any(step.pivot_amounts is not None for step in profile.spec.shape)


def refusing(profile: Profile) -> dict[str, str]:
    """Hidden column of the items that could not be read -> the working name (or pattern) they come from."""
    found: dict[str, str] = {}
    for index, step in enumerate(profile.spec.shape):
        if step.explode is not None:
            found[bad_of(index)] = step.explode.column
        elif step.wide_items is not None and step.wide_items.types:
            found[bad_of(index)] = next(iter(step.wide_items.columns))
    return found


def check_patterns(con: duckdb.DuckDBPyConnection, profile: Profile) -> None:
    """The patterns of the steps must be ones that both readers know. Raises ConfigError at the first one."""
    for text, path in _patterns(profile):
        try:
            re.compile(text)
            con.execute("SELECT regexp_matches('', ?)", [text])
        except (re.error, duckdb.Error) as error:
            why = str(error).splitlines()[0]
            raise ConfigError(said("{text} is not a pattern: {why}", text=text, why=why), where=profile.document.where(path)) from None


def _patterns(profile: Profile) -> Iterator[tuple[str, YamlPath]]:
    for index, step in enumerate(profile.spec.shape):
        if step.explode is not None:
            for key in ("item_sep", "pair_sep", "key_sep"):
                text = getattr(step.explode, key)
                if text is not None and text.startswith("re:"):
                    yield text[3:], ("shape", index, "explode", key)
            if step.explode.pattern is not None:
                yield step.explode.pattern, ("shape", index, "explode", "pattern")
        elif step.wide_items is not None:
            for name, text in step.wide_items.columns.items():
                yield text.removeprefix("re:"), ("shape", index, "wide_items", "columns", name)


# ---------------------------------------------------------------- explode


def explode(step: Explode, index: int, read: Read, source: str) -> str:
    """One row per item of the cell, its fields read."""
    fields = _fields(step)
    items = _items(step)
    kept = f"CASE WHEN len({items}) > 0 THEN {items} ELSE [NULL::VARCHAR] END"
    rows = f"SELECT *, unnest({kept}) AS item_, unnest(range(1, greatest(len({items}), 1) + 1)) AS spot_ FROM {source}"
    texts = ", ".join(f"{expression} AS {named('t_' + name)}" for name, expression in fields.items())
    unread = []
    if step.pattern is not None:
        unread.append(f"NOT regexp_full_match(item_, {quoted('(?s)' + step.pattern)})")
    elif step.key_sep is not None:
        known = rf"^(?:{_keys(step)})\s*(?:{_source(step.key_sep)})"
        unread.append(f"NOT regexp_matches(item_, {quoted(known)})")
    return _typed(f"SELECT *, {texts} FROM ({rows})", fields, step, index, read, "item_", unread)


def _items(step: Explode) -> str:
    text = f"replace({named(step.column)}, {_SPLIT}, ' ')"
    if step.item_sep is None:
        return f"list_filter([trim({text})], lambda item: item <> '')"
    following = rf"\s*((?:{_keys(step)})\s*(?:{_source(step.key_sep)}))" if step.key_sep is not None else None
    return f"list_filter(list_transform({_parts(text, step.item_sep, following)}, lambda item: trim(item)), lambda item: item <> '')"


def _parts(text: str, sep: str, following: str | None = None) -> str:
    """SQL of the list of parts. A group of the separator, and what must follow it, belong to the next part."""
    if not sep.startswith("re:") and following is None:
        return f"string_split({text}, {quoted(sep)})"
    pattern = _source(sep)
    groups = re.compile(pattern).groups
    kept = f"\\{groups + 1}" if following is not None else "\\1" if groups else ""
    return f"string_split(regexp_replace({text}, {quoted(f'(?s:{pattern})' + (following or ''))}, {_SPLIT} || {quoted(kept)}, 'g'), {_SPLIT})"


def _source(sep: str) -> str:
    return sep[3:] if sep.startswith("re:") else _escaped(sep)


def _escaped(text: str) -> str:
    """A text as a pattern that both readers know."""
    return re.sub(r"([][\\.^$*+?{}()|])", r"\\\1", text)


def _keys(step: Explode) -> str:
    """Keys that may begin a pair, the longest first."""
    keys = {str(key) for key in (*step.into.values(), *step.keys)}
    return "|".join(_escaped(key) for key in sorted(keys, key=lambda key: (-len(key), key)))


def _fields(step: Explode) -> dict[str, str]:
    """New name -> SQL of its text in `item_`."""
    if step.pattern is not None:
        groups = re.compile(step.pattern).groupindex.items()
        return {name: f"regexp_extract(item_, {quoted(f'(?s)^(?:{step.pattern})$')}, {group})" for name, group in groups}
    if step.key_sep is not None:
        pair, key_sep = _source(step.pair_sep or ","), _source(step.key_sep)
        before = re.compile(pair).groups + re.compile(key_sep).groups + 1
        end = rf"(?:(?:{pair})\s*(?:{_keys(step)})\s*(?:{key_sep})|$)"
        texts = {name: rf"(?s)(?:^|{pair})\s*{_escaped(str(key))}\s*(?:{key_sep})(.*?){end}" for name, key in step.into.items()}
        return {name: f"regexp_extract(item_, {quoted(text)}, {before})" for name, text in texts.items()}
    if step.pair_sep is None:
        return dict.fromkeys(step.into, "item_")
    parts = _parts("item_", step.pair_sep)
    return {name: f"{parts}[{int(place)}]" for name, place in step.into.items()}


# ---------------------------------------------------------------- wide_items


def wide_items(step: WideItems, index: int, read: Read, source: str) -> str:
    """One row per place whose cells are not all empty."""
    cells = ", ".join(f"item.{named(name)}" for name in step.columns)
    items = f"list_filter({wide_of(index)}, lambda item: coalesce({cells}) IS NOT NULL)"
    kept = f"CASE WHEN len({items}) > 0 THEN {items} ELSE [NULL::{wide_type(step).removesuffix('[]')}] END"
    rows = f"SELECT * EXCLUDE ({wide_of(index)}), unnest({kept}) AS item_ FROM {source}"
    fields = {name: f"item_.{named(name)}" for name in step.columns}
    texts = ", ".join(f"{expression} AS {named('t_' + name)}" for name, expression in fields.items())
    return _typed(f"SELECT *, item_.place AS spot_, {texts} FROM ({rows})", fields, step, index, read, None, [])


def _typed(rows: str, fields: Iterable[str], step: Explode | WideItems, index: int, read: Read, item: str | None, unread: Sequence[str]) -> str:
    """Texts `t_…` to values; an item that cannot be read is in `bad_…_`: the whole of it, or without `item` its cell."""
    names = list(fields)
    cleaned = ", ".join(f"{cell(named('t_' + name), read, bare=False)} AS {named('r_' + name)}" for name in names)
    values = []
    bad = [f"WHEN {test} THEN {item}" for test in unread]
    for name in names:
        kind: ColumnType = step.types.get(name, "text")
        text = named("r_" + name)
        values.append(f"({value(text, Column(from_=(), as_=kind, format=step.format), step.decimal)})::{SQL_TYPE[kind]} AS {named(name)}")
        if kind not in ("text", "id", "enum", "phone"):
            bad.append(f"WHEN {text} IS NOT NULL AND {named(name)} IS NULL THEN {item or text}")
    place = f"CASE WHEN item_ IS NOT NULL THEN spot_ END::INTEGER AS {named(step.number)}, " if step.number else ""
    made = ", ".join(named(f"{sign}_{name}") for name in names for sign in ("t", "r"))
    refused = f"CASE {' '.join(bad)} END" if bad else "NULL::VARCHAR"
    return (
        f"SELECT * EXCLUDE ({made}, item_, spot_), {place}spot_ AS {place_of(index)}, {refused} AS {bad_of(index)} FROM "
        f"(SELECT *, {', '.join(values)} FROM (SELECT *, {cleaned} FROM ({rows})))"
    )


# ---------------------------------------------------------------- pivot_amounts


def pivot_amounts(step: PivotAmounts, order: str, folded: bool, source: str) -> str:
    """One row per `over`: sums by kind, the first filled value of every other column, and the lines it stands for."""
    kind = "CASE " + " ".join(f"WHEN ({test}\n) THEN {place}" for place, test in enumerate(step.into.values())) + f" ELSE {len(step.into)} END"
    keys = ", ".join(named(name) for name in step.over)
    hidden = f"file_line, amount_, kind_{', ' + LINES if folded else ''}"
    others = f"any_value(COLUMNS(* EXCLUDE ({keys}, {hidden})) ORDER BY {order})"
    sums = "".join(f", sum(amount_) FILTER (kind_ = {place}) AS {named(name)}" for place, name in enumerate((*step.into, step.rest)))
    lines = f"flatten(list({LINES}))" if folded else "list(DISTINCT file_line)"
    rows = f"SELECT *, ({step.amount}\n) AS amount_, {kind} AS kind_ FROM {source}"
    return f"SELECT {keys}, min(file_line) AS file_line, {others}{sums}, {lines} AS {LINES} FROM ({rows}) GROUP BY {keys}"


def lines_of(profile: Profile, shaped: str, where: str = "true") -> str:
    """SELECT of the physical lines that the rows of a shaped table stand for."""
    lines = f"unnest({LINES}) AS file_line" if folds(profile) else "file_line"
    return f"SELECT {lines} FROM {shaped} WHERE {where}"


def bad_items(con: duckdb.DuckDBPyConnection, profile: Profile, shaped: str) -> Mapping[int, tuple[str, str]]:
    """Physical line -> (working name, item) of what could not be read; the first item of each line."""
    found: dict[int, tuple[str, str]] = {}
    for hidden, name in refusing(profile).items():
        for line, item in con.execute(f"SELECT file_line, min({hidden}) FROM {shaped} WHERE {hidden} IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall():
            found.setdefault(line, (name, str(item)))
    return found
