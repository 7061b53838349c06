"""Run by a test under another DuckDB, in a process of its own: write a store, or print what one says.

    lane.py write FOLDER EXPORT     load an export
    lane.py read FOLDER             every table of the mart, every fact and every batch, as text
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import duckdb
from store_rows import load, workspace

from kpi_core.store import Workspace, open_reader, verify
from kpi_core.store.datasets import DATASETS


def said(space: Workspace) -> dict[str, list[str]]:
    """All that the store says, but when and by whom it was built. Decimals, days and texts read the same in any version of DuckDB."""
    found: dict[str, list[str]] = {}
    with open_reader(space) as reader:
        for (name,) in reader.execute("select table_name from information_schema.tables where table_catalog = 'mart' order by 1"):
            if name != "meta":
                found[name] = sorted(map(repr, reader.execute(f'select * from "{name}"')))
    manifest = space.manifest()
    files = [part for parts in manifest.facts.values() for part in parts] + [entry for batch in manifest.active for entry in batch.files.values()]
    with duckdb.connect() as con:
        for entry in files:
            found[entry.file] = sorted(map(repr, con.execute("select * from read_parquet(?)", [str(space.warehouse / entry.file)]).fetchall()))
    return found


def main() -> None:
    verb, folder, *exports = sys.argv[1:]
    space = workspace(Path(folder))
    if verb == "write":
        report = load(space, *map(Path, exports))
        assert report.published and not report.failed, report
    assert verify(space) == [] and set(space.manifest().facts) <= set(DATASETS)
    print(json.dumps({"duckdb": duckdb.__version__, "said": said(space)}))


if __name__ == "__main__":
    main()
