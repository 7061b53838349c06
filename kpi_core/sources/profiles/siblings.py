"""Files that are complete only together: a dump with one file per table. They lie in one folder, and each is recognised by itself."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_core.errors import SourceError
from kpi_core.sources.files.container import beside, state_of

if TYPE_CHECKING:
    from kpi_core.sources.profiles.profile import Profile, Profiles
    from kpi_core.sources.recognise import Recognised

MOST_FILES = 200  # of a folder are looked at


@dataclass(frozen=True)
class Sibling:
    """The files beside a file that have the profile it is to be joined with, by name; none when there are none."""

    profile: Profile
    files: tuple[Recognised, ...]


def with_siblings(source: Recognised, profiles: Profiles, of: tuple[str, ...] = ()) -> Recognised:
    """The file with the siblings its profile joins, and they with theirs, but never with those they complete (`of`: their profiles)."""
    of = (*of, source.profile_id)
    wanted = dict.fromkeys(step.join.profile for step in source.profile.spec.shape if step.join is not None and step.join.profile not in of)
    found = [Sibling(profile, _files(source.path, profile, profiles, of)) for name in wanted if (profile := profiles.get(name)) is not None]
    return replace(source, siblings=tuple(found)) if found else source


def _files(path: Path, profile: Profile, profiles: Profiles, of: tuple[str, ...]) -> tuple[Recognised, ...]:
    """Files named as the vendor names them are looked at first; only without any of these all the others."""
    from kpi_core.sources.recognise import alone  # here: it asks this module

    others = beside(path)
    hints = [hint.casefold() for hint in profile.spec.detect.filename]
    likely = [item for item in others if any(fnmatch.fnmatch(item.name.casefold(), hint) for hint in hints)]

    kinds: dict[object, str] = profiles.memo.setdefault("beside", {})  # every file of a folder asks for the same others

    def of_profile(paths: list[Path]) -> Iterator[Recognised]:
        for item in paths[:MOST_FILES]:
            state = state_of(item)
            if kinds.get(state, profile.id) != profile.id:
                continue
            try:
                known = alone(item, profiles)
            except SourceError:
                kinds[state] = ""
                continue
            kinds[state] = known.profile_id
            if known.profile_id == profile.id:
                yield with_siblings(known, profiles, of)

    return tuple(of_profile(likely)) or tuple(of_profile([item for item in others if item not in likely]))
