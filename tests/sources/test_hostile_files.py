"""Files that were made to harm, or are harmed: each is read whole or refused by name, and every record of it is accounted for."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hostile import TEXT, counts, made, refused
from source_files import KEY, PROFILES, TICKETS, Loaded, order, shopify, tickets, write

from kpi_core.errors import SourceError
from kpi_core.sources import convert, recognise
from kpi_core.sources.files import container, decode, opening
from kpi_core.sources.files.container import members
from kpi_core.sources.rows import stage
from kpi_core.store import SourceImporter, Workspace, load_with
from kpi_core.store.last_load import read_last_load
from kpi_core.store.loading import LoadReport
from kpi_core.store.workspace import files_under


def loaded(folder: Path, *paths: Path) -> LoadReport:
    return load_with(Workspace.create(folder / "shop"), paths, SourceImporter(PROFILES, "Europe/Paris"))


# ---------------------------------------------------------------- names (fault 28)


@pytest.mark.fault(28)
@pytest.mark.parametrize("name", ["sales[2026].csv", "a*.csv", "{x,y}.csv", "%s.csv", "é (1)'s \"quoted\".csv", "-v.csv", "x\\y?.csv"])
def test_a_name_is_a_name_and_never_a_pattern(tmp_path: Path, name: str) -> None:
    for other in ("sales2.csv", "abc.csv", "x.csv"):
        tickets(tmp_path, TICKETS[:2], name=other)
    assert counts(tickets(tmp_path, TICKETS, name=name)) == (5, 5, 0, 0)


@pytest.mark.fault(28)
def test_a_parquet_file_with_the_name_of_a_pattern(tmp_path: Path) -> None:
    for name, count in (("s2.parquet", 9), ("s[2].parquet", 3)):
        duckdb.execute(f"COPY (SELECT range AS id, DATE '2026-04-03' AS day, 2.5 AS price FROM range({count})) TO '{tmp_path / 'x'}' (FORMAT parquet)")
        (tmp_path / "x").rename(tmp_path / name)
    assert Loaded(tmp_path / "s[2].parquet", made(tmp_path)).account.rows_read == 3


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _link_to_tickets(path: Path) -> None:
    path.symlink_to(tickets(path.parent, name="real.txt"))


@pytest.mark.fault(28)
@pytest.mark.parametrize(
    ("make", "what", "hint"),
    [
        (_fifo, "not a regular file", "write it to a file first"),
        (_socket, "not a regular file", "write it to a file first"),
        (_folder, "folder", ""),
        (_link, "links are not followed", "give the file itself"),
        (_loop, "links are not followed", "give the file itself"),
        (_link_to_tickets, "links are not followed", "give the file itself"),
    ],
)
def test_what_is_no_file_is_refused_by_name(tmp_path: Path, make: Callable[[Path], None], what: str, hint: str) -> None:
    make(tmp_path / "sales.csv")
    error = refused(tmp_path / "sales.csv")
    assert what in str(error.what) and hint in str(error.hint or "")


@pytest.mark.fault(28)
@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/stdin", "/dev/tty", "/proc/self/fd/0", "/proc/self/mem", "x" * 300, "x/" * 3000, "nul\x00.csv", ""])
def test_devices_and_names_that_are_none(tmp_path: Path, path: str) -> None:
    error = refused(Path(path) if path.startswith("/") else tmp_path / path)
    assert error.exit_code == 3


NAMES = [b"sales\xff\xfe.csv", b"line\nbreak.csv", b"\x1b]0;owned\x07.csv", "\u202egnp.csv".encode(), b"\xc2\x9b31m.csv"]


@pytest.mark.fault(15, 28)
def test_the_bytes_of_a_name_are_cleaned_where_it_is_told_and_kept(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    for number, name in enumerate(NAMES):
        (inside / os.fsdecode(name)).write_bytes(TEXT.encode().replace(b"LYO", b"LYO%d" % number) if number < 2 else b"no,export\n1,2\n")
    report = loaded(tmp_path, inside)
    assert Counter(file.status for file in report.files) == {"loaded": 2, "failed": 3}
    for file in report.with_status("loaded"):
        file.account.file.encode("utf-8")
        assert file.account.file.isprintable() and file.account.file.endswith(".csv")
    kept = read_last_load(Workspace.open(tmp_path / "shop"))
    assert kept is not None and len(kept.unused) == 3 and all(item.kind == "UnknownFormat" for item in kept.unused)
    done = subprocess.run([sys.executable, "-c", "from tui.cli import main; main()", "load", str(inside), "-w", str(tmp_path / "shop")], capture_output=True, timeout=60)
    assert done.returncode == 3 and b"Traceback" not in done.stderr
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae", done.stdout + done.stderr)


@pytest.mark.fault(28)
def test_a_folder_is_walked_without_following_anything(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    tickets(away, TICKETS[:1], name="away.csv")
    inside = tmp_path / "in"
    inside.mkdir()
    tickets(inside, TICKETS)
    (inside / "folder").symlink_to(away)
    (inside / "link.csv").symlink_to(away / "away.csv")
    (inside / ".hidden").symlink_to(away)
    _fifo(inside / "pipe.csv")
    _folder(inside / "x.csv")
    tickets(inside / "x.csv", TICKETS[:2], name="deeper.csv")
    (tmp_path / "mnt").symlink_to(inside)  # the folder that is named may be a link: that is how exports are mounted
    report = loaded(tmp_path, tmp_path / "mnt")
    assert [(file.path.name, file.status) for file in report.files] == [
        ("folder", "failed"), ("link.csv", "failed"), ("pipe.csv", "failed"), ("tickets.csv", "loaded"), ("deeper.csv", "loaded"),
    ]  # fmt: skip
    assert all("link" in str(file.error) for file in report.files[:2]) and "regular" in str(report.files[2].error)
    assert [file.name for file in files_under(inside)] == ["folder", "link.csv", "pipe.csv", "tickets.csv", "deeper.csv"]


# ---------------------------------------------------------------- reading fails, or the file changes meanwhile (fault 9)


def _later(tmp_path: Path, name: str = "tickets.csv", text: str | bytes = TEXT) -> Path:
    """A file that was written a while ago."""
    path = write(tmp_path, name, text)
    os.utime(path, ns=(1_700_000_000_000_000_000,) * 2)
    return path


def _swapped_by_rename(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"Chemise", b"Cravate"))
    os.utime(other, ns=(path.stat().st_mtime_ns,) * 2)
    other.rename(path)


def _written_in_place(path: Path) -> None:
    """Same length, same time of change: only the content tells."""
    before = path.stat().st_mtime_ns
    with path.open("r+b") as file:
        file.write(path.read_bytes().replace(b"Chemise", b"Cravate"))
    os.utime(path, ns=(before, before))


def _grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(TICKETS[0].encode() + b"\n")


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 40)


def _gone(path: Path) -> None:
    path.unlink()


def _a_link_now(path: Path) -> None:
    path.rename(path.with_name("kept"))
    path.symlink_to(path.with_name("kept"))


CHANGES = [_swapped_by_rename, _written_in_place, _grown, _cut, _gone, _a_link_now]


@pytest.mark.fault(9)
@pytest.mark.parametrize("young", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_read_is_what_was_hashed_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], young: bool) -> None:
    if not young:  # the times of a file just written may not tell that it was written to again
        monkeypatch.setattr(opening, "_YOUNG", 0)
    path = _later(tmp_path)
    known = recognise(path, PROFILES)
    change(path)
    con = duckdb.connect()
    with pytest.raises(SourceError) as caught:
        convert(con, known, key=KEY)
    assert caught.value.where is not None and caught.value.where.file == str(path)
    assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,), "nothing of it stays"


@pytest.mark.fault(9)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["t.zip", "t.csv.gz"])
def test_packed_files_too(tmp_path: Path, change: Callable[[Path], None], name: str) -> None:
    if name.endswith("zip"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("t.csv", TEXT)
        path = write(tmp_path, name, data.getvalue())
    else:
        path = tmp_path / name
        path.write_bytes(gzip.compress(TEXT.encode(), 0))
    known = recognise(path, PROFILES)
    change(path)
    con = duckdb.connect()
    try:
        done = convert(con, known, key=KEY)
    except SourceError:
        return
    assert name == "t.zip", "the copy that was unpacked and hashed is the one that is read"
    assert con.execute(f"SELECT count(*) FROM {done.tables['order_lines']}").fetchone() == (4,)


@pytest.mark.fault(9)
@pytest.mark.parametrize("change", [_grown, _cut, _written_in_place])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]) -> None:
    """Between the hash and the look at its lines, then between two of DuckDB's looks."""
    path = _later(tmp_path)
    real = decode.digest_of

    def then_changed(file: object) -> str:
        digest = real(file)  # type: ignore[arg-type]
        change(path)
        return digest

    with monkeypatch.context() as patched:
        patched.setattr(decode, "digest_of", then_changed)
        with pytest.raises(SourceError):
            Loaded(path)
    path = _later(tmp_path)
    real_fast = stage._by_duckdb

    def while_staged(*args: object) -> object:
        done = real_fast(*args)  # type: ignore[arg-type]
        change(path)
        return done

    with monkeypatch.context() as patched:
        patched.setattr(stage, "_by_duckdb", while_staged)
        with pytest.raises(SourceError, match="while it was read"):
            Loaded(path)


@pytest.mark.fault(9)
@pytest.mark.parametrize("number", ["EIO", "ESTALE", "ENOENT", "EACCES", "EPERM", "ETIMEDOUT"])
def test_a_disk_that_cannot_be_read_is_one_line_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    path = tickets(tmp_path)
    real = opening.os.open

    def failing(name: object, *args: int) -> int:
        if str(name) == str(path):
            raise OSError(getattr(errno, number), os.strerror(getattr(errno, number)))
        return real(name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(opening.os, "open", failing)
    with pytest.raises(SourceError) as caught:
        members(path)
    for told in (str(refused(path)), str(caught.value)):
        assert "tickets.csv" in told and "\n" not in told


@pytest.mark.fault(9)
def test_a_read_that_fails_midway_loads_nothing_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tickets(tmp_path, name="a.csv")
    reads: list[int] = []

    class Failing(io.FileIO):
        def readinto(self, buffer: object) -> int:
            reads.append(1)
            if len(reads) > 1:
                raise OSError(errno.EIO, "Input/output error")
            return super().readinto(buffer)  # type: ignore[arg-type]

    monkeypatch.setattr(container, "open_file", lambda path: io.BufferedReader(Failing(path, "r")))
    report = loaded(tmp_path, path)
    assert [(file.status, file.load_id) for file in report.files] == [("failed", None)] and report.generation == 0
    assert "Input/output error" in str(report.files[0].error)


@pytest.mark.fault(9)
def test_what_may_not_be_read_and_what_is_gone_since_it_was_listed() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in" / "closed").mkdir(parents=True)
        tickets(folder / "in", name="a.csv").chmod(0)
        write(folder / "in", "b.csv", shopify([order("#1")]))
        (folder / "in" / "closed").chmod(0)
        folder.chmod(0o755)
        root, here = Path(__file__).resolve().parents[2], Path(__file__).resolve().parent
        done = subprocess.run([sys.executable, "-c", _STRANGER, str(root), str(here), name], capture_output=True, text=True, timeout=60)
        (folder / "in" / "closed").chmod(0o755)
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["a.csv", "failed"], ["b.csv", "1"], ["closed", "failed"], ["gone.csv", "failed"]], done.stderr
    assert "Permission denied" in lines[0] and "Permission denied" in lines[2] and "no such file" in lines[3]


_STRANGER = """
import os, sys
from pathlib import Path
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from hostile import TEXT, counts, made, refused
from source_files import PROFILES, Loaded
from kpi_core.errors import SourceError
from kpi_core.store.workspace import files_under
folder = Path(sys.argv[3])
Loaded(folder / "in" / "b.csv")  # everything is imported before rights are given up
if os.getuid() == 0:  # permissions do not bind the superuser
    os.setgid(65534)
    os.setuid(65534)
for path in [*files_under(folder / "in"), folder / "in" / "gone.csv"]:
    try:
        print(path.name, Loaded(path).account.rows_read)
    except SourceError as error:
        print(path.name, "failed", error)
"""
