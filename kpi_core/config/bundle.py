"""All the YAML of a workspace, read once: the user's file where there is one, else the default that ships with omnigap."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kpi_core.config.decode import decode
from kpi_core.config.model import CalendarFile, KpiFile, ObjectivesFile
from kpi_core.config.settings_file import SettingsFile
from kpi_core.config.shipped import config_file as config_file
from kpi_core.config.yaml import Document, load_yaml

T = TypeVar("T")

FILES = {"settings": SettingsFile, "calendar": CalendarFile, "kpis": KpiFile, "objectives": ObjectivesFile}
TARGETS = "targets"  # folder of imported targets, beside the user's own objectives


@dataclass(frozen=True)
class Bundle:
    """Decoded files and the documents they came from (for lines). `origins` maps a file's stem to the path that was read."""

    settings: SettingsFile
    calendar: CalendarFile
    kpis: KpiFile
    objectives: ObjectivesFile
    documents: dict[str, Document]
    origins: dict[str, Path]
    targets: tuple[tuple[ObjectivesFile, Document], ...] = ()  # imported: the files of config/targets


def target_files(config_dir: Path) -> list[Path]:
    """Files of targets that `omnigap targets` imported, in the order of their names."""
    return sorted((config_dir / TARGETS).glob("*.yaml"))


def load_settings(config_dir: Path) -> SettingsFile:
    """settings.yaml alone. Raises ConfigError."""
    return decode(load_yaml(config_file(config_dir, "settings"), "config/settings.yaml"), SettingsFile)


def load_bundle(config_dir: Path) -> Bundle:
    """Read and decode the four files and the imported targets. Raises ConfigError at the first mistake."""
    documents: dict[str, Document] = {}
    origins: dict[str, Path] = {}

    def read(stem: str, kind: type[T]) -> T:
        path = config_file(config_dir, stem)
        origins[stem] = path
        # Short enough for a screen: the header says which workspace it is.
        documents[stem] = load_yaml(path, f"config/{stem}.yaml")
        return decode(documents[stem], kind)

    return Bundle(
        settings=read("settings", SettingsFile),
        calendar=read("calendar", CalendarFile),
        kpis=read("kpis", KpiFile),
        objectives=read("objectives", ObjectivesFile),
        documents=documents,
        origins=origins,
        targets=tuple(_targets(path, documents, origins) for path in target_files(config_dir)),
    )


def _targets(path: Path, documents: dict[str, Document], origins: dict[str, Path]) -> tuple[ObjectivesFile, Document]:
    stem = f"{TARGETS}/{path.stem}"
    origins[stem] = path
    documents[stem] = load_yaml(path, f"config/{stem}.yaml")
    return decode(documents[stem], ObjectivesFile), documents[stem]
