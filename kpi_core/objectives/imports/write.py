"""Imported targets as a file of objectives: YAML that a person can read and that is never mixed with what a person wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from kpi_core.objectives.imports.cells import fold

HEAD = "# Imported by `omnigap targets` from {file}. Import the table again to change it: what is written here by hand is lost then.\n"


def stem_of(name: str) -> str:
    """A file's name as one for the targets it brings: `Budget 2026 (v2).csv` -> budget_2026_v2."""
    return re.sub(r"[ %]+", "_", fold(name.rpartition(".")[0] or name)) or "targets"


def is_imported(text: str) -> bool:
    """Whether a file was written by `file_text`, so that it may be written again."""
    return text.startswith(HEAD.partition("{")[0])


def file_text(stem: str, source: str, targets: Sequence[dict[str, Any]]) -> str:
    """The file `config/targets/<stem>.yaml`."""
    objective = {
        "id": f"targets_{stem}",
        "name": {"en": f"Targets of {source}", "fr": f"Objectifs de {source}"},
        "targets": list(targets),
    }
    body = yaml.dump({"version": 1, "objectives": [objective]}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=140, default_flow_style=False)
    return HEAD.format(file=source) + body


class _Dumper(yaml.SafeDumper):
    """No anchors, which the strict reader refuses; small mappings of plain values in one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        values = list(dict(mapping).values())
        flat = bool(values) and all(isinstance(value, int | float | str) for value in values)
        return super().represent_mapping(tag, mapping, flow_style=True if flat else flow_style)
