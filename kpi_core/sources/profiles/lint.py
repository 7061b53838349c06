"""Can one header satisfy two profiles? Decided for every pair, with the reason why not, so that recognition never has to choose.

A pair is safe when the two read different containers (records and text), when no header that satisfies what both require passes what
each forbids, or when recognition always prefers one: it requires more headers, it alone expects lines above its header, it completes
the other (`extends`), or both probe the same column for opposite content.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any, Literal

from kpi_core.errors import ConfigError, said
from kpi_core.sources.convert import claims_of
from kpi_core.sources.profiles.expression import check
from kpi_core.sources.profiles.profile import Profile, Profiles
from kpi_core.sources.recognise import claims, norm, spelling_in
from kpi_core.sources.rows.shape_rows import check_patterns

Reason = Literal["container", "headers", "more required", "preamble", "extends", "probe"]


def ambiguities(profiles: Profiles) -> list[tuple[str, str]]:
    """Pairs of profiles that one header could satisfy equally."""
    return [(a.id, b.id) for a, b in itertools.combinations(profiles, 2) if reason(a, b) is None]


def reason(a: Profile, b: Profile) -> Reason | None:
    """Why no file is ever claimed by both; None when one could be."""
    if (a.spec.read.records is None) is not (b.spec.read.records is None):
        return "container"
    if not any(claims(a, header) and claims(b, header) for header in (*witnesses(a), *witnesses(b), *_unions(a, b))):
        return "headers"
    if len(a.required) != len(b.required):
        return "more required"
    if (a.spec.detect.preamble is None) is not (b.spec.detect.preamble is None):
        return "preamble"
    if a.id == b.spec.extends or b.id == a.spec.extends:
        return "extends"
    return "probe" if _opposite_probes(a, b) else None


def mistakes(path: Path, profiles: Profiles) -> list[ConfigError]:
    """What is wrong with a profile that somebody wrote, by line: its words, each of its expressions, and headers that another one claims too."""
    try:
        profile, every = profiles.with_file(path)
        expressions = claims_of(profile)
    except ConfigError as error:
        return [error]
    from kpi_core.store.connection import sealed  # here: the store imports this package

    found: list[ConfigError] = []
    with sealed() as con:
        for claim in expressions:
            try:
                check(con, [claim])
            except ConfigError as error:
                found.append(error)
        try:
            check_patterns(con, profile)
        except ConfigError as error:
            found.append(error)
    where = profile.document.where(("detect",))
    for other in every:
        if other.id != profile.id and reason(profile, other) is None:
            hint = said("require a header that only this export has, or forbid one of the other")
            found.append(ConfigError(said("a file of {id} would fit as well", id=other.id), where=where, hint=hint))
    return sorted(found, key=lambda error: error.where.line or 0 if error.where else 0)


def witnesses(profile: Profile) -> list[list[str]]:
    """Headers a file of this profile may have: only what is required, and everything it knows, in each language."""
    found = []
    for language in (0, 1):
        needed = [_spelling(headers, language) for headers in profile.required]
        known = [_spelling(column.headers, language) for column in profile.spec.columns.values()]
        allowed = [name for name in known if spelling_in(profile.spec.detect.forbidden, [name]) is None]
        found += [list(dict.fromkeys(needed)), list(dict.fromkeys(needed + allowed))]
    return found


def _unions(a: Profile, b: Profile) -> list[list[str]]:
    """Headers of the one that have all that the other requires too, in whichever of the spellings that the one knows."""
    found = []
    for one, other in ((a, b), (b, a)):
        known = [norm(plain(header)) for column in one.spec.columns.values() for header in column.headers]
        for language in (0, 1):
            names = list(dict.fromkeys(_spelling(headers, language) for headers in one.required))
            for headers in other.required:
                hit = spelling_in(headers, names) or spelling_in(headers, known)
                if hit is None:
                    break
                if spelling_in(headers, names) is None:
                    names.append(known[hit[0]])
            else:
                found.append(names)
    return found


def _spelling(headers: tuple[str, ...], language: int) -> str:
    return norm(plain(headers[min(language, len(headers) - 1)]))


def plain(header: str) -> str:
    """A header as it may be written: of a pattern one text that it matches."""
    if not header.startswith("re:"):
        return header
    return "".join(_shortest(sre_parser.parse(header[3:]))).strip()


def _shortest(parsed: Any) -> list[str]:
    """Text for each part of a parsed pattern: the first of alternatives, as few repetitions as it allows, but at least one of a class of signs."""
    found: list[str] = []
    for kind, value in parsed:
        if kind is sre.LITERAL:
            found.append(chr(value))
        elif kind is sre.NOT_LITERAL:
            found.append("x" if value != ord("x") else "y")
        elif kind is sre.ANY:
            found.append("x")
        elif kind is sre.IN:
            found.append(_one_of(value))
        elif kind is sre.BRANCH:
            found += _shortest(value[1][0])
        elif kind is sre.SUBPATTERN:
            found += _shortest(value[3])
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, _, inner = value
            found += _shortest(inner) * least
    return found


def _one_of(signs: Any) -> str:
    kind, value = signs[0]
    if kind is sre.NEGATE:  # of what is not refused
        refused = {chr(sign) for what, sign in signs[1:] if what is sre.LITERAL}
        return next(sign for sign in "xyz" if sign not in refused)
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.RANGE:
        return chr(value[0])
    return {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " "}.get(value, "x")


def _opposite_probes(a: Profile, b: Profile) -> bool:
    one, two = a.spec.detect.probe, b.spec.detect.probe
    if one is None or two is None or one.filled is two.filled:
        return False
    return a.spec.columns[one.column].headers == b.spec.columns[two.column].headers
