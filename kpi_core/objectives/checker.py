"""What every check of an objectives file needs: its document for lines, the catalogue for names, and the list of what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from kpi_core.config.decode import did_you_mean
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import ConfigError, Message, said
from kpi_core.objectives.model import CatalogueLike
from kpi_core.objectives.ranges import Range, parse_range, refused


class Wrong(Exception):
    """The target at hand cannot be compiled; its problem is noted already."""


@dataclass
class Checker:
    """One file. Its methods return a name that exists, or note the problem at its line and raise `Wrong`."""

    document: Document
    catalogue: CatalogueLike
    problems: list[ConfigError] = field(default_factory=list)

    def wrong(self, path: YamlPath, what: Message, hint: Message | None = None) -> None:
        self.problems.append(ConfigError(what, where=self.document.where(path), hint=hint))

    def refuse(self, path: YamlPath, what: Message, hint: Message | None = None) -> Wrong:
        self.wrong(path, what, hint)
        return Wrong()

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
            return parse_range(written, self.catalogue.calendar)
        except ValueError:
            why = refused(written, self.catalogue.calendar)
            raise self.refuse(path, why.what, why.hint) from None
