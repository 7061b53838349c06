"""What a fact reads: one table or several that make one fact together, and the lookups that say more about its rows.

A lookup holds at most one row per key, so a join can never multiply figures; `check` proves it on the data and refuses a key that is
doubled. Only the lookups whose names are used are joined, in as many hops as the name has. No row is lost: no match is null.

    names(file, fact, columns)   every name that a fact knows: its own and `lookup.name`
    source(file, fact, needed)   the FROM item that has exactly the needed names, as plain identifiers (`column_name`)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Fact, FactPart, Key, KpiFile, Lookup
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.engine import predicate
from kpi_core.engine.coverage import Reader
from kpi_core.engine.predicate import Scalar, identifier
from kpi_core.errors import ConfigError, Message, QueryError, Where, said

MAX_HOPS = 4
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

Columns = Mapping[str, frozenset[str]]


def column_name(name: str) -> str:
    """The identifier that stands for a name in SQL: `item.brand` is the column item__brand. Raises ValueError for what is no name."""
    return identifier(name)


def keys(key: Key) -> tuple[str, ...]:
    """The columns of a key, in order."""
    return (key,) if isinstance(key, str) else key


def tables(file: KpiFile, fact: str) -> tuple[str, ...]:
    """The tables whose rows a fact counts, without its lookups."""
    spec = file.facts[fact]
    return tuple(dict.fromkeys(part.table for part in spec.union)) if spec.union else (spec.table,)


def own_names(file: KpiFile, fact: str, columns: Columns) -> frozenset[str]:
    """Names of a fact's own columns. `columns`: those of each table; a union knows what its parts declare."""
    spec = file.facts[fact]
    if spec.union:
        return frozenset(name for part in spec.union for name in (*part.columns, *part.set))
    return columns.get(spec.table, frozenset())


def names(file: KpiFile, fact: str, columns: Columns) -> frozenset[str]:
    """Every name that measures and filters of a fact may use: its own columns and `lookup.name`."""
    spec = file.facts[fact]
    return own_names(file, fact, columns) | frozenset(_dotted(file, spec.lookups, values=True)) | frozenset(_mirrored(file, fact, columns))


def dims(file: KpiFile, fact: str, columns: Columns) -> frozenset[str]:
    """The names of lookups by which a fact may be cut, beside its own `dims`."""
    return frozenset(_dotted(file, file.facts[fact].lookups, values=False)) | frozenset(_mirrored(file, fact, columns))


def _dotted(file: KpiFile, lookups: Iterable[str], *, values: bool, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Names behind `lookups`, with every further hop; no lookup stands twice on one path."""
    for name in lookups:
        if name not in file.lookups or name in path or len(path) >= MAX_HOPS:
            continue
        spec, here = file.lookups[name], (*path, name)
        for known in known_of(spec) if values else spec.dims:
            yield ".".join((*here, known))
        yield from _dotted(file, spec.lookups, values=values, path=here)


def known_of(spec: Lookup) -> tuple[str, ...]:
    """The names that a lookup gives."""
    return tuple(dict.fromkeys((*spec.dims, *spec.values)))


def _mirrored(file: KpiFile, fact: str, columns: Columns) -> Iterator[str]:
    """`listing.country` on the fact that is itself the listings: its own column of that name."""
    spec = file.facts[fact]
    if spec.same_as_lookup is not None and spec.same_as_lookup in file.lookups:
        own = own_names(file, fact, columns)
        target = file.lookups[spec.same_as_lookup]
        for known in known_of(target):
            if _mirror(target, known, own) is not None:
                yield f"{spec.same_as_lookup}.{known}"


def _mirror(target: Lookup, name: str, own: Collection[str]) -> str | None:
    """The own column that a name of the lookup means on the fact itself: of the same name, else of the column behind it."""
    return next((column for column in (name, target.columns.get(name, name)) if column in own), None)


# ---------------------------------------------------------------- SQL


def source(file: KpiFile, fact: str, needed: Collection[str], columns: Columns | None = None) -> str:
    """The FROM item of a fact: a plain table, or a parenthesised SELECT with the needed names as plain identifiers, without an alias.

    `columns` is only needed for a fact with `same_as_lookup` whose names differ from its columns. Every name must be one of `names`;
    raises ValueError otherwise (names are checked when the YAML is read).
    """
    spec = file.facts[fact]
    wanted = sorted(set(needed))
    if not spec.union and not any("." in name for name in wanted):
        return identifier(spec.table)
    mirrors = _mirrors(file, fact, wanted, columns)
    inner = [name for name in wanted if name not in mirrors]
    base_names = sorted({name for name in (*inner, *mirrors.values()) if "." not in name} | {key for path in _paths(inner) for key in _first_keys(spec, path)})
    base = _union(file, spec, base_names) if spec.union else identifier(spec.table)
    if spec.union and not mirrors and not any("." in name for name in wanted) and base_names == wanted:
        return base
    return _joined(file, base, spec.lookups, inner, mirrors)


def _mirrors(file: KpiFile, fact: str, wanted: Iterable[str], columns: Columns | None) -> dict[str, str]:
    spec = file.facts[fact]
    if spec.same_as_lookup is None:
        return {}
    target, found = file.lookups[spec.same_as_lookup], {}
    own = None if columns is None and not spec.union else own_names(file, fact, columns or {})
    for name in wanted:
        head, _, rest = name.partition(".")
        if rest and head == spec.same_as_lookup and head not in spec.lookups:
            column = target.columns.get(rest, rest) if own is None else _mirror(target, rest, own)
            if column is None:
                raise ValueError(name)
            found[name] = column
    return found


def _paths(wanted: Iterable[str]) -> list[tuple[str, ...]]:
    """Every lookup that the names pass through, nearer ones first."""
    found: dict[tuple[str, ...], None] = {}
    for name in wanted:
        steps = name.split(".")[:-1]
        for count in range(1, len(steps) + 1):
            found[tuple(steps[:count])] = None
    return sorted(found, key=lambda path: (len(path), path))


def _first_keys(spec: Fact | FactPart, path: tuple[str, ...]) -> tuple[str, ...]:
    """Own columns that a path starts from."""
    return keys(spec.lookups[path[0]]) if len(path) == 1 and path[0] in spec.lookups else ()


def _joined(file: KpiFile, base: str, lookups: Mapping[str, Key], wanted: Iterable[str], mirrors: Mapping[str, str]) -> str:
    """A select of the wanted names over `base`, left-joined with the lookups they pass through."""
    outputs, joins = [], [f"from {base} as b"]
    for name in sorted({*wanted, *mirrors}):
        if name in mirrors:
            outputs.append(f"b.{identifier(mirrors[name])} as {column_name(name)}")
            continue
        *steps, last = name.split(".")
        column = _column(_lookup(file, lookups, tuple(steps)), last) if steps else identifier(last)
        outputs.append(f"{_alias(steps) if steps else 'b'}.{column} as {column_name(name)}")
    for path in _paths(wanted):
        target = _lookup(file, lookups, path)
        before = path[:-1]
        own = (file.lookups[before[-1]].lookups if before else lookups)[path[-1]]
        parent = file.lookups[before[-1]] if before else None
        left = [f"{_alias(before) if before else 'b'}.{_column(parent, name) if parent else identifier(name)}" for name in keys(own)]
        right = [f"{_alias(path)}.{_column(target, name)}" for name in keys(target.key)]
        if len(left) != len(right):
            raise ValueError(".".join(path))
        pairs = " and ".join(f"{one} = {other}" for one, other in zip(left, right, strict=True))
        joins.append(f"left join {identifier(target.table)} as {_alias(path)} on {pairs}")
    return f"(\n  select {', '.join(outputs) or '1 as one'}\n  " + "\n  ".join(joins) + "\n)"


def _alias(path: Iterable[str]) -> str:
    """Of a joined lookup; ends in __ so that it is never a column of ours."""
    return "__".join((*path, ""))


def _lookup(file: KpiFile, lookups: Mapping[str, Key], path: tuple[str, ...]) -> Lookup:
    """The lookup at the end of a path. Raises ValueError where the path leaves what is declared."""
    known: Mapping[str, Key] = lookups
    for step in path:
        if step not in known or step not in file.lookups:
            raise ValueError(".".join(path))
        known = file.lookups[step].lookups
    return file.lookups[path[-1]]


def _column(spec: Lookup, name: str) -> str:
    """The column behind a name of a lookup, or behind one of its keys."""
    return identifier(spec.columns.get(name, name))


def _union(file: KpiFile, spec: Fact, needed: Iterable[str]) -> str:
    """All parts below each other, each with the needed names in the same order."""
    wanted = list(needed)
    parts = [_part(file, part, wanted) for part in spec.union]
    return "(\n" + "\n  union all\n".join(parts) + "\n)"


def _part(file: KpiFile, part: FactPart, wanted: Iterable[str]) -> str:
    """One table of a union. A name that the part does not have is null."""
    where = None if part.where is None else scalar(part.where)
    values = {name: scalar(part.columns[name]) for name in wanted if name in part.columns}
    used = sorted({name for node in (*values.values(), where) for name in predicate.columns(node)})
    outputs = [f"{_value(part, values, name)} as {identifier(name)}" for name in wanted] or ["1 as one"]
    base = _joined(file, identifier(part.table), part.lookups, used, {}) if any("." in name for name in used) else identifier(part.table)
    condition = "" if where is None else f"\n  where {predicate.condition_sql(where, 'p.')}"
    return f"  select {', '.join(outputs)}\n  from {base} as p{condition}"


def _value(part: FactPart, values: Mapping[str, Scalar], name: str) -> str:
    if name in values:
        return predicate.condition_sql(values[name], "p.")
    return _constant(part.set[name]) if name in part.set else "null"


def _constant(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


@lru_cache(maxsize=2048)
def scalar(text: str) -> Scalar:
    """A column, or an expression of the measure language over columns. Raises PredicateError."""
    return predicate.Column(text) if _DOTTED.fullmatch(text) and text not in ("true", "false", "null") else predicate.parse_condition(text)


# ---------------------------------------------------------------- mistakes in the YAML


@dataclass(frozen=True)
class _Checker:
    file: KpiFile
    columns: Columns
    document: Document | None

    def fail(self, path: YamlPath, what: Message, hint: Message | None = None) -> ConfigError:
        where = self.document.where(path) if self.document else Where("kpis.yaml", None, ".".join(map(str, path)))
        return ConfigError(what, where=where, hint=hint)

    def known(self, name: str, among: Iterable[str], path: YamlPath, what: Message) -> None:
        choices = list(among)
        if name not in choices or not _DOTTED.fullmatch(name):
            raise self.fail(path, what, did_you_mean(name, [choice for choice in choices if choice != name]))

    def name(self, name: str, path: YamlPath, *, alone: bool = True) -> None:
        if not _NAME.fullmatch(name) or "__" in name:
            raise self.fail(path, said("{name} is not a name", name=name), said("use lower-case letters, digits and single _, a letter first"))
        if alone and name in predicate.RESERVED:  # it could not be written in a formula; behind a dot it can
            raise self.fail(path, said("{name} is a reserved word", name=name), said("choose another name"))

    def table(self, table: str, path: YamlPath) -> None:
        self.known(table, self.columns, (*path, "table"), said("there is no table {table}", table=table))

    def column(self, column: str, table: str, path: YamlPath) -> None:
        self.known(column, self.columns[table], path, said("table {table} has no column {column}", table=table, column=column))

    def lookup(self, name: str, spec: Lookup) -> None:
        path: YamlPath = ("lookups", name)
        self.name(name, path, alone=False)
        try:
            predicate.parse_condition(f"{name}.x")  # `user.state` can be written in a formula, `order.x` cannot
        except predicate.PredicateError:
            raise self.fail(path, said("{name} is a reserved word", name=name), said("choose another name")) from None
        self.table(spec.table, path)
        if not keys(spec.key):
            raise self.fail((*path, "key"), said("a key needs a column"))
        for renamed, column in spec.columns.items():
            self.name(renamed, (*path, "columns", renamed), alone=False)
            self.column(column, spec.table, (*path, "columns", renamed))
        for section, listed in (("dims", spec.dims), ("values", spec.values)):
            for index, known in enumerate(listed):
                self.name(known, (*path, section, index), alone=False)
                self.column(spec.columns.get(known, known), spec.table, (*path, section, index))
        for index, column in enumerate(keys(spec.key)):
            self.column(spec.columns.get(column, column), spec.table, (*path, "key") if isinstance(spec.key, str) else (*path, "key", index))
        self.hops(spec.lookups, self.columns[spec.table] | frozenset(spec.columns), (*path, "lookups"))

    def hops(self, lookups: Mapping[str, Key], own: Collection[str], path: YamlPath) -> None:
        """Every lookup exists, and the own columns that hold its key too, as many as the key has."""
        for name, key in lookups.items():
            self.known(name, self.file.lookups, (*path, name), said("there is no lookup {name}", name=name))
            for column in keys(key):
                self.known(column, own, (*path, name), said("there is no column {column} here", column=column))
            asked, given = len(keys(self.file.lookups[name].key)), len(keys(key))
            if asked != given:
                raise self.fail((*path, name), said("lookup {name} has a key of {asked} columns, not {given}", name=name, asked=asked, given=given))

    def fact(self, name: str, spec: Fact) -> None:
        path: YamlPath = ("facts", name)
        if bool(spec.table) == bool(spec.union):
            raise self.fail(path, said("a fact has either a table or a union of tables"))
        if spec.table:
            self.table(spec.table, path)
        for index, part in enumerate(spec.union):
            self.part(part, (*path, "union", index))
        self.hops(spec.lookups, own_names(self.file, name, self.columns), (*path, "lookups"))
        if spec.same_as_lookup is not None:
            at = (*path, "same_as_lookup")
            self.known(spec.same_as_lookup, self.file.lookups, at, said("there is no lookup {name}", name=spec.same_as_lookup))

    def part(self, part: FactPart, path: YamlPath) -> None:
        self.table(part.table, path)
        own = self.columns[part.table]
        self.hops(part.lookups, own, (*path, "lookups"))
        known = own | frozenset(_dotted(self.file, part.lookups, values=True))
        for name in part.set:
            self.name(name, (*path, "set", name))
            value = part.set[name]
            if name in part.columns:
                raise self.fail((*path, "set", name), said("{name} is a column and a constant", name=name))
            if isinstance(value, str) and any(ord(char) < 32 for char in value):
                raise self.fail((*path, "set", name), said("control characters are not allowed"))
        for name, text in part.columns.items():
            self.name(name, (*path, "columns", name))
            self.text(text, known, part.table, (*path, "columns", name))
        if part.where is not None:
            self.text(part.where, known, part.table, (*path, "where"))

    def text(self, text: str, known: Collection[str], table: str, path: YamlPath) -> None:
        try:
            node = scalar(text)
        except predicate.PredicateError as error:
            raise self.fail(path, said("{text}: {why}", text=text, why=str(error))) from None
        for column in predicate.columns(node):
            self.known(column, known, path, said("table {table} has no column {column}", table=table, column=column))


def validate(file: KpiFile, columns: Columns, document: Document | None = None) -> None:
    """Check lookups, unions and the lookups of facts against the columns of each table.

    Raises ConfigError at the first mistake, with file, line, key and the nearest valid name.
    """
    checker = _Checker(file, columns, document)
    for name, spec in file.lookups.items():
        checker.lookup(name, spec)
    for fact, of in file.facts.items():
        checker.fact(fact, of)


# ---------------------------------------------------------------- mistakes in the data


def used_lookups(file: KpiFile, fact: str, needed: Collection[str]) -> tuple[str, ...]:
    """The lookups that `source` joins for these names, those of a union's parts included: what `check` must prove for a question."""
    spec = file.facts[fact]
    mirrors = _mirrors(file, fact, needed, None)
    paths = _paths(name for name in needed if name not in mirrors)
    own = {name for name in needed if "." not in name} | {key for path in paths for key in _first_keys(spec, path)}
    found = {path[-1] for path in paths}
    for part in spec.union:
        texts = [part.columns[name] for name in own if name in part.columns] + ([part.where] if part.where else [])
        found |= {path[-1] for path in _paths(name for text in texts for name in predicate.columns(scalar(text)))}
    return tuple(sorted(found & set(file.lookups)))


def check(reader: Reader, file: KpiFile, lookups: Iterable[str] | None = None) -> None:
    """Prove that every lookup (or those named) holds at most one row per key.

    Raises QueryError that names the lookup, its key and one doubled id: joined, such a lookup would multiply every figure.
    """
    for name in file.lookups if lookups is None else lookups:
        spec = file.lookups[name]
        names_of = [_column(spec, column) for column in keys(spec.key)]
        listed, filled = ", ".join(names_of), " and ".join(f"{column} is not null" for column in names_of)
        order = ", ".join(f"{column} nulls last" for column in names_of)
        sql = f"select {listed}, count(*) as rows_found from {identifier(spec.table)} where {filled}"
        for *ids, count in reader.execute(f"{sql} group by {listed} having count(*) > 1 order by {order} limit 1"):
            raise QueryError(
                said("lookup {lookup} has {count} rows for {key} = {id}", lookup=name, count=count, key=", ".join(keys(spec.key)), id=", ".join(map(str, ids))),
                hint=said("its key must be unique: joined, every figure would be multiplied"),
            )
