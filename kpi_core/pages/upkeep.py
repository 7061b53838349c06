"""The state of the files of a warehouse, and what a rebuild made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kpi_core.errors import Message


@dataclass(frozen=True)
class DamagedFile:
    """A file that is not what was written. `file` inside `.omnigap`; `export` and `load_id` where it belongs to a load, `dataset` and `part`
    ('YYYY-MM') where it holds rows of one. `remedy`: a rebuild makes it anew, or its export has to be loaded again."""

    file: str
    kind: Literal["missing", "changed"]
    holds: Literal["pointer", "manifest", "batch", "account", "facts", "mart"]
    dataset: str
    part: str
    load_id: int | None
    export: str
    remedy: Literal["rebuild", "load"]


@dataclass(frozen=True)
class WaitingLoad:
    """A load to be loaded again from its export. `rows`: its rows are damaged and do not count; else only the account of them is."""

    load_id: int
    export: str
    rows: bool = True


@dataclass(frozen=True)
class StoreCheck:
    """What a reading of every file of the current generation found. `orphans`: files that nothing needs, deleted by the next load."""

    generation: int  # 0: not even CURRENT can be read
    files: int
    bytes: int
    damaged: tuple[DamagedFile, ...]
    waiting: tuple[WaitingLoad, ...]
    orphans: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.damaged and not self.waiting


@dataclass(frozen=True)
class RebuiltStore:
    """A generation made anew from `counted` loads; `waiting` are the exports to load again."""

    generation: int
    counted: int
    waiting: tuple[WaitingLoad, ...]
    notes: tuple[Message, ...]
    seconds: float
