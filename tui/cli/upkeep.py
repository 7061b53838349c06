"""`omnigap verify` and `omnigap rebuild`: is everything what was written, and what to do where it is not."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from tui.cli.common import EXIT_DATA, EXIT_OK, gives_way, look, screen_width, t, tell, workspace_dir, workspace_language, write, write_lines
from tui.cli.options import Ascii, Lang, NoColor, WorkspaceOption


class UpkeepFormat(StrEnum):
    text = "text"
    json = "json"


FormatOption = Annotated[UpkeepFormat, typer.Option("--format", "-f", help=t("How to write it; json: for monitoring."))]


def verify(
    workspace: WorkspaceOption = None, format: FormatOption = UpkeepFormat.text, lang: Lang = None, ascii: Ascii = False, no_color: NoColor = False
) -> int:
    """Damage on stdout and exit 3, what to do on stderr; exit 0 where every file is what was written."""
    from kpi_core.render.upkeep import check_advice, check_lines, check_values
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.upkeep import check_store

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    check = check_store(Workspace.open(folder))
    if format is UpkeepFormat.json:
        from kpi_core.render.json_text import json_text

        write(json_text({"version": 1, **check_values(check)}))
    else:
        write_lines(check_lines(check, how.fmt, screen_width()), how)
    for advice in check_advice(check, how.fmt):
        tell(advice)
    return EXIT_OK if check.sound else EXIT_DATA


def rebuild(
    workspace: WorkspaceOption = None, format: FormatOption = UpkeepFormat.text, lang: Lang = None, ascii: Ascii = False, no_color: NoColor = False
) -> int:
    """Exit 3 where exports are to be loaded again, or amounts have no rate, as after a load."""
    from kpi_core.render.upkeep import rebuilt_lines, rebuilt_values
    from kpi_core.store.workspace import Workspace
    from kpi_core.workbench.upkeep import rebuild_store
    from tui.cli.setup import rates_known

    folder = workspace_dir(workspace)
    how = look(lang, ascii, no_color, workspace_language(folder))
    space = Workspace.open(folder)
    gives_way(space)
    done = rebuild_store(space)
    if format is UpkeepFormat.json:
        from kpi_core.render.json_text import json_text

        write(json_text({"version": 1, **rebuilt_values(done)}))
    else:
        write_lines(rebuilt_lines(done, how.fmt, screen_width()), how)
    return EXIT_OK if rates_known(space, how) and not done.waiting else EXIT_DATA
