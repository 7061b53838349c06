"""The folder, its secret, its manifests, and what readers and loads say about themselves."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from store_rows import export, line, load, order, rewrite, star, workspace

from kpi_core.config.shipped import shipped
from kpi_core.errors import QueryError, StoreError
from kpi_core.store import Limits, MartSettings, Workspace, gc, open_reader, set_status
from kpi_core.store.manifest import Manifest, decode, encode

ROWS = {"orders": [order("a", "2026-10-01", currency="EUR")], "order_lines": [line("a", "2026-10-01", 10)]}


def test_create_copies_the_commented_configuration_and_overwrites_nothing(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "shop")
    assert (made.config_dir / "kpis.yaml").read_bytes() == (shipped("config") / "kpis.yaml").read_bytes()
    for name in ("settings.yaml", "objectives.yaml"):  # neutral ones, not those of the sample retailer
        assert (made.config_dir / name).read_bytes() == (shipped("config") / "starter" / name).read_bytes()
    assert not (made.config_dir / "starter").exists()
    assert made.exports_dir.is_dir() and "omnigap load" in (made.root / "README.txt").read_text()
    (made.config_dir / "settings.yaml").write_text("version: 1\n")
    assert Workspace.create(tmp_path / "shop").config_dir.joinpath("settings.yaml").read_text() == "version: 1\n"
    assert not made.warehouse.exists()  # nothing is made before the first load


def test_a_sample_workspace_begins_with_the_sample_retailers_objectives(tmp_path: Path) -> None:
    made = Workspace.create(tmp_path / "demo", sample=True)
    assert (made.config_dir / "objectives.yaml").read_bytes() == (shipped("config") / "objectives.yaml").read_bytes()


def test_a_folder_without_configuration_uses_the_shipped_one(tmp_path: Path) -> None:
    assert Workspace.open(tmp_path).config_dir == shipped("config") / "starter"


def test_the_repository_is_a_workspace() -> None:
    root = Path(__file__).resolve().parents[2]
    space = Workspace.open(root)
    assert space.config_dir == root / "config"
    assert space.exports_dir.name == "exports"


def test_what_is_no_workspace_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"):
        Workspace.open(tmp_path / "nowhere")
    file = tmp_path / "file"
    file.write_text("")
    for make in (Workspace.open, Workspace.create):
        with pytest.raises(StoreError, match="this is a file, not a workspace folder"):
            make(file)
    with pytest.raises(StoreError, match="no such folder"):
        Workspace.open(file / "below")
    (tmp_path / ".omnigap").write_text("")
    with pytest.raises(StoreError):
        open_reader(Workspace.open(tmp_path))


def test_export_files_pass_over_notes_and_hidden_files(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    for name in ("b.csv", "sub/a.csv", ".hidden.csv", "README.md", ".git/x.csv"):
        path = space.exports_dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    assert [path.relative_to(space.exports_dir).as_posix() for path in space.export_files()] == ["b.csv", "sub/a.csv"]


def test_the_key_is_private_stable_and_guarded(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS))
    path = space.warehouse / "secret.key"
    key = space.key()
    assert len(key) == 32 and path.stat().st_mode & 0o777 == 0o400 and space.key() == key
    path.chmod(0o644)
    with pytest.raises(StoreError, match=f"can be read by others.*chmod 400 {path}"):
        space.key()
    path.unlink()
    with pytest.raises(StoreError, match="secret key of this warehouse is lost"):
        space.key()
    path.write_text("00" * 32)
    path.chmod(0o400)
    with pytest.raises(StoreError, match="not the secret key that made the loaded data"):
        space.key()


def test_a_manifest_keeps_what_it_does_not_know(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS))
    path = space.manifest_path(1)
    value = msgspec.json.decode(path.read_bytes())
    value["colour"] = {"of": "tomorrow"}
    value["batches"][0]["mood"] = ["good"]
    rewrite(space, msgspec.json.encode(value))
    load(space, export(tmp_path, "b.json", {"orders": [order("b", "2026-10-02")], "order_lines": [line("b", "2026-10-02", 1)]}))
    after = msgspec.json.decode(space.manifest_path(2).read_bytes())
    assert after["colour"] == {"of": "tomorrow"} and after["batches"][0]["mood"] == ["good"]
    assert [batch["load_id"] for batch in after["batches"]] == [1, 2] and after["parent"] == 1


def test_a_manifest_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS))
    manifest = space.manifest()
    assert decode(encode(manifest), Path("x")) == manifest
    assert decode(encode(Manifest()), Path("x")) == Manifest()


def test_a_manifest_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS))
    path = space.manifest_path(1)
    rewrite(space, path.read_bytes().replace(b'"schema_version": 1', b'"schema_version": 2'))
    with pytest.raises(StoreError, match=r"newer omnigap \(schema 2, this one reads 1\)"):
        open_reader(space)


def test_the_same_bytes_under_another_name_are_already_loaded(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    first, copy = export(tmp_path, "a.json", ROWS), export(tmp_path, "copy.json", ROWS)
    report = load(space, first, copy)
    assert [(file.status, file.load_id) for file in report.files] == [("loaded", 1), ("already loaded", 1)]
    again = load(space, copy)
    assert not again.published and again.generation == 1


def test_new_settings_rebuild_the_mart_without_new_files(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    path = export(tmp_path, "a.json", {**ROWS, "fx_rates": [{"day": "2026-10-01", "currency": "USD", "base": "EUR", "rate": 1.5}]})
    load(space, path)
    assert load(space, path, settings=MartSettings(reporting_currency="USD")).published
    with open_reader(space) as reader:
        assert reader.execute("select net_amount from orders") == [(15,)]
        assert reader.meta()["reporting_currency"] == "USD"


def test_a_load_can_be_left_out(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS, "2026-10-02"))
    load(space, export(tmp_path, "b.json", {"orders": [order("a", "2026-10-01")], "order_lines": [line("a", "2026-10-01", 99)]}, "2026-10-03"))
    assert set_status(space, [2], "undone").generation == 3
    with open_reader(space) as reader:
        assert reader.execute("select net_amount from orders") == [(10,)]
        assert list(reader.accounts()) == [1]
    # loading it once more brings it back
    load(space, tmp_path / "b.json")
    with open_reader(space) as reader:
        assert reader.execute("select net_amount from orders") == [(99,)]


def test_callbacks_accounts_and_names(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    seen: list[Any] = []
    progress: list[float] = []
    path = export(tmp_path, "a.json", ROWS)
    load(space, path, path, on_account=seen.append, on_file=lambda file: seen.append(file.status), progress=lambda _, part: progress.append(part))
    assert seen == [{"file": "a.json", "rows_read": 2}, "loaded", "already loaded"] and set(progress) == {1.0}
    with open_reader(space) as reader:
        assert reader.accounts() == {1: {"file": "a.json", "rows_read": 2}}
        assert reader.file_names() == {1: "a.json"}
        assert reader.execute("select distinct load_id from sale") == [(1,)]


def test_a_folder_is_loaded_file_by_file(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    export(space.exports_dir / "pos", "a.json", ROWS)
    export(space.exports_dir, "b.json", {"orders": [order("b", "2026-10-02")], "order_lines": [line("b", "2026-10-02", 1)]})
    report = load(space, space.exports_dir)
    assert [file.path.name for file in report.files] == ["b.json", "a.json"] and report.generation == 1


def test_each_thread_has_its_own_cursor(tmp_path: Path) -> None:
    with star(tmp_path, ROWS) as reader:
        found: list[Any] = []

        def ask() -> None:
            found.extend(reader.execute("select sum(net_amount), max(day) from sale") for _ in range(20))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [[(10, date(2026, 10, 1))]] * 80


@pytest.mark.fault(21)
def test_a_question_can_be_interrupted_and_the_reader_lives_on(tmp_path: Path) -> None:
    with star(tmp_path, ROWS) as reader:
        started = threading.Event()
        caught: list[Exception] = []

        def ask() -> None:
            reader.connection()
            started.set()
            try:
                reader.execute("select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3")
            except QueryError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        started.wait(10)
        while thread.is_alive():  # an interrupt before the query begins is lost: repeat it
            reader.interrupt()
            thread.join(0.05)
        assert "interrupted" in str(caught[0])
        assert reader.execute("select count(*) from sale") == [(1,)]


@pytest.mark.fault(21)
def test_a_question_over_the_time_limit_says_so(tmp_path: Path) -> None:
    star(tmp_path, ROWS).close()
    with open_reader(Workspace.open(tmp_path), Limits(seconds=1)) as reader:
        with pytest.raises(QueryError, match="took too long"):
            reader.execute("select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3")
        assert reader.execute("select 1") == [(1,)]


@pytest.mark.fault(21)
def test_a_duckdb_without_a_time_limit_of_its_own_gets_a_timer(tmp_path: Path) -> None:
    star(tmp_path, ROWS).close()
    with open_reader(Workspace.open(tmp_path), Limits(seconds=0)) as reader:
        reader._timer = 1
        with pytest.raises(QueryError, match="took too long"):
            reader.execute("select count(*) from range(100000000) as a, range(100000) as b where (a.range * b.range) % 7 = 3")
        assert reader.execute("select 1") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')",
        "attach '/tmp/x.duckdb' as x",
        "copy sale to '/tmp/x.csv'",
        "delete from sale",
        "create table mart.x as select 1",
        "set memory_limit = '9GB'",
    ],
)
def test_a_reader_reaches_nothing_but_its_mart(tmp_path: Path, sql: str) -> None:
    with star(tmp_path, ROWS) as reader, pytest.raises(duckdb.Error):
        reader.execute(sql)


def test_limits_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    star(tmp_path, ROWS).close()
    with pytest.raises(StoreError, match="the limit memory_limit = much is not understood"):
        open_reader(Workspace.open(tmp_path), Limits(memory="much"))


def test_gc_keeps_what_is_needed(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    load(space, export(tmp_path, "a.json", ROWS))
    (space.warehouse / "marts" / ".tmp-1-000009.duckdb").write_bytes(b"left over")
    (space.warehouse / "facts" / "orders" / "g000099.parquet").write_bytes(b"never published")
    assert gc(space) == 2
    with open_reader(space) as reader:
        assert reader.execute("select count(*) from sale") == [(1,)]
