"""What a column of an export feeds: from its working name over the steps of the profile to the columns of datasets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from kpi_core.sources.profiles.comments import COMMENT

if TYPE_CHECKING:
    from kpi_core.sources.profiles.language import Step
    from kpi_core.sources.profiles.profile import Profile

EVERYTHING = "*"  # in place of a dataset's column: its rows themselves hang on it

Fed = frozenset[tuple[str, str]]  # (dataset, column)

_WORD = re.compile(r"[^\W\d]\w*")
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def fed_by(profile: Profile) -> Mapping[str, Fed]:
    """Working name -> the (dataset, column) pairs that some expression leads to from it; `EVERYTHING` where rows hang on it."""
    found: dict[str, Fed] | None = profile.memo.get("fed_by")
    if found is None:
        found = profile.memo["fed_by"] = _fed_by(profile)
    return found


def _fed_by(profile: Profile) -> dict[str, Fed]:
    spec = profile.spec
    ends: dict[str, set[tuple[str, str]]] = {}

    def feeds(text: str | None, target: tuple[str, str]) -> None:
        for word in _words(text or ""):
            ends.setdefault(word, set()).add(target)

    datasets = {dataset for dataset, _, _ in profile.emits()}
    for dataset, emit, _ in profile.emits():
        for column, expression in emit.columns.items():
            if column != COMMENT:  # no number is made of it: a file that has none misses nothing
                feeds(expression, (dataset, column))
        for text in (emit.when, *emit.one_per):
            feeds(text, (dataset, EVERYTHING))
        for kind in ("email", "loyalty", "phone", "platform") if emit.identify is not None else ():
            feeds(getattr(emit.identify, kind), (dataset, "customer_key"))
    for dataset in datasets:
        for drop in spec.rows:
            feeds(drop.when, (dataset, EVERYTHING))
    made: dict[str, set[str]] = {}  # a name -> the names that it is made of
    for step in spec.shape:
        for name, words in _makes(step):
            made.setdefault(name, set()).update(words - {name})
    found: dict[str, Fed] = {}
    upwards: dict[str, set[str]] = {}
    for name, words in made.items():
        for word in words:
            upwards.setdefault(word, set()).add(name)
    for column in spec.columns:
        seen, todo = {column}, [column]
        while todo:
            for name in upwards.get(todo.pop(), ()):
                if name not in seen:
                    seen.add(name)
                    todo.append(name)
        found[column] = frozenset(target for name in seen for target in ends.get(name, ()))
    return found


def _makes(step: Step) -> Iterable[tuple[str, set[str]]]:
    """(new name, names it is made of) of a step, whichever it is: dicts name what they make, `into`, `value`, `number` and `rest` too."""
    for rule in (getattr(step, field) for field in step.__struct_fields__):
        if rule is None:
            continue
        if isinstance(rule, dict):  # derive
            for name, expression in rule.items():
                yield name, _words(str(expression))
            continue
        plain: dict[str, Any] = msgspec.to_builtins(rule)
        shared = {word for value in plain.values() for text in _texts(value) for word in _words(text)}
        key = {word for field in ("over", "key", "equals", "when", "column", "columns", "amount") for text in _texts(plain.get(field)) for word in _words(text)}
        for field in ("values", "into", "take"):
            if isinstance(plain.get(field), dict):
                for name, source in plain[field].items():
                    yield name, {*_words(str(source)), *key}
        for field in ("into", "value", "number", "rest"):
            if isinstance(plain.get(field), str):
                yield plain[field], shared
        if plain.get("columns") and plain.get("key"):  # fill_down
            for name in plain["columns"]:
                yield name, key - set(plain["columns"])


def _words(expression: str) -> set[str]:
    """Names in an expression; what stands in quotes is none."""
    return set(_WORD.findall(_LITERAL.sub("", expression)))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
