"""Of a large file only the cells that something reads are kept, and of its rows only the columns that a later step reads: nothing else may change."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_core.errors import DamagedFile
from kpi_core.sources import Profiles
from kpi_core.sources.rows import stage
from kpi_core.sources.rows.alive import Alive, alive, words
from tests.sources.source_files import Loaded, write

PROFILE = """
profile: 1
id: mine.sales
title: {en: Mine}
evidence: template
columns:
  id: {from: [id], as: id, required: true}
  day: {from: [day], as: date, required: true}
  note: {from: [note], as: text}
  net: {from: [net], as: money, required: true}
  sum: {from: [sum], as: money}
shape:
  - derive: {double: 2 * net, told: "upper(note)"}
  - number: {over: [id], into: place}
  - group: {over: [id], values: {total: sum(net)}}
emit:
  order_lines:
    columns: {order_id: id, line_no: place, placed_on: day, title: note, net: net}
checks:
  - {name: sum, expr: "double = 2 * sum"}
"""
HEADER = "unread,id,day,note,unread too,net,sum,rest"


@pytest.fixture
def mine(tmp_path: Path) -> Profiles:
    folder = tmp_path / "profiles"
    folder.mkdir()
    write(folder, "mine.yaml", PROFILE)
    return Profiles.load(folder)


def rows(count: int) -> list[str]:
    drawn = random.Random(7)
    notes = ["", "plain", " edged ", "'+33", '="x"', "é\u00a0", '"a, b"', "=1"]
    cents = [drawn.randrange(100, 99999) for _ in range(count)]
    return [
        f"{drawn.choice(['x', ''])},{drawn.randrange(9)},2026-04-0{drawn.randrange(1, 9)},{drawn.choice(notes)},"
        f"{drawn.choice(['', 'y'])},{cent / 100:.2f},{cent / 100:.2f},{drawn.choice(['', 'z'])}"
        for cent in cents
    ]


def test_cells_that_nothing_reads_change_nothing(tmp_path: Path, mine: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "mine.csv", "\n".join([HEADER, *rows(60)]) + "\n")
    whole = Loaded(path, mine)
    monkeypatch.setattr(stage, "SMALL", 10)
    some = Loaded(path, mine)
    assert some.rows("order_lines", "*", "ORDER BY ALL") == whole.rows("order_lines", "*", "ORDER BY ALL")  # with the line of each
    assert some.account == whole.account
    assert some.account.unused == ("unread", "unread too", "rest")
    assert some.account.checks[0].held == 60  # its columns are in no dataset


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        ("x,1,2026-04-01,n,y,1.00", True),  # too few cells
        ("x,1,2026-04-01,n,y,1.00,1.00,z,more", True),
        ("x,1,2026-04-01,n,y,1.00,,", False),
        ('x,1,2026-04-01,n,"y"y,1.00,1.00,z', True),  # text behind a quote of a cell that nothing reads
    ],
)
def test_damage_in_cells_that_nothing_reads_is_seen(tmp_path: Path, mine: Profiles, monkeypatch: pytest.MonkeyPatch, row: str, refused: bool) -> None:
    monkeypatch.setattr(stage, "SMALL", 10)
    path = write(tmp_path, "mine.csv", "\n".join([HEADER, *rows(30), row, *rows(3)]) + "\n")
    found = Loaded(path, mine).account
    assert [item.line for item in found.rejected] == ([32] if refused else [])


def test_a_quote_that_is_never_closed_is_damage(tmp_path: Path, mine: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SMALL", 10)
    path = write(tmp_path, "mine.csv", "\n".join([HEADER, *rows(30), 'x,1,2026-04-01,n,"y,1.00,1.00,z', *rows(3)]) + "\n")
    with pytest.raises(DamagedFile):
        Loaded(path, mine)


def test_an_empty_row_and_one_of_what_nothing_reads_are_told_apart(tmp_path: Path, mine: Profiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SMALL", 10)
    path = write(tmp_path, "mine.csv", "\n".join([HEADER, *rows(30), ",,,,,,,", "x,,,,y,,,", *rows(3)]) + "\n")
    account = Loaded(path, mine).account
    assert dict(account.dropped_lines) == {"empty row": (32,)}
    assert [item.line for item in account.rejected] == [33]


def test_a_column_lives_until_the_last_that_reads_it(mine: Profiles) -> None:
    profile = next(iter(mine))
    gone = [set(names) for names in alive(profile).left([1, 2, 3])]
    assert {"told", "n_cells", "first_cell"} <= gone[0]
    assert gone[2] == {"total"}
    left = set().union(*gone)
    assert not left & {"id", "day", "note", "net", "place"}  # emitted
    assert not left & {"double", "sum", "file_line", "block"}  # checked; of the machinery


NAMES = st.sampled_from("abcdefgh")


@given(before=st.frozensets(NAMES), steps=st.lists(st.tuples(st.frozensets(NAMES), st.frozensets(NAMES)), max_size=5), after=st.frozensets(NAMES))
def test_what_is_left_behind_is_never_read_again(before: frozenset[str], steps: list[tuple[frozenset[str], frozenset[str]]], after: frozenset[str]) -> None:
    known = Alive(before, tuple(made for made, _ in steps), tuple(reads for _, reads in steps), words(after))
    there = set(before)
    for step, dead in enumerate(known.left(range(1, len(steps) + 1))):
        there |= steps[step][0]
        assert set(dead) <= there  # each once, and only what is there
        there -= set(dead)
        for name in dead:
            assert name not in after
            assert all(name not in reads for _, reads in steps[step + 1 :])
