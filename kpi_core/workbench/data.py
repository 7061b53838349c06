"""Sources: what is loaded, what was left out and why, and what is missing."""

from __future__ import annotations

from datetime import datetime

from kpi_core.config.layouts import load_layouts
from kpi_core.errors import said
from kpi_core.pages import DataPage, SourceDetail, SourceRow
from kpi_core.render.account import drift_messages
from kpi_core.sources import Account
from kpi_core.view import ViewState
from kpi_core.workbench import claims, customers
from kpi_core.workbench.accounts import unused
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header
from kpi_core.workbench.owned import owned_details, owned_messages
from kpi_core.workbench.rates import unrated

SHOWN_REFUSALS = 20


def page(desk: Desk, state: ViewState) -> DataPage:
    at = frame(desk, state)
    if desk.scope:  # what is told of files and of all that was left out is everybody's
        return DataPage(header(desk, at, {}), (), (), _missing(desk), desk.bundle.settings.currency)
    loaded = {batch.load_id: datetime.fromisoformat(batch.loaded_at) for batch in desk.reader.manifest.batches}
    sources = tuple(_source(desk, load_id, Account.from_dict(plain), loaded.get(load_id)) for load_id, plain in sorted(desk.reader.accounts().items()))
    excluded = tuple((str(dataset), str(reason), int(rows), amount) for dataset, reason, rows, _, amount in desk.reader.excluded())
    names = desk.reader.file_names()
    last = desk.reader.last_load()
    return DataPage(
        header(desk, at, {}),
        sources,
        excluded,
        _missing(desk),
        desk.bundle.settings.currency,
        ledger=tuple(desk.reader.ledger()),
        undated=tuple((dataset, names.get(load_id, ""), line) for dataset, load_id, line in desk.reader.undated()),
        unrated=tuple(error.what for error in unrated(desk.reader)),
        customers=customers.page(desk),
        claims=claims.page(desk, at.period),
        owned=owned_messages(desk),
        refused=unused(last, load_layouts(desk.workspace.config_dir)),
        refused_at=last.finished if last is not None else None,
    )


def _missing(desk: Desk) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Exports that nobody loaded, each with the KPIs it would bring."""
    found = []
    for fact, kpis in desk.engine.missing().items():
        fed = desk.catalogue.file.facts[fact].fed_by.in_(desk.lang)
        found.append((fed, tuple(desk.catalogue.kpi(kpi).name.in_(desk.lang) for kpi in kpis)))
    return tuple(found)


def _source(desk: Desk, load_id: int, account: Account, loaded_at: datetime | None) -> SourceRow:
    return SourceRow(
        load_id=load_id,
        file=account.file,
        profile=account.profile,
        title=account.title_fr if desk.lang == "fr" else account.title_en,
        first_day=account.first_day,
        last_day=account.last_day,
        loaded_at=loaded_at,
        rows_read=account.rows_read,
        rows_used=account.rows_used,
        rows_dropped=sum(count for _, count in account.dropped),
        rows_rejected=account.rejected_count,
        details=(*owned_details(desk, load_id, account), *_details(desk, account)),
    )


def _details(desk: Desk, account: Account) -> list[SourceDetail]:
    """What a person should know of a file, what needs attention first: lines refused, checks, rows left out, what it can never give."""
    details = [
        SourceDetail(
            "rejected", said("line {line}, {column}: {value}: {why}", line=str(item.line), column=item.column or "-", value=item.value, why=said(item.why))
        )
        for item in account.rejected[:SHOWN_REFUSALS]
    ]
    if account.rejected_count > len(details):
        details.append(SourceDetail("rejected", said("… {count} more", count=account.rejected_count - len(details))))
    for check in account.checks:
        if not check.ok:
            told = said("{check}: true for {held} of {of}", check=said(check.name), held=check.held, of=check.of)
            details.append(SourceDetail("check", said("{told} ({note})", told=told, note=said(check.note)) if check.note else told))
    if account.drift is not None:
        details += [SourceDetail("drift", message) for message in drift_messages(account.drift, desk.fmt)]
    details += [SourceDetail("dropped", said("{reason}: {count}", reason=said(reason), count=count)) for reason, count in account.dropped]
    for limit in account.limits:
        hint = limit.fr if desk.lang == "fr" else limit.en
        details.append(SourceDetail("limit", said("{hint} ({missing})", missing=limit.missing, hint=hint)))
    return details
