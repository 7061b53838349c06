"""notes.yaml: nothing that was written is ever lost, and nothing in it reaches a terminal as more than text."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_core.errors import StoreError, UsageError
from kpi_core.render.clean import clean
from kpi_core.store import Workspace
from kpi_core.store.notes import add_note, notes_path, read_notes
from kpi_core.view import Filter

LYON = (Filter("channel", ("store",)), Filter("store", ("Lyon Part-Dieu", None), exclude=True))
NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_a_note_comes_back_as_it_was_written(place: Workspace) -> None:
    written = add_note(place, "aov", LYON, "  fitting rooms:\n shut — «fermé» ", by="anna", at=NOON)
    assert written.text == "fitting rooms: shut — «fermé»"
    read = read_notes(place)
    assert read.all == (written,) and read.problems == ()


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=300), who=st.text(max_size=40), member=st.text(max_size=40))
def test_any_text_is_one_clean_line_and_reading_gives_what_writing_told(tmp_path_factory: pytest.TempPathFactory, text: str, who: str, member: str) -> None:
    place = Workspace(tmp_path_factory.mktemp("notes"))
    if not clean(" ".join(text.split()), 300):
        with pytest.raises(UsageError):
            add_note(place, "aov", (), text, by=who)
        return
    written = add_note(place, "aov", (Filter("store", (member,)),), text, by=who, at=NOON)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in written.text + written.author)
    (read,) = read_notes(place).all
    assert (read.text, read.author) == (written.text, written.author)
    assert notes_path(place).read_bytes().count(b"\n") == 2  # the head and one line


def test_many_writers_at_once_lose_nothing(place: Workspace) -> None:
    def write(writer: int) -> None:
        for number in range(20):
            add_note(place, "aov", (), f"note {number} of {writer}", by=str(writer))

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = read_notes(place)
    assert read.problems == () and len(read.all) == 160
    for writer in range(8):  # each writer's own notes in its own order
        assert [note.text for note in read.all if note.author == str(writer)] == [f"note {number} of {writer}" for number in range(20)]


def test_what_people_wrote_by_hand_stays_byte_for_byte(place: Workspace) -> None:
    mine = b"""# our notes
version: 1
notes:
# October
- at: 2026-10-12
  author: anna
  kpi: aov
  where: [{dim: store, values: [Nice]}]
  text: window broken
# not done yet"""
    notes_path(place).write_bytes(mine)
    add_note(place, "revenue", (), "second", by="ben", at=NOON)
    after = notes_path(place).read_bytes()
    assert after.startswith(mine + b"\n")
    read = read_notes(place)
    assert [(note.kpi, note.author, note.text) for note in read.all] == [("aov", "anna", "window broken"), ("revenue", "ben", "second")]
    assert read.problems == () and read.all[0].where == (Filter("store", ("Nice",)),)


@pytest.mark.parametrize(
    "damage",
    [
        b'- {"at": "2026-11-02T12:00:00+00:00", "author": "x", "kpi": "aov", "te',
        b"- [1, 2]",
        b"- {at: yesterday, author: x, kpi: aov, text: x}",
        b"\xff\xfe\x00",
        b"- &a [*a]",
        b"free text",
        b'- {"at": "2026-11-02T12:00:00+00:00", "author": "x", "kpi": "aov", "text": " "}',
        b"- " + b"[" * 5000,
    ],
)
def test_a_damaged_line_costs_itself_only_and_is_named(place: Workspace, damage: bytes) -> None:
    add_note(place, "aov", (), "first", by="a", at=NOON)
    with notes_path(place).open("ab") as stream:
        stream.write(damage)  # torn: no line break after it
    add_note(place, "aov", (), "last", by="b", at=NOON)
    read = read_notes(place)
    assert [note.text for note in read.all] == ["first", "last"]
    assert len(read.problems) == 1 and "notes.yaml, line 3" in str(read.problems[0])


def test_hostile_text_of_a_file_is_cleaned_when_it_is_read(place: Workspace) -> None:
    notes_path(place).write_text('- {"at": "2026-11-02", "author": "a\\u001b[2J", "kpi": "aov", "text": "x\\u001b]52;c;aa\\u0007 [red]y[/red]"}\n')
    (note,) = read_notes(place).all
    assert "\x1b" not in note.author + note.text and "[red]y[/red]" in note.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").mkdir()
    with pytest.raises(StoreError):
        add_note(Workspace(tmp_path), "aov", (), "x")


def test_too_long_is_refused_and_not_cut(place: Workspace) -> None:
    with pytest.raises(UsageError, match="at most"):
        add_note(place, "aov", (), "x" * 1001)
    assert not notes_path(place).exists()
