"""What the Data view and the account of a file say of rows that another source counts for, and of files that are late."""

from __future__ import annotations

from collections import Counter
from functools import cache

from kpi_core.errors import Message, said
from kpi_core.pages import SourceDetail
from kpi_core.render.data import DATASETS
from kpi_core.sources import Account
from kpi_core.workbench.desk import Desk


def owned_messages(desk: Desk) -> tuple[Message, ...]:
    """A line per kind of file, dataset and owner: how many rows do not count."""
    profiles = {batch.load_id: batch.profile for batch in desk.reader.manifest.batches}
    sums: Counter[tuple[str, str, str]] = Counter()
    for item in desk.reader.gave_way():
        sums[profiles.get(item.load_id, ""), item.dataset, item.by] += item.rows

    @cache
    def title(profile: str) -> str:
        return _title(desk, profile)

    return tuple(
        said(
            "{count} rows ({dataset}) of {title}: the same as {owner}",
            count=rows,
            dataset=DATASETS.get(dataset, dataset),
            title=title(profile),
            owner=title(by),
        )
        for (profile, dataset, by), rows in sorted(sums.items())
    )


def owned_notes(desk: Desk, load_id: int | None) -> tuple[Message, ...]:
    """The same of one file."""
    return tuple(
        said(
            "{count} rows ({dataset}) do not count: the same as {owner}",
            count=item.rows,
            dataset=DATASETS.get(item.dataset, item.dataset),
            owner=_title(desk, item.by),
        )
        for item in desk.reader.gave_way()
        if item.load_id == load_id
    )


def owned_details(desk: Desk, load_id: int, account: Account) -> list[SourceDetail]:
    """Whether the newest file of its kind is late, and what of it does not count."""
    late = [
        SourceDetail("late", said("late: expected within {days} days of {day}", days=item.days, day=item.as_of))
        for item in desk.overdue
        if item.profile == account.profile and item.last == account.last_day
    ]
    return late + [SourceDetail("owned", note) for note in owned_notes(desk, load_id)]


def _title(desk: Desk, profile: str) -> str:
    told = desk.reader.last_days(profile)
    return ((told.title_fr if desk.lang == "fr" else told.title_en) if told is not None else "") or profile
