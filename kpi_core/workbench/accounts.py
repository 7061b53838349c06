"""The account of one loaded file in the reader's language: every row of it by reason, and what it means for the KPIs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kpi_core.config.layouts import SHOWN, Layouts
from kpi_core.engine.feeds import ROWS, known_column, reach_of, star_columns
from kpi_core.errors import Message, StoreError, UsageError, Where, said
from kpi_core.pages import CheckLine, DriftLines, FileAccount, LimitLine, Reason, RefusedLine, TableLine, UnusedFile, read_alike
from kpi_core.sources import Account, CheckResult, Rejected
from kpi_core.store.last_load import LastLoad
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.owned import owned_notes

NO_LAYOUTS = Layouts()
ADVICE: Mapping[str, Message] = {
    "the row has another number of cells than the header": said(
        "a cell holds the separator or a line break: export the file again rather than saving it from a spreadsheet"
    ),
    "a quote stands in the middle of a cell": said("export the file again rather than saving it from a spreadsheet"),
    "a value is needed here": said("fill it in where it comes from, then export again"),
    "another line of the same document could not be read": said("put the other refused line of that document right"),
}
UNREADABLE = "cannot be read as "


def page(desk: Desk, load_id: int) -> FileAccount:
    """The account of a load. Raises UsageError where there is no such load, StoreError where its account is damaged."""
    batch = next((batch for batch in desk.reader.manifest.active if batch.load_id == load_id), None)
    if batch is None:
        raise UsageError(said("there is no loaded file {number}", number=str(load_id)), hint=said("omnigap account lists the loaded files by number"))
    path = desk.workspace.warehouse / batch.account.file
    try:
        account = Account.from_dict(msgspec.json.decode(path.read_bytes()))
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise StoreError(said("the account of a loaded file is damaged"), where=Where(str(path)), hint=said("load that file again")) from error
    return told(desk, load_id, account, datetime.fromisoformat(batch.loaded_at))


def told(desk: Desk, load_id: int | None, account: Account, loaded_at: datetime | None) -> FileAccount:
    """An account with the KPIs that it touches, by name."""
    french = desk.lang == "fr"
    return FileAccount(
        load_id=load_id,
        file=account.file,
        profile=account.profile,
        title=account.title_fr if french else account.title_en,
        evidence=account.evidence,
        encoding=account.encoding,
        delimiter=account.delimiter,
        first_day=account.first_day,
        last_day=account.last_day,
        currency=account.currency or "",
        loaded_at=loaded_at,
        rows_read=account.rows_read,
        rows_used=account.rows_used,
        rows_out=account.rows_out,
        reasons=(*_refused(account), *(Reason("left_out", said(reason), count, account.lines_of(reason)) for reason, count in account.dropped)),
        checks=tuple(CheckLine(said(check.name), check.held, check.of, said(check.note) if check.note else None, _by(check)) for check in account.checks),
        notes=(
            *owned_notes(desk, load_id),
            *(said(note) for note in account.notes),
            *read_alike(account.choices),
        ),
        tables=tuple(TableLine(table.name, table.rows, table.first_day, table.last_day) for table in account.tables),
        drift=_drift(desk, account),
        limits=tuple(_limit(desk, limit.missing, limit.fr if french else limit.en) for limit in account.limits),
        unused=account.unused,
    )


def _by(check: CheckResult) -> tuple[tuple[Message, int], ...]:
    return tuple((said(name), count) for name, count in check.by)


def _refused(account: Account) -> list[Reason]:
    """Refused rows by why; what is beyond the ones that were kept is a reason of its own, so that the counts add up."""
    by_why: dict[str, list[Rejected]] = {}
    for item in account.rejected:
        by_why.setdefault(item.why, []).append(item)
    found = [
        Reason(
            "refused",
            said(why),
            len({item.line for item in items}),
            tuple(item.line for item in items),
            tuple(RefusedLine(item.line, item.column, item.value) for item in items),
            advice_for(why),
        )
        for why, items in sorted(by_why.items(), key=lambda pair: -len(pair[1]))
    ]
    rest = account.rejected_count - sum(reason.count for reason in found)
    if rest > 0:
        found.append(Reason("refused", said("more rows, not listed one by one"), rest))
    return found


def advice_for(why: str) -> Message | None:
    """What to do about a reason, where that is known."""
    if why.startswith(UNREADABLE):
        return said("put the cell right where it comes from, then export again")
    return ADVICE.get(why)


def _drift(desk: Desk, account: Account) -> DriftLines | None:
    note = account.drift
    if note is None:
        return None
    kpis = tuple(desk.catalogue.kpi(kpi).name.in_(desk.lang) for kpi in note.kpis if kpi in desk.catalogue.kpis)
    return DriftLines(note.file, note.added, note.removed, note.renamed, note.lost, kpis)


def _limit(desk: Desk, missing: str, hint: str) -> LimitLine:
    """What a limit takes away: KPIs and cuts that read nothing but what no loaded file says."""
    column = known_column(missing)
    if column is None:
        return LimitLine(missing, hint)
    reach = reach_of(desk.catalogue, [column])
    name = {kpi: desk.catalogue.kpi(kpi).name.in_(desk.lang) for kpi in (*reach.kpis, *(kpi for kpi, _ in reach.cuts))}
    ends = [end for end in star_columns(*column) if end[1] != ROWS]
    if not ends or not desk.engine.limits.lacking(ends):
        return LimitLine(missing, hint, given=bool(ends and name))
    cuts = tuple((name[kpi], desk.catalogue.dimension(dim).name.in_(desk.lang)) for kpi, dim in reach.cuts)
    return LimitLine(missing, hint, tuple(name[kpi] for kpi in reach.kpis), cuts)


def unused(last: LastLoad | None, layouts: Layouts = NO_LAYOUTS) -> tuple[UnusedFile, ...]:
    """Files that the last load did not use, with the questions that `layouts` do not answer yet."""
    if last is None:
        return ()
    found = []
    for item in last.unused:
        left = tuple(question for question in item.questions if not question.answered(layouts))
        hint = item.hint if left or not item.questions else said("answered in {file}; now run: omnigap load", file=SHOWN)
        found.append(UnusedFile(item.path, item.status, item.kind, item.what, hint, item.where, left))
    return tuple(found)
