"""Facts of a table as targets, where rows that sum up other rows count once.

Budgets come with a total, subtotals per channel and the stores below. A row is the whole of the rows that name one dimension more;
it must not be less than their sum, and what it is more is the part that nobody got. A year beside its months is checked and left
out likewise. A parent that the table does not have is the sum of its children where the KPI adds up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kpi_core.errors import UsageError, Where, said
from kpi_core.objectives.imports.cells import Periods
from kpi_core.objectives.imports.rows import Fact, Scope
from kpi_core.objectives.model import Behaviour
from kpi_core.objectives.ranges import Range

Numbers = dict[str, Decimal]  # by range


@dataclass(frozen=True)
class Remainder:
    """What a row gives to none of the rows below it."""

    kpi: str
    scope: Scope
    dim: str
    range: str
    amount: Decimal


@dataclass(frozen=True)
class Planned:
    """Targets as the objectives language has them (plain values), what they leave unallocated, and how many rows were sums of others."""

    targets: tuple[dict[str, Any], ...]
    remainders: tuple[Remainder, ...]
    sums: int


class Tree:
    """The facts of one KPI."""

    def __init__(self, kpi: str, facts: Iterable[Fact], behaviour: Behaviour, file: str, periods: Periods) -> None:
        self.kpi, self.behaviour, self.file, self.periods = kpi, behaviour, file, periods
        self.found: dict[Scope, dict[str, Fact]] = defaultdict(dict)
        self.remainders: list[Remainder] = []
        self.sums = 0
        for fact in facts:
            other = self.found[fact.scope].get(fact.range)
            if other is not None:
                what = said("{kpi} has two numbers for the same cell; the other is on line {line}", kpi=kpi, line=other.line)
                raise self._wrong(fact, what, said("leave one of them out"))
            self.found[fact.scope][fact.range] = fact
        self.numbers: dict[Scope, Numbers] = {}

    def planned(self) -> Planned:
        """Raises UsageError where rows contradict each other."""
        for scope, by_range in self.found.items():
            self.numbers[scope] = self._by_range(scope, by_range)
        self._check_ranges()
        for scope in sorted(self.numbers, key=len, reverse=True):
            self._insert_parents(scope)
        for scope in sorted(self.numbers, key=len, reverse=True):
            self._check(scope)
        return Planned(tuple(self._emit(())), tuple(self.remainders), self.sums)

    def _wrong(self, fact: Fact, what: Any, hint: Any = None) -> UsageError:
        return UsageError(what, where=Where(self.file, fact.line, fact.column), hint=hint)

    # ------------------------------------------------------------ time

    def _by_range(self, scope: Scope, by_range: dict[str, Fact]) -> Numbers:
        """Numbers of ranges that do not meet; a range that others divide is checked against their sum and left out."""
        if self.behaviour is Behaviour.SUM and "" in by_range:
            raise self._wrong(
                by_range[""], said("{kpi} adds up over days: say which period this is for", kpi=self.kpi), said("add a column period, or --period 2026")
            )
        if "" in by_range:
            if len(by_range) > 1:
                other = next(fact for text, fact in by_range.items() if text)
                raise self._wrong(other, said("{kpi} has a number with a period and one without, on line {line}", kpi=self.kpi, line=by_range[""].line))
            return {"": by_range[""].amount}
        ranges = {text: self.periods.range(text) for text in by_range}
        kept: Numbers = {}
        for text, range_ in sorted(ranges.items(), key=lambda item: item[1].days):
            inside = [other for other in kept if ranges[other].meets(range_)]
            if inside:
                self._check_time(by_range, text, inside, ranges)
                self.sums += 1
            else:
                kept[text] = by_range[text].amount
        return dict(sorted(kept.items(), key=lambda item: ranges[item[0]].start))

    def _check_time(self, by_range: dict[str, Fact], text: str, inside: list[str], ranges: dict[str, Range]) -> None:
        whole = by_range[text]
        covered = sum(ranges[other].days for other in inside) == ranges[text].days and all(ranges[text].covers(ranges[o].start, ranges[o].end) for o in inside)
        total = sum((by_range[other].amount for other in inside), Decimal(0))
        if self.behaviour is not Behaviour.SUM or not covered:
            other = by_range[inside[0]]
            what = said("{range} overlaps {other} of line {line}", range=text, other=inside[0], line=other.line)
            raise self._wrong(whole, what, said("give either the whole or all of its parts"))
        if total != whole.amount:
            what = said("{range} is {total}, its parts sum to {sum}", range=text, total=_plain(whole.amount), sum=_plain(total))
            raise self._wrong(whole, what, said("correct one of them, or leave the sum out"))

    def _check_ranges(self) -> None:
        """A total for the year above members by month: once they make up the year, it is their sum."""
        if self.behaviour is not Behaviour.SUM:
            return
        for scope in sorted(self.numbers, key=len):
            below = [other for other in self.numbers if len(other) > len(scope) and set(scope) <= set(other)]
            finer = {text for other in below for text in self.numbers[other]} - set(self.numbers[scope])
            for text in [text for text in self.numbers[scope] if any(self.periods.range(text).meets(self.periods.range(other)) for other in finer)]:
                self._check_divided(scope, text, [other for other in below if len(other) == min(map(len, below))])

    def _check_divided(self, scope: Scope, text: str, below: list[Scope]) -> None:
        range_, whole = self.periods.range(text), self.found[scope][text]
        dim = next(dim for dim, _ in below[0] if dim not in dict(scope))
        parts = [
            (part, amount)
            for other in below
            if dim in dict(other)
            for part, amount in self.numbers[other].items()
            if range_.covers(self.periods.range(part).start, self.periods.range(part).end)
        ]
        days = sum(self.periods.range(part).days for part in {part for part, _ in parts})
        total = sum((amount for _, amount in parts), Decimal(0))
        if days != range_.days or total != whole.amount:
            what = said(
                "{range} is {total}, and the rows by {dim} below it sum to {sum} in other periods",
                range=text,
                total=_plain(whole.amount),
                dim=dim,
                sum=_plain(total),
            )
            raise self._wrong(whole, what, said("give the total for the same periods as its parts"))
        del self.numbers[scope][text]
        self.sums += 1

    # ------------------------------------------------------------ members

    def _insert_parents(self, scope: Scope) -> None:
        """The rows above this one exist, be it as sums."""
        for size in range(len(scope) - 1, -1, -1):
            self.numbers.setdefault(scope[:size], {})

    def _children(self, scope: Scope) -> dict[str, list[Scope]]:
        found: dict[str, list[Scope]] = {}
        for other in self.numbers:
            if len(other) == len(scope) + 1 and other[: len(scope)] == scope:
                found.setdefault(other[-1][0], []).append(other)
        return found

    def _check(self, scope: Scope) -> None:
        """Parents hold their children; those that are not written become their sum. Deepest first."""
        if not self.behaviour.adds_up:
            return
        own = self.numbers[scope]
        for dim, children in self._children(scope).items():
            given: Numbers = {}
            for child in children:
                for text, amount in self.numbers[child].items():
                    given[text] = given.get(text, Decimal(0)) + amount
            if not own:
                own.update(given)
                continue
            for text, amount in given.items():
                if amount > own.get(text, Decimal(0)):
                    self._too_much(scope, dim, text, amount, children)
            for text, amount in own.items():
                if amount != given.get(text, Decimal(0)):
                    self.remainders.append(Remainder(self.kpi, scope, dim, text, amount - given.get(text, Decimal(0))))
        self.sums += bool(self.found.get(scope)) and bool(self._children(scope))

    def _too_much(self, scope: Scope, dim: str, text: str, amount: Decimal, children: list[Scope]) -> None:
        lines = sorted(fact.line for child in children for fact in self.found.get(child, {}).values() if fact.range == text)
        rows = f"{lines[0]}–{lines[-1]}" if len(lines) > 1 else str(lines[0] if lines else "-")
        parent = self.found.get(scope, {}).get(text)
        if parent is None:
            child = next(self.found[child][text] for child in children if text in self.found.get(child, {}))
            raise self._wrong(child, said("the row above has no number for {range}", range=text), said("give it one, or leave it out: it is then the sum"))
        what = said(
            "the rows by {dim} (lines {lines}) sum to {sum}, more than the {total} of this row",
            dim=dim,
            lines=rows,
            sum=_plain(amount),
            total=_plain(parent.amount),
        )
        raise self._wrong(parent, what, said("correct one of them, or leave this row out: it is then the sum"))

    # ------------------------------------------------------------ as targets

    def _emit(self, scope: Scope) -> Iterable[dict[str, Any]]:
        """The target of a row with its split; what is below a member in a way that other members have too is a target of its own."""
        split = _Split()
        apart: list[Scope] = []
        for children in self._children(scope).values():
            for child in children:
                self._split(scope, child, split, apart)
        if self.numbers.get(scope) or split.members:
            yield self._target(scope, split)
        for child in apart:
            yield from self._emit(child)

    def _split(self, scope: Scope, child: Scope, split: _Split, apart: list[Scope]) -> None:
        """Put a row into the split of `scope`, and the rows below it where each of them lies in it alone."""
        below = self._children(child)
        if any(not self._nested(dim) for dim in below):
            apart.append(child)
            return
        dim, member = child[-1]
        numbers = self.numbers[child]
        if numbers:
            single = self._single(scope)
            split.members.setdefault(dim, {})[member] = _number(numbers[single]) if single is not None else _numbers(numbers)
            split.lines.setdefault(dim, {})[member] = self._line(child)
            for parent, above in child[len(scope) : -1]:
                split.within.setdefault(dim, {}).setdefault(parent, {}).setdefault(above, []).append(member)
        for nested in below.values():
            for grandchild in nested:
                self._split(scope, grandchild, split, apart)

    def _nested(self, dim: str) -> bool:
        """Whether every member of a dimension lies in one member of another only, as a store does in its channel."""
        parents: dict[str, set[Scope]] = {}
        for scope in self.numbers:
            if scope and scope[-1][0] == dim:
                parents.setdefault(scope[-1][1], set()).add(scope[:-1])
        return all(len(found) == 1 and next(iter(found)) != () for found in parents.values())

    def _single(self, scope: Scope) -> str | None:
        """The range that all numbers at and below a row have; None when they have several."""
        texts = {text for other, numbers in self.numbers.items() if other[: len(scope)] == scope for text in numbers}
        return texts.pop() if len(texts) == 1 else None

    def _line(self, scope: Scope) -> int:
        """Of the row itself, else of the first one below it."""
        own = [fact.line for fact in self.found.get(scope, {}).values()]
        return min(own or [fact.line for other, facts in self.found.items() if other[: len(scope)] == scope for fact in facts.values()])

    def _target(self, scope: Scope, split: _Split) -> dict[str, Any]:
        """Plain values of a `TargetSpec`."""
        target: dict[str, Any] = {"kpi": self.kpi}
        single, own = self._single(scope), self.numbers.get(scope, {})
        nested = {dim for dim, _ in scope[1:] if self._nested(dim)}
        above = [dim for place, (dim, _) in enumerate(scope) if place + 1 < len(scope) and scope[place + 1][0] in nested]
        within: dict[str, Any] = {dim: dict(scope[place : place + 1]) for place, (dim, _) in enumerate(scope[1:]) if dim in nested}
        where = {dim: [member] for dim, member in scope if dim not in above}
        if where:
            target["where"] = where
        if single:
            target["range"] = single
        if own:
            key = ("total" if self.behaviour is Behaviour.SUM else "value") if single is not None else "values"
            target[key] = _number(own[single]) if single is not None else _numbers(own)
        within |= split.within
        if within:
            target["within"] = within
        if split.members:
            target["split"] = split.members
        owners = {fact.owner for fact in self.found.get(scope, {}).values()} - {""}
        if len(owners) == 1:
            target["owner"] = owners.pop()
        target["imported"] = {"file": self.file, "line": self._line(scope)} | ({"split": split.lines} if split.lines else {})
        return target


@dataclass
class _Split:
    """The split of a target under way: numbers, the members they lie within, and lines, all by dimension and member."""

    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    within: dict[str, dict[str, dict[str, list[str]]]] = field(default_factory=dict)
    lines: dict[str, dict[str, int]] = field(default_factory=dict)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _number(amount: Decimal) -> int | float:
    """As YAML writes it and the objectives read it back, exactly: numbers of a table have few digits."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _numbers(numbers: Numbers) -> dict[str, int | float]:
    return {text: _number(amount) for text, amount in numbers.items()}
