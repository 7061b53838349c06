"""The profile language: one YAML file says how an export is recognised, read, shaped and turned into canonical rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.model import Text
from kpi_core.config.yaml import Document, YamlPath, load_yaml
from kpi_core.errors import ConfigError, said
from kpi_core.sources.language import BUILTIN, Emit, ProfileFile


@dataclass(frozen=True)
class Profile:
    """A profile and the document it came from (for lines in messages)."""

    spec: ProfileFile
    document: Document
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # what was worked out once for this profile

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def title(self) -> Text:
        return self.spec.title

    @property
    def verified(self) -> bool:
        """Does a real file (or a template of our own) stand behind it? An experimental profile asks before it counts."""
        return self.spec.evidence in ("real_file", "template")

    @cached_property
    def required(self) -> tuple[tuple[str, ...], ...]:
        """Headers that must all be there, each with its spellings."""
        explicit = tuple((item,) if isinstance(item, str) else item for item in self.spec.detect.required)
        wanted = explicit + tuple(column.headers for column in self.spec.columns.values() if column.required)
        seen: dict[str, tuple[str, ...]] = {}
        for headers in wanted:
            seen.setdefault(headers[0].casefold(), headers)
        return tuple(seen.values())

    def emits(self) -> Iterator[tuple[str, Emit, YamlPath]]:
        for dataset, emits in self.spec.emit.items():
            if isinstance(emits, Emit):
                yield dataset, emits, ("emit", dataset)
            else:
                for index, emit in enumerate(emits):
                    yield dataset, emit, ("emit", dataset, index)

    def facts(self) -> dict[str, str]:
        """Names of the facts and their SQL types; currencies caught in a header are called `<column>_currency`."""
        found: dict[str, str] = {}
        for name, rule in self.spec.tables.facts.items():
            if rule.as_ == "range":
                found |= {f"{name}_start": "DATE", f"{name}_end": "DATE"}
            else:
                found[name] = "DATE" if rule.as_ == "date" else "VARCHAR"
        for name, column in self.spec.columns.items():
            if any("(?P<currency>" in header for header in column.headers):
                found[f"{name}_currency"] = "VARCHAR"
        return found


@dataclass(frozen=True)
class Profiles:
    """All known profiles, in order of id."""

    items: tuple[Profile, ...]
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def load(cls, *dirs: Path) -> Profiles:
        """Read every `*.yaml` of the folders; a later folder's profile replaces an earlier one of the same id. Raises ConfigError."""
        found: dict[str, Profile] = {}
        for folder in dirs:
            here: dict[str, Path] = {}
            for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
                profile = load_profile(path)
                if profile.id in here:
                    other = here[profile.id].name
                    raise ConfigError(said("profile {id} is written twice, also in {other}", id=profile.id, other=other), where=profile.document.where(("id",)))
                here[profile.id] = path
                found[profile.id] = profile
        return cls(tuple(found[key] for key in sorted(found)))

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def get(self, profile_id: str) -> Profile | None:
        return next((profile for profile in self.items if profile.id == profile_id), None)


def load_profile(path: Path) -> Profile:
    """Read one profile strictly. Raises ConfigError with file, line, key and the nearest valid key."""
    document = load_yaml(path)
    return check_profile(Profile(decode(document, ProfileFile), document))


def check_profile(profile: Profile) -> Profile:
    """What types alone cannot say: known datasets, columns and names. Expressions are checked when compiled."""
    from kpi_core.store.datasets import DATASETS  # here: the store imports this package

    spec, document = profile.spec, profile.document

    def known(name: str, names: object, path: YamlPath) -> None:
        choices = list(names)  # type: ignore[call-overload]
        if name not in choices:
            raise ConfigError(said("unknown name {name}", name=name), where=document.where(path), hint=did_you_mean(name, choices))

    for name in spec.columns:
        if name in BUILTIN:
            raise ConfigError(said("{name} is a name the reader gives itself", name=name), where=document.where(("columns", name)))
    for index, step in enumerate(spec.shape):
        if sum(getattr(step, field) is not None for field in step.__struct_fields__) != 1:
            raise ConfigError(said("a shape step has exactly one key"), where=document.where(("shape", index)))
    if not spec.emit and spec.role == "source":
        raise ConfigError(said("a profile must emit something"), where=document.where(("emit",)))
    for dataset, emit, path in profile.emits():
        known(dataset, DATASETS, path)
        for column in emit.columns:
            known(column, DATASETS[dataset].columns, (*path, "columns", column))
        if emit.identify is not None:
            known("customer_key", DATASETS[dataset].columns, (*path, "identify"))
    for index, limit in enumerate(spec.limits):
        for key, named in (("unless", limit.unless), ("empty", limit.empty)):
            if named is not None:
                known(named, spec.columns, ("limits", index, key))
    for name in spec.scope:
        known(name, spec.columns, ("scope",))
    if spec.detect.probe is not None:
        known(spec.detect.probe.column, spec.columns, ("detect", "probe", "column"))
    for name in spec.tables.required_facts:
        known(name, {*profile.facts(), *spec.tables.facts}, ("tables", "required_facts"))
    if not profile.required:
        raise ConfigError(said("a profile needs at least one required header"), where=document.where(("detect",)))
    return profile
