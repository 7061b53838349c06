"""Plain YAML values -> frozen types; a mistake names file, line, key and the nearest valid key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from kpi_core.config.yaml import Document, YamlPath
from kpi_core.errors import ConfigError, Message, said

T = TypeVar("T")

_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]+)`")
SIZE = r"^(?=.*[1-9])[0-9]{1,6}(\.[0-9]{1,3})? ?[kKmMgGtT][iI]?[bB]$"  # as DuckDB reads sizes
_AT = re.compile(r" - at `(?P<path>[^`]*)`$")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a mistyped one most likely meant."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> Message | None:
    """The hint for a mistyped name: the nearest valid one, else the list of them when short."""
    choices = sorted(known)
    guess = nearest(name, choices)
    if guess:
        return said("did you mean {name}?", name=guess)
    return said("known: {names}", names=", ".join(choices)) if 0 < len(choices) <= 40 else None


def decode(document: Document, kind: type[T]) -> T:
    """Convert a document to `kind` (a msgspec struct). Raises ConfigError at the key that is wrong."""
    try:
        return msgspec.convert(document.value, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _explain(document, kind, str(error)) from None


def _explain(document: Document, kind: type[Any], text: str) -> ConfigError:
    at = _AT.search(text)
    problem = text[: at.start()] if at else text
    path = _locate(document.value, at["path"] if at else "$", problem)
    unknown = _UNKNOWN.search(problem)
    if unknown:
        field = unknown["field"]
        return ConfigError(said("unknown key {key}", key=field), where=document.where((*path, field)), hint=did_you_mean(field, _fields(kind, path)))
    if repr(SIZE) in problem:
        return ConfigError(said("this is no size"), where=document.where(path), hint=said("write a number above 0 and its unit: 512MB, 1.5GB"))
    return ConfigError(said("{problem}", problem=problem), where=document.where(path))


def _locate(value: Any, dotted: str, problem: str) -> YamlPath:
    """msgspec writes `$.kpis[...].expr` for the values of a mapping: walk the document to find the one that is wrong."""
    steps = re.findall(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|(\[\.\.\.\])", dotted)
    unknown = _UNKNOWN.search(problem)
    missing = re.search(r"missing required field `([^`]+)`", problem)

    def fits(node: Any) -> bool:
        if unknown:
            return isinstance(node, dict) and unknown["field"] in node
        if missing:
            return isinstance(node, dict) and missing[1] not in node
        got = re.search(r"got `([^`]+)`", problem)
        kinds = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None), "object": dict, "array": list}
        return not got or got[1] not in kinds or type(node) is kinds[got[1]]

    def walk(node: Any, index: int, lacking: bool) -> YamlPath | None:
        if index == len(steps):
            return () if fits(node) else None
        name, number, _ = steps[index]
        if name:
            if not isinstance(node, dict) or name not in node:
                return () if lacking and index == len(steps) - 1 else None
            rest = walk(node[name], index + 1, lacking)
            return None if rest is None else (name, *rest)
        if number:
            if not isinstance(node, list) or int(number) >= len(node):
                return None
            rest = walk(node[int(number)], index + 1, lacking)
            return None if rest is None else (int(number), *rest)
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, item in items:
            rest = walk(item, index + 1, lacking)
            if rest is not None:
                return (key, *rest)
        return None

    return walk(value, 0, False) or walk(value, 0, True) or ()  # a key that is there before one that is not


def _fields(kind: Any, path: YamlPath) -> set[str]:
    """Keys allowed at `path` of `kind`."""
    node: Any = msgspec.inspect.type_info(kind)
    for step in path:
        node = _step(node, step)
        if node is None:
            return set()
    return {name for struct in _structs(node) for name in (field.encode_name for field in struct.fields)}


def _structs(node: Any) -> list[Any]:
    if isinstance(node, msgspec.inspect.StructType):
        return [node]
    if isinstance(node, msgspec.inspect.UnionType):
        return [struct for option in node.types for struct in _structs(option)]
    return []


def _step(node: Any, step: str | int) -> Any:
    for struct in _structs(node):
        for field in struct.fields:
            if field.encode_name == step:
                return field.type
    options = node.types if isinstance(node, msgspec.inspect.UnionType) else (node,)
    for option in options:
        if isinstance(option, msgspec.inspect.DictType):
            return option.value_type
        if isinstance(option, (msgspec.inspect.ListType, msgspec.inspect.VarTupleType)):
            return option.item_type
    return None
