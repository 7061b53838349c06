"""The first cause of a KPI's gap or change, looked for over the dimensions of the drill path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from kpi_core.engine.result import Answer, Question, Status
from kpi_core.explain import CannotExplain, Cut, Explanation, change, contributions, first_cause
from kpi_core.objectives import SplitTargets
from kpi_core.objectives.shape import Shape
from kpi_core.pages import Cause, Target
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame, freshness, question

Ask = Callable[[Question], Answer]


def drivers_of(desk: Desk, kpi: str, by: str | None = None) -> list[str]:
    """The KPI's drivers, all of them or none, if they can be cut by `by` too."""
    drivers = [driver for driver in desk.catalogue.kpi(kpi).drivers if driver in desk.catalogue.kpis]
    return drivers if by is None or all(desk.catalogue.refused(driver, by) is None for driver in drivers) else []


def cut_question(desk: Desk, at: Frame, kpi: str, by: str) -> Question:
    """The KPI with its drivers, cut by one dimension."""
    return question([kpi, *drivers_of(desk, kpi, by)], at, by=by)


def late_for(desk: Desk, at: Frame, kpi: str) -> dict[str, date]:
    """Stores and channels whose exports for this KPI stop before the period does, with their last day; a quiet day of surveys is no gap."""
    behind = {pair for fact in desk.catalogue.facts(kpi) for pair in desk.engine.coverage(fact).late}
    return {member: day for member, day in freshness(desk, at).late if (member, day) in behind}


def cause_of(desk: Desk, at: Frame, kpi: str, target: Target | None, ask: Ask | None = None) -> Cause | None:
    """The member that explains most of the gap to the target (of the change, without a target), and its driver that moved most.

    `ask` answers questions; the engine's own unless given.
    """
    shape = desk.shape(kpi)
    if shape is None:
        return None
    late = late_for(desk, at, kpi)
    done = {step.dim for step in at.state.where}
    cuts = []
    for dim in desk.catalogue.drill:
        fine = dim == "product" or desk.catalogue.dimension(dim).top is not None  # too many members to blame one
        if dim in done or fine or desk.catalogue.refused(kpi, dim) is not None or desk.catalogue.overlaps(kpi, dim):
            continue
        answer = (ask or desk.engine.ask)(cut_question(desk, at, kpi, dim))
        if answer.cells[None][kpi][0].status not in (Status.VALUE, Status.PARTIAL):
            return None
        members = [member for member in answer.cells if member is not None]
        split = desk.split(kpi, at.state.where, dim, at.period, members) if target else SplitTargets(None)
        try:
            found = contributions(answer, kpi, shape, split, 1 if at.compare is not None else None)
        except CannotExplain:
            continue
        if found.of == ("target" if target else "compare"):
            blamed = found.explanation
            if target and at.compare is not None and not own_targets(split):
                blamed = since(answer, kpi, shape, blamed)
            cuts.append(Cut(dim, answer, blamed, {member: day for member, day in late.items() if member in members}))
    if not cuts:
        return None
    infos = [desk.info(driver) for driver in _asked(cuts, drivers_of(desk, kpi))]
    return first_cause(desk.info(kpi), shape, cuts, label=desk.label, drivers=infos, base=1, state=at.state)


def own_targets(split: SplitTargets) -> bool:
    """Whether members are asked for something else than the whole is."""
    return split.total is None or any(target.amount != split.total.amount for target in split.members.values())


def _asked(cuts: Sequence[Cut], drivers: list[str]) -> list[str]:
    return drivers if all(driver in cuts[0].answer.cells[None] for driver in drivers) else []


def since(answer: Answer, kpi: str, shape: Shape, explanation: Explanation) -> Explanation:
    """Members have no target of their own: whoever has always been below the mean is not to blame, whoever got worse is.

    Where most of the gap opened since the comparison period, each member's part of that change is what it is blamed for.
    """
    try:
        since = change(answer, kpi, shape)
    except CannotExplain:
        return explanation
    gap = explanation.gap
    return replace(explanation, own=since.members()) if since.gap * gap > 0 and 2 * abs(since.gap) >= abs(gap) else explanation
