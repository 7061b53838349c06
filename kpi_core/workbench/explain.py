"""Why a KPI stands where it stands: every exact way to part its gap, the warnings that belong to it, and the first cause."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from kpi_core.engine.result import Answer, Question
from kpi_core.errors import Message, UsageError, said
from kpi_core.objectives.exact import decimal
from kpi_core.objectives.judge import delta, gap, in_percent
from kpi_core.pages import DimensionChoice, ExplainPage, ExplainWarning, GapStatus, Section, SectionKind, WarningKind
from kpi_core.view import ViewState
from kpi_core.workbench.cause import Ask, cause_of, late_for
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.explain_drivers import driver_section
from kpi_core.workbench.explain_found import combination_section
from kpi_core.workbench.explain_members import Broken, broken_down, few, rate_mix_section, reversal
from kpi_core.workbench.explain_prices import price_section
from kpi_core.workbench.explore import dimension_choices
from kpi_core.workbench.frame import Frame, frame, header, question
from kpi_core.workbench.held import Held, exact_value

_NEWS = {GapStatus.MET: True, GapStatus.MISSED: False}


def page(desk: Desk, state: ViewState) -> ExplainPage:
    """The gap of the state's KPI, held against its target or its comparison, in parts. Raises UsageError for a cut the KPI does not know."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    info = desk.info(kpi)
    state = replace(state, kpi=kpi, view="explore", sort=type(state.sort)(), search="", at=None)
    at = frame(desk, state)
    if state.by:
        refused = desk.catalogue.refused(kpi, state.by)
        if refused is not None:
            raise UsageError(said("{kpi} cannot be broken down by {dim}: {reason}", kpi=info.name, dim=desk.dim_title(state.by), reason=refused))
    ask = remembered(desk)
    held, answer = _held(desk, at, kpi, ask)
    listed = dimension_choices(desk, kpi, state)
    if held is None:
        value = answer.cells[None][kpi][0]
        reason = value.reason or said("no data") if value.number is None else said("there is neither a target nor a comparison to hold it against")
        return _nothing(desk, at, kpi, listed, reason)
    broken = broken_down(held, state.by) if held.shape is not None else []
    rates = rate_mix_section(held, broken, state.by)
    sections = _sections(held, broken, rates[0] if rates else None)
    verdict = gap(answer.cells[None][kpi][0], held.target, info) if held.target else None
    change = delta(answer.cells[None][kpi][0], answer.cells[None][kpi][1], info) if at.compare is not None else None
    return ExplainPage(
        header=header(desk, at, {}),
        kpi=info,
        against=held.against,
        actual=held.rounded(held.end),
        expected=held.rounded(held.start),
        gap=held.gap,
        shown_gap=held.rounded(held.gap),
        base=at.compare,
        sections=sections,
        warnings=_warnings(held, answer, broken, rates[1] if rates else None, noise=verdict is not None and verdict.status is GapStatus.NOISE),
        cause=cause_of(desk, at, kpi, held.target if held.to_target else None, ask),
        ratio=decimal(held.gap / abs(held.start)) if held.start and in_percent(info.unit) else None,
        good=_NEWS.get(verdict.status) if held.to_target and verdict is not None else change.good if change is not None else None,
        choices=listed,
        other=_other(held),
    )


def remembered(desk: Desk) -> Ask:
    """The engine, asked every question once."""
    known: dict[Question, Answer] = {}

    def ask(wanted: Question) -> Answer:
        if wanted not in known:
            known[wanted] = desk.engine.ask(wanted)
        return known[wanted]

    return ask


def _held(desk: Desk, at: Frame, kpi: str, ask: Ask) -> tuple[Held | None, Answer]:
    """What the state asks for, else the target where there is one, else the comparison. None: no value, or nothing to hold it against."""
    answer = ask(question([kpi], at))
    target = desk.target(kpi, at.state.where, at.period)
    end = exact_value(desk, answer, kpi, 0)
    base = exact_value(desk, answer, kpi, 1) if at.compare is not None else None
    if end is None or (target is None and base is None):
        return None, answer
    to_target = target is not None and (at.state.against != "compare" or base is None)
    start = target.amount if to_target and target is not None else base
    assert start is not None
    against = "target" if to_target else "compare"
    sample = answer.cells[None][kpi][0].n
    return Held(desk, at, ask, desk.info(kpi), desk.shape(kpi), against, end, start, target, base, sample), answer


def _other(held: Held) -> str:
    if held.to_target:
        return "compare" if held.base is not None else ""
    return "target" if held.target is not None else ""


def _nothing(desk: Desk, at: Frame, kpi: str, listed: tuple[DimensionChoice, ...], reason: Message) -> ExplainPage:
    return ExplainPage(
        header(desk, at, {}), desk.info(kpi), "", None, None, None, None, at.compare, (), _data_warnings(desk, at, kpi), None, choices=listed, reason=reason
    )


def _sections(held: Held, broken: Sequence[Broken], rates: Section | None) -> tuple[Section, ...]:
    """The best break-down first, then what moved it, then the other dimensions; sections without parts last."""
    found: list[Section | None] = []
    if not broken:
        refused = said("there is no dimension left in which {kpi} has several members", kpi=held.info.name)
        if held.shape is None:
            refused = said("the formula of {kpi} has no exact part per member", kpi=held.info.name)
        found.append(held.none(SectionKind.CONTRIBUTION, held.desk.fmt.t("By dimension"), refused))
    found += [item.section for item in broken[:1]]
    found += [driver_section(held), rates, price_section(held), combination_section(held, broken)]
    found += [item.section for item in broken[1:]]
    known = [section for section in found if section is not None]
    return tuple(sorted(known, key=lambda section: not section.parts))


# ---------------------------------------------------------------- warnings


def _warnings(held: Held, answer: Answer, broken: Sequence[Broken], mixed: Broken | None, noise: bool) -> tuple[ExplainWarning, ...]:
    desk, found = held.desk, []
    if held.at.state.against and held.at.state.against != held.against:
        asked = said("there is no target for this period") if held.against == "compare" else said("there is no value in the comparison period")
        found.append(ExplainWarning(WarningKind.AGAINST, asked))
    if mixed is not None and reversal(held, mixed.rates):
        dim = desk.dim_title(mixed.dim)
        paradox = said("Simpson's paradox: by {dim} the rates go one way and the total the other; the mix decides", dim=dim)
        found.append(ExplainWarning(WarningKind.SIMPSON, paradox))
    best = broken[0] if broken else None
    if best is not None and best.section.opposing:
        found.append(ExplainWarning(WarningKind.OPPOSING, said("large parts cancel out: the gap hides more than it shows")))
    if best is not None and best.overlaps:
        dim = desk.dim_title(best.dim)
        found.append(ExplainWarning(WarningKind.OVERLAP, said("one thing may lie in several members of {dim}: see the overlap row", dim=dim)))
    if few(answer, held.info.id):
        found.append(ExplainWarning(WarningKind.FEW, said("too few to judge")))
    elif noise and held.to_target:
        found.append(ExplainWarning(WarningKind.NOISE, said("within the noise")))
    here = {member for item in broken for member in item.answer.cells} | {value for step in held.at.state.where for value in step.values}
    return (*found, *_data_warnings(desk, held.at, held.info.id, {member for member in here if member}))


def _data_warnings(desk: Desk, at: Frame, kpi: str, here: Collection[str] | None = None) -> tuple[ExplainWarning, ...]:
    """What is not loaded yet; of late members those that are `here`, in sight or filtered for."""
    shown = header(desk, at, {})
    found = []
    if shown.partial is not None:
        covered, days = shown.partial
        found.append(ExplainWarning(WarningKind.PARTIAL, said("{covered} of {days} days are loaded; both sides are cut to them", covered=covered, days=days)))
    for member, last in late_for(desk, at, kpi).items():
        if here is not None and member not in here:
            continue
        found.append(ExplainWarning(WarningKind.LATE, said("{member} is loaded up to {day} only", member=member, day=last)))
    return tuple(found)

