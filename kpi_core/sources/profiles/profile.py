"""The profile language: one YAML file says how an export is recognised, read, shaped and turned into canonical rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.layouts import zone_known
from kpi_core.config.model import Text
from kpi_core.config.yaml import Document, YamlPath, load_yaml
from kpi_core.errors import ConfigError, Where, said
from kpi_core.sources.cells.identity import kinds
from kpi_core.sources.profiles.comments import comments_of
from kpi_core.sources.profiles.extends import base_of, extended, id_of
from kpi_core.sources.profiles.language import BUILTIN, Emit, ProfileFile, Step

ASKED = "ask"  # as a column's zone
_NAME = re.compile(r"(?!r_|t_)[a-z]([a-z0-9_]*[a-z0-9])?")


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

    def modes(self) -> dict[str, str]:
        """How a newer export meets what is loaded already, by dataset; what is not written is the default of the dataset."""
        from kpi_core.store.modes import default_mode  # here: the store imports this package

        found = {dataset: emit.mode for dataset, emit, _ in self.emits() if emit.mode is not None}
        return {dataset: found.get(dataset) or default_mode(dataset) for dataset in self.spec.emit}

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
        found: dict[str, Document] = {}
        for folder in dirs:
            here: dict[str, Document] = {}
            for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
                document = load_yaml(path)
                name = id_of(document)
                if name in here:
                    other = Path(here[name].file).name
                    raise ConfigError(said("profile {id} is written twice, also in {other}", id=name, other=other), where=document.where(("id",)))
                here[name] = document
            for name, document in here.items():  # one may complete the one of its own name in an earlier folder
                if base_of(document) == name:
                    here[name] = extended(document, found)
            found |= {name: extended(document, found | here) for name, document in here.items()}
        return cls._checked(tuple(check_profile(Profile(decode(found[name], ProfileFile), found[name])) for name in sorted(found)))

    @classmethod
    def _checked(cls, items: tuple[Profile, ...]) -> Profiles:
        profiles = cls(items)
        for profile in profiles:
            check_joins(profile, profiles)
        return profiles

    def with_file(self, path: Path) -> tuple[Profile, Profiles]:
        """(the profile of one more file, all profiles with it in the place of one of its name). Raises ConfigError."""
        known = {profile.id: profile.document for profile in self}
        document = extended(load_yaml(path), known)
        profile = check_profile(Profile(decode(document, ProfileFile), document))
        others = (other for other in self if other.id != profile.id)
        return profile, self._checked(tuple(sorted((profile, *others), key=lambda one: one.id)))

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def get(self, profile_id: str) -> Profile | None:
        return next((profile for profile in self.items if profile.id == profile_id), None)


def load_profile(path: Path) -> Profile:
    """Read one profile strictly, that completes no other. Raises ConfigError with file, line, key and the nearest valid key."""
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
        zone = spec.columns[name].zone
        if zone is not None and zone != ASKED and not zone_known(zone):
            known(zone, spec.columns, ("columns", name, "zone"))
    for name, path in _new_names(spec):
        if not _NAME.fullmatch(name):
            hint = said("small letters, digits and _, a letter first, none of r_ and t_ before it and no _ at its end")
            raise ConfigError(said("{name} cannot be a name", name=name), where=document.where(path), hint=hint)
    for index, step in enumerate(spec.shape):
        if sum(getattr(step, field) is not None for field in step.__struct_fields__) != 1:
            raise ConfigError(said("a shape step has exactly one key"), where=document.where(("shape", index)))
        _check_step(profile, step, index)
    for index, drop in enumerate(spec.rows):
        if (drop.when is None) is (drop.unless is None):
            raise ConfigError(said("exactly one of {names} is needed", names="when, unless"), where=document.where(("rows", index)))
    for index, check in enumerate(spec.checks):
        if sum((check.expr is not None, bool(check.any), check.totals is not None)) != 1:
            raise ConfigError(said("exactly one of {names} is needed", names="expr, any, totals"), where=document.where(("checks", index)))
    for name, rule in spec.tables.facts.items():
        for other in rule.instead:
            known(other, {**spec.columns, **spec.tables.facts}, ("tables", "facts", name, "unless"))
    if spec.read.header_rows == 2 and spec.tables.multiple:
        raise ConfigError(said("a file of several tables has one header row each"), where=document.where(("read", "header_rows")))
    if spec.role == "part" and spec.emit:
        raise ConfigError(said("a profile of role part emits nothing"), where=document.where(("emit",)))
    if not spec.emit and spec.role == "source":
        raise ConfigError(said("a profile must emit something"), where=document.where(("emit",)))
    for dataset, emit, path in profile.emits():
        known(dataset, DATASETS, path)
        for column in emit.columns:
            known(column, DATASETS[dataset].columns, (*path, "columns", column))
        if emit.identify is not None:
            known("customer_key", DATASETS[dataset].columns, (*path, "identify"))
        _check_mode(profile, dataset, emit, path)
        if dataset == "identifiers" and (emit.identify is None or len(kinds(emit.identify)) < 2 or emit.columns):
            hint = said("identifiers: {example}", example="{identify: {email: email, phone: phone}, columns: {}}")
            raise ConfigError(said("identifiers are what `identify` names, two kinds or more"), where=document.where(path), hint=hint)
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
    for name in spec.tables.asked_facts:
        known(name, [fact for fact, rule in spec.tables.facts.items() if rule.as_ != "text"], ("tables", "asked_facts"))
    if not profile.required:
        raise ConfigError(said("a profile needs at least one required header"), where=document.where(("detect",)))
    return profile


def _new_names(spec: ProfileFile) -> Iterator[tuple[str, YamlPath]]:
    """Names that the profile gives, with their places."""
    for name in spec.columns:
        yield name, ("columns", name)
    for name in spec.tables.facts:
        yield name, ("tables", "facts", name)
    if spec.unpivot is not None:
        yield spec.unpivot.name, ("unpivot", "name")
        yield spec.unpivot.value, ("unpivot", "value")
    for index, step in enumerate(spec.shape):
        for key, names in (
            ("derive", step.derive),
            ("group", step.group and step.group.values),
            ("number", step.number and (step.number.into,)),
            ("allocate", step.allocate and (step.allocate.into,)),
            ("lookup", step.lookup and step.lookup.take),
            ("explode", step.explode and (*step.explode.into, *((step.explode.number,) if step.explode.number else ()))),
            ("wide_items", step.wide_items and (*step.wide_items.columns, *((step.wide_items.number,) if step.wide_items.number else ()))),
            ("pivot_amounts", step.pivot_amounts and (*step.pivot_amounts.into, step.pivot_amounts.rest)),
            ("join", step.join and step.join.take),
        ):
            for name in names or ():
                yield name, ("shape", index, key)


def _check_mode(profile: Profile, dataset: str, emit: Emit, path: YamlPath) -> None:
    """A dataset has one mode, and the mode must fit its rows."""
    from kpi_core.store.datasets import DATASETS
    from kpi_core.store.modes import EVENT_DATASETS, EVENTS, WINDOW

    where = profile.document.where
    mode = profile.modes()[dataset]
    if emit.mode is not None and emit.mode != mode:
        raise ConfigError(said("{dataset} has two modes: {one} and {other}", dataset=dataset, one=emit.mode, other=mode), where=where((*path, "mode")))
    if mode == EVENTS and dataset not in EVENT_DATASETS:
        told_by = ", ".join(DATASETS[dataset].key)
        problem = said("rows of {dataset} are told apart by {keys}: append_events would count them twice", dataset=dataset, keys=told_by)
        raise ConfigError(problem, where=where((*path, "mode")), hint=said("possible for {names}", names=", ".join(EVENT_DATASETS)))
    if mode == WINDOW and DATASETS[dataset].day is None:
        problem = said("rows of {dataset} have no day, so that no window can hold them", dataset=dataset)
        raise ConfigError(problem, where=where((*path, "mode")), hint=said("snapshot replaces them all"))
    if emit.window is not None:
        ranges = [name for name, rule in profile.spec.tables.facts.items() if rule.as_ == "range"]
        if mode != WINDOW:
            raise ConfigError(said("a window belongs to the mode replace_window"), where=where((*path, "window")))
        if emit.window not in ranges:
            problem = said("{name} is no fact with `as: range`", name=emit.window)
            raise ConfigError(problem, where=where((*path, "window")), hint=did_you_mean(emit.window, ranges))


def _check_step(profile: Profile, step: Step, index: int) -> None:
    """What the types cannot say of a step that makes rows or asks another file."""
    where = profile.document.where
    rule = step.explode
    if rule is not None:
        if rule.pattern is not None and (rule.into or rule.pair_sep or rule.key_sep or rule.keys):
            raise ConfigError(
                said("a pattern names its own fields: no {names}", names="into, pair_sep, key_sep, keys"), where=where(("shape", index, "explode"))
            )
        if rule.pattern is None and not rule.into:
            raise ConfigError(said("exactly one of {names} is needed", names="into, pattern"), where=where(("shape", index, "explode")))
        for name, field in rule.into.items():
            if (rule.key_sep is None) is not isinstance(field, int) or field == 0:
                problem = said("with key_sep a field is a key, else a position from 1")
                raise ConfigError(problem, where=where(("shape", index, "explode", "into", name)))
        try:
            fields = rule.into or re.compile(rule.pattern or "").groupindex
        except re.error as error:
            text = said("{text} is not a pattern: {why}", text=rule.pattern, why=str(error))
            raise ConfigError(text, where=where(("shape", index, "explode", "pattern"))) from None
        if not fields:
            raise ConfigError(said("the pattern has no named group"), where=where(("shape", index, "explode", "pattern")))
        _known_types(rule.types, fields, where, ("shape", index, "explode", "types"))
    elif step.wide_items is not None:
        for name, pattern in step.wide_items.columns.items():
            if not pattern.startswith("re:"):
                raise ConfigError(said("numbered columns are named by a pattern, re:…"), where=where(("shape", index, "wide_items", "columns", name)))
        if not step.wide_items.columns:
            raise ConfigError(said("a name and a pattern are needed"), where=where(("shape", index, "wide_items", "columns")))
        _known_types(step.wide_items.types, step.wide_items.columns, where, ("shape", index, "wide_items", "types"))
    elif step.pivot_amounts is not None and any(before.explode or before.wide_items for before in profile.spec.shape[:index]):
        raise ConfigError(said("pivot_amounts comes before the steps that make rows"), where=where(("shape", index)))
    elif step.join is not None and (len(step.join.where) != len(step.join.equals) or not step.join.where):
        raise ConfigError(said("where and equals need the same number of names"), where=where(("shape", index, "join", "equals")))
    elif step.lookup is not None and len(step.lookup.where) != len(step.lookup.equals):
        raise ConfigError(said("where and equals need the same number of names"), where=where(("shape", index, "lookup", "equals")))


def _known_types(types: Mapping[str, str], fields: Collection[str], where: Callable[[YamlPath], Where], path: YamlPath) -> None:
    for name in types:
        if name not in fields:
            raise ConfigError(said("unknown name {name}", name=name), where=where((*path, name)), hint=did_you_mean(name, fields))


def check_joins(profile: Profile, profiles: Profiles) -> None:
    """What a join asks of another profile must be there, and no profile may wait for itself. Raises ConfigError."""
    from kpi_core.sources.rows.shape import names_after  # here: the steps know this module

    for index, step in enumerate(profile.spec.shape):
        if step.join is None:
            continue
        path: YamlPath = ("shape", index, "join")
        other = profiles.get(step.join.profile)
        if other is None:
            hint = did_you_mean(step.join.profile, [one.id for one in profiles])
            raise ConfigError(said("unknown profile {id}", id=step.join.profile), where=profile.document.where((*path, "profile")), hint=hint)
        if profile.id in _joined_by(other, profiles, set()):
            raise ConfigError(said("{id} and this profile wait for each other", id=other.id), where=profile.document.where((*path, "profile")))
        names = [name for name in names_after(other) if name not in comments_of(other.spec)]
        for key, wanted in (("where", step.join.where), ("take", tuple(step.join.take.values()))):
            for name in wanted:
                if name not in names:
                    problem = said("{id} has no name {name}", id=other.id, name=name)
                    raise ConfigError(problem, where=profile.document.where((*path, key)), hint=did_you_mean(name, names))


def _joined_by(profile: Profile, profiles: Profiles, seen: set[str]) -> set[str]:
    """The profile and all it waits for."""
    if profile.id not in seen:
        seen.add(profile.id)
        for step in profile.spec.shape:
            other = profiles.get(step.join.profile) if step.join is not None else None
            if other is not None:
                _joined_by(other, profiles, seen)
    return seen
