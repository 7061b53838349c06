"""The fixed vocabulary of steps that turn typed rows into rows of the right grain. Each step is one SELECT over the one before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kpi_core.config.yaml import YamlPath
from kpi_core.errors import ConfigError, said
from kpi_core.sources.profiles.expression import Claim, named
from kpi_core.sources.profiles.language import Allocate, FillDown, Group, Join, KeepLast, Lookup, Number, Read, Step
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.rows.shape_rows import explode, made_by, pivot_amounts, place_of, wide_items


def claims(profile: Profile, names: set[str]) -> Iterator[Claim]:
    """Expressions of the steps with the names each may use; `names` grows by what the steps add."""
    where = profile.document.where
    for index, step in enumerate(profile.spec.shape):
        path: YamlPath = ("shape", index)

        def plain(columns: Iterable[str], *tail: str, at: YamlPath = path, known: set[str] = names) -> Iterator[Claim]:
            for column in columns:
                yield Claim(named(column), set(known), where((*at, *tail)))

        def new(made: Iterable[str], *tail: str, at: YamlPath = path) -> None:
            for name in made:
                if name in names:
                    raise ConfigError(said("the name {name} is there already", name=name), where=where((*at, *tail)))
                names.add(name)

        if step.fill_down is not None:
            yield from plain((step.fill_down.key, *step.fill_down.columns), "fill_down")
        elif step.derive is not None:
            for name, expression in step.derive.items():
                yield Claim(expression, set(names), where((*path, "derive", name)))
                names.add(name)
        elif step.group is not None:
            yield from plain(step.group.over, "group", "over")
            for name, expression in step.group.values.items():
                yield Claim(expression, set(names), where((*path, "group", "values", name)), aggregates=True)
            names.update(step.group.values)
        elif step.number is not None:
            yield from plain(step.number.over, "number", "over")
            if step.number.when is not None:
                yield Claim(step.number.when, set(names), where((*path, "number", "when")))
            names.add(step.number.into)
        elif step.allocate is not None:
            yield from plain(step.allocate.over, "allocate", "over")
            yield Claim(step.allocate.amount, set(names), where((*path, "allocate", "amount")))
            yield Claim(step.allocate.weight, set(names), where((*path, "allocate", "weight")))
            names.add(step.allocate.into)
        elif step.lookup is not None:
            yield from plain((*step.lookup.where, *step.lookup.equals, *step.lookup.take.values()), "lookup")
            if step.lookup.when is not None:
                yield Claim(step.lookup.when, set(names), where((*path, "lookup", "when")))
            names.update(step.lookup.take)
        elif step.keep_last is not None:
            yield from plain(step.keep_last.over, "keep_last", "over")
        elif step.explode is not None:
            yield from plain((step.explode.column,), "explode", "column")
            for name in made_by(step):
                new((name,), "explode", *(("number",) if name == step.explode.number else ("into", name)))
        elif step.wide_items is not None:
            for name in made_by(step):
                new((name,), "wide_items", *(("number",) if name == step.wide_items.number else ("columns", name)))
        elif step.pivot_amounts is not None:
            yield from plain(step.pivot_amounts.over, "pivot_amounts", "over")
            yield Claim(step.pivot_amounts.amount, set(names), where((*path, "pivot_amounts", "amount")))
            for name, expression in step.pivot_amounts.into.items():
                yield Claim(expression, set(names), where((*path, "pivot_amounts", "into", name)))
            for name in made_by(step):
                new((name,), "pivot_amounts", *(("into", name) if name in step.pivot_amounts.into else ("rest",)))
        elif step.join is not None:
            yield from plain(step.join.equals, "join", "equals")
            for name in step.join.take:
                new((name,), "join", "take", name)


def names_after(profile: Profile) -> set[str]:
    """Working names of the shaped rows of a profile."""
    from kpi_core.sources.rows.typed import columns_of  # here: it reads what this module steps over

    names = set(columns_of(profile))
    for _ in claims(profile, names):
        pass
    return names


@dataclass(frozen=True)
class _Side:
    """A step that only adds columns, as a join to `rows_`: what it reads (text of its names) and what it makes."""

    join: Callable[[str, str], str]  # (relation, alias) -> JOIN … ON …
    makes: tuple[str, ...]
    reads: str
    table: bool = False  # the relation must be a table with a rowid
    taken: str = "{}"  # how its columns are taken


def selects(
    profile: Profile, siblings: Mapping[str, str] | None = None, left: Callable[[Sequence[int]], Iterable[Collection[str]]] | None = None
) -> list[Callable[[str], str]]:
    """One SELECT per step over a relation given later; steps that only add columns and do not need each other become one.

    `siblings`: profile of a sibling file -> table of its shaped rows. `left`: `Alive.left`, names that need not be carried
    on (None: all are).
    """
    found: list[Callable[[str], str]] = []
    ends: list[int] = []  # of each SELECT the number of steps done
    sides: list[_Side] = []
    order = "file_line"  # of rows; those made of one line follow their place in it
    folded = False

    def flush() -> None:
        if sides:
            found.append(partial(_joined, tuple(sides)))
            ends.append(done)
            sides.clear()

    done = 0
    for index, step in enumerate(profile.spec.shape):
        side = _side(step, order, siblings or {})
        if side is None:
            flush()
            if step.pivot_amounts is not None:
                found.append(partial(pivot_amounts, step.pivot_amounts, order, folded))
                folded = True
            elif step.explode is not None or step.wide_items is not None:
                found.append(partial(_rows, step, index, profile.spec.read))
                order += f", {place_of(index)}"
            elif step.derive is not None and found:  # reads its relation once: no table in between
                found[-1] = partial(_after, found[-1], step, order)
            else:
                found.append(partial(_sql, step, order))
            done = index + 1
            ends[len(found) - 1 :] = [done]
            continue
        made = {name for other in sides for name in other.makes}
        if any(name in side.reads or name in side.makes for name in made):
            flush()
        if side.table and not found:  # what comes before the first step is a relation: it has no rowid
            flush()
            if not found:
                found.append(_copy)
                ends.append(index)
        sides.append(side)
        done = index + 1
    flush()
    return found if left is None else [partial(_without, dead, select) for dead, select in zip(left(ends), found, strict=True)]


def _without(dead: Collection[str], select: Callable[[str], str], source: str) -> str:
    return f"SELECT * EXCLUDE ({_names(sorted(dead))}) FROM ({select(source)})" if dead else select(source)


def _after(before: Callable[[str], str], step: Step, order: str, source: str) -> str:
    return _sql(step, order, f"({before(source)})")


def _rows(step: Step, index: int, read: Read, source: str) -> str:
    if step.explode is not None:
        return explode(step.explode, index, read, source)
    if step.wide_items is not None:
        return wide_items(step.wide_items, index, read, source)
    raise AssertionError("no step that makes rows")


def _side(step: Step, order: str, siblings: Mapping[str, str]) -> _Side | None:
    if step.number is not None:
        return _Side(partial(_number, step.number, order), (step.number.into,), " ".join((*step.number.over, step.number.when or "")), table=True)
    if step.allocate is not None:
        spread = step.allocate
        return _Side(
            partial(_allocate, spread, order),
            (spread.into,),
            " ".join((*spread.over, spread.amount, spread.weight)),
            table=True,
            taken="coalesce({}, 0::DECIMAL(28,6))",
        )
    if step.group is not None:
        return _Side(partial(_group, step.group), tuple(step.group.values), " ".join((*step.group.over, *step.group.values.values())))
    if step.lookup is not None:
        rule = step.lookup
        return _Side(partial(_lookup, rule, order), tuple(rule.take), " ".join((*rule.where, *rule.equals, *rule.take.values(), rule.when or "")))
    if step.join is not None:
        return _Side(partial(_join, step.join, siblings[step.join.profile]), tuple(step.join.take), " ".join(step.join.equals))
    return None


def _joined(sides: Sequence[_Side], source: str) -> str:
    taken = ", ".join(side.taken.format(f"side{index}_.{named(name)}") + f" AS {named(name)}" for index, side in enumerate(sides) for name in side.makes)
    return f"SELECT rows_.*, {taken} FROM {source} AS rows_ {' '.join(side.join(source, f'side{index}_') for index, side in enumerate(sides))}"


def _sql(step: Step, order: str, source: str) -> str:
    """SELECT of one step over the relation `source`."""
    if step.fill_down is not None:
        return _fill_down(step.fill_down, source)
    if step.derive is not None:
        for name, expression in step.derive.items():
            source = f"(SELECT *, ({expression}\n) AS {named(name)} FROM {source})"
        return f"SELECT * FROM {source}"
    if step.keep_last is not None:
        return _keep_last(step.keep_last, order, source)
    raise AssertionError("a step without a key passed the profile check")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(named(column) for column in columns)


def _fill_down(step: FillDown, source: str) -> str:
    """Rows of one key take the value of its first filled row: exports write order fields on the first line only."""
    key = named(step.key)
    if step.carry:
        source = f"(SELECT * REPLACE (last_value({key} IGNORE NULLS) OVER (PARTITION BY block ORDER BY file_line) AS {key}) FROM {source})"
    firsts = ", ".join(f"arg_min({named(column)}, file_line) AS {named(column)}" for column in step.columns)
    filled = ", ".join(f"first_.{named(column)} AS {named(column)}" for column in step.columns)
    return (
        f"SELECT rows_.* REPLACE ({filled}) FROM {source} AS rows_ "
        f"JOIN (SELECT {key} AS key_, {firsts} FROM {source} GROUP BY {key}) AS first_ ON rows_.{key} IS NOT DISTINCT FROM first_.key_"
    )


def _group(step: Group, source: str, alias: str) -> str:
    values = ", ".join(f"({expression}\n) AS {named(name)}" for name, expression in step.values.items())
    keys = _names(step.over)
    match = " AND ".join(f"rows_.{named(column)} IS NOT DISTINCT FROM {alias}.{named(column)}" for column in step.over)
    return f"JOIN (SELECT {keys}, {values} FROM {source} GROUP BY {keys}) AS {alias} ON {match}"


def _number(step: Number, order: str, source: str, alias: str) -> str:
    """Worked out on the few columns it needs: a window carries every column of its rows along."""
    return f"JOIN (SELECT rowid AS row_, {_window(step, order)} FROM {source}) AS {alias} ON rows_.rowid = {alias}.row_"


def _copy(source: str) -> str:
    return f"SELECT * FROM {source}"


def _window(step: Number, order: str) -> str:
    """Row number in file order; with `when`, rows that do not count get NULL."""
    if step.when is None:
        return f"row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY {order})::INTEGER AS {named(step.into)}"
    counts = f"coalesce(({step.when}\n), false)"
    return f"CASE WHEN {counts} THEN row_number() OVER (PARTITION BY {_names(step.over)}, {counts} ORDER BY {order})::INTEGER END AS {named(step.into)}"


def _allocate(step: Allocate, order: str, source: str, alias: str) -> str:
    """Integer cents and largest remainder: the parts add up to the amount exactly. No weight at all: the first row takes it."""
    keys = ", ".join(f"key{index}_" for index, _ in enumerate(step.over))
    renamed = ", ".join(f"{named(column)} AS key{index}_" for index, column in enumerate(step.over))
    amount = f"coalesce(({step.amount}\n), 0)::DECIMAL(28,6)"
    match = " AND ".join(f"source_.{named(column)} IS NOT DISTINCT FROM some_.{named(column)}" for column in step.over)
    # nothing to share out is a part of nothing: only groups with an amount are worked on
    some = f"SELECT DISTINCT {_names(step.over)} FROM {source} WHERE {amount} <> 0"
    cents = "CAST(sign(amount_) * (part_ + CASE WHEN rank_ <= cents_ - parts_ THEN 1 ELSE 0 END) AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2)"
    below = "CASE WHEN rank_ = 1 THEN amount_ - CAST(sign(amount_) * cents_ AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2) ELSE 0 END"
    return f"""LEFT JOIN (
        SELECT row_, CAST(CASE WHEN sum_ > 0 THEN {cents} + {below} WHEN rank_ = 1 THEN amount_ ELSE 0 END AS DECIMAL(28,6)) AS {named(step.into)}
        FROM (
            SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY rest_ DESC, weight_ DESC, {order}) AS rank_,
                   sum(part_) OVER (PARTITION BY {keys}) AS parts_
            FROM (
                SELECT *, coalesce((cents_ * weight_) // nullif(sum_, 0), 0) AS part_, coalesce((cents_ * weight_) % nullif(sum_, 0), 0) AS rest_
                FROM (
                    SELECT *, sum(weight_) OVER (PARTITION BY {keys}) AS sum_
                    FROM (
                        SELECT rowid AS row_, {order}, {renamed}, {amount} AS amount_, floor(abs({amount}) * 100)::HUGEINT AS cents_,
                               greatest(0, round(coalesce(({step.weight}\n), 0) * 10000))::HUGEINT AS weight_
                        FROM (SELECT source_.*, source_.rowid FROM {source} AS source_ JOIN ({some}) AS some_ ON {match})
                    )
                )
            )
        )
    ) AS {alias} ON rows_.rowid = {alias}.row_"""


def _lookup(step: Lookup, order: str, source: str, alias: str) -> str:
    condition = f" WHERE ({step.when}\n)" if step.when is not None else ""
    taken = ", ".join(f"first({named(column)} ORDER BY {order}) AS {named(name)}" for name, column in step.take.items())
    match = " AND ".join(f"rows_.{named(equal)} = {alias}.{named(column)}" for column, equal in zip(step.where, step.equals, strict=True))
    keys = _names(step.where)
    return f"LEFT JOIN (SELECT {keys}, {taken} FROM {source}{condition} GROUP BY {keys}) AS {alias} ON {match}"


def _join(step: Join, sibling: str, _source: str, alias: str) -> str:
    """The first row of the sibling with these keys: the number of rows stays what it was."""
    taken = ", ".join(f"first({named(column)} ORDER BY file_line) AS {named(name)}" for name, column in step.take.items())
    keys = ", ".join(f"{named(column)} AS key{index}_" for index, column in enumerate(step.where))
    groups = ", ".join(str(index + 1) for index, _ in enumerate(step.where))
    match = " AND ".join(f"rows_.{named(equal)} = {alias}.key{index}_" for index, equal in enumerate(step.equals))
    return f"LEFT JOIN (SELECT {keys}, {taken} FROM {sibling} GROUP BY {groups}) AS {alias} ON {match}"


def _keep_last(step: KeepLast, order: str, source: str) -> str:
    last = ", ".join(f"{part} DESC" for part in order.split(", "))
    return f"SELECT * FROM {source} QUALIFY row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY {last}) = 1"
