"""Which sources are older than expected, against the last day loaded of all: so a made-up or old workspace is never late as a whole."""

from __future__ import annotations

from datetime import date, timedelta

from kpi_core.pages import Overdue
from kpi_core.store.publish import FRESH
from kpi_core.workbench.desk import Desk
from kpi_core.workbench.owning import TABLES


def overdue(desk: Desk) -> tuple[Overdue, ...]:
    """The oldest first. What is expected of a dataset or channel is in settings.yaml only; of an export format, in its profile too."""
    try:
        as_of = date.fromisoformat(desk.reader.meta().get("watermark", ""))
    except ValueError:
        return ()
    asked = desk.bundle.settings.expect
    formats = {batch.profile: days for batch in desk.reader.manifest.active if isinstance(days := batch.extra.get(FRESH), int) and batch.profile not in asked}
    found: list[Overdue | None] = [_of_format(desk, profile, days, as_of) for profile, days in formats.items()]
    for key, expect in asked.items():
        if expect.fresh_within is not None:
            dataset, _, channel = key.partition("/")
            of = _of_dataset(desk, key, channel, expect.fresh_within, as_of) if dataset in TABLES else _of_format(desk, key, expect.fresh_within, as_of)
            found.append(of)
    late = [item for item in found if item is not None and (item.last is None or item.last < as_of - timedelta(days=item.days))]
    return tuple(sorted(late, key=lambda item: (item.last or date.min, item.name)))


def _of_format(desk: Desk, profile: str, days: int, as_of: date) -> Overdue | None:
    """None for a format whose rows have no day: it cannot be late."""
    told = desk.reader.last_days(profile)
    if told is None:
        return Overdue(profile, None, days, as_of, profile)
    if told.last_day is None:
        return None
    return Overdue((told.title_fr if desk.lang == "fr" else told.title_en) or profile, told.last_day, days, as_of, profile)


def _of_dataset(desk: Desk, key: str, channel: str, days: int, as_of: date) -> Overdue:
    from kpi_core.render.data import DATASETS

    dataset = key.partition("/")[0]
    dim = "channel" if channel else ""
    last = next((item.last for item in desk.reader.coverage(TABLES[dataset]) if (item.dim, item.member) == (dim, channel)), None)
    name = desk.label("channel", channel) if channel and "channel" in desk.catalogue.file.dimensions else channel or desk.fmt.t(DATASETS[dataset])
    return Overdue(name, last, days, as_of)
