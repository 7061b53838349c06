"""Stores of other versions: an earlier one is built again from its batches, a newer one is refused, and what is not known is kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from store_rows import export, line, load, order, rewrite, workspace
from test_store_upkeep import answers

from kpi_core.errors import NewerStore, StoreError
from kpi_core.store import MartSettings, Workspace, examine, manifest, open_reader, rebuild, verify
from kpi_core.store.manifest import SCHEMA_VERSION
from tests.shop import in_this_process

ROWS = {"orders": [order("a", "2026-10-01")], "order_lines": [line("a", "2026-10-01", 10)]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migration")
    assert not load(workspace(folder), export(folder / "exports", "a.json", ROWS)).failed
    return folder


@pytest.fixture
def space(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "space")
    return Workspace.open(tmp_path / "space")


def amend(space: Workspace, **fields: Any) -> None:
    rewrite(space, json.dumps({**json.loads(space.manifest_path(space.generation()).read_text()), **fields}).encode())


@pytest.mark.fault(11)
def test_a_store_of_an_earlier_schema_is_built_again_by_the_next_load(space: Workspace) -> None:
    before, files = answers(space), {part.file for parts in space.manifest().facts.values() for part in parts}
    amend(space, schema_version=SCHEMA_VERSION - 1)
    with open_reader(space) as reader:
        assert str(reader.other_version()) == "built by an earlier omnigap: run omnigap load"
    assert load(space, space.root / "exports" / "a.json").published
    found = space.manifest()
    assert found.schema_version == SCHEMA_VERSION and found.generation == 2 and answers(space) == before and not verify(space)
    assert not files & {part.file for parts in found.facts.values() for part in parts}  # not one fact file of the earlier release is read
    assert space.manifest(1).schema_version == SCHEMA_VERSION - 1  # its own generation stays for whoever reads it still
    with open_reader(space) as reader:
        assert reader.other_version() is None


@pytest.mark.fault(11)
def test_a_mart_of_an_earlier_star_is_told_and_built_again(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("star", "reader"):
        monkeypatch.setattr(f"kpi_core.store.{place}.STAR_VERSION", 10_000)
    with open_reader(space) as reader:
        assert "earlier omnigap: run omnigap load" in str(reader.other_version())
    rebuild(space)
    with open_reader(space) as reader:
        assert reader.other_version() is None
    monkeypatch.undo()
    with open_reader(space) as reader:
        assert str(reader.other_version()) == "built by a newer omnigap: update yours"


@pytest.mark.fault(11)
def test_a_newer_schema_is_refused_by_every_command_and_left_as_it_is(space: Workspace) -> None:
    amend(space, schema_version=SCHEMA_VERSION + 1, batches={"of": "another shape"})
    before = {path: path.read_bytes() for path in space.warehouse.rglob("*") if path.is_file() and path.name != "load.lock"}
    for command in ("load", "loads", "verify", "rebuild", "glance", "kpis"):
        done = in_this_process(command, "-w", space.root)
        assert done.returncode == 3 and not done.stdout, (command, done)
        assert f"written by a newer omnigap (schema {SCHEMA_VERSION + 1}, this one reads {SCHEMA_VERSION})" in done.stderr, (command, done)
        assert "update omnigap" in done.stderr and "Traceback" not in done.stderr
    for ask in (open_reader, examine, rebuild):
        with pytest.raises(NewerStore):
            ask(space)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.fault(11)
@pytest.mark.parametrize("content", [b"", b"seven\n", b"1 abc\n", b"\xff\xfe", b"0\n"])
def test_a_damaged_pointer_is_refused_with_the_command_that_helps(space: Workspace, content: bytes) -> None:
    (space.warehouse / "CURRENT").write_bytes(content)
    done = in_this_process("loads", "-w", space.root)
    assert done.returncode == 3 and "omnigap rebuild" in done.stderr, done
    assert "pointer to the current numbers is damaged" in done.stderr
    with pytest.raises(StoreError, match="omnigap rebuild"):
        open_reader(space)


@pytest.mark.fault(11)
def test_fields_of_a_later_release_are_kept(space: Workspace) -> None:
    raw = json.loads(space.manifest_path(1).read_text())
    raw["batches"][0] |= {"sealed_by": "someone"}
    amend(space, batches=raw["batches"], retention={"years": 7})
    rebuild(space, MartSettings())
    kept = json.loads(space.manifest_path(2).read_text())
    assert kept["retention"] == {"years": 7} and kept["batches"][0]["sealed_by"] == "someone"
    assert manifest.decode(space.manifest_path(2).read_bytes(), space.manifest_path(2)).extra["retention"] == {"years": 7}
    assert not verify(space)
