"""`omnigap doctor` and `omnigap export-db`: all is well or what to do; and the numbers as a file for others."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import duckdb
import pytest

from kpi_core.errors import StoreError
from kpi_core.store import Workspace, open_reader
from kpi_core.store.files import load_lock
from kpi_core.store.host import keeps_promises, kind_of, refuse_network

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def loaded(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the small shop, which these tests may change."""
    return Path(shutil.copytree(workspace, tmp_path_factory.mktemp("doctor") / "shop"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def examined(run: Run, folder: Path, *more: str, code: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    """What doctor says by section and key; of several of a key the worst."""
    done = run(["doctor", "-w", str(folder), "-f", "json", *more])
    assert done.returncode == code, done.stdout + done.stderr
    found = json.loads(done.stdout)
    order = ("ok", "look", "trouble")
    assert {item["state"] for item in found["findings"]} <= set(order)
    assert found["state"] == max((item["state"] for item in found["findings"]), key=order.index)
    assert all(item["hint"] for item in found["findings"] if item["state"] == "trouble"), "what to do?"
    return {(item["section"], item["key"]): item for item in sorted(found["findings"], key=lambda item: order.index(item["state"]))}


# ---------------------------------------------------------------- doctor


def test_a_sound_workspace_is_sound(run: Run, loaded: Path) -> None:
    found = examined(run, loaded)
    assert found["data", "generation"]["state"] == found["data", "files"]["state"] == found["workspace", "permissions"]["state"] == "ok"
    assert found["versions", "duckdb"]["what"] == f"DuckDB {duckdb.__version__}"
    assert "generation" in found["data", "generation"]["what"] and "secret.key" in json.dumps([*found.values()])
    assert found["settings", "limits.load.memory"]["what"] == "limits.load.memory: 1300MB"
    assert found["settings", "limits.memory"]["place"].startswith("config/settings.yaml:")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_it_is_said_in_words_and_signs(run: Run, loaded: Path, lang: str) -> None:
    plain = run(["doctor", "-w", str(loaded), "--lang", lang, "--ascii"], env={"COLUMNS": "80"})
    assert plain.returncode == 0 and max(map(len, plain.stdout.splitlines())) <= 80
    assert plain.stdout.splitlines()[0] == "Versions" and "+ ok" in plain.stdout
    assert ("Settings in force" if lang == "en" else "Reglages en vigueur") in plain.stdout


def test_it_works_where_there_is_nothing(run: Run, tmp_path: Path) -> None:
    found = examined(run, tmp_path / "nowhere", code=3)
    assert found["workspace", "folder"]["what"] == "there is no such folder"
    empty = tmp_path / "empty"
    empty.mkdir()
    found = examined(run, empty)
    assert found["data", "generation"]["what"] == "nothing has been loaded yet" and found["data", "generation"]["state"] == "look"


def test_what_is_wrong_is_told_with_what_to_do(run: Run, loaded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(loaded, tmp_path / "shop"))
    warehouse = folder / ".omnigap"
    (warehouse / "secret.key").chmod(0o444)
    (warehouse / ".tmp-123-000009.duckdb").write_bytes(b"left over")
    (warehouse / "facts" / "never.parquet").write_bytes(b"left over")
    mart = next((warehouse / "marts").iterdir())
    mart.write_bytes(mart.read_bytes()[:-100])
    found = examined(run, folder, code=3)
    assert found["workspace", "permissions"]["state"] == "trouble" and "chmod 400" in found["workspace", "permissions"]["hint"]
    assert found["disk", "left_over"]["what"].startswith("2 files of loads that did not end")
    assert mart.name in found["data", "files"]["what"] and found["data", "files"]["hint"] == "run: omnigap rebuild"


def test_settings_that_do_not_fit_are_told_by_line(run: Run, loaded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(loaded, tmp_path / "shop"))
    settings = folder / "config" / "settings.yaml"
    text = settings.read_text().replace("memory: 512MB", "memory: 900TB").replace("nice: 5", "nice: 0")
    settings.write_text(text)
    found = examined(run, folder)
    assert found["settings", "limits.memory"]["state"] == "look" and "MB of memory" in found["settings", "limits.memory"]["hint"]
    assert found["settings", "limits.load.nice"]["what"] == "limits.load.nice: 0"
    settings.write_text(text.replace("memory: 900TB", "memory: plenty"))
    done = run(["doctor", "-w", str(folder)])
    line = 1 + text[: text.index("memory: 900TB")].count("\n")
    assert done.returncode == 3 and "this is no size" in done.stdout and f"config/settings.yaml:{line} [limits.memory]" in done.stdout


def test_who_loads_is_told(run: Run, loaded: Path) -> None:
    with load_lock(loaded / ".omnigap" / "load.lock"):
        assert examined(run, loaded)["workspace", "lock"]["what"].startswith(f"a load is running: process {os.getpid()}, since 20")
    assert examined(run, loaded)["workspace", "lock"]["what"] == "no load is running"


def test_no_row_of_anybody_is_in_it(run: Run, loaded: Path) -> None:
    with open_reader(Workspace.open(loaded)) as reader:
        keys = [str(key) for (key,) in reader.execute("select distinct customer_key from customers where customer_key is not null limit 50")]
        amount = str(reader.execute("select sum(net_amount) from sale")[0][0])
    told = run(["doctor", "-w", str(loaded), "-f", "json"]).stdout
    assert keys and not [key for key in [*keys, amount] if key in told]


@pytest.mark.parametrize(
    ("mounts", "at", "kind", "keeps"),
    [
        ("/dev/sda / ext4 rw 0 0\nhost:/x /data nfs4 rw 0 0\n", "/data/shop", "nfs4", "no"),
        ("/dev/sda / ext4 rw 0 0\nhost:/x /data nfs4 rw 0 0\n", "/database", "ext4", "yes"),
        ("/dev/sda / ext4 rw 0 0\n//h/x /my\\040disk cifs rw 0 0\n", "/my disk/shop", "cifs", "no"),
        ("/dev/sda / ext4 rw 0 0\nx /a fuse.sshfs rw 0 0\ntmpfs /a/b tmpfs rw 0 0\n", "/a/b/c", "tmpfs", "yes"),
        ("x / 9p rw 0 0\n", "/shop", "9p", "unsure"),
        ("x /other fuse.gcsfuse rw 0 0\nx / overlay rw 0 0\nbad\n", "/other/shop", "fuse.gcsfuse", "unsure"),
        ("", "/shop", "", "yes"),
    ],
)
def test_the_kind_of_disk_decides_whether_loads_are_safe(tmp_path: Path, mounts: str, at: str, kind: str, keeps: str) -> None:
    (tmp_path / "mounts").write_text(mounts)
    assert kind_of(Path(at), tmp_path / "mounts") == kind
    assert keeps_promises(kind) == keeps
    if keeps == "no":
        with pytest.raises(StoreError, match="network disk"):
            refuse_network(Workspace(Path(at)), tmp_path / "mounts")
    else:
        refuse_network(Workspace(Path(at)), tmp_path / "mounts")


# ---------------------------------------------------------------- export-db


def test_the_file_holds_what_the_reader_sees(run: Run, loaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.duckdb"
    before = os.umask(0o022)
    try:
        done = run(["export-db", str(file), "-w", str(loaded)])
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{file}\n" and "generation" in done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o640 and [path.name for path in tmp_path.iterdir()] == ["numbers.duckdb"]
    con = duckdb.connect(str(file), read_only=True)
    notes = {(kind, name): says for kind, name, says in con.execute("select * from readme").fetchall()}
    stored = {name: count for name, count in con.execute("select table_name, estimated_size from duckdb_tables()").fetchall() if name != "readme"}
    with open_reader(Workspace.open(loaded)) as reader:
        tables = [name for (name,) in reader.execute("select table_name from information_schema.tables where table_catalog = 'mart'")]
        assert sorted(stored) == sorted(tables) == sorted(name for kind, name in notes if kind == "table")
        for table in tables:
            seen = "(select * exclude (comment) from surveys)" if table == "surveys" else f'"{table}"'  # what customers wrote stays inside
            same = reader.execute(f"select count(*), bit_xor(hash(t)) from {seen} as t")
            assert con.execute(f'select count(*), bit_xor(hash(t)) from "{table}" as t').fetchall() == same, table
        assert notes["export", "generation"] == str(reader.generation)
    assert all(notes.values()) or not notes["export", "scope"]
    assert notes["table", "sale"] == "a row per line of an order, in the reporting currency"
    con.close()
    with file.open("rb") as stream:
        stream.seek(12)  # the version of the storage format, after the checksum and the letters DUCK
        assert 64 <= int.from_bytes(stream.read(8), "little") <= 68  # 69 is the first that DuckDB 1.5 does not read


def test_nothing_is_replaced_or_followed(run: Run, loaded: Path, tmp_path: Path) -> None:
    def refused(file: Path, *more: str) -> str:
        done = run(["export-db", str(file), "-w", str(loaded), *more])
        assert done.returncode == 2 and not done.stdout
        return done.stderr

    kept = tmp_path / "kept.duckdb"
    kept.write_text("mine")
    assert "this file is there already" in refused(kept) and kept.read_text() == "mine"
    link = tmp_path / "link.duckdb"
    link.symlink_to(kept)
    assert "link to another file" in refused(link, "--force") and kept.read_text() == "mine"
    assert "a folder, not a file" in refused(tmp_path, "--force")
    os.mkfifo(tmp_path / "pipe")
    assert "this is no file" in refused(tmp_path / "pipe", "--force")
    assert "no such folder" in refused(tmp_path / "none" / "x.duckdb")
    assert "omnigap's own folder" in refused(loaded / ".omnigap" / "marts" / "x.duckdb")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept.duckdb", "link.duckdb", "pipe"]
    assert run(["export-db", str(kept), "-w", str(loaded), "--force"]).returncode == 0
    assert duckdb.connect(str(kept), read_only=True).execute("select count(*) > 0 from sale").fetchone() == (True,)


def test_a_full_disk_leaves_no_file(run: Run, loaded: Path, tmp_path: Path) -> None:
    import resource
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    try:
        done = run(["export-db", str(tmp_path / "x.duckdb"), "-w", str(loaded)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert done.returncode == 3 and "the disk is full" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- hostile questions, priority


@pytest.mark.fault(18)
@pytest.mark.parametrize(
    "where",
    [
        "store in (select content from read_text('/etc/passwd'))",
        "store = (select max(content) from read_text('/etc/passwd'))",
        "read_text('/etc/passwd') is not null",
        "store = 'x'; copy (select 1) to 'OUT'",
        "1 = 1) or exists (select * from query('copy (select 1) to ''OUT'''))",
        "store = current_setting('temp_directory')",
        "store = E'\\x27'",
    ],
)
def test_a_filter_is_no_way_into_sql(run: Run, loaded: Path, tmp_path: Path, where: str) -> None:
    done = run(["query", "revenue", "--range", "2026-10", "--where", where.replace("OUT", str(tmp_path / "out.csv")), "-w", str(loaded)])
    assert done.returncode == 2 and "root:" not in done.stdout + done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.fault(18)
def test_a_link_is_no_way_into_the_sql_that_is_printed(run: Run, loaded: Path, tmp_path: Path) -> None:
    from kpi_core.links import to_link
    from kpi_core.view import Filter, ViewState

    out = tmp_path / "out.csv"
    for value in (f"x'); copy (select 1) to '{out}'; --\n; copy (select 1) to '{out}'; --",):
        state = ViewState(view="explore", kpi="revenue", by="store", period="2026-10", where=(Filter("store", (value,)),))
        done = run(["sql", to_link(state), "-w", str(loaded)])
        assert "Traceback" not in done.stderr
        if done.returncode == 0:
            con = duckdb.connect()
            con.execute(done.stdout).fetchall()
            con.close()
        assert not out.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="priorities are told on Linux")
def test_a_load_in_its_own_process_gives_way(loaded: Path) -> None:
    import subprocess

    code = (
        "import os\nfrom kpi_core.errors import UsageError, said\nfrom kpi_core.workbench import loading\n"
        "def told(*a, **k):\n    raise UsageError(said('at {nice}', nice=os.getpriority(os.PRIO_PROCESS, 0)))\n"
        "loading.load_exports = told\nfrom tui.cli import main\nmain()"
    )
    before = os.getpriority(os.PRIO_PROCESS, 0)
    done = subprocess.run(
        [sys.executable, "-c", code, "load", "-w", str(loaded)], cwd=Path(__file__).resolve().parents[2], capture_output=True, text=True, timeout=240, check=False
    )
    assert f"at {min(19, before + 5)}" in done.stderr, done.stderr
