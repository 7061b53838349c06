"""The fixed vocabulary of steps that turn typed rows into rows of the right grain. Each step is one SELECT over the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from kpi_core.config.yaml import YamlPath
from kpi_core.sources.expression import Claim, named
from kpi_core.sources.language import Allocate, FillDown, Group, KeepLast, Lookup, Number, Step
from kpi_core.sources.profile import Profile


def claims(profile: Profile, names: set[str]) -> Iterator[Claim]:
    """Expressions of the steps with the names each may use; `names` grows by what the steps add."""
    where = profile.document.where
    for index, step in enumerate(profile.spec.shape):
        path: YamlPath = ("shape", index)

        def plain(columns: Iterable[str], *tail: str, at: YamlPath = path, known: set[str] = names) -> Iterator[Claim]:
            for column in columns:
                yield Claim(named(column), set(known), where((*at, *tail)))

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


@dataclass(frozen=True)
class _Side:
    """A step that only adds columns, as a join to `rows_`: what it reads (text of its names) and what it makes."""

    join: Callable[[str, str], str]  # (relation, alias) -> JOIN … ON …
    makes: tuple[str, ...]
    reads: str
    table: bool = False  # the relation must be a table with a rowid


def selects(steps: Sequence[Step]) -> list[Callable[[str], str]]:
    """One SELECT per step over a relation given later; steps that only add columns and do not need each other become one."""
    found: list[Callable[[str], str]] = []
    sides: list[_Side] = []

    def flush() -> None:
        if sides:
            found.append(partial(_joined, tuple(sides)))
            sides.clear()

    for step in steps:
        side = _side(step)
        if side is None:
            flush()
            if step.derive is not None and found:  # reads its relation once: no table in between
                found[-1] = partial(_after, found[-1], step)
            else:
                found.append(partial(_sql, step))
            continue
        made = {name for other in sides for name in other.makes}
        if any(name in side.reads or name in side.makes for name in made):
            flush()
        if side.table and not found:  # what comes before the first step is a relation: it has no rowid
            flush()
            if not found:
                found.append(_copy)
        sides.append(side)
    flush()
    return found


def _after(before: Callable[[str], str], step: Step, source: str) -> str:
    return _sql(step, f"({before(source)})")


def _side(step: Step) -> _Side | None:
    if step.number is not None:
        return _Side(partial(_number, step.number), (step.number.into,), " ".join((*step.number.over, step.number.when or "")), table=True)
    if step.allocate is not None:
        spread = step.allocate
        return _Side(partial(_allocate, spread), (spread.into,), " ".join((*spread.over, spread.amount, spread.weight)), table=True)
    if step.group is not None:
        return _Side(partial(_group, step.group), tuple(step.group.values), " ".join((*step.group.over, *step.group.values.values())))
    if step.lookup is not None:
        rule = step.lookup
        return _Side(partial(_lookup, rule), tuple(rule.take), " ".join((*rule.where, *rule.equals, *rule.take.values(), rule.when or "")))
    return None


def _joined(sides: Sequence[_Side], source: str) -> str:
    taken = ", ".join(f"side{index}_.{named(name)}" for index, side in enumerate(sides) for name in side.makes)
    return f"SELECT rows_.*, {taken} FROM {source} AS rows_ {' '.join(side.join(source, f'side{index}_') for index, side in enumerate(sides))}"


def _sql(step: Step, source: str) -> str:
    """SELECT of one step over the relation `source`."""
    if step.fill_down is not None:
        return _fill_down(step.fill_down, source)
    if step.derive is not None:
        for name, expression in step.derive.items():
            source = f"(SELECT *, ({expression}\n) AS {named(name)} FROM {source})"
        return f"SELECT * FROM {source}"
    if step.keep_last is not None:
        return _keep_last(step.keep_last, source)
    raise AssertionError("a step without a key passed the profile check")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(named(column) for column in columns)


def _fill_down(step: FillDown, source: str) -> str:
    """Rows of one key take the value of its first filled row: exports write order fields on the first line only."""
    key = named(step.key)
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


def _number(step: Number, source: str, alias: str) -> str:
    """Worked out on the few columns it needs: a window carries every column of its rows along."""
    return f"JOIN (SELECT rowid AS row_, {_window(step)} FROM {source}) AS {alias} ON rows_.rowid = {alias}.row_"


def _copy(source: str) -> str:
    return f"SELECT * FROM {source}"


def _window(step: Number) -> str:
    """Row number in file order; with `when`, rows that do not count get NULL."""
    if step.when is None:
        return f"row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY file_line)::INTEGER AS {named(step.into)}"
    counts = f"coalesce(({step.when}\n), false)"
    return f"CASE WHEN {counts} THEN row_number() OVER (PARTITION BY {_names(step.over)}, {counts} ORDER BY file_line)::INTEGER END AS {named(step.into)}"


def _allocate(step: Allocate, source: str, alias: str) -> str:
    """Integer cents and largest remainder: the parts add up to the amount exactly. No weight at all: the first row takes it."""
    keys = ", ".join(f"key{index}_" for index, _ in enumerate(step.over))
    renamed = ", ".join(f"{named(column)} AS key{index}_" for index, column in enumerate(step.over))
    amount = f"coalesce(({step.amount}\n), 0)::DECIMAL(28,6)"
    cents = "CAST(sign(amount_) * (part_ + CASE WHEN rank_ <= cents_ - parts_ THEN 1 ELSE 0 END) AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2)"
    below = "CASE WHEN rank_ = 1 THEN amount_ - CAST(sign(amount_) * cents_ AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2) ELSE 0 END"
    return f"""JOIN (
        SELECT row_, CAST(CASE WHEN sum_ > 0 THEN {cents} + {below} WHEN rank_ = 1 THEN amount_ ELSE 0 END AS DECIMAL(28,6)) AS {named(step.into)}
        FROM (
            SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY rest_ DESC, weight_ DESC, line_) AS rank_,
                   sum(part_) OVER (PARTITION BY {keys}) AS parts_
            FROM (
                SELECT *, coalesce((cents_ * weight_) // nullif(sum_, 0), 0) AS part_, coalesce((cents_ * weight_) % nullif(sum_, 0), 0) AS rest_
                FROM (
                    SELECT *, sum(weight_) OVER (PARTITION BY {keys}) AS sum_
                    FROM (
                        SELECT rowid AS row_, file_line AS line_, {renamed}, {amount} AS amount_, floor(abs({amount}) * 100)::HUGEINT AS cents_,
                               greatest(0, round(coalesce(({step.weight}\n), 0) * 10000))::HUGEINT AS weight_
                        FROM {source}
                    )
                )
            )
        )
    ) AS {alias} ON rows_.rowid = {alias}.row_"""


def _lookup(step: Lookup, source: str, alias: str) -> str:
    condition = f" WHERE ({step.when}\n)" if step.when is not None else ""
    taken = ", ".join(f"first({named(column)} ORDER BY file_line) AS {named(name)}" for name, column in step.take.items())
    match = " AND ".join(f"rows_.{named(equal)} = {alias}.{named(column)}" for column, equal in zip(step.where, step.equals, strict=True))
    keys = _names(step.where)
    return f"LEFT JOIN (SELECT {keys}, {taken} FROM {source}{condition} GROUP BY {keys}) AS {alias} ON {match}"


def _keep_last(step: KeepLast, source: str) -> str:
    return f"SELECT * FROM {source} QUALIFY row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY file_line DESC) = 1"
