"""What the workspace knows of the names in a state that came from a link; see `kpi_core.nearest`."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kpi_core.engine import calendar
from kpi_core.engine.basis import variants
from kpi_core.engine.members import closest, present
from kpi_core.errors import Message, OmnigapError, said
from kpi_core.workbench.basis import closed, title
from kpi_core.workbench.desk import Desk


class KnownHere:
    """`kpi_core.nearest.Known` of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def kpi(self, kpi: str) -> Message | None:
        return _refusal(lambda: self._desk.catalogue.kpi(kpi))

    def dim(self, dim: str) -> Message | None:
        return _refusal(lambda: self._desk.catalogue.dimension(dim))

    def basis(self, name: str) -> Message | None:
        if name in closed(self._desk):
            return said("{name} changes nothing here", name=title(self._desk, name))
        return _refusal(lambda: variants(self._desk.catalogue, [name]))

    def refused(self, kpi: str | None, dim: str) -> Message | None:
        kpi = kpi or self._desk.catalogue.groups[0].kpis[0]
        why = self._desk.catalogue.refused(kpi, dim)
        if why is None:
            return None
        return said("{kpi} cannot be broken down by {dim}: {reason}", kpi=self._desk.info(kpi).name, dim=self._desk.dim_title(dim), reason=why)

    def lacking(self, dim: str, values: Collection[str | None]) -> dict[str | None, Message]:
        named = [value for value in values if value]  # rows without a value are no name
        held = present(self._desk.engine, dim, named)
        found: dict[str | None, Message] = {}
        for value in (value for value in named if value not in held):
            near = closest(self._desk.engine, dim, value)
            title = self._desk.dim_title(dim)
            found[value] = (
                said("{dim} has no {member} (did you mean {name}?)", dim=title, member=value, name=near)
                if near is not None
                else said("{dim} has no {member}", dim=title, member=value)
            )
        return found

    def period(self, text: str) -> Message | None:
        return _refusal(lambda: calendar.parse(text, self._desk.engine.watermark(), self._desk.calendar))

    def compared(self, text: str, compare: str) -> Message | None:
        return _refusal(lambda: calendar.compared(calendar.parse(text, self._desk.engine.watermark(), self._desk.calendar), compare))

    def opening(self) -> str:
        return f"latest:{self._desk.bundle.calendar.default_grain}"


def _refusal(ask: Callable[[], object]) -> Message | None:
    """What an error of the user says, with the name that was meant."""
    try:
        ask()
    except OmnigapError as error:
        name = error.hint.values.get("name") if error.hint is not None else None
        return error.what if name is None else said("{what} (did you mean {name}?)", what=error.what, name=name)
    return None
