"""objectives.yaml -> checked `Objectives`. Every mistake is a ConfigError at its line, with the nearest valid name where there is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Action, Numeric, Objective, ObjectivesFile, TargetSpec
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import ConfigError, Message, said
from kpi_core.objectives.bands import Band, BandKind, parse_band
from kpi_core.objectives.exact import decimal, exact
from kpi_core.objectives.model import Behaviour, CatalogueLike, Entry, PlannedAction
from kpi_core.objectives.objectives import Objectives
from kpi_core.objectives.ranges import Range, parse_range
from kpi_core.objectives.schedule import Piece, Schedule, Spread, Steady, Stepped, Yearly

Amounts = dict[str, Fraction]  # per range text; the key '' when the number does not name its range


def build(file: ObjectivesFile, document: Document, catalogue: CatalogueLike) -> Objectives:
    """Check and compile. `document` is what `file` was decoded from. Raises the ConfigError of the first mistake in the file."""
    objectives, problems = compile_file(file, document, catalogue)
    if problems:
        raise problems[0]
    return objectives


def validate(file: ObjectivesFile, document: Document, catalogue: CatalogueLike) -> tuple[ConfigError, ...]:
    """Every mistake, in the order of the file; empty when there is none."""
    return compile_file(file, document, catalogue)[1]


def compile_file(file: ObjectivesFile, document: Document, catalogue: CatalogueLike) -> tuple[Objectives, tuple[ConfigError, ...]]:
    """What could be compiled, and what could not."""
    run = _Run(document, catalogue)
    seen: dict[str, int] = {}
    for index, objective in enumerate(file.objectives):
        path: YamlPath = ("objectives", index)
        if objective.id in seen:
            run.wrong((*path, "id"), said("objective {id} is written twice", id=objective.id))
        seen[objective.id] = index
        for number, spec in enumerate(objective.targets):
            run.target(objective, spec, (*path, "targets", number))
        for number, action in enumerate(objective.actions):
            run.action(objective, action, (*path, "actions", number))
    entries: dict[str, tuple[Entry, ...]] = {}
    for entry in run.entries:
        entries[entry.kpi] = (*entries.get(entry.kpi, ()), entry)
    actions = {kpi: tuple(found) for kpi, found in run.actions.items()}
    problems = sorted(run.problems, key=lambda problem: problem.where.line or 0 if problem.where else 0)
    return Objectives(entries, actions), tuple(problems)


class _Wrong(Exception):
    """The target at hand cannot be compiled; its problem is noted already."""


@dataclass
class _Run:
    document: Document
    catalogue: CatalogueLike
    entries: list[Entry] = field(default_factory=list)
    actions: dict[str, list[PlannedAction]] = field(default_factory=dict)
    problems: list[ConfigError] = field(default_factory=list)

    def wrong(self, path: YamlPath, what: Message, hint: Message | None = None) -> None:
        self.problems.append(ConfigError(what, where=self.document.where(path), hint=hint))

    def refuse(self, path: YamlPath, what: Message, hint: Message | None = None) -> _Wrong:
        self.wrong(path, what, hint)
        return _Wrong()

    # ------------------------------------------------------------ names

    def kpi(self, name: str, path: YamlPath) -> str:
        known = self.catalogue.kpis()
        if name not in known:
            raise self.refuse(path, said("there is no KPI {kpi}", kpi=name), did_you_mean(name, known))
        return name

    def dim(self, kpi: str, name: str, path: YamlPath) -> str:
        known = self.catalogue.dims(kpi)
        if name not in known:
            raise self.refuse(path, said("KPI {kpi} cannot be cut by {dim}", kpi=kpi, dim=name), did_you_mean(name, known))
        return name

    def filter(self, kpi: str, name: str, path: YamlPath) -> str:
        known = self.catalogue.filters(kpi)
        if name not in known:
            raise self.refuse(path, said("KPI {kpi} cannot be filtered by {dim}", kpi=kpi, dim=name), did_you_mean(name, known))
        return name

    def member(self, dim: str, name: str, path: YamlPath) -> str:
        known = self.catalogue.members(dim)
        if known is not None and name not in known:
            raise self.refuse(path, said("dimension {dim} has no value {value}", dim=dim, value=name), did_you_mean(name, known))
        return name

    def range(self, written: str | int, path: YamlPath) -> Range:
        try:
            return parse_range(written)
        except ValueError:
            hint = said("write 2026, 2026-Q4, 2026-10, 2026-W44, 2026-10-05 or two of them joined by ..")
            raise self.refuse(path, said("{text} is not a range of dates", text=str(written)), hint) from None

    # ------------------------------------------------------------ actions

    def action(self, objective: Objective, action: Action, path: YamlPath) -> None:
        named = action.kpis or tuple(dict.fromkeys(spec.kpi for spec in objective.targets))
        for number, name in enumerate(named):
            if name not in self.catalogue.kpis():
                if action.kpis:  # an unknown KPI of a target is told at the target
                    self.wrong((*path, "kpis", number), said("there is no KPI {kpi}", kpi=name), did_you_mean(name, self.catalogue.kpis()))
                continue
            planned = PlannedAction(
                id=action.id,
                name=action.name,
                objective=objective.name,
                owner=action.owner or objective.owner or "",
                start=action.start or "",
                due=action.due or "",
                status=action.status,
                file=self.document.file,
                line=self.document.line_of(path),
            )
            self.actions.setdefault(name, []).append(planned)

    # ------------------------------------------------------------ targets

    def target(self, objective: Objective, spec: TargetSpec, path: YamlPath) -> None:
        try:
            _Target(self, objective, spec, path).compile()
        except _Wrong:
            return

    def add(self, entry: Entry, path: YamlPath) -> None:
        for other in self.entries:
            if other.kpi == entry.kpi and other.scope == entry.scope and _meet(other.schedule, entry.schedule):
                raise self.refuse(path, said("KPI {kpi} has two targets here for the same period; the other is on line {line}", kpi=entry.kpi, line=other.line))
        self.entries.append(entry)


def _meet(one: Schedule, other: Schedule) -> bool:
    if not one.ranges or not other.ranges:
        return True
    return any(mine.meets(its) for mine in one.ranges for its in other.ranges)


class _Target:
    """One item of `targets`."""

    def __init__(self, run: _Run, objective: Objective, spec: TargetSpec, path: YamlPath) -> None:
        self.run = run
        self.objective = objective
        self.spec = spec
        self.path = path
        self.kpi = run.kpi(spec.kpi, (*path, "kpi"))
        self.good = run.catalogue.good(self.kpi)
        self.behaviour = run.catalogue.behaviour(self.kpi)
        if self.good == "none":
            raise run.refuse((*path, "kpi"), said("KPI {kpi} is neither good up nor good down: it can have no target", kpi=self.kpi))

    def compile(self) -> None:
        whole = self._whole()
        parts = self._parts()
        if whole is None and self.behaviour.adds_up:
            whole = self._sum_of_parts(parts)
        if whole is not None:
            self._check_sums(whole, parts)
        scope = self._scope()
        if self.spec.floor_kpi is not None:
            self.run.kpi(self.spec.floor_kpi, (*self.path, "floor_kpi"))
        band = self._band(whole)
        if whole is not None:
            self._entry(scope, {}, whole, band, self.path)
        for dim, members in parts.items():
            implied = self._implied(dim)
            for member, amounts in members.items():
                self._entry({**scope, dim: frozenset({member})}, implied, amounts, band, (*self.path, "split", dim, member))

    def _whole(self) -> Amounts | None:
        """The target's own numbers; None when only its split has some."""
        spec, path = self.spec, self.path
        given = [key for key in ("value", "total", "values") if getattr(spec, key) is not None]
        if len(given) > 1:
            raise self.run.refuse((*path, given[1]), said("a target has one of value, total and values, not {keys}", keys=", ".join(given)))
        if spec.annualise and (spec.value is None or spec.range is not None or self.behaviour is not Behaviour.RATE):
            raise self.run.refuse((*path, "annualise"), said("annualise goes with the value of a KPI that grows with the length of the period, without range"))
        if not given and not spec.split:
            raise self.run.refuse(path, said("the target of {kpi} has no number", kpi=self.kpi), said("write value, total with range, values or split"))
        if spec.value is not None:
            if self.behaviour is Behaviour.SUM:
                what = said("KPI {kpi} adds up over days: one value cannot hold for a day and for a year", kpi=self.kpi)
                raise self.run.refuse((*path, "value"), what, said("write total with range, or values per period"))
            return {"": exact(spec.value)}
        if spec.total is not None:
            if self.behaviour is not Behaviour.SUM:
                what = said("KPI {kpi} does not add up over days: it can have no total", kpi=self.kpi)
                raise self.run.refuse((*path, "total"), what, said("write value instead"))
            return {"": exact(spec.total)}
        if spec.values is not None:
            return self._per_range(spec.values, (*path, "values"))
        return None

    def _per_range(self, values: dict[str, Numeric], path: YamlPath) -> Amounts:
        ranges: list[Range] = []
        for text in values:
            found = self.run.range(text, (*path, text))
            clash = next((other for other in ranges if other.meets(found)), None)
            if clash:
                raise self.run.refuse((*path, text), said("{range} overlaps {other}", range=text, other=clash.text))
            ranges.append(found)
        return {text: exact(number) for text, number in values.items()}

    def _parts(self) -> dict[str, dict[str, Amounts]]:
        """Numbers per dimension and member of the split."""
        parts: dict[str, dict[str, Amounts]] = {}
        per_range = self.spec.values is not None
        for dim, members in self.spec.split.items():
            path = (*self.path, "split", dim)
            self.run.dim(self.kpi, dim, path)
            parts[dim] = {}
            for member, written in members.items():
                here = (*path, member)
                self.run.member(dim, member, here)
                if isinstance(written, dict):
                    if self.spec.value is not None or self.spec.total is not None:
                        raise self.run.refuse(here, said("a split per period goes with values, not with value or total"))
                    parts[dim][member] = self._per_range(written, here)
                elif per_range:
                    raise self.run.refuse(here, said("the target has values per period: give its split per period too"))
                else:
                    parts[dim][member] = {"": exact(written)}
        forms = {"" in amounts for members in parts.values() for amounts in members.values()}
        if len(forms) > 1:
            raise self.run.refuse((*self.path, "split"), said("give every part of a split per period, or none"))
        if self.spec.value is None and self.spec.values is None and forms == {True}:
            self._need_range()
        return parts

    def _need_range(self) -> None:
        if self.behaviour is Behaviour.SUM and self.spec.range is None and self.objective.range is None:
            raise self.run.refuse(self.path, said("a total needs the range of dates it is for"), said("add for example range: 2026"))

    def _sum_of_parts(self, parts: dict[str, dict[str, Amounts]]) -> Amounts:
        """A split without total sums itself: the first dimension that divides the whole gives it."""
        whole: Amounts = {}
        first = next((members for dim, members in parts.items() if dim not in self.spec.within), {})
        for amounts in first.values():
            for text, amount in amounts.items():
                whole[text] = whole.get(text, Fraction(0)) + amount
        if not whole:
            raise self.run.refuse((*self.path, "split"), said("no split divides the whole target"))
        return whole

    def _check_sums(self, whole: Amounts, parts: dict[str, dict[str, Amounts]]) -> None:
        if self.spec.total is not None:
            self._need_range()
        if not self.behaviour.adds_up:
            return
        for dim, members in parts.items():
            path = (*self.path, "split", dim)
            for text, amount in self._divided(dim, whole, parts).items():
                given = sum((amounts.get(text, Fraction(0)) for amounts in members.values()), Fraction(0))
                if given > amount:
                    what = said("the split by {dim} gives {sum}, more than its total of {total}", dim=dim, sum=_plain(given), total=_plain(amount))
                    raise self.run.refuse(path, what, said("in {range}", range=text) if text else None)
            for member, amounts in members.items():
                odd = next((text for text in amounts if text not in self._divided(dim, whole, parts)), None)
                if odd is not None:
                    hint = did_you_mean(odd, whole)
                    raise self.run.refuse((*path, member, odd), said("the total has no value for {range}", range=odd), hint)

    def _divided(self, dim: str, whole: Amounts, parts: dict[str, dict[str, Amounts]]) -> Amounts:
        """What the split by `dim` divides: the whole, or the part that `within` names."""
        implied = self._implied(dim)
        for other, member in implied.items():
            if other in parts:
                return parts[other][member]
        return whole

    def _implied(self, dim: str) -> dict[str, str]:
        implied = dict(self.spec.within.get(dim, {}))
        for other in self.spec.within:
            if other not in self.spec.split:
                raise self.run.refuse((*self.path, "within", other), said("there is no split by {dim}", dim=other), did_you_mean(other, self.spec.split))
        for parent, member in implied.items():
            path = (*self.path, "within", dim, parent)
            self.run.filter(self.kpi, parent, path)
            known: Collection[str] | None = self.spec.split.get(parent) or self.run.catalogue.members(parent)
            if known is not None and member not in known:
                raise self.run.refuse(path, said("dimension {dim} has no value {value}", dim=parent, value=member), did_you_mean(member, known))
        return implied

    def _scope(self) -> dict[str, frozenset[str]]:
        scope: dict[str, frozenset[str]] = {}
        for dim, members in self.spec.where.items():
            path = (*self.path, "where", dim)
            self.run.filter(self.kpi, dim, path)
            if dim in self.spec.split:
                raise self.run.refuse(path, said("a target cannot be limited to and split by the same dimension {dim}", dim=dim))
            scope[dim] = frozenset(self.run.member(dim, member, (*path, number)) for number, member in enumerate(members))
        return scope

    # ------------------------------------------------------------ bands

    def _band(self, whole: Amounts | None) -> Band | None:
        """The last value that is near: `amber`, or `red` where that starts farther off."""
        amber, red = self._one_band("amber", self.spec.amber, whole), self._one_band("red", self.spec.red, whole)
        if amber is None or red is None:
            return red or amber
        for amount in (whole or {"": Fraction(1)}).values():
            if abs(red.limit(amount) - amount) < abs(amber.limit(amount) - amount):
                raise self.run.refuse((*self.path, "red"), said("red starts nearer to the target than amber"))
        return red

    def _one_band(self, key: str, written: str | Numeric | None, whole: Amounts | None) -> Band | None:
        if written is None:
            return None
        path = (*self.path, key)
        unit = self.run.catalogue.unit(self.kpi)
        steady = whole[""] if self.spec.value is not None and whole and not self.spec.annualise else None
        try:
            band = parse_band(written, unit, steady)
        except ValueError:
            hint = said("write -3%, -5pts (for % and points) or, beside a value, the limit itself")
            raise self.run.refuse(path, said("{text} is not a band for {kpi}", text=str(written), kpi=self.kpi), hint) from None
        way = 1 if self.good == "up" else -1
        if band.amount * way >= 0:
            side = said("{kpi} is good up: the band lies below the target", kpi=self.kpi)
            if self.good == "down":
                side = said("{kpi} is good down: the band lies above the target", kpi=self.kpi)
            example = "-3%" if self.good == "up" else "+3%"
            raise self.run.refuse(path, side, said("write for example {example}", example=example) if band.kind is not BandKind.LIMIT else None)
        return band

    # ------------------------------------------------------------ entries

    def _entry(self, scope: dict[str, frozenset[str]], implied: dict[str, str], amounts: Amounts, band: Band | None, path: YamlPath) -> None:
        entry = Entry(
            kpi=self.kpi,
            scope=scope,
            implied=implied,
            schedule=self._schedule(amounts),
            band=band,
            bound="≥" if self.good == "up" else "≤",
            behaviour=self.behaviour,
            floor_kpi=self.spec.floor_kpi,
            objective=self.objective.id,
            owner=self.spec.owner or self.objective.owner or "",
            file=self.run.document.file,
            line=self.run.document.line_of(path),
        )
        self.run.add(entry, path)

    def _schedule(self, amounts: Amounts) -> Schedule:
        if "" not in amounts:
            pieces = _pieces((parse_range(text), amount) for text, amount in amounts.items())
            return Spread(pieces) if self.behaviour is Behaviour.SUM else Stepped(pieces)
        if self.behaviour is Behaviour.SUM:
            at: YamlPath = (*self.path, "range") if self.spec.range is not None else (*self.path[:2], "range")
            written = self.spec.range if self.spec.range is not None else self.objective.range
            assert written is not None  # _need_range saw to it
            return Spread((Piece(self.run.range(written, at), amounts[""]),))
        if self.spec.annualise:
            return Yearly(amounts[""])
        own = None if self.spec.range is None else self.run.range(self.spec.range, (*self.path, "range"))
        return Steady(amounts[""], own)


def _pieces(found: Iterable[tuple[Range, Fraction]]) -> tuple[Piece, ...]:
    return tuple(sorted((Piece(range_, amount) for range_, amount in found), key=lambda piece: piece.range.start))


def _plain(amount: Fraction) -> str:
    """The number as a user writes it in YAML."""
    return f"{decimal(amount).normalize():f}"
