"""config/layouts.yaml: what people answered about the layouts of their exports, so that the same layout never asks twice.

An entry of `layouts` counts for a profile, or only for files whose header has one of the hashes of `header`; a later entry goes before
an earlier one. `files` says what only a single file can be asked: its period, its day. The app only ever adds entries at the end:
comments and entries of people stay as they are.
"""

from __future__ import annotations

import contextlib
import fnmatch
import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from kpi_core.config.decode import decode, did_you_mean
from kpi_core.config.yaml import Document, load_yaml, parse_yaml
from kpi_core.errors import ConfigError, Where, said

FILE = "layouts.yaml"
SHOWN = f"config/{FILE}"
_BEGIN = """\
# What omnigap was told about the layouts of exports: it asks once, and adds the answer at the end. Write it here yourself for loads that nobody watches.
# Keys: decimal {column: "," or "."}, date_order {column: dmy, mdy or ymd}, currency (of amounts with a bare $ or kr), zone (of times without an offset),
# zones {name in the file: Europe/Paris}, columns {column: "header in the file", or null for none of them},
# confirmed (true: an experimental format is read right). Without header it counts for all files of the profile.
# What one file does not say of itself stands below files, by its name (a pattern) or the beginning of its SHA-256:
# files: {"BusinessReport-october.csv": {period: 2026-10-01..2026-10-31}, "inventory*.csv": {day: 2026-10-31}}
version: 1
layouts:
"""
_HEX = re.compile(r"[0-9a-f]{12,64}")
HASH_SIGNS = 16  # of a file's SHA-256, as answers have it


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One entry. `decimal`, `date_order` and `columns` map working names of the profile; `header` holds hashes as the question shows them.

    `zones`: names of zones as the file writes them. `columns`: which header a working name reads, None for none of the file's.
    """

    profile: str
    header: tuple[str | int, ...] = ()
    decimal: dict[str, Literal[",", "."]] = {}
    date_order: dict[str, Literal["dmy", "mdy", "ymd"]] = {}
    currency: str | None = None
    zone: str | None = None
    zones: dict[str, str] = {}
    columns: dict[str, str | None] = {}
    confirmed: bool | None = None


class FileSays(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What was answered of one file. `period`: days as `period_of` reads them. `day`: of a snapshot. `name`: what the file was called, for people."""

    name: str | None = None
    period: str | int | None = None  # 2026 is a year
    day: str | None = None


class LayoutsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: Literal[1]
    layouts: tuple[Layout, ...] | None = None  # `layouts:` with nothing below
    files: dict[str, FileSays] | None = None


@dataclass(frozen=True)
class Answers:
    """What is known of one layout beside its profile, and of one file of it: the `period` of rows without a date, the `day` of a snapshot."""

    decimal: Mapping[str, str] = field(default_factory=dict)
    date_order: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    zone: str | None = None
    confirmed: bool = False
    zones: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str | None] = field(default_factory=dict)
    period: tuple[date, date] | None = None
    day: date | None = None
    layouts: Layouts | None = field(default=None, compare=False, repr=False)  # where the answers of the files beside it are found

    def beside(self, profile: str, header_hash: str, name: str = "", sha256: str = "") -> Answers:
        """What was answered of another file, which only completes this one."""
        return self.layouts.answers(profile, header_hash, name, sha256) if self.layouts is not None else Answers()

    def with_entry(self, entry: Layout) -> Answers:
        return replace(
            self,
            decimal={**self.decimal, **entry.decimal},
            date_order={**self.date_order, **entry.date_order},
            currency=entry.currency or self.currency,
            zone=entry.zone or self.zone,
            confirmed=self.confirmed if entry.confirmed is None else entry.confirmed,
            zones={**self.zones, **entry.zones},
            columns={**self.columns, **entry.columns},
        )

    def with_file(self, says: FileSays) -> Answers:
        period, day = period_of(str(says.period or "")), period_of(says.day or "")
        return replace(self, period=period or self.period, day=day[0] if day else self.day)


@dataclass(frozen=True)
class Layouts:
    """The entries of a workspace, in the order of the file."""

    entries: tuple[Layout, ...] = ()
    document: Document | None = None
    files: Mapping[str, FileSays] = field(default_factory=dict)

    def answers(self, profile: str, header_hash: str, name: str = "", sha256: str = "") -> Answers:
        """What was answered for this profile, or for this header of it, and for the file of this name and content."""
        found = Answers(layouts=self)
        for entry in self.entries:
            if entry.profile == profile and (not entry.header or header_hash in {str(item) for item in entry.header}):
                found = found.with_entry(entry)
        for exact in (False, True):  # what names the content goes before a name
            for key, says in self.files.items():
                by_content = bool(sha256) and _HEX.fullmatch(key) is not None and sha256.startswith(key)
                if by_content if exact else _called(key, name):
                    found = found.with_file(says)
        return found

    def check(self, columns: Mapping[str, Collection[str]]) -> Layouts:
        """Raises ConfigError for a profile or a column that does not exist. `columns`: working names by profile."""
        for index, entry in enumerate(self.entries):
            self._known(entry.profile, columns, index, "profile")
            for key, answers in (("decimal", entry.decimal), ("date_order", entry.date_order), ("columns", entry.columns)):
                for name in answers:
                    self._known(name, columns[entry.profile], index, key, name)
        return self

    def _known(self, name: str, names: Collection[str], index: int, *path: str) -> None:
        if name not in names:
            where = self.document.where(("layouts", index, *path)) if self.document else None
            raise ConfigError(said("unknown name {name}", name=name), where=where, hint=did_you_mean(name, names))


def _called(pattern: str, name: str) -> bool:
    low = name.casefold()
    return bool(name) and (pattern.casefold() == low or fnmatch.fnmatchcase(low, pattern.casefold()))


def period_of(text: str) -> tuple[date, date] | None:
    """First and last day of `2026`, `2026-10`, `2026-10-31` or two of them with `..` between; None for anything else."""
    parts = [_days(part) for part in text.strip().split("..")]
    first, last = parts[0], parts[-1]
    if first is None or last is None or len(parts) > 2 or first[0] > last[1]:
        return None
    return first[0], last[1]


def _days(text: str) -> tuple[date, date] | None:
    found = re.fullmatch(r"((?:19|20|21)\d\d)(?:-(\d\d))?(?:-(\d\d))?", text.strip())
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        first = date(year, month or 1, day or 1)
        last = first if day else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1) if month else date(year, 12, 31)
    except ValueError:
        return None
    return first, last


def load_layouts(config_dir: Path) -> Layouts:
    """The answers of a workspace; none where there is no file. Raises ConfigError with file, line and the nearest key."""
    path = config_dir / FILE
    return _decoded(load_yaml(path, SHOWN)) if path.exists() else Layouts()


def _decoded(document: Document) -> Layouts:
    if document.value == {}:
        return Layouts((), document)
    content = decode(document, LayoutsFile)
    entries, files = content.layouts or (), content.files or {}
    for index, entry in enumerate(entries):
        if entry.currency is not None and not (len(entry.currency) == 3 and entry.currency.isalpha() and entry.currency.isupper()):
            where = document.where(("layouts", index, "currency"))
            raise ConfigError(said("{text} is not a currency", text=entry.currency), where=where, hint=said("write a code like EUR"))
        for zone, path in ((entry.zone, ("zone",)), *((text, ("zones", name)) for name, text in entry.zones.items())):
            if zone is not None and not zone_known(zone):
                raise no_zone(zone, document.where(("layouts", index, *path)))
    for key, says in files.items():
        for text, name in ((says.period, "period"), (says.day, "day")):
            days = period_of(str(text)) if text is not None else None
            if text is not None and (days is None or (name == "day" and days[0] != days[1])):
                raise no_days(str(text), document.where(("files", key, name)), name == "day")
    return Layouts(entries, document, files)


def no_zone(text: str, where: Where | None = None) -> ConfigError:
    """The refusal of a time zone that nobody knows, with the nearest one: also by its city alone."""
    names = zone_names()
    city = text.strip().casefold().replace(" ", "_")
    by_city = next((name for name in names if "/" in name and name.rpartition("/")[2].casefold() == city), None)
    hint = said("did you mean {name}?", name=by_city) if by_city else did_you_mean(text, names)
    return ConfigError(said("{text} is not a time zone", text=text), where=where, hint=hint or said("write a name like Europe/Paris"))


def no_days(text: str, where: Where | None = None, single: bool = False) -> ConfigError:
    """The refusal of days that cannot be read."""
    hint = said("write it as 2026-10-31") if single else said("write it as 2026-10 or 2026-10-01..2026-10-31")
    return ConfigError(said("{text} is not a day", text=text) if single else said("{text} is not a period", text=text), where=where, hint=hint)


@cache
def zone_names() -> tuple[str, ...]:
    """IANA names of this machine, of places before `UTC` and its like."""
    from zoneinfo import available_timezones

    return tuple(sorted(available_timezones(), key=lambda name: ("/" not in name, name.startswith("Etc/"), name)))


def zone_known(name: str) -> bool:
    """Is this an IANA name that this machine knows?"""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError on some, and a ValueError for odd names
        return False
    except KeyError:
        return False
    return True


def entry_text(entry: Layout) -> str:
    """The entry as one line of YAML, as it is added to the file and shown to people."""
    parts = [f"profile: {entry.profile}"]
    if entry.header:
        parts.append(f"header: [{', '.join(_text(item) for item in entry.header)}]")
    for key, answers in (("decimal", entry.decimal), ("date_order", entry.date_order)):
        if answers:
            told = ", ".join(f"{name}: {_text(value)}" if key == "decimal" else f"{name}: {value}" for name, value in answers.items())
            parts.append(f"{key}: {{{told}}}")
    parts += [f"{key}: {value}" for key, value in (("currency", entry.currency), ("zone", entry.zone)) if value is not None]
    if entry.zones:
        parts.append(f"zones: {{{', '.join(f'{_text(name)}: {zone}' for name, zone in entry.zones.items())}}}")
    if entry.columns:
        told = ", ".join(f"{name}: {'null' if header is None else _text(header)}" for name, header in entry.columns.items())
        parts.append(f"columns: {{{told}}}")
    if entry.confirmed is not None:
        parts.append(f"confirmed: {str(entry.confirmed).lower()}")
    return f"- {{{', '.join(parts)}}}"


def file_text(key: str, says: FileSays) -> str:
    """What is said of a file as one line of YAML."""
    told = {"name": None if says.name is None else _text(says.name), "period": says.period, "day": says.day}
    return f"{_text(key)}: {{{', '.join(f'{name}: {value}' for name, value in told.items() if value is not None)}}}"


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


def add_layout(config_dir: Path, entry: Layout) -> Path:
    """Add an entry at the end of config/layouts.yaml; the file is made where there is none. Raises ConfigError when it cannot be written."""
    return _add(config_dir, "layouts", entry_text(entry), lambda old: replace(old, entries=(*old.entries, entry)))


def add_file(config_dir: Path, key: str, says: FileSays) -> Path:
    """Add what is said of a file. Raises ConfigError when it cannot be written, or something else is said of it already."""
    return _add(config_dir, "files", file_text(key, says), lambda old: replace(old, files={**old.files, key: says}))


def _add(config_dir: Path, section: str, line: str, changed: Callable[[Layouts], Layouts]) -> Path:
    path = config_dir / FILE
    try:
        old = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(said("the file cannot be read: {why}", why=getattr(error, "strerror", None) or str(error)), where=Where(SHOWN)) from None
    expected = changed(_decoded(parse_yaml(old.encode(), SHOWN)))
    new = _with_line(old, section, line)
    try:
        found = _decoded(parse_yaml(new.encode(), SHOWN))
        kept = (found.entries, found.files) == (expected.entries, expected.files)
    except ConfigError:
        kept = False
    if not kept:
        raise ConfigError(said("the answer cannot be added to this file"), where=Where(SHOWN), hint=said("write it yourself: {line}", line=line))
    try:
        config_dir.mkdir(parents=True, exist_ok=True)
        _replace(path, new)
    except OSError as error:
        raise ConfigError(said("the file cannot be written: {why}", why=error.strerror or str(error)), where=Where(SHOWN)) from None
    return path


def _with_line(old: str, section: str, line: str) -> str:
    """The file with one line more at the end of a section."""
    document = parse_yaml(old.encode(), SHOWN)
    if document.value == {}:
        old = f"{old.rstrip()}\n{_BEGIN}".lstrip("\n")
        document = parse_yaml(old.encode(), SHOWN)
    lines = old.splitlines()
    there = document.value.get(section) if isinstance(document.value, dict) else None
    place, indent = len(lines), "  "
    if there:
        first = lines[document.line_of((section, next(iter(there)) if isinstance(there, dict) else 0)) - 1]
        indent = first[: len(first) - len(first.lstrip())]
    elif isinstance(document.value, dict) and section in document.value:
        number = document.line_of((section,)) - 1
        lines[number] = lines[number].replace(" []", "", 1).replace(" {}", "", 1).rstrip()
    else:
        lines.append(f"{section}:")
        place = len(lines)
    begin = document.line_of((section,)) if section in document.value else len(lines)
    after = [number for key in document.value if (number := document.line_of((key,))) > begin]
    place = min([place, *(number - 1 for number in after)])
    return "\n".join([*lines[:place], f"{indent}{line}", *lines[place:]]) + "\n"


def _replace(path: Path, text: str) -> None:
    """Whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".layouts-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            Path(name).chmod(path.stat().st_mode & 0o777)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def accepted(answers: Answers) -> Answers:
    """The same, with experimental formats accepted."""
    return replace(answers, confirmed=True)
