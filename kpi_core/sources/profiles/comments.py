"""People's own words in an export: read where the workspace says so, and else as if their columns were not there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from kpi_core.sources.profiles.language import Emit, ProfileFile

if TYPE_CHECKING:
    from kpi_core.sources.profiles.profile import Profile

COMMENT = "comment"  # the kind of such a column, and the only column of a dataset that may be made of it


def comments_of(spec: ProfileFile) -> frozenset[str]:
    """Working names of the columns that hold people's own words."""
    return frozenset(name for name, column in spec.columns.items() if column.as_ == COMMENT)


def without_comments(profile: Profile) -> Profile:
    """The profile as it reads a file of whose comments nothing may be kept: as if it did not know their columns."""
    kept: Profile | None = profile.memo.get("without_comments")
    if kept is None:
        spec = _without(profile.spec)
        kept = profile.memo["without_comments"] = profile if spec == profile.spec else replace(profile, spec=spec)
    return kept


def _without(spec: ProfileFile) -> ProfileFile:
    gone = comments_of(spec)
    unpivot = spec.unpivot
    if unpivot is not None and gone:  # a column that nobody names would become a row
        headers = tuple(header for name in sorted(gone) for header in spec.columns[name].headers)
        unpivot = msgspec.structs.replace(unpivot, keep=(*unpivot.keep, *headers))
    return msgspec.structs.replace(
        spec,
        columns={name: column for name, column in spec.columns.items() if name not in gone},
        emit={dataset: _silent(emit) if isinstance(emit, Emit) else tuple(map(_silent, emit)) for dataset, emit in spec.emit.items()},
        unpivot=unpivot,
        limits=tuple(limit for limit in spec.limits if not gone & {limit.unless, limit.empty}),
    )


def _silent(emit: Emit) -> Emit:
    return msgspec.structs.replace(emit, columns={name: text for name, text in emit.columns.items() if name != COMMENT}) if COMMENT in emit.columns else emit
