"""The card behind a KPI: what it means, how it is computed, the statement that ran for it, and where its target is written."""

from __future__ import annotations

from kpi_core.config.model import Text
from kpi_core.engine.keyed import keyed
from kpi_core.engine.result import Status
from kpi_core.pages import DefinitionCard
from kpi_core.view import ViewState
from kpi_core.workbench import statement
from kpi_core.workbench.actions import note_lines
from kpi_core.workbench.basis import offered, title
from kpi_core.workbench.certainty import end_lines, interval_lines
from kpi_core.workbench.customers import bound
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, question, stale_at
from kpi_core.workbench.guests import stale_note, without

NOTES = 5  # the newest ones stand on the card


def card(desk: Desk, state: ViewState) -> DefinitionCard:
    """Runs the KPI alone over the period shown, so that the SQL on the card is a string that ran and gave the value beside it."""
    kpi = state.kpi or desk.catalogue.groups[0].kpis[0]
    info, spec, fmt = desk.info(kpi), desk.catalogue.kpi(kpi), desk.fmt
    at = frame(desk, state)
    answer = desk.engine.ask(question([kpi], at), live=True)
    value = answer.cells[None][kpi][0]
    lines: list[tuple[str, str]] = [(fmt.t("Formula"), info.formula)] if info.formula != info.name else []
    if info.formula != spec.expr:
        lines.append(("" if lines else fmt.t("Formula"), fmt.t("{formula} (measures of kpis.yaml)", formula=spec.expr)))
    if spec.help:
        lines.append((fmt.t("Meaning"), spec.help.in_(desk.lang)))
    lines.append((fmt.t("Value"), f"{fmt.value(value, info)} · {fmt.period(at.period, long=True)}"))
    if value.reason is not None:
        lines.append((fmt.t("Why"), fmt.t(value.reason)))
    called = {ref.key: desk.said_ref(ref) for ref in desk.catalogue.refs(kpi)}
    for name, number in value.measures.items():
        lines.append((f"  {called.get(name, name)}", fmt.t("no data") if number is None else fmt.number(number, 2 if number % 1 else 0)))
    lines += interval_lines(desk, kpi, value)
    target = desk.target(kpi, state.where, at.period)
    if target is not None:
        where = f"{target.file}:{target.line}" if target.line else target.file
        note = f" · {fmt.t(target.note)}" if target.note else ""
        lines.append((fmt.t("Target"), f"{fmt.target(target, info)} · {target.objective} · {where}{note}"))
    lines += end_lines(desk, at, kpi)
    for place, line in enumerate(note_lines(desk, kpi, state.where)[:NOTES]):
        scope = f" · {line.scope}" if line.scope else ""
        colon = " :" if desk.lang == "fr" else ":"
        lines.append(("" if place else fmt.t("Notes"), f"{fmt.day(line.note.at.date())}, {line.note.author}{scope}{colon} {line.note.text}"))
    good = {"up": "higher is better", "down": "lower is better", "none": "neither direction is good"}[spec.good]
    lines.append((fmt.t("Direction"), fmt.t(good)))
    if spec.scope:
        scope = "; ".join(f"{desk.dim_title(dim)}: {', '.join(desk.label(dim, member) for member in members)}" for dim, members in spec.scope.items())
        lines.append((fmt.t("Only over"), scope))
    if spec.benchmark:
        lines.append((fmt.t("Benchmark"), f"{spec.benchmark.text.in_(desk.lang)} ({spec.benchmark.source})"))
    if spec.min_n:
        lines.append((fmt.t("Judged from"), ", ".join(f"{desk.measure(name)} ≥ {least}" for name, least in spec.min_n.items())))
    unknown = without(desk, keyed(desk.engine, kpi, at.period, state.where).get(None, ()))
    lines += [(fmt.t("Not seen") if place == 0 else "", fmt.t(message)) for place, message in enumerate(unknown)]
    if (least := bound(desk, kpi)) is not None:
        lines.append(("" if unknown else fmt.t("Not seen"), fmt.t(least)))
    if (levels := stale_note(desk, at, kpi)) is not None:
        lines.append((fmt.t("Stale"), fmt.t(levels)))
        lines += [("", fmt.t("{member}: last known on {day}", member=member, day=last)) for member, last in stale_at(desk, at, kpi)[:NOTES]]
    if value.stale:
        lines.append((fmt.t("Stale"), fmt.t("{stale} of {keys} levels are too old and not counted", stale=value.stale, keys=value.keys)))
    if spec.min_coverage is not None:
        lines.append((fmt.t("Judged from"), fmt.t("{share} with a known customer", share=fmt.percent(spec.min_coverage, 0))))
    for place, name in enumerate(offered(desk, kpi)):
        lines.append((fmt.t("Way of counting") if place == 0 else "", f"{title(desk, name)}{' · ' + fmt.t('on') if name in state.basis else ''}"))
    lines.append((fmt.t("Can be cut by"), ", ".join(desk.dim_title(dim) for dim in desk.catalogue.dims(kpi)) or fmt.t("nothing: total only")))
    for fact in desk.catalogue.facts(kpi):
        coverage = desk.engine.coverage(fact)
        fed: Text = desk.catalogue.file.facts[fact].fed_by
        reach = fmt.span(coverage.first, coverage.last, True) if coverage.first and coverage.last else fmt.t("not loaded")
        origin = (fmt.t("Comes from"), f"{fed.in_(desk.lang)} · {reach}")
        lines += [origin] if origin not in lines else []
    if value.status is Status.NOT_COMPUTABLE and not answer.sql:
        return DefinitionCard(info, tuple(lines), fmt.t("no statement ran: an input is missing"))
    return DefinitionCard(info, tuple(lines), statement.text(desk, at, [answer]))
