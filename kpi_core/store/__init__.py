"""The warehouse: immutable batches -> facts -> mart, one manifest per generation, one commit point, readers that never lock."""

from kpi_core.store.connection import Limits
from kpi_core.store.counting import set_status
from kpi_core.store.examine import Damage, examine, verify
from kpi_core.store.loading import FileReport, Importer, LoadReport, SourceImporter, load_with
from kpi_core.store.publish import Incoming
from kpi_core.store.reader import Coverage, Reader, open_reader
from kpi_core.store.rebuild import rebuild
from kpi_core.store.rollup import Preparation, RollupSpec
from kpi_core.store.settings import MartSettings
from kpi_core.store.star import fingerprint
from kpi_core.store.upkeep import gc
from kpi_core.store.workspace import Workspace

__all__ = [
    "Coverage",
    "Damage",
    "FileReport",
    "Importer",
    "Incoming",
    "Limits",
    "LoadReport",
    "MartSettings",
    "Preparation",
    "Reader",
    "RollupSpec",
    "SourceImporter",
    "Workspace",
    "examine",
    "fingerprint",
    "gc",
    "load_with",
    "open_reader",
    "rebuild",
    "set_status",
    "verify",
]
