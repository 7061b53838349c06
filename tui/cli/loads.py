"""`omnigap loads`, `undo`, `redo`: what was loaded by number, and loads taken back and brought back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tui.cli.common import EXIT_DATA, EXIT_OK, gives_way, look, screen_width, t, tell, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption


class LoadsFormat(StrEnum):
    text = "text"
    json = "json"
    csv = "csv"


Named = Annotated[list[str], typer.Argument(metavar="N|FILE", help=t("Loads by number, or a file by name where one load is of it."))]


def loads(
    workspace: WorkspaceOption = None,
    format: Annotated[LoadsFormat, typer.Option("--format", "-f", help=t("How to write it; csv: a record a line."))] = LoadsFormat.text,
    lang: Lang = None,
    ascii: Ascii = False,
    no_color: NoColor = False,
) -> int:
    from kpi_core.render.forgetting import forgetting_lines, forgetting_values
    from kpi_core.render.loads import CSV_COLUMNS, load_lines, load_rows, load_values
    from kpi_core.store.forget import forgettings
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.loads import loads as all_loads

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    space = Workspace.open(folder)
    found = all_loads(space, how.lang)
    erased = forgettings(space.manifest())
    if format is LoadsFormat.json:
        from kpi_core.render.json_text import json_text

        write(json_text({"version": 1, "loads": [load_values(load) for load in found], "forgotten": [forgetting_values(item) for item in erased]}))
    elif format is LoadsFormat.csv:
        from kpi_core.render.table import csv_text

        write(csv_text(CSV_COLUMNS, load_rows(found)))
    else:
        write_lines([*load_lines(found, how.fmt, screen_width()), *forgetting_lines(erased, how.fmt, screen_width())], how)
    return EXIT_OK


def undo(which: Named, workspace: WorkspaceOption = None, lang: Lang = None, ascii: Ascii = False, no_color: NoColor = False) -> int:
    return _changed(which, False, workspace, lang, ascii, no_color)


def redo(which: Named, workspace: WorkspaceOption = None, lang: Lang = None, ascii: Ascii = False, no_color: NoColor = False) -> int:
    return _changed(which, True, workspace, lang, ascii, no_color)


def _changed(which: list[str], counts: bool, workspace: Path | None, lang: str | None, ascii: bool, no_color: bool) -> int:
    """The loads as they are now on stdout, what it means on stderr. As after a load, amounts without a rate are told (exit 3)."""
    from kpi_core.render.loads import load_lines
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.loading import redo_loads, undo_loads
    from kpi_core.workbench.loads import loads as all_loads
    from kpi_core.workbench.loads import numbers_of
    from tui.cli.setup import rates_known

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    space = Workspace.open(folder)
    numbers = numbers_of(all_loads(space, how.lang), which, counting=not counts)
    gives_way(space)
    (redo_loads if counts else undo_loads)(space, numbers)
    write_lines(load_lines([load for load in all_loads(space, how.lang) if load.load_id in numbers], how.fmt, screen_width()), how)
    if not counts:
        say, command = how.fmt.t, " ".join(map(str, sorted(set(numbers))))
        tell(say("nothing was deleted; omnigap redo {numbers} brings the same numbers back", numbers=command))
        tell(say("a file that still lies in a folder of exports is read anew, as a load of its own, by the next omnigap load"))
    return EXIT_OK if rates_known(space, how) else EXIT_DATA
