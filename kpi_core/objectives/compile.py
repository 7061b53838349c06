"""Objectives files -> checked `Objectives`. Every mistake is a ConfigError at its line, with the nearest valid name where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kpi_core.config.model import Action, Objective, ObjectivesFile, TargetSpec
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import ConfigError, said
from kpi_core.objectives.actions import planned
from kpi_core.objectives.checker import Checker, Wrong
from kpi_core.objectives.model import CatalogueLike, Entry, PlannedAction
from kpi_core.objectives.objectives import Objectives
from kpi_core.objectives.schedule import Schedule
from kpi_core.objectives.shapes import NoShapes, Shapes
from kpi_core.objectives.target import TargetCompiler

Written = tuple[ObjectivesFile, Document]


def build(file: ObjectivesFile, document: Document, catalogue: CatalogueLike, shapes: Shapes | None = None, more: Sequence[Written] = ()) -> Objectives:
    """Check and compile. `document` is what `file` was decoded from, `more` are further files of targets (imported ones).

    `shapes` gives the days of other years that phasing asks for, when it asks. Raises the ConfigError of the first mistake.
    """
    objectives, problems = compile_files([(file, document), *more], catalogue, shapes)
    if problems:
        raise problems[0]
    return objectives


def validate(file: ObjectivesFile, document: Document, catalogue: CatalogueLike, more: Sequence[Written] = ()) -> tuple[ConfigError, ...]:
    """Every mistake, file by file in the order of their lines; empty when there is none."""
    return compile_files([(file, document), *more], catalogue)[1]


def compile_files(files: Sequence[Written], catalogue: CatalogueLike, shapes: Shapes | None = None) -> tuple[Objectives, tuple[ConfigError, ...]]:
    """What could be compiled, and what could not."""
    run = _Run(catalogue, shapes or NoShapes())
    problems: list[ConfigError] = []
    for file, document in files:
        found = run.read(file, document)
        problems += sorted(found, key=lambda problem: problem.where.line or 0 if problem.where else 0)
    entries: dict[str, tuple[Entry, ...]] = {}
    for entry in run.entries:
        entries[entry.kpi] = (*entries.get(entry.kpi, ()), entry)
    return Objectives(entries, {kpi: tuple(found) for kpi, found in run.actions.items()}), tuple(problems)


@dataclass
class _Run:
    """What all files together say."""

    catalogue: CatalogueLike
    shapes: Shapes
    entries: list[Entry] = field(default_factory=list)
    actions: dict[str, list[PlannedAction]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def read(self, file: ObjectivesFile, document: Document) -> list[ConfigError]:
        checker = Checker(document, self.catalogue)
        for index, objective in enumerate(file.objectives):
            path: YamlPath = ("objectives", index)
            if objective.id in self.ids:
                checker.wrong((*path, "id"), said("objective {id} is written twice", id=objective.id))
            self.ids.add(objective.id)
            for number, spec in enumerate(objective.targets):
                self._target(checker, objective, spec, (*path, "targets", number))
            for number, action in enumerate(objective.actions):
                self._action(checker, objective, action, (*path, "actions", number))
        return checker.problems

    def _action(self, checker: Checker, objective: Objective, action: Action, path: YamlPath) -> None:
        found = planned(objective, action, path, checker.document, self.catalogue, checker.wrong)
        for kpi in found.kpis:
            self.actions.setdefault(kpi, []).append(found)

    def _target(self, checker: Checker, objective: Objective, spec: TargetSpec, path: YamlPath) -> None:
        try:
            for entry, at in TargetCompiler(checker, self.shapes, objective, spec, path).compile():
                self._add(checker, entry, at)
        except Wrong:
            return

    def _add(self, checker: Checker, entry: Entry, path: YamlPath) -> None:
        for other in self.entries:
            if other.kpi == entry.kpi and other.scope == entry.scope and _meet(other.schedule, entry.schedule):
                what = said("KPI {kpi} has two targets here for the same period; the other is on line {line}", kpi=entry.kpi, line=other.line)
                if other.file != entry.file:
                    place = f"{other.file}:{other.line}"
                    what = said("KPI {kpi} has two targets here for the same period; the other is in {place}", kpi=entry.kpi, place=place)
                raise checker.refuse(path, what)
        self.entries.append(entry)


def _meet(one: Schedule, other: Schedule) -> bool:
    if not one.ranges or not other.ranges:
        return True
    return any(mine.meets(its) for mine in one.ranges for its in other.ranges)
