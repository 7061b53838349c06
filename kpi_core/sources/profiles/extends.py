"""A profile that starts from another: what it does not write is taken from its base, columns by name and the rest by section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kpi_core.config.decode import did_you_mean
from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import ConfigError, Where, said

OWN = ("id", "evidence", "extends")  # never taken from the base
MERGED = ("columns", "emit", "overlaps")  # by name, a null takes one out


@dataclass(frozen=True)
class Layered(Document):
    """A document over its base: a place is where its text stands, in the one or the other."""

    own: Document
    base: Document

    def where(self, path: YamlPath) -> Where:
        if not path or path[0] not in self.own_value:
            return self.base.where(path) if path and path[0] in self.base_value else self.own.where(path)
        if path[0] in MERGED and len(path) > 1 and path[:2] not in self.own.lines:
            return self.base.where(path)
        return self.own.where(path)

    @property
    def own_value(self) -> Mapping[str, Any]:
        return _mapping(self.own)

    @property
    def base_value(self) -> Mapping[str, Any]:
        return _mapping(self.base)


def id_of(document: Document) -> str:
    """The profile's name; the file's place stands for one that has none, which is an error told later."""
    return str(_mapping(document).get("id", document.file))


def base_of(document: Document) -> str | None:
    base = _mapping(document).get("extends")
    return str(base) if base is not None else None


def extended(document: Document, known: Mapping[str, Document], seen: tuple[str, ...] = ()) -> Document:
    """The document completed by its base, and that by its own. `known`: profile -> document. Raises ConfigError."""
    base = base_of(document)
    if base is None or isinstance(document, Layered):
        return document
    name = id_of(document)
    if base in seen or (base == name and known.get(base) is document):
        raise ConfigError(said("the profile extends itself"), where=document.where(("extends",)))
    if base not in known:
        raise ConfigError(said("unknown profile {id}", id=base), where=document.where(("extends",)), hint=did_you_mean(base, known))
    below = extended(known[base], known, (*seen, name))
    own, taken = _mapping(document), {key: part for key, part in _mapping(below).items() if key not in OWN}
    value = {**taken, **own}
    for key in MERGED:
        if isinstance(own.get(key), dict) and isinstance(taken.get(key), dict):
            value[key] = {name: part for name, part in {**taken[key], **own[key]}.items() if part is not None}
    return Layered(document.file, value, document.lines, document, below)


def _mapping(document: Document) -> Mapping[str, Any]:
    return document.value if isinstance(document.value, dict) else {}
