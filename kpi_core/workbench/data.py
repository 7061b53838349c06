"""Sources: what is loaded, what was left out and why, and what is missing."""

from __future__ import annotations

from datetime import datetime

from kpi_core.errors import Message, said
from kpi_core.pages import DataPage, SourceRow
from kpi_core.sources import Account
from kpi_core.view import ViewState
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.frame import frame, header

SHOWN_REFUSALS = 20


def page(desk: Desk, state: ViewState) -> DataPage:
    at = frame(desk, state)
    loaded = {batch.load_id: datetime.fromisoformat(batch.loaded_at) for batch in desk.reader.manifest.batches}
    sources = tuple(_source(desk, load_id, Account.from_dict(plain), loaded.get(load_id)) for load_id, plain in sorted(desk.reader.accounts().items()))
    excluded = tuple((str(dataset), str(reason), int(rows), amount) for dataset, reason, rows, _, amount in desk.reader.excluded())
    missing = []
    for fact, kpis in desk.engine.missing().items():
        fed = desk.catalogue.file.facts[fact].fed_by.in_(desk.lang)
        missing.append((fed, tuple(desk.catalogue.kpi(kpi).name.in_(desk.lang) for kpi in kpis)))
    return DataPage(header(desk, at, {}), sources, excluded, tuple(missing))


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
        notes=tuple(_notes(desk, account)),
    )


def _notes(desk: Desk, account: Account) -> list[Message]:
    """What a person should know of a file: checks, rows left out, what it can never give."""
    notes = [
        said("{check}: {held} of {of} hold {note}", check=check.name, held=check.held, of=check.of, note=f"({check.note})" if check.note else "")
        for check in account.checks
        if not check.ok
    ]
    notes += [said("{count} rows dropped: {reason}", count=count, reason=desk.fmt.t(reason)) for reason, count in account.dropped]
    notes += [
        said("line {line}, {column}: {why} ({value})", line=item.line, column=item.column or "-", why=desk.fmt.t(item.why), value=item.value)
        for item in account.rejected[:SHOWN_REFUSALS]
    ]
    notes += [
        said("never in this file: {missing} ({hint})", missing=limit.missing, hint=limit.fr if desk.lang == "fr" else limit.en) for limit in account.limits
    ]
    return notes
