"""The same file in another dress gives the same canonical rows; without a column that is needed it is refused by name, and never read otherwise.

`make test` takes one dress and one column of each made-up file, in turn; `make fuzz` takes all (OMNIGAP_METAMORPHIC=all).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
import resaved
from every_twin import TWINS, Read, read
from source_files import PROFILES, REAL, write

from kpi_core.errors import Drift, SourceError, Undecided, UnknownFormat
from kpi_core.sources import Account
from kpi_core.sources.account.drift import Layout, Memory

ALL = os.environ.get("OMNIGAP_METAMORPHIC") == "all"
NAMES = sorted(TWINS)
REAL_FILES = sorted(path for path in (REAL / "exports").rglob("*.*sv")) if REAL.is_dir() else []

NO_SUCH_DRESS = {
    # what a file cannot be saved as, and why: an encoding that lacks its signs, or columns that have no name of their own
    "cp1252": "signs that Windows-1252 lacks (narrow blanks, letters of other scripts)",
    "shuffled": "a name is said by the column to its left, or two columns have one name: moving one loses it",
}
NOT_ALONE = {
    # columns that are no layout but content: each is a place, so that one less is a place less; the account notes it
    "shopify.inventory": {"12 rue A", "Entrepôt"},
}
TOO_SHORT = {"meta.daily_metric"}  # two columns: with one of them no header is known at all


def _same_age(path: Path, like: Path) -> Path:
    """The day of a file that states none is that of its last change."""
    status = like.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return path


@cache
def original(name: str, folder: Path) -> tuple[Path, Read]:
    twin = TWINS[name]
    place = folder / str(NAMES.index(name))
    place.mkdir()
    path = write(place, twin.name, twin.data)
    return path, read(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("originals")


def _compare(path: Path, base: Read, variant: str, place: Path) -> str | None:
    """What differs in another dress; None when nothing does, or when the file has no such dress."""
    data = resaved.resaved(base.recognised, variant)
    if data is None:
        assert variant in NO_SUCH_DRESS
        return None
    place.mkdir()
    other = read(_same_age(write(place, path.name.removesuffix(".gz"), data), path))
    if other.recognised.profile_id != base.recognised.profile_id:
        return f"{variant}: read as {other.recognised.profile_id}"
    counts = [(account.rows_read, account.rows_used, account.rejected_count, sum(dict(account.dropped).values())) for account in (base.account, other.account)]
    if counts[0] != counts[1]:
        return f"{variant}: rows read, used, refused, left out were {counts[0]} and are {counts[1]}"
    for table, rows in base.tables.items():
        if rows != other.tables.get(table):
            gap = next((pair for pair in zip(rows, other.tables.get(table, []), strict=False) if pair[0] != pair[1]), (len(rows), len(other.tables.get(table, []))))
            return f"{variant}: {table}: {gap}"
    return None


def of_text(name: str) -> bool:
    return next(item for item in PROFILES if item.id == TWINS[name].profile).spec.read.records is None


TEXTS = [name for name in NAMES if of_text(name)]


def dresses(at: int) -> tuple[str, ...]:
    """One of the dresses, in turn: each is worn by many files."""
    return resaved.VARIANTS if ALL else (resaved.VARIANTS[at % len(resaved.VARIANTS)],)


@pytest.mark.parametrize("name", TEXTS)
def test_another_dress_gives_the_same_rows(name: str, folder: Path, tmp_path: Path) -> None:
    path, base = original(name, folder)
    assert base.recognised.profile_id == TWINS[name].profile
    wrong = [why for number, variant in enumerate(dresses(TEXTS.index(name))) if (why := _compare(path, base, variant, tmp_path / str(number)))]
    assert not wrong, "\n".join(wrong)


def test_every_dress_is_worn_by_many_files() -> None:
    worn = [variant for at in range(len(TEXTS)) for variant in dresses(at)]
    assert all(worn.count(variant) >= len(TEXTS) // 12 for variant in resaved.VARIANTS)


@pytest.mark.realdata
@pytest.mark.parametrize("path", REAL_FILES if ALL else REAL_FILES[::6], ids=lambda path: path.name)
def test_a_real_export_in_another_dress_gives_the_same_rows(path: Path, tmp_path: Path) -> None:
    if path.stat().st_size > 2_000_000:
        pytest.skip("large: the made-up files of its layout are taken")
    try:
        base = read(path)
    except Undecided:
        pytest.skip("the file leaves something open, its period for one: there are no rows to compare before that is answered")
    wrong = [why for number, variant in enumerate(dresses(REAL_FILES.index(path))) if (why := _compare(path, base, variant, tmp_path / str(number)))]
    assert not wrong, "\n".join(wrong)


# ---------------------------------------------------------------- without a column, or with another name for it


def memory_of(account: Account) -> Memory:
    """A workspace that has loaded this file, and only it."""
    layout = Layout(account.file, account.header_hash, account.headers, (account.as_of.isoformat(), 1))
    memory = Memory(lambda _: (), lambda: (account.profile,), touched=lambda _: ())
    memory._layouts[account.profile] = (layout,)
    return memory


def _told(path: Path, base: Read, header: str) -> str | None:
    """What is wrong with the way a file with a changed header is taken; None when it is refused by name, or read with nothing changed."""
    profile = base.account.profile
    memory = memory_of(base.account)
    spellings = {header} | {item for column in base.recognised.profile.spec.columns.values() if header in _shown(base.account, column.headers) for item in column.headers}
    try:
        other = read(path)
        note = memory.check(other.account, other.recognised.profile, str(path)) if other.account.profile == profile else None
    except UnknownFormat as error:
        drift = memory.explain(error, PROFILES, str(path))
        text = str(drift or error).casefold()
        return None if any(item.casefold() in text for item in spellings) or profile in TOO_SHORT else f"{header}: not named: {text[-200:]}"
    except Drift as error:
        return None if header in str(error) else f"{header}: not named: {error}"
    except SourceError as error:  # it cannot be dated, or its currency is not said: it asks or says which column does
        text = str(error).casefold()
        return None if any(item.casefold() in text for item in spellings) or getattr(error, "questions", ()) else f"{header}: {error}"
    if other.tables == base.tables:
        return None
    if note is not None and header in (*note.removed, *(old for old, _ in note.renamed)) and header in NOT_ALONE.get(profile, ()):
        return None
    return f"{header}: other rows without a word; note: {note}"


def _shown(account: Account, headers: tuple[str, ...]) -> set[str]:
    known = {item.casefold() for item in headers}
    reads = {column.reads for column in account.headers if column.name.casefold() in known and column.reads}
    return {column.name for column in account.headers if column.reads in reads}


@pytest.mark.parametrize("name", TEXTS)
def test_a_column_that_is_gone_or_renamed_is_named_and_changes_nothing_silently(name: str, folder: Path, tmp_path: Path) -> None:
    path, base = original(name, folder)
    text = resaved.text_of(base.recognised)
    columns = [column.name for column in base.account.headers if column.reads]
    at = TEXTS.index(name)
    cases = [(column, kind) for column in columns for kind in ("gone", "renamed")]
    if not ALL:
        cases = [cases[(at * 7) % len(cases)]]
    wrong = []
    for number, (column, kind) in enumerate(cases):
        new = resaved.without(base.recognised, text, column) if kind == "gone" else resaved.renamed(base.recognised, text, column, "Zzz neu")
        place = tmp_path / str(number)
        place.mkdir()
        why = _told(_same_age(write(place, path.name, new), path), base, column)
        if why:
            wrong.append(f"{kind}: {why}")
    assert not wrong, "\n".join(wrong)
