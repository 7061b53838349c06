"""The fixed vocabulary of steps that turn typed rows into rows of the right grain. Each step is one SELECT over the one before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpi_core.config.yaml import YamlPath
from kpi_core.sources.expression import Claim, named
from kpi_core.sources.profile import Allocate, FillDown, Group, KeepLast, Lookup, Number, Profile, Step


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


def sql(step: Step, source: str) -> str:
    """SELECT of one step over the relation `source`."""
    if step.fill_down is not None:
        return _fill_down(step.fill_down, source)
    if step.derive is not None:
        for name, expression in step.derive.items():
            source = f"(SELECT *, ({expression}\n) AS {named(name)} FROM {source})"
        return f"SELECT * FROM {source}"
    if step.group is not None:
        return _group(step.group, source)
    if step.number is not None:
        return _number(step.number, source)
    if step.allocate is not None:
        return _allocate(step.allocate, source)
    if step.lookup is not None:
        return _lookup(step.lookup, source)
    if step.keep_last is not None:
        return _keep_last(step.keep_last, source)
    raise AssertionError("a step without a key passed the profile check")


def _names(columns: Sequence[str]) -> str:
    return ", ".join(named(column) for column in columns)


def _fill_down(step: FillDown, source: str) -> str:
    """Rows of one key take the value of its first filled row: exports write order fields on the first line only."""
    filled = ", ".join(
        f"first_value({named(column)} IGNORE NULLS) OVER (PARTITION BY {named(step.key)} ORDER BY file_line "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS {named(column)}"
        for column in step.columns
    )
    return f"SELECT * REPLACE ({filled}) FROM {source}"


def _group(step: Group, source: str) -> str:
    values = ", ".join(f"({expression}\n) AS {named(name)}" for name, expression in step.values.items())
    keys = _names(step.over)
    match = " AND ".join(f"rows_.{named(column)} IS NOT DISTINCT FROM sums_.{named(column)}" for column in step.over)
    taken = ", ".join(f"sums_.{named(name)}" for name in step.values)
    return f"SELECT rows_.*, {taken} FROM {source} AS rows_ JOIN (SELECT {keys}, {values} FROM {source} GROUP BY {keys}) AS sums_ ON {match}"


def _number(step: Number, source: str) -> str:
    """Row number in file order; with `when`, rows that do not count get NULL."""
    if step.when is None:
        return f"SELECT *, row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY file_line)::INTEGER AS {named(step.into)} FROM {source}"
    return (
        f"SELECT * EXCLUDE (counts_), CASE WHEN counts_ THEN row_number() OVER (PARTITION BY {_names(step.over)}, counts_ ORDER BY file_line)::INTEGER END "
        f"AS {named(step.into)} FROM (SELECT *, coalesce(({step.when}\n), false) AS counts_ FROM {source})"
    )


def _allocate(step: Allocate, source: str) -> str:
    """Integer cents and largest remainder: the parts add up to the amount exactly. No weight at all: the first row takes it."""
    keys = _names(step.over)
    amount = f"coalesce(({step.amount}\n), 0)::DECIMAL(28,6)"
    cents = "CAST(sign(amount_) * (part_ + CASE WHEN rank_ <= cents_ - parts_ THEN 1 ELSE 0 END) AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2)"
    below = "CASE WHEN rank_ = 1 THEN amount_ - CAST(sign(amount_) * cents_ AS DECIMAL(26,0)) * 0.01::DECIMAL(3,2) ELSE 0 END"
    return f"""
        SELECT * EXCLUDE (amount_, cents_, weight_, sum_, part_, rest_, rank_, parts_),
               CAST(CASE WHEN sum_ > 0 THEN {cents} + {below} WHEN rank_ = 1 THEN amount_ ELSE 0 END AS DECIMAL(28,6)) AS {named(step.into)}
        FROM (
            SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY rest_ DESC, weight_ DESC, file_line) AS rank_,
                   sum(part_) OVER (PARTITION BY {keys}) AS parts_
            FROM (
                SELECT *, coalesce((cents_ * weight_) // nullif(sum_, 0), 0) AS part_, coalesce((cents_ * weight_) % nullif(sum_, 0), 0) AS rest_
                FROM (
                    SELECT *, sum(weight_) OVER (PARTITION BY {keys}) AS sum_
                    FROM (
                        SELECT *, {amount} AS amount_, floor(abs({amount}) * 100)::HUGEINT AS cents_,
                               greatest(0, round(coalesce(({step.weight}\n), 0) * 10000))::HUGEINT AS weight_
                        FROM {source}
                    )
                )
            )
        )"""


def _lookup(step: Lookup, source: str) -> str:
    condition = f" WHERE ({step.when}\n)" if step.when is not None else ""
    taken = ", ".join(f"first({named(column)} ORDER BY file_line) AS {named(name)}" for name, column in step.take.items())
    match = " AND ".join(f"rows_.{named(equal)} = seen_.{named(column)}" for column, equal in zip(step.where, step.equals, strict=True))
    names = ", ".join(f"seen_.{named(name)}" for name in step.take)
    keys = _names(step.where)
    return f"SELECT rows_.*, {names} FROM {source} AS rows_ LEFT JOIN (SELECT {keys}, {taken} FROM {source}{condition} GROUP BY {keys}) AS seen_ ON {match}"


def _keep_last(step: KeepLast, source: str) -> str:
    return f"SELECT * FROM {source} QUALIFY row_number() OVER (PARTITION BY {_names(step.over)} ORDER BY file_line DESC) = 1"
