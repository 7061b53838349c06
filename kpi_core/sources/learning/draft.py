"""A profile for a file of unknown layout, as YAML text: what was pointed at, and enough of the header that no other profile claims the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi_core.config.decode import decode
from kpi_core.config.model import Text
from kpi_core.config.yaml import parse_yaml
from kpi_core.errors import Message, UsageError, said
from kpi_core.sources.learning.kinds import BY_ID, Field
from kpi_core.sources.learning.learn import Plan
from kpi_core.sources.learning.said import Body, Said
from kpi_core.sources.learning.shape import body_of
from kpi_core.sources.learning.tables import Table
from kpi_core.sources.profiles.language import ProfileFile
from kpi_core.sources.profiles.lint import reason
from kpi_core.sources.profiles.profile import Profile, Profiles, check_profile
from kpi_core.sources.recognise import claims, norm, spelling_in

TOTALS = "regexp_matches(first_cell, '(?i)^(grand |sub|sous-)?tota(l|ux)( général| general|e)?\\s*:?$')"
TOTALS_REASON = "totals row"
FORMATS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%y-%m-%d"}
MORE_HEADERS = 6  # required beyond the columns pointed at, before headers of others are forbidden
PREFIX = "mine."
LONGEST_ID = 40


@dataclass(frozen=True)
class Draft:
    """`required`: headers that a file must have to be this one; `added`: those of them that were not pointed at. `rivals`: profiles that
    would claim the file as well; with any, it cannot be told whose it is."""

    id: str
    text: str
    profile: Profile
    required: tuple[str, ...]
    added: tuple[str, ...]
    forbidden: tuple[str, ...]
    rivals: tuple[str, ...]
    notes: tuple[Message, ...]

    @property
    def file(self) -> str:
        return f"{self.id}.yaml"


def slug(text: str) -> str:
    """A name as it may stand in an id: small letters, digits, _; '' where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_ID].strip("_")


def free_id(wanted: str, profiles: Profiles) -> str:
    """`mine.<slug>`, with a number behind it where a profile is called so already."""
    name = slug(wanted) or "layout"
    name = name if name[0].isalpha() else f"f_{name}"
    known = {profile.id for profile in profiles}
    number = 1
    while (found := f"{PREFIX}{name}" if number == 1 else f"{PREFIX}{name}_{number}") in known:
        number += 1
    return found


def named_of(file_name: str) -> str:
    """What a layout is called after a file: its name without days, numbers and ending."""
    stem = re.sub(r"(\.[A-Za-z0-9]{1,7}){1,2}$", "", file_name)
    return re.sub(r"[\d\W_]+$", "", re.sub(r"(?<!\d)(19|20)\d\d([-_.]?\d\d){0,2}(?!\d)", " ", stem)).strip() or stem


def draft(plan: Plan, table: Table, profiles: Profiles, name: str = "") -> Draft:
    """The profile for a plan; `name` as people say it (default: after the file). Raises UsageError for what is still needed."""
    missing = plan.missing()
    if missing:
        hint = said("--column FIELD=HEADER points at a column, --set FIELD=TEXT sets one text for the whole file")
        raise UsageError(said("still needed: {fields}", fields=_listed([item.label for item in missing])), hint=hint)
    title = (name or named_of(table.decoded.name)).strip()[:80]
    known = Profiles(tuple(one for one in profiles if one.spec.read.records is None or table.records is not None))
    base = free_id(title, profiles)
    names = [norm(header) for header in table.header]
    pointed = list(dict.fromkeys(plan.columns.values()))
    others = [column.header for column in table.columns if column.header not in pointed]

    def attempt(required: Sequence[str], forbidden: Sequence[str]) -> tuple[str, Profile]:
        text = _text(plan, table, base, title, required, forbidden)
        document = parse_yaml(text.encode(), f"{base}.yaml")
        return text, check_profile(Profile(decode(document, ProfileFile), document))

    counted: list[tuple[int, int]] = []
    claimants = [other for other in known if claims(other, names)]
    least = max((len(other.required) + 1 for other in claimants), default=0)
    for more in range(min(len(others), MORE_HEADERS) + 1):
        if len(pointed) + more < least and more < min(len(others), MORE_HEADERS):
            continue
        _, profile = attempt([*pointed, *others[:more]], ())
        clashes = len(_clashes(profile, known))
        counted.append((clashes, more))
        if not clashes:
            break
    more = min(counted)[1]
    while len(pointed) + more < least and more < len(others):
        more += 1
    required = [*pointed, *others[:more]]
    text, profile = attempt(required, ())
    forbidden = _forbidden(_clashes(profile, known), names)
    if forbidden:
        text, profile = attempt(required, forbidden)
    rivals = {other.id for other in _clashes(profile, known)} | {other.id for other in claimants if len(other.required) >= len(profile.required)}
    return Draft(base, text, profile, tuple(required), tuple(others[:more]), tuple(forbidden), tuple(sorted(rivals)), tuple(_notes(plan, table, rivals)))


def _clashes(profile: Profile, known: Iterable[Profile]) -> list[Profile]:
    return [other for other in known if other.id != profile.id and reason(profile, other) is None]


def _forbidden(rivals: Iterable[Profile], names: Sequence[str]) -> list[str]:
    """Headers that the other layouts require and this one has not: where they stand, the file is another one."""
    found: list[str] = []
    for rival in rivals:
        if any(set(headers) <= set(found) for headers in rival.required):
            continue
        lacking = [headers for headers in rival.required if spelling_in(headers, names) is None]
        if lacking:
            shortest = min(lacking, key=lambda headers: (len(headers), len(headers[0])))
            found += [header for header in shortest if header not in found]
    return found


def _notes(plan: Plan, table: Table, rivals: Iterable[str]) -> Iterable[Message]:
    names = ", ".join(sorted(rivals))
    if names:
        yield said("{names} would claim this file as well: point at more columns, or remove that profile", names=names)
    kind = BY_ID[plan.kind]
    for name, header in plan.columns.items():
        item = kind.field(name)
        if item is not None and item.values and item.other == "null":
            unknown = [text for text in dict.fromkeys(table.cells(header)) if text and _plain(text) not in item.values]
            if unknown:
                words = ", ".join(unknown[:4])
                yield said(
                    "{column}: {words} means nothing known: those orders will not count; write it below values in the profile", column=header, words=words
                )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip().casefold()


def _listed(labels: Sequence[Text]) -> Text:
    return Text(en=", ".join(label.in_("en") for label in labels), fr=", ".join(label.in_("fr") for label in labels))


# ---------------------------------------------------------------- YAML


def _text(plan: Plan, table: Table, base: str, title: str, required: Sequence[str], forbidden: Sequence[str]) -> str:
    kind = BY_ID[plan.kind]
    carried = kind.id == "lines" and _carried(plan, table)
    timed = "day" in plan.columns and (column := table.column(plan.columns["day"])) is not None and column.shape == "timestamp"
    body = body_of(Said(plan, base, carried), timed)
    lines = [
        f"# Written by omnigap after columns that were pointed at ({kind.label.en}). It is yours: edit it, check it with omnigap profiles --check, share it.",
        "profile: 1",
        f"id: {base}",
        f"title: {{en: {_q(title)}, fr: {_q(title)}}}",
        "evidence: real_file",
        "",
        "detect:",
        "  required:",
        *(f"    - {_q(_header(header))}" for header in required),
    ]
    if forbidden:
        lines += ["  forbidden:  # of other layouts with as many of these headers", *(f"    - {_q(header)}" for header in forbidden)]
    lines += ["", "read:", f"  decimal: {_q(plan.decimal) if plan.decimal else 'auto'}"]
    if table.records is not None:
        lines.append(f"  records: {_flow({'path': table.records.path} | ({'each': table.records.each} if table.records.each else {}))}")
    if body.scope:
        lines += ["", f"scope: {_flow(body.scope)}"]
    lines += ["", "columns:"]
    for item in kind.fields:
        if item.name in plan.columns:
            lines.append(f"  {item.name}: {_flow(_column(item, plan, timed, carried))}")
    lines += ["", "rows:", f"  - {_flow({'when': TOTALS, 'reason': TOTALS_REASON})}", *(f"  - {_flow(row)}" for row in body.rows)]
    if body.together:
        lines += ["", f"together: {_flow(body.together)}"]
    lines += _sections(body)
    return "\n".join(lines) + "\n"


def _sections(body: Body) -> list[str]:
    lines: list[str] = []
    if body.shape:
        lines += ["", "shape:"]
        for step in body.shape:
            for name, value in step.items():
                lines += [f"  - {name}:", *_block(value, 6)] if isinstance(value, dict) else [f"  - {name}: {_flow(value)}"]
    lines += ["", "emit:"]
    for dataset, emitted in body.emit.items():
        lines += [f"  {dataset}:", *_block(emitted, 4)]
    if body.checks:
        lines += ["", "checks:", *(f"  - {_flow(check)}" for check in body.checks)]
    if body.limits:
        lines += ["", "limits:"]
        lines += [f"  - {_flow({'missing': missing, 'hint': {'en': hint.en, 'fr': hint.in_('fr')}})}" for missing, hint in body.limits]
    return lines


def _column(item: Field, plan: Plan, timed: bool, carried: bool) -> dict[str, object]:
    as_: str = "timestamp" if item.name == "day" and timed else item.as_
    found: dict[str, object] = {"from": [_header(plan.columns[item.name])], "as": as_}
    if item.name in plan.orders:
        formats = [FORMATS[plan.orders[item.name]]]
        found["format"] = [f"{formats[0]} %H:%M", f"{formats[0]} %H:%M:%S", *formats] if as_ == "timestamp" else formats
    if item.values:
        found |= {"values": dict(item.values)} | ({"other": item.other} if item.other != "keep" else {})
    if item.needed and not carried:
        found["required"] = True
    return found


def _carried(plan: Plan, table: Table) -> bool:
    """Do further lines of an order leave the order's own cells blank, as several shops write them?"""
    own = [table.cells(plan.columns[name]) for name in ("number", "day") if name in plan.columns]
    filled = table.cells(plan.columns["amount"])
    blank = [place for place, text in enumerate(filled) if text and any(not cells[place] for cells in own)]
    return bool(blank) and all(cells and cells[0] for cells in own) and _under_an_order(blank, own)


def _under_an_order(blank: Sequence[int], own: Sequence[Sequence[str]]) -> bool:
    """Blank cells below filled ones; a last line alone may be a row of totals."""
    last = len(own[0]) - 1
    return any(place != last for place in blank)


def _header(header: str) -> str:
    """As it stands in `from`: a header that would be read as a pattern becomes one."""
    return f"re:^{re.escape(norm(header))}$" if header.startswith("re:") else header


def _block(value: Mapping[str, object], indent: int) -> list[str]:
    room = " " * indent
    lines = []
    for key, item in value.items():
        if isinstance(item, dict) and len(_flow(item)) > 100:
            lines += [f"{room}{key}:", *_block(item, indent + 2)]
        else:
            lines.append(f"{room}{key}: {_flow(item)}")
    return lines


def _flow(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _q(str(value))


def _key(text: str) -> str:
    return text if re.fullmatch(r"[a-z][a-z0-9_]*", text) and text not in ("true", "false", "null") else _q(text)


def _q(text: str) -> str:
    """A text for YAML: plain where nothing in it could mean anything else, else in quotes."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z0-9_]+)*", text) and text not in ("true", "false", "null"):
        return text
    signs = []
    for sign in text:
        if sign in '"\\':
            signs.append("\\" + sign)
        elif sign.isprintable():
            signs.append(sign)
        else:
            code = ord(sign)
            signs.append(f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(signs) + '"'


