"""Can the header of one export satisfy another profile just as well? Checked for every pair, so that recognition never has to choose.

A pair is safe when no header of either is claimed by both, or one requires more headers than the other, or both carry probes on
the same column with opposite answers, or only one expects lines above its header.
"""

from __future__ import annotations

import itertools
import re

from kpi_core.sources.profile import Profile, Profiles
from kpi_core.sources.recognise import claims, norm, spelling_in


def ambiguities(profiles: Profiles) -> list[tuple[str, str]]:
    """Pairs of profiles that a header of one of them could satisfy equally."""
    return [(a.id, b.id) for a, b in itertools.combinations(profiles, 2) if _unsafe(a, b)]


def _unsafe(a: Profile, b: Profile) -> bool:
    if len(a.required) != len(b.required) or _opposite_probes(a, b) or (a.spec.detect.preamble is None) is not (b.spec.detect.preamble is None):
        return False
    return any(claims(a, header) and claims(b, header) for header in (*witnesses(a), *witnesses(b)))


def witnesses(profile: Profile) -> list[list[str]]:
    """Headers a file of this profile may have: only what is required, and everything it knows, in each language."""
    found = []
    for language in (0, 1):
        needed = [_spelling(headers, language) for headers in profile.required]
        known = [_spelling(column.headers, language) for column in profile.spec.columns.values()]
        allowed = [name for name in known if spelling_in(profile.spec.detect.forbidden, [name]) is None]
        found += [list(dict.fromkeys(needed)), list(dict.fromkeys(needed + allowed))]
    return found


def _spelling(headers: tuple[str, ...], language: int) -> str:
    return norm(_plain(headers[min(language, len(headers) - 1)]))


def _plain(header: str) -> str:
    """A pattern as one text that it matches, good enough for a witness."""
    if not header.startswith("re:"):
        return header
    text = re.sub(r"\(\?P<\w+>\[[^\]]*\]\{\d+\}\)|\[[^\]]*\]\{\d+\}", "eur", header[3:])
    text = re.sub(r"(?<!\\)\((?:\?:)?([^|()]+)\|[^()]*\)", r"\1", text)
    return re.sub(r"\\(.)", r"\1", text.strip("^$"))


def _opposite_probes(a: Profile, b: Profile) -> bool:
    one, two = a.spec.detect.probe, b.spec.detect.probe
    return one is not None and two is not None and one.column == two.column and one.filled is not two.filled
