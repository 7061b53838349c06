"""One item of `targets`: its numbers, its split, its bands, checked and turned into entries."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import Numeric, Objective, TargetSpec
from kpi_core.config.yaml import YamlPath
from kpi_core.errors import said
from kpi_core.objectives.bands import Band, BandKind, parse_band
from kpi_core.objectives.checker import Checker
from kpi_core.objectives.exact import exact
from kpi_core.objectives.laid import Amounts, Laid, Owner, Schedules
from kpi_core.objectives.model import Behaviour, Entry
from kpi_core.objectives.phase import compile_phase, plain, share
from kpi_core.objectives.phasing import Phasing, Shape
from kpi_core.objectives.ranges import Range
from kpi_core.objectives.schedule import Piece, Schedule, Spread, Steady, Stepped, Yearly
from kpi_core.objectives.shapes import Shapes

Scopes = dict[str, frozenset[str]]


class TargetCompiler:
    """`compile` gives the entries of one target, each with the place in the file that it is written at. Raises `Wrong`; `run` has the problem."""

    def __init__(self, run: Checker, shapes: Shapes, objective: Objective, spec: TargetSpec, path: YamlPath) -> None:
        self.run = run
        self.shapes = shapes
        self.objective = objective
        self.spec = spec
        self.path = path
        self.kpi = run.kpi(spec.kpi, (*path, "kpi"))
        self.around: dict[str, str] = {}  # members that `within` puts a `where` in
        self.good = run.catalogue.good(self.kpi)
        self.behaviour = run.catalogue.behaviour(self.kpi)
        if self.good == "none":
            raise run.refuse((*path, "kpi"), said("KPI {kpi} is neither good up nor good down: it can have no target", kpi=self.kpi))

    def compile(self) -> list[tuple[Entry, YamlPath]]:
        whole = self._whole()
        self.implied = self._implied()
        parts = self._parts(whole)
        if whole is None and self.behaviour.adds_up:
            whole = self._sum_of_parts(parts)
        if whole is not None:
            self._check_sums(whole, parts)
        scope = self._scope()
        self._check_floor()
        band = self._band(whole)
        schedules = self._schedules(whole, parts, scope)
        found: list[tuple[Entry, YamlPath]] = []
        if whole is not None:
            found.append((self._entry(scope, self.around, schedules[None], band, self.path), self.path))
        for dim, members in parts.items():
            for member in members:
                path = (*self.path, "split", dim, member)
                implied = self.around | self.implied[dim, member]
                found.append((self._entry({**scope, dim: frozenset({member})}, implied, schedules[dim, member], band, path), path))
        return found

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

    def _parts(self, whole: Amounts | None) -> dict[str, dict[str, Amounts]]:
        """Numbers per dimension and member of the split."""
        parts: dict[str, dict[str, Amounts]] = {}
        shares: dict[tuple[str, str], Fraction] = {}
        for dim, members in self.spec.split.items():
            path = (*self.path, "split", dim)
            self.run.dim(self.kpi, dim, path)
            parts[dim] = {}
            for member, written in members.items():
                here = (*path, member)
                self.run.member(dim, member, here)
                if isinstance(written, str):
                    shares[dim, member] = self._share(written, here)
                    parts[dim][member] = {}
                elif isinstance(written, dict):
                    if self.spec.value is not None or self.spec.total is not None:
                        raise self.run.refuse(here, said("a split per period goes with values, not with value or total"))
                    parts[dim][member] = self._per_range(written, here)
                elif self.spec.values is not None:
                    raise self.run.refuse(here, said("the target has values per period: give its split per period too"))
                else:
                    parts[dim][member] = {"": exact(written)}
        self._fill_shares(whole, parts, shares)
        forms = {"" in amounts for members in parts.values() for amounts in members.values()}
        if len(forms) > 1:
            raise self.run.refuse((*self.path, "split"), said("give every part of a split per period, or none"))
        if self.spec.value is None and self.spec.values is None and forms == {True}:
            self._need_range()
        return parts

    def _share(self, written: str, path: YamlPath) -> Fraction:
        found = share(written)
        if found is None:
            raise self.run.refuse(path, said("{text} is not a share", text=written), said("write an amount, or a share like 40%"))
        if not self.behaviour.adds_up:
            what = said("parts of {kpi} do not add up: a share of it means nothing", kpi=self.kpi)
            raise self.run.refuse(path, what, said("write the number itself: {number}", number=plain(found)))
        return found

    def _fill_shares(self, whole: Amounts | None, parts: dict[str, dict[str, Amounts]], shares: dict[tuple[str, str], Fraction]) -> None:
        """Shares become amounts, those of the whole before those of a member: a store's share is one of its channel's target."""
        for dim, member in sorted(shares, key=lambda part: len(self._above(part, parts))):
            base = self._divided((dim, member), whole, parts)
            if not base:
                raise self.run.refuse((*self.path, "split", dim, member), said("there is no total to take a share of"), said("write total or values"))
            parts[dim][member] = {text: amount * shares[dim, member] for text, amount in base.items()}

    def _owner(self, part: tuple[str, str], parts: dict[str, dict[str, Amounts]]) -> Owner:
        """The part that this part of a split divides; None: the whole."""
        return next(((other, member) for other, member in self.implied[part].items() if member in parts.get(other, {})), None)

    def _above(self, part: tuple[str, str], parts: dict[str, dict[str, Amounts]]) -> list[tuple[str, str]]:
        """The part's owner, the owner's own, and so on."""
        found: list[tuple[str, str]] = []
        owner = self._owner(part, parts)
        while owner is not None:
            if owner in found or owner == part:
                path = (*self.path, "within", part[0])
                raise self.run.refuse(path, said("the splits by {dim} and {other} lie within each other", dim=part[0], other=(found or [owner])[0][0]))
            found.append(owner)
            owner = self._owner(owner, parts)
        return found

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
            given: dict[tuple[Owner, str], Fraction] = {}
            for member, amounts in members.items():
                self._above((dim, member), parts)
                total = self._divided((dim, member), whole, parts) or {}
                for text, amount in amounts.items():
                    if text not in total:
                        raise self.run.refuse((*path, member, text), said("the total has no value for {range}", range=text), did_you_mean(text, whole))
                    key = (self._owner((dim, member), parts), text)
                    given[key] = given.get(key, Fraction(0)) + amount
                    if given[key] > total[text]:
                        sums = sum((other.get(text, Fraction(0)) for name, other in members.items() if self._owner((dim, name), parts) == key[0]), Fraction(0))
                        what = said("the split by {dim} gives {sum}, more than its total of {total}", dim=dim, sum=plain(sums), total=plain(total[text]))
                        raise self.run.refuse(path, what, said("in {range}", range=text) if text else None)

    def _divided(self, part: tuple[str, str], whole: Amounts | None, parts: dict[str, dict[str, Amounts]]) -> Amounts | None:
        """What a part divides: the whole, or the part that `within` names."""
        owner = self._owner(part, parts)
        return whole if owner is None else parts[owner[0]][owner[1]]

    def _implied(self) -> dict[tuple[str, str], dict[str, str]]:
        """For every part of the split, the members of other dimensions that `within` puts it in."""
        found: dict[tuple[str, str], dict[str, str]] = {(dim, member): {} for dim, members in self.spec.split.items() for member in members}
        for dim, parents in self.spec.within.items():
            if dim not in self.spec.split and dim not in self.spec.where:
                raise self.run.refuse((*self.path, "within", dim), said("there is no split by {dim}", dim=dim), did_you_mean(dim, self.spec.split))
            for parent, written in parents.items():
                path = (*self.path, "within", dim, parent)
                self.run.filter(self.kpi, parent, path)
                known = self._known(parent)
                if dim in self.spec.where and isinstance(written, str):
                    self.around[parent] = self.run.member(parent, written, path)
                    continue
                for name, members in ({written: tuple(self.spec.split[dim])} if isinstance(written, str) else written).items():
                    if known is not None and name not in known:
                        raise self.run.refuse(path, said("dimension {dim} has no value {value}", dim=parent, value=name), did_you_mean(name, known))
                    for member in members:
                        if (dim, member) not in found:
                            what = said("the split by {dim} has no part {member}", dim=dim, member=member)
                            raise self.run.refuse((*path, name), what, did_you_mean(member, self.spec.split[dim]))
                        if parent in found[dim, member]:
                            raise self.run.refuse((*path, name), said("{member} is written within two members of {dim}", member=member, dim=parent))
                        found[dim, member][parent] = name
        return found

    def _known(self, dim: str) -> Collection[str] | None:
        """Members that a part may lie within: those of the split; a rate's need no number of their own."""
        split, members = self.spec.split.get(dim), self.run.catalogue.members(dim)
        if split is None or self.behaviour.adds_up:
            return split or members
        return None if members is None else {*split, *members}

    def _scope(self) -> dict[str, frozenset[str]]:
        scope: dict[str, frozenset[str]] = {}
        for dim, members in self.spec.where.items():
            path = (*self.path, "where", dim)
            self.run.filter(self.kpi, dim, path)
            if dim in self.spec.split:
                raise self.run.refuse(path, said("a target cannot be limited to and split by the same dimension {dim}", dim=dim))
            scope[dim] = frozenset(self.run.member(dim, member, (*path, number)) for number, member in enumerate(members))
        return scope

    def _check_floor(self) -> None:
        floor, path = self.spec.floor_kpi, (*self.path, "floor_kpi")
        if floor is None:
            return
        self.run.kpi(floor, path)
        mine, its = self.run.catalogue.unit(self.kpi), self.run.catalogue.unit(floor)
        if self.good == "down":
            raise self.run.refuse(path, said("{kpi} is good down: nothing can be its floor", kpi=self.kpi))
        if floor == self.kpi or mine != its:
            what = said("{floor} cannot be the floor of {kpi}: one is in {its}, the other in {mine}", floor=floor, kpi=self.kpi, its=its, mine=mine)
            raise self.run.refuse(path, said("a KPI cannot be its own floor") if floor == self.kpi else what)

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

    def _entry(self, scope: Scopes, implied: dict[str, str], schedule: Schedule, band: Band | None, path: YamlPath) -> Entry:
        file, line = self._place(path)
        return Entry(
            kpi=self.kpi,
            scope=scope,
            implied=implied,
            schedule=schedule,
            band=band,
            bound="≥" if self.good == "up" else "≤",
            behaviour=self.behaviour,
            floor_kpi=self.spec.floor_kpi,
            objective=self.objective.id,
            owner=self.spec.owner or self.objective.owner or "",
            file=file,
            line=line,
        )

    def _place(self, path: YamlPath) -> tuple[str, int]:
        """Where the number is written: in the table it was imported from, else in the YAML."""
        source = self.spec.imported
        if source is None:
            return self.run.document.file, self.run.document.line_of(path)
        inside = path[len(self.path) :]
        line = source.split.get(str(inside[1]), {}).get(str(inside[2])) if len(inside) == 3 else source.line
        return source.file, line or source.line

    def _ranges(self, amounts: Amounts) -> list[Range]:
        """The ranges of amounts that add up over days."""
        if "" not in amounts:
            return [self.run.range(text, self.path) for text in amounts]
        at: YamlPath = (*self.path, "range") if self.spec.range is not None else (*self.path[:2], "range")
        written = self.spec.range if self.spec.range is not None else self.objective.range
        assert written is not None  # _need_range saw to it
        return [self.run.range(written, at)]

    def _phasing(self, whole: Amounts | None, parts: dict[str, dict[str, Amounts]]) -> Phasing | None:
        if self.spec.phase is None:
            return None
        path = (*self.path, "phase")
        amounts = whole if whole is not None else next((amounts for members in parts.values() for amounts in members.values()), None)
        if self.behaviour is not Behaviour.SUM or not amounts:
            raise self.run.refuse(path, said("KPI {kpi} does not add up over days: there is nothing to phase", kpi=self.kpi))
        return compile_phase(self.run, self.spec.phase, path, self._ranges(amounts), "" in amounts)

    def _schedules(self, whole: Amounts | None, parts: dict[str, dict[str, Amounts]], scope: Scopes) -> Schedules:
        phasing = self._phasing(whole, parts)
        if phasing is not None and whole is not None:
            owners = {(dim, member): self._owner((dim, member), parts) for dim, members in parts.items() for member in members}
            return Laid(phasing, parts, owners, self._pieces, lambda scopes: Shape(phasing, self.kpi, scopes, self.shapes), scope).schedules(whole)
        found: Schedules = {} if whole is None else {None: self._schedule(whole)}
        return found | {(dim, member): self._schedule(amounts) for dim, members in parts.items() for member, amounts in members.items()}

    def _schedule(self, amounts: Amounts) -> Schedule:
        """Of amounts without phasing."""
        if self.behaviour is Behaviour.SUM:
            return Spread(self._pieces(amounts))
        if "" not in amounts:
            return Stepped(self._pieces(amounts))
        if self.spec.annualise:
            return Yearly(amounts[""])
        own = None if self.spec.range is None else self.run.range(self.spec.range, (*self.path, "range"))
        return Steady(amounts[""], own)

    def _pieces(self, amounts: Amounts) -> tuple[Piece, ...]:
        found = (Piece(range_, amount) for range_, amount in zip(self._ranges(amounts), amounts.values(), strict=True))
        return tuple(sorted(found, key=lambda piece: piece.range.start))
