"""What tests of hostile files ask: refused in time and by name, or read with every record accounted for."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from source_files import TICKET_HEADER, TICKETS, Loaded

from kpi_core.errors import OmnigapError, SourceError
from kpi_core.sources import Profiles

TEXT = "\n".join([TICKET_HEADER, *TICKETS]) + "\n"


def refused(path: Path, kind: type[OmnigapError] = SourceError) -> OmnigapError:
    """Refused within seconds, by name, without a line break or a sign that a terminal obeys in what is told."""
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        Loaded(path)
    assert time.monotonic() - started < 5
    assert caught.value.where is not None and caught.value.where.file.startswith(str(path))
    assert not {sign for sign in str(caught.value.what) if ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0}
    return caught.value


def counts(path: Path) -> tuple[int, int, int, int]:
    """(read, used, left out, refused) of a file; its account is proven to add up."""
    account = Loaded(path).account
    dropped = sum(count for _, count in account.dropped)
    assert account.rows_read == account.rows_used + dropped + account.rejected_count
    return account.rows_read, account.rows_used, dropped, account.rejected_count


def made(folder: Path) -> Profiles:
    """A profile of sales as records."""
    (folder / "profiles").mkdir()
    (folder / "profiles" / "made.sales.yaml").write_text(
        'profile: 1\nid: made.sales\ntitle: {en: "made up", fr: "fait pour l\'essai"}\nevidence: template\ndetect: {required: ["price"]}\nread: {records: {}}\n'
        "columns:\n  id: {from: [id], as: id, required: true}\n  day: {from: [day], as: date, format: ['%Y-%m-%d'], required: true}\n"
        "  price: {from: [price], as: money}\nemit:\n  order_lines:\n    columns: {order_id: id, line_no: '1', placed_on: day, gross: price}\n"
    )
    return Profiles.load(folder / "profiles")
