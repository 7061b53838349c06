"""The first cause of a KPI's gap or change, looked for over the dimensions of the drill path."""

from __future__ import annotations

from kpi_core.engine.result import Status
from kpi_core.explain import CannotExplain, Cut, contributions, first_cause
from kpi_core.objectives import SplitTargets
from kpi_core.pages import Cause, Target
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import Frame, question


def cause_of(desk: Desk, at: Frame, kpi: str, target: Target | None) -> Cause | None:
    """The member that explains most of the gap to the target (of the change, without a target), and its driver that moved most."""
    shape = desk.shape(kpi)
    if shape is None:
        return None
    drivers = [driver for driver in desk.catalogue.kpi(kpi).drivers if driver in desk.catalogue.kpis]
    done = {step.dim for step in at.state.where}
    cuts = []
    for dim in desk.catalogue.drill:
        if dim in done or dim == "product" or desk.catalogue.refused(kpi, dim) is not None or desk.catalogue.overlaps(kpi, dim):
            continue
        usable = [driver for driver in drivers if desk.catalogue.refused(driver, dim) is None]
        answer = desk.engine.ask(question([kpi, *(usable if usable == drivers else [])], at, by=dim))
        if answer.cells[None][kpi][0].status not in (Status.VALUE, Status.PARTIAL):
            return None
        members = [member for member in answer.cells if member is not None]
        split = desk.split(kpi, at.state.where, dim, at.period, members) if target else SplitTargets(None)
        try:
            found = contributions(answer, kpi, shape, split, 1 if at.compare is not None else None)
        except CannotExplain:
            continue
        if found.of == ("target" if target else "compare"):
            cuts.append(Cut(dim, answer, found.explanation))
    if not cuts:
        return None
    infos = [desk.info(driver) for driver in drivers] if all(driver in cuts[0].answer.cells[None] for driver in drivers) else []
    return first_cause(desk.info(kpi), shape, cuts, label=desk.label, drivers=infos, base=1, state=at.state)
