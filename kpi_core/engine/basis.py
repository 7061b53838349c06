"""Other ways of counting: under a basis (returns by sale date) a KPI is the one that its `variants` name, under its own id.

So everything that speaks of the KPI (targets, links, drill) goes on, and only formula, name and help are those of the variant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from kpi_core.config.decode import did_you_mean
from kpi_core.config.model import KpiFile
from kpi_core.config.yaml import YamlPath
from kpi_core.engine.catalogue import Catalogue
from kpi_core.errors import Message, UsageError, said

Known = Callable[[str, Iterable[str], YamlPath, Message], None]


def check(file: KpiFile, known: Known) -> None:
    """Every variant names a basis and a KPI that exist; `known` raises for a name that is not in a list."""
    for name, kpi in file.kpis.items():
        for basis, variant in kpi.variants.items():
            path: YamlPath = ("kpis", name, "variants", basis)
            known(basis, file.bases, path, said("there is no basis {name}", name=basis))
            known(variant, file.kpis, path, said("there is no KPI {kpi}", kpi=variant))


def variants(catalogue: Catalogue, names: Iterable[str]) -> dict[str, str]:
    """KPI -> the KPI it is under these bases; where two of them speak of one KPI, the last wins. Raises UsageError with the nearest basis."""
    found: dict[str, str] = {}
    for name in names:
        if name not in catalogue.file.bases:
            raise UsageError(said("there is no basis {name}", name=name), hint=did_you_mean(name, catalogue.file.bases))
        found |= {kpi: spec.variants[name] for kpi, spec in catalogue.kpis.items() if name in spec.variants}
    return found


def bases_of(catalogue: Catalogue, kpi: str | None = None) -> tuple[str, ...]:
    """Bases that change a KPI (None: any KPI), in the order of kpis.yaml."""
    kpis = catalogue.kpis.values() if kpi is None else [catalogue.kpi(kpi)]
    used = {basis for spec in kpis for basis in spec.variants}
    return tuple(basis for basis in catalogue.file.bases if basis in used)


def under(catalogue: Catalogue, names: Iterable[str]) -> Catalogue:
    """The catalogue with the bases switched on; the same one when they change nothing."""
    changed = variants(catalogue, names)
    if not changed:
        return catalogue
    kpis = dict(catalogue.file.kpis)
    for kpi, variant in changed.items():
        own = kpis[kpi]
        kpis[kpi] = msgspec.structs.replace(catalogue.file.kpis[variant], variants=own.variants)
    shown = set(changed.values())  # what a KPI has become is not shown a second time beside it
    groups = tuple(msgspec.structs.replace(group, kpis=tuple(kpi for kpi in group.kpis if kpi not in shown)) for group in catalogue.groups)
    return Catalogue.build(msgspec.structs.replace(catalogue.file, kpis=kpis, groups=groups), columns=catalogue.columns)
