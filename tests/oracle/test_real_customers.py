"""Customers of two real shops, as of the last day of their files, against the published figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_core.config.shipped import shipped
from kpi_core.config.yaml import load_yaml
from kpi_core.engine import calendar
from kpi_core.engine.catalogue import Catalogue
from kpi_core.engine.result import Question
from kpi_core.engine.rollups import rollups
from kpi_core.engine.run import Engine
from kpi_core.sources import Profiles
from kpi_core.store import MartSettings, SourceImporter, Workspace, load_with, open_reader
from tests.shop import REAL

pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not REAL.is_dir(), reason="the real exports are not there")]

KNOWN = Catalogue.read(load_yaml(shipped("config") / "kpis.yaml"))


@pytest.mark.parametrize(
    ("file", "currency", "last", "repeat", "total"),
    [
        ("online_retail/online_retail.csv.gz", "GBP", "2011-12-09", 2845, 4338),  # published: 65.58 %
        ("contoso_10k/sales.csv", "USD", None, 74, 3165),
    ],
)
def test_customers_who_came_back(tmp_path: Path, file: str, currency: str, last: str | None, repeat: int, total: int) -> None:
    workspace = Workspace.create(tmp_path / "shop")
    report = load_with(workspace, [REAL / file], SourceImporter(Profiles.load(shipped("config") / "profiles")), MartSettings(currency), rollups=rollups(KNOWN))
    assert not report.failed
    with open_reader(workspace) as reader:
        engine = Engine(reader, KNOWN)
        end = engine.watermark(["retention_rate"])
        assert end is not None and last in (None, end.isoformat())
        for period in (f"{end}", f"{end.year}-Q{(end.month + 2) // 3}"):  # one day or a whole quarter: only the end matters
            value = engine.ask(Question(("retention_rate",), (calendar.parse(period),))).cells[None]["retention_rate"][0]
            assert value.measures == {"cust_repeat": repeat, "cust_total": total}
            assert value.number == pytest.approx(repeat / total)
