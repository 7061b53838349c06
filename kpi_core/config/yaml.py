"""YAML without surprises: plain text stays text, every value knows its line.

PyYAML reads `NO` as False, `12:30` as 750, `0012` as 10, and lets a duplicate key win silently (measured). Here only
`true`, `false`, `null`, `~`, integers without leading zero and decimal numbers are anything but text; aliases, duplicate keys,
tags and files over 256 kB are refused. So are numbers beyond what a setting may mean, and whatever is
no regular file (a link to one is fine: that is how configuration is deployed).
"""

from __future__ import annotations

import math
import os
import re
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from kpi_core.errors import ConfigError, Where, said

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_VALUES = 40_000  # keys and values of a file: PyYAML takes two seconds for as many
MAX_DIGITS = 30  # of a number: Python itself refuses to read whole numbers of thousands

YamlPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """The plain value of a YAML file and the 1-based line of every key and list item in it."""

    file: str
    value: Any
    lines: dict[YamlPath, int]

    def line_of(self, path: YamlPath) -> int:
        """Line of the value at `path`, or of its nearest parent."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: YamlPath) -> Where:
        """The place of `path`, with the dotted key as its column."""
        return Where(self.file, self.line_of(path), ".".join(str(step) for step in path) or None)


class _TooMany(Exception):
    """More values than any file of the configuration has."""


class _StrictLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (the base class has it so)
    values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases are not allowed", mark)
        self.values += 1
        if self.values > MAX_VALUES:
            raise _TooMany
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:
        """The scanner looks at every open bracket again with each sign: of thousands it would never come back."""
        if self.flow_level > MAX_DEPTH:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass)


def _resolver(tag: str, pattern: str, first: list[str]) -> None:
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


_resolver("bool", r"^(?:true|false)$", ["t", "f"])
_resolver("null", r"^(?:null|~|)$", ["n", "~", ""])
_resolver("int", r"^-?(?:0|[1-9](?:_?[0-9])*)$", list("-0123456789"))
_resolver("float", r"^-?(?:0|[1-9](?:_?[0-9])*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$", list("-0123456789"))

_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_ALLOWED_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "null", "int", "float", "str", "map", "seq")}


def load_yaml(path: Path, name: str | None = None) -> Document:
    """Read a YAML file strictly; messages call it `name` (default: its path). Raises ConfigError with file and line.

    An empty file is an empty mapping.
    """
    name = name or str(path)
    return parse_yaml(read_config(path, name), name)


def read_config(path: Path, name: str | None = None) -> bytes:
    """The bytes of a regular file of the configuration, no more than one over the limit; never waits for a pipe. Raises ConfigError."""
    where = Where(name or str(path))
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0))
        with os.fdopen(descriptor, "rb") as file:  # of a folder it raises, and closes nothing
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(said("this is not a regular file"), where=where)
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(said("there is no such file"), where=where) from None
    except (OSError, ValueError) as error:
        raise ConfigError(said("the file cannot be read: {why}", why=getattr(error, "strerror", None) or str(error)), where=where) from None


def parse_yaml(data: bytes, file: str) -> Document:
    """Like `load_yaml`, for bytes that say they come from `file`."""
    try:
        value, lines = _kept(data)
    except ConfigError:
        value, lines = _parsed(data, file)  # once more, for the message that names the file
    return Document(file, value, lines)


@lru_cache(maxsize=512)
def _kept(data: bytes) -> tuple[Any, dict[YamlPath, int]]:
    """A workspace begins with copies of what ships: the same text is read once. Nobody changes the values."""
    return _parsed(data, "")


def _parsed(data: bytes, file: str) -> tuple[Any, dict[YamlPath, int]]:
    """(value, line of every key). Raises ConfigError."""
    if len(data) > MAX_BYTES:
        raise ConfigError(said("the file is larger than {limit} kB", limit=MAX_BYTES // 1024), where=Where(file))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(said("the file is not UTF-8"), where=Where(file, line), hint=said("save it as UTF-8")) from None
    loader: _StrictLoader | None = None
    try:
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        lines: dict[YamlPath, int] = {}
        value = {} if node is None else _build(loader, node, (), lines, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        hint = said("indent with spaces, not tabs") if "'\\t'" in str(error) else None
        raise ConfigError(
            said("not valid YAML: {why}", why=error.problem or error.context or "?"), where=Where(file, mark.line + 1 if mark else None), hint=hint
        ) from None
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        at = text[:position].count("\n") + 1 if isinstance(position, int) else None
        raise ConfigError(said("not valid YAML: {why}", why=getattr(error, "reason", None) or "?"), where=Where(file, at)) from None
    except RecursionError:
        raise ConfigError(said("nested too deeply"), where=Where(file, _line_of(loader))) from None
    except _TooMany:
        raise ConfigError(said("the file has more than {limit} values", limit=MAX_VALUES), where=Where(file, _line_of(loader))) from None
    finally:
        if loader is not None:
            loader.dispose()
    return value, lines


def _line_of(loader: _StrictLoader | None) -> int | None:
    """How far the loader came."""
    return loader.line + 1 if loader is not None else None


_KINDS: tuple[tuple[type[yaml.Node], set[str]], ...] = (
    (yaml.MappingNode, {"tag:yaml.org,2002:map"}),
    (yaml.SequenceNode, {"tag:yaml.org,2002:seq"}),
    (yaml.ScalarNode, _ALLOWED_TAGS - {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}),
)


def _build(loader: _StrictLoader, node: Any, path: YamlPath, lines: dict[YamlPath, int], file: str) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if len(path) > MAX_DEPTH:
        raise RecursionError
    if not any(isinstance(node, kind) and node.tag in tags for kind, tags in _KINDS):
        raise ConfigError(said("tag {tag} is not allowed", tag=node.tag), where=Where(file, line))
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(said("a key must be plain text"), where=Where(file, key_node.start_mark.line + 1))
            key = _text(key_node, file)
            here = (*path, key)
            if key in result:
                raise ConfigError(said("key {key} is written twice", key=key), where=Where(file, key_node.start_mark.line + 1, ".".join(map(str, here))))
            lines[here] = key_node.start_mark.line + 1
            result[key] = _build(loader, value_node, here, lines, file)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*path, index), lines, file) for index, item in enumerate(node.value)]
    if node.tag in _NUMBERS:
        return _number(node, Where(file, line, ".".join(map(str, path)) or None))
    if node.tag == "tag:yaml.org,2002:str":
        return _text(node, file)
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.value not in ("true", "false"):  # a tag says so of something else
        raise ConfigError(said("tag {tag} is not allowed", tag=node.tag), where=Where(file, line))
    return bool(node.value == "true")


def _text(node: Any, file: str) -> str:
    """Raises ConfigError for half a character (an escaped surrogate), which no file and no database takes."""
    text = str(node.value)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise ConfigError(said("the text holds half a character, which cannot be kept"), where=Where(file, node.start_mark.line + 1))
    return text


def _number(node: yaml.ScalarNode, where: Where) -> int | float:
    """Raises ConfigError for what a tag calls a number and is none, and for more digits than any setting has."""
    text = str(node.value)
    try:
        if len(text) > MAX_DIGITS:
            raise OverflowError
        value = int(text) if node.tag.endswith("int") else float(text)  # Python's int() knows 1_000 as YAML users write it
        if isinstance(value, float) and not math.isfinite(value):
            raise OverflowError
    except (ValueError, OverflowError):
        raise ConfigError(said("the number {text} is out of range", text=text[:40]), where=where) from None
    return value
