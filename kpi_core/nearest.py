"""From a state that came from outside (a link, a bookmark, the last session) to the nearest one that opens, and what had to be changed.

A link names KPIs, dimensions, members and periods of the day it was copied; the workspace may have others now. What is not there is left
out and said; another KPI or member is never put in its place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol

from kpi_core.errors import Message, said
from kpi_core.view import Filter, ViewState

Changed = tuple[ViewState, tuple[Message, ...]]
OF_A_KPI = ("explore", "trend", "whatif")  # the views that are about one KPI


class Known(Protocol):
    """What a workspace knows of the names in a state."""

    def kpi(self, kpi: str) -> Message | None:
        """Why there is no such KPI; None when there is."""

    def dim(self, dim: str) -> Message | None:
        """Why there is no such dimension."""

    def basis(self, name: str) -> Message | None:
        """Why there is no such way of counting."""

    def refused(self, kpi: str | None, dim: str) -> Message | None:
        """Why the KPI (None: the first one) cannot be cut by the dimension. Both exist."""

    def lacking(self, dim: str, values: Collection[str | None]) -> dict[str | None, Message]:
        """The values that are no member of the dimension, each with the words for it."""

    def period(self, text: str) -> Message | None:
        """Why the text is no period."""

    def compared(self, text: str, compare: str) -> Message | None:
        """Why a period has no such comparison."""

    def opening(self) -> str:
        """The text of the period that the workspace opens with."""


def nearest(state: ViewState, known: Known) -> Changed:
    """The state with every name in it known, and a sentence for each that had to go. Nothing is said of a state that is in order."""
    told: list[Message] = []
    state = _where(_period(_basis(state, known, told), known, told), known, told)
    if state.kpi is not None and (why := known.kpi(state.kpi)) is not None:
        told.append(said("{why}: the overview opens", why=why) if state.view in OF_A_KPI else why)
        state = replace(state, kpi=None, by=None, moves=(), shape="")
        state = replace(state, view="overview") if state.view in OF_A_KPI else state
    if state.by is not None:
        why = known.dim(state.by)
        if why is None and state.view in OF_A_KPI:
            why = known.refused(state.kpi, state.by)
        if why is not None:
            told.append(said("{why}: the first dimension is shown", why=why))
            state = replace(state, by=None)
    return state, tuple(told)


def _basis(state: ViewState, known: Known, told: list[Message]) -> ViewState:
    kept = []
    for name in state.basis:
        why = known.basis(name)
        if why is None:
            kept.append(name)
        else:
            told.append(why)
    return replace(state, basis=tuple(kept))


def _period(state: ViewState, known: Known, told: list[Message]) -> ViewState:
    why = known.period(state.period)
    if why is not None:
        state = replace(state, period=known.opening())
        told.append(said("{why}: {period} is shown", why=why, period=state.period))
    why = known.compared(state.period, state.compare)
    if why is not None:
        told.append(said("{why}: there is no comparison", why=why))
        state = replace(state, compare="none")
    return state


def _where(state: ViewState, known: Known, told: list[Message]) -> ViewState:
    kept: list[Filter] = []
    for step in state.where:
        why = known.dim(step.dim)
        if why is not None:
            told.append(said("{why}: the filter is left out", why=why))
            continue
        gone = known.lacking(step.dim, step.values)
        told += [said("{why}: the filter is left out", why=why) for why in gone.values()]
        values = tuple(value for value in step.values if value not in gone)
        if values:
            kept.append(replace(step, values=values))
    return replace(state, where=tuple(kept))
