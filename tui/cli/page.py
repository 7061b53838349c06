"""What the commands about a page share: one list of options, and what they mean together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from tui.cli.common import Look, look, open_workbench, state_of, t, workspace_dir, workspace_language
from tui.cli.options import Ascii, BasisOption, CompareOption, Lang, NoColor, PeriodOption, PlotOption, WorkspaceOption

if TYPE_CHECKING:
    from kpi_core.render.format import Formatter
    from kpi_core.view import ViewState
    from kpi_core.workbench import Workbench

LinkArgument = Annotated[
    str | None, typer.Argument(metavar="[LINK]", help=t("An omnigap:// link (Y copies one in the app), or @bookmark."), show_default=False)
]


@dataclass(frozen=True)
class Asked:
    """A command's workspace, how it speaks, and what it was asked to show."""

    folder: Path
    how: Look
    link: str | None
    period: str | None
    compare: str | None
    basis: list[str] | None

    @property
    def fmt(self) -> Formatter:
        return self.how.fmt

    def state(self) -> ViewState:
        """The state of the link, or the one the workspace opens with, under the options; see `state_of`."""
        return state_of(self.folder, self.link, self.period, self.compare, self.fmt, self.basis)

    @contextmanager
    def bench(self) -> Iterator[Workbench]:
        bench = open_workbench(self.folder, self.how.lang)
        try:
            yield bench
        finally:
            bench.close()


def _asked(
    link: LinkArgument = None,
    workspace: WorkspaceOption = None,
    period: PeriodOption = None,
    compare: CompareOption = None,
    basis: BasisOption = None,
    lang: Lang = None,
    no_color: NoColor = False,
    ascii: Ascii = False,
    plot: PlotOption = None,
) -> Asked:
    folder = workspace_dir(workspace)
    return Asked(folder, look(lang, ascii, no_color, workspace_language(folder), plot), link, period, compare, basis)


def about_a_page(*without: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """A command `f(asked, …)` with options of its own takes those above as well, except `without`: the link first, the others last.

    What goes into a file (`output`) has no colours.
    """
    shared = {name: item for name, item in _parameters(_asked).items() if name not in without}

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        own = dict(list(_parameters(command).items())[1:])

        @wraps(command)
        def run(**given: Any) -> int:
            if given.get("output") is not None:
                given["no_color"] = True
            asked = _asked(**{name: given.pop(name) for name in shared if name in given})
            return command(asked, **given)

        first = {name: item for name, item in shared.items() if name == "link"}
        parameters = {**first, **own, **shared}
        run.__signature__ = inspect.Signature(list(parameters.values()), return_annotation=int)  # type: ignore[attr-defined]
        run.__annotations__ = {name: item.annotation for name, item in parameters.items()}
        return run

    return with_options


def _parameters(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Parameters by name, all by keyword, their types resolved."""
    types = get_type_hints(function, include_extras=True)
    found = inspect.signature(function).parameters
    return {name: item.replace(annotation=types[name], kind=inspect.Parameter.KEYWORD_ONLY) for name, item in found.items()}
