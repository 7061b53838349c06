"""Running the steps of a profile over typed rows, with the files that lie beside the one that is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import duckdb

from kpi_core.config.layouts import Answers
from kpi_core.errors import SourceError, Where, said
from kpi_core.sources.account.answered import with_answers, with_period
from kpi_core.sources.profiles.expression import named
from kpi_core.sources.profiles.profile import Profile
from kpi_core.sources.recognise import Recognised
from kpi_core.sources.rows import shape
from kpi_core.sources.rows.alive import alive
from kpi_core.sources.rows.shape_rows import bad_items
from kpi_core.sources.rows.stage import Staged, stage, temp_name
from kpi_core.sources.rows.typed import Typed, columns_of, read_columns, refuse_items, type_rows

NOTHING_SAID = Answers()
Left = Callable[[Sequence[int]], Iterable[Collection[str]]]


def shaped_rows(
    con: duckdb.DuckDBPyConnection, source: Recognised, staged: Staged, typed: Typed, zone: str | None = None, answers: Answers = NOTHING_SAID, *,
    whole: bool = False,
) -> tuple[Typed, str]:  # fmt: skip
    """(the typed rows without the lines whose items cannot be read, table of the shaped rows). Raises SourceError without a needed sibling.

    The table has what the emits and checks of the profile read; `whole`: every column, for one that lies beside another file.
    """
    profile = source.profile
    siblings = _siblings(con, source, zone, answers)
    left = None if whole else alive(profile).left
    shaped = _run(con, profile, typed.kept, siblings, left)
    bad = bad_items(con, profile, shaped)
    if bad:
        typed = refuse_items(con, source, staged, typed, bad)
        con.execute(f"DROP TABLE {shaped}")
        shaped = _run(con, profile, typed.kept, siblings, left)
    for table in siblings.values():
        con.execute(f"DROP TABLE {table}")
    return typed, shaped


def _run(con: duckdb.DuckDBPyConnection, profile: Profile, kept: str, siblings: Mapping[str, str], left: Left | None = None) -> str:
    """Every step into its own table: a step may read its source several times."""
    current = kept
    for select in shape.selects(profile, siblings, left):
        following = temp_name("shaped")
        con.execute(f"CREATE TEMP TABLE {following} AS {select(current)}")
        if current != kept:
            con.execute(f"DROP TABLE {current}")
        current = following
    if current == kept:
        current = temp_name("shaped")
        con.execute(f"CREATE TEMP TABLE {current} AS SELECT * FROM {kept}")
    return current


def _siblings(con: duckdb.DuckDBPyConnection, source: Recognised, zone: str | None, answers: Answers) -> dict[str, str]:
    """Profile of each sibling -> table of its rows; that of an absent one which is not needed has no rows."""
    tables: dict[str, str] = {}
    for step in source.profile.spec.shape:
        if step.join is None or step.join.profile in tables:
            continue
        found = next((sibling for sibling in source.siblings if sibling.profile.id == step.join.profile), None)
        if found is None or (step.join.required and not found.files):
            title = found.profile.title.en if found is not None else step.join.profile
            raise SourceError(
                said("this file is only complete with another one: {title}", title=title),
                where=Where(str(source.path)),
                hint=said("put it into the same folder: {hint}", hint=_looks_like(found.profile) if found is not None else step.join.profile),
            )
        tables[step.join.profile] = _sibling(con, found.profile, found.files, zone, answers)
    return tables


def _looks_like(profile: Profile) -> str:
    """How a person finds the sibling: the vendor's names for it, else its columns."""
    return ", ".join(profile.spec.detect.filename) or ", ".join(headers[0].removeprefix("re:") for headers in profile.required)


def _sibling(con: duckdb.DuckDBPyConnection, profile: Profile, files: tuple[Recognised, ...], zone: str | None, answers: Answers) -> str:
    """The shaped rows of all files of a profile, those of the last file first."""
    parts = []
    for file in reversed(files):
        own = answers.beside(profile.id, file.header_hash, file.decoded.name, file.decoded.sha256)
        file = with_answers(file, own)
        staged, _ = with_period(file, stage(con, file, read_columns(file)), own)
        try:
            typed = type_rows(con, file, staged, zone, own)
        except SourceError:
            if staged.rows_read:
                raise
            con.execute(f"DROP TABLE {staged.table}")  # a header and no rows: it completes nothing
            continue
        typed, shaped = shaped_rows(con, file, staged, typed, zone, answers, whole=True)
        for table in (staged.table, typed.all_rows):
            con.execute(f"DROP TABLE {table}")
        parts.append(shaped)
    if not parts:
        empty = ", ".join(f"NULL::{kind} AS {named(name)}" for name, kind in columns_of(profile).items())
        parts.append(_run(con, profile, f"(SELECT {empty} WHERE false)", {}))
    joined = temp_name("sibling")
    selects = (f"SELECT * EXCLUDE (file_line), file_line + {place << 40} AS file_line FROM {part}" for place, part in enumerate(parts))
    rows = " UNION ALL BY NAME ".join(selects)
    con.execute(f"CREATE TEMP TABLE {joined} AS {rows}")
    for part in parts:
        con.execute(f"DROP TABLE {part}")
    return joined
