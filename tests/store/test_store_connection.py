"""DuckDB tamed: what a connection may take, what it may reach, and where it leaves what does not fit in memory."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from store_rows import export, line, load, order, star, workspace

from kpi_core.errors import QueryError, StoreError
from kpi_core.store import Limits, Workspace, open_reader, spill
from kpi_core.store.connection import connect, quoted, seal, seal_for_loading, sealed
from kpi_core.store.loading import loading_connection
from kpi_core.store.priority import give_way

ROOT = Path(__file__).resolve().parents[2]
ROWS = {"orders": [order("1", "2026-10-01")], "order_lines": [line("1", "2026-10-01", 10)]}
ENDLESS = "select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3"
NAMES_ITSELF = "SEEDED-IN-A-FILE-OF-THE-MACHINE"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "secret.txt"
    path.parent.mkdir()
    path.write_text(NAMES_ITSELF)
    return path


def attacks(secret: Path) -> list[str]:
    """What SQL may try to read, write, load or change outside of what it was given."""
    at, folder = quoted(str(secret)), secret.parent
    return [
        f"select content from read_text({at})",
        f"select content from read_blob({at})",
        f"select * from read_csv({at}, header = false)",
        f"select * from sniff_csv({at})",
        f"select * from {at}",
        f"select * from glob({quoted(str(folder / '*'))})",
        f"select * from read_text({quoted(str(folder / '*'))})",
        "select content from read_text('/proc/self/environ')",
        "select content from read_text('/etc/passwd')",
        "select content from read_text('/proc/self/fd/../environ')",
        "select content from read_text('https://example.invalid/')",
        f"copy (select 1) to {quoted(str(folder / 'out.csv'))}",
        f"copy (select 1) to {quoted(str(folder / 'out.csv'))} (use_tmp_file false)",
        f"copy (select 1) to {at} (use_tmp_file false)",
        "copy (select 1) to '/dev/stdout'",
        f"export database {quoted(str(folder / 'all'))}",
        f"import database {quoted(str(folder))}",
        f"attach {quoted(str(folder / 'new.duckdb'))} as other",
        f"attach {at} as other (read_only)",
        "install httpfs",
        "load httpfs",
        f"load {at}",
        "create persistent secret s (type http)",
        "set memory_limit = '9GB'",
        "reset memory_limit",
        "set threads = 64",
        "set global threads = 64",
        "pragma threads = 64",
        "set temp_directory = '/tmp'",
        "set enable_external_access = true",
        "set lock_configuration = false",
        f"set allowed_directories = [{quoted(str(folder))}]",
        f"set allowed_paths = [{at}]",
        "set autoload_known_extensions = true",
        f"set profiling_output = {quoted(str(folder / 'profile'))}",
        *(["pragma enable_progress_bar", "pragma enable_profiling"] if duckdb.__version__ >= "2" else []),  # DuckDB 1.5 leaves these two open
    ]


def told(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What a statement gives away; '' when it is refused."""
    try:
        return str(con.execute(sql).fetchall())
    except (duckdb.Error, UnicodeDecodeError):
        return ""


def assert_nothing_reached(con: duckdb.DuckDBPyConnection, secret: Path) -> None:
    before = {path: path.read_bytes() for path in secret.parent.iterdir()}
    got_through = [sql for sql in attacks(secret) if told(con, sql)]
    assert not got_through
    assert {path: path.read_bytes() for path in secret.parent.iterdir()} == before
    assert con.execute("select value from duckdb_settings() where name = 'threads'").fetchone() == ("2",)


@pytest.mark.fault(18)
def test_a_reader_reaches_nothing_but_its_mart(tmp_path: Path, secret: Path) -> None:
    with star(tmp_path, ROWS) as reader:
        assert_nothing_reached(reader.connection(), secret)
        assert reader.execute("select count(*) from sale") == [(1,)]


@pytest.mark.fault(18)
def test_a_load_reaches_its_files_and_the_warehouse_only(tmp_path: Path, secret: Path) -> None:
    space = workspace(tmp_path / "shop")
    space.prepare()
    given = tmp_path / "sales[2026].csv"
    given.write_text("given")
    con = loading_connection(space, None, [given])
    try:
        assert_nothing_reached(con.cursor(), secret)
        with given.open() as file, secret.open() as other, tempfile.TemporaryFile() as copy:
            copy.write(b"copied")
            copy.flush()
            assert con.execute("select content from read_text(?)", [f"/proc/self/fd/{file.fileno()}"]).fetchall() == [("given",)]
            assert con.execute("select content from read_text(?)", [f"/proc/self/fd/{copy.fileno()}"]).fetchall() == [("copied",)]
            assert not told(con, f"select content from read_text('/proc/self/fd/{other.fileno()}')")
        inside = space.warehouse / "facts" / "x.parquet"
        con.execute(f"copy (select 1 as one) to {quoted(str(inside))} (format parquet)")
        assert con.execute(f"select one from read_parquet({quoted(str(inside))})").fetchall() == [(1,)]
        (space.warehouse / "facts" / "link").symlink_to(secret)
        assert not told(con, f"select content from read_text({quoted(str(space.warehouse / 'facts' / 'link'))})")
    finally:
        con.close()


def test_files_that_are_given_can_be_read_and_no_other(tmp_path: Path, secret: Path) -> None:
    parts = [tmp_path / f"part-{number}.parquet" for number in range(3)]
    for number, part in enumerate(parts):
        duckdb.connect().execute(f"copy (select {number} as x) to {quoted(str(part))} (format parquet)")
    con = connect()
    seal(con, parts[:2])
    listed = ", ".join(quoted(str(part)) for part in parts[:2])
    assert con.execute(f"select sum(x) from read_parquet([{listed}])").fetchall() == [(1,)]
    assert not told(con, f"select * from read_parquet({quoted(str(parts[2]))})")
    assert not told(con, f"select * from read_parquet({quoted(str(tmp_path / '*.parquet'))})")
    assert not told(con, f"copy (select 7 as x) to {quoted(str(parts[0]))} (format parquet)")  # its temporary file has another name
    assert_nothing_reached(con, secret)


def test_a_name_that_is_no_text_closes_nothing_else(tmp_path: Path) -> None:
    con = connect()
    seal_for_loading(con, [Path(os.fsdecode(b"/tmp/\xff.csv")), tmp_path / "a'b.csv"], tmp_path)
    assert con.execute("select 1").fetchall() == [(1,)]


def test_what_only_computes_reaches_no_file_and_writes_none(secret: Path) -> None:
    con = sealed()
    assert con.execute("select value from duckdb_settings() where name = 'temp_directory'").fetchone() in [("",), (None,), ("NULL",)]
    assert not [sql for sql in attacks(secret) if told(con, sql)]


def test_only_the_factory_connects() -> None:
    found = []
    for folder in ("kpi_core", "tui", "docs", "sample_data"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text)) if "duckdb" in text and ("duckdb." in text or "connect" in text) else ():
                called = node.func if isinstance(node, ast.Call) else None
                by_name = isinstance(called, ast.Attribute) and called.attr in ("connect", "sql", "query", "execute", "default_connection")
                if by_name and isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "duckdb":
                    found.append(path.relative_to(ROOT).as_posix())
                if isinstance(node, ast.ImportFrom) and node.module == "duckdb" and any(name.name == "connect" for name in node.names):
                    found.append(path.relative_to(ROOT).as_posix())
    assert found == ["kpi_core/store/connection.py"]


def test_limits_are_in_force_for_every_thread() -> None:
    con = connect(Limits(memory="200MB", threads=1, temp="300MB", seconds=7))
    wanted = {"threads": "1", "max_temp_directory_size": "286.1 MiB", "enable_progress_bar": "false", "memory_limit": "190.7 MiB", "TimeZone": "UTC"}
    got: list[dict[str, str]] = []

    def ask() -> None:
        got.append(dict(con.cursor().execute("select name, value from duckdb_settings()").fetchall()))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [{name: values[name] for name in wanted} for values in got] == [wanted, wanted]
    assert all(values.get("max_execution_time", "7000") == "7000" for values in got)


# ---------------------------------------------------------------- too long, too large


@pytest.mark.fault(21)
def test_a_question_over_the_memory_limit_says_so_and_the_next_one_works(tmp_path: Path) -> None:
    star(tmp_path, ROWS).close()
    with open_reader(Workspace.open(tmp_path), Limits(memory="30MB", threads=1, temp="5MB", seconds=20)) as reader:
        with pytest.raises(QueryError, match="more memory than allowed") as caught:
            reader.execute("select count(*) from (select distinct hash(range) as h, range::varchar || 'x' as t from range(900000))")
        assert "limits.memory" in str(caught.value.hint)
        assert reader.execute("select count(*) from sale") == [(1,)]


@pytest.mark.fault(21)
def test_two_readers_spill_side_by_side(tmp_path: Path) -> None:
    """In one folder they would write into each other's files (DuckDB 1.5 gives these the same names)."""
    star(tmp_path, ROWS).close()
    limits = Limits(memory="20MB", threads=1, temp="1GB", seconds=60)
    found: list[object] = []
    sql = "select sum(n) from (select row_number() over (order by t) as n from (select range::varchar || hash(range) as t from range(250000)))"

    def ask() -> None:
        with open_reader(Workspace.open(tmp_path), limits) as reader:
            found.append(reader.execute(sql))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[(250_000 * 250_001 // 2,)]] * 2


# ---------------------------------------------------------------- where it is left


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of its own, as a new process finds it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    monkeypatch.setattr(spill, "_own", None)
    yield folder / "omnigap"
    if spill._own is not None:
        spill._remove(spill._own)
        os.close(spill._own.lock)


def modes(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_folder_is_private_and_each_connection_has_its_own(cache: Path) -> None:
    first, second = spill.spill_folder(), spill.spill_folder()
    assert first is not None and second is not None and first != second and first.parent == second.parent
    assert first.parent.parent == cache and modes(cache) == modes(first.parent) == 0o700


def test_a_folder_that_was_open_is_closed(cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o755)
    assert spill.base_folder() == cache and modes(cache) == 0o700


@pytest.mark.parametrize("kind", ["link", "file", "of somebody else", "replaceable"])
def test_a_folder_that_somebody_else_prepared_is_not_used(cache: Path, tmp_path: Path, kind: str) -> None:
    cache.parent.mkdir()
    if kind == "link":
        (tmp_path / "trap").mkdir()
        cache.symlink_to(tmp_path / "trap")
    elif kind == "file":
        cache.write_text("")
    elif kind == "of somebody else":
        if os.getuid():
            pytest.skip("only root can give a folder away")
        cache.mkdir(mode=0o777)
        os.chown(cache, 4321, 4321)
    else:
        cache.parent.chmod(0o777)  # anybody could put another folder in its place
    base = spill.base_folder()
    assert base != cache and base is not None and modes(base) == 0o700
    assert not (tmp_path / "trap").exists() or not list((tmp_path / "trap").iterdir())


def test_where_every_known_name_is_taken_an_unknown_one_is_made(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / f"omnigap-{os.getuid()}").symlink_to("/nowhere")
    cache.parent.write_text("")
    folder = spill.spill_folder()
    assert folder is not None and folder.parent.parent == tmp_path / "tmp" and modes(folder.parent) == 0o700


def test_what_a_process_left_is_swept_when_it_died_and_kept_while_it_lives(cache: Path) -> None:
    code = (
        "import os, sys\nfrom kpi_core.store.spill import spill_folder\nfolder = spill_folder()\nfolder.mkdir()\n"
        "(folder / 'rows').write_text('rows of customers')\nprint(folder, flush=True)\nsys.stdin.read(1)\nos._exit(9)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    left = Path(child.stdout.readline().strip())
    assert left.is_relative_to(cache)
    mine = spill.spill_folder()
    assert mine is not None and (left / "rows").exists() and spill.left_behind(cache) == []
    child.communicate("x", timeout=60)
    assert child.returncode == 9 and spill.left_behind(cache) == [left.parent]
    spill._remove(spill._own)  # type: ignore[arg-type]
    again = spill.spill_folder()  # as the next process does
    assert again is not None and not left.exists() and spill.left_behind(cache) == []


def test_nothing_is_left_at_exit(cache: Path) -> None:
    code = "from kpi_core.store.connection import connect\ncon = connect()\nprint(con.execute('select 1').fetchall())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[(1,)]\n" and [path.name for path in cache.iterdir()] == ["lock"]


# ---------------------------------------------------------------- priority


@pytest.mark.skipif(sys.platform != "linux", reason="priorities are of a thread on Linux only")
def test_a_thread_that_gives_way_takes_those_it_starts_with_it_and_nobody_else() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found: list[int] = []

    def low() -> None:
        give_way(3)
        inner = threading.Thread(target=lambda: found.append(os.getpriority(os.PRIO_PROCESS, 0)))
        inner.start()
        inner.join()

    thread = threading.Thread(target=low)
    thread.start()
    thread.join()
    assert found == [min(19, before + 3)] and os.getpriority(os.PRIO_PROCESS, 0) == before


def test_the_limits_of_a_load_are_its_own(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    source = export(tmp_path / "in", "a.json", ROWS)
    with pytest.raises(StoreError, match="not enough memory") as caught:  # the file is read, the numbers cannot be built
        load(space, source, limits=Limits(memory="8MB", temp="1MB"))
    assert "limits.load.memory" in str(caught.value.hint)
    (file,) = load(space, source, limits=Limits(memory="1MB", temp="1MB")).files
    assert file.error is not None and "needs more memory" in str(file.error) and "limits.load.memory" in str(file.error.hint)
    assert load(space, source).published
