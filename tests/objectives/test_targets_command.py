"""`omnigap targets` in a workspace: a file beside the user's own, checked with it, replaced by the next import, never mixed with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_core.config.bundle import load_bundle
from kpi_core.engine.calendar import parse as period
from kpi_core.engine.catalogue import Catalogue
from kpi_core.store import Workspace
from kpi_core.view import Filter
from kpi_core.workbench.desk import objectives_of
from tests.shop import omnigap, output

TABLE = """Indicateur;Canal;Magasin;2027-01;2027-02;Total
Chiffre d'affaires;Total;;100 000;90 000,50;190 000,50
Chiffre d'affaires;Boutique en ligne;;40 000;30 000;70 000
Chiffre d'affaires;Magasins;;60 000;50 000;110 000
Chiffre d'affaires;Magasins;Lille Centre;20 000;20 000;40 000
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "shop", sample=True)
    web = Catalogue.build(load_bundle(tmp_path / "shop" / "config").kpis).dimension("channel").values["web"].in_("fr")
    (tmp_path / "budget 2027.csv").write_text(TABLE.replace("Boutique en ligne", web), encoding="utf-8")
    return tmp_path / "shop"


def table(shop: Path) -> Path:
    return shop.parent / "budget 2027.csv"


def test_an_import_is_a_file_of_its_own(shop: Path) -> None:
    own = shop / "config" / "objectives.yaml"
    before = own.read_bytes()
    code, text = output("targets", table(shop), "-w", shop)
    assert (code, text) == (0, "config/targets/budget_2027.yaml\n")
    assert own.read_bytes() == before
    bundle = load_bundle(shop / "config")
    found = objectives_of(bundle, Catalogue.build(bundle.kpis))
    for where, amount, line in (((), 100_000, 2), ((Filter("channel", ("web",)),), 40_000, 3), ((Filter("store", ("Lille Centre",)),), 20_000, 5)):
        target = found.target_for("revenue", where, period("2027-01"))
        assert target is not None and (target.amount, target.file, target.line) == (amount, "budget 2027.csv", line)
    own_target = found.target_for("revenue", (), period("2026-10"))
    assert own_target is not None and own_target.file == "config/objectives.yaml"
    assert output("config", "validate", "-w", shop)[0] == 0


def test_the_next_import_takes_its_place_and_a_dry_run_writes_nothing(shop: Path) -> None:
    path = shop / "config" / "targets" / "budget_2027.yaml"
    code, text = output("targets", table(shop), "-w", shop, "--dry-run", "--amber=-3%", "--like", "2026")
    assert code == 0 and "amber: -3%" in text and "phase: {like: 2026, by: iso_week}" in text and not path.exists()
    assert output("targets", table(shop), "-w", shop)[0] == 0
    first = path.read_text()
    table(shop).write_text(table(shop).read_text().replace("100 000;90 000,50;190 000,50", "100 001;90 000,50;190 001,50"))
    assert output("targets", table(shop), "-w", shop)[0] == 0
    assert path.read_text() == first.replace("2027-01: 100000,", "2027-01: 100001,")
    assert [item.name for item in path.parent.iterdir()] == ["budget_2027.yaml"]


def test_what_a_person_wrote_is_never_overwritten(shop: Path) -> None:
    path = shop / "config" / "targets" / "budget_2027.yaml"
    path.parent.mkdir()
    path.write_text("# mine\nversion: 1\n")
    done = omnigap("targets", table(shop), "-w", shop)
    assert done.returncode == 2 and "this file was not written by an import" in done.stderr and path.read_text() == "# mine\nversion: 1\n"
    done = omnigap("targets", table(shop), "-w", shop, "--into", "objectives.yaml")
    assert done.returncode == 2 and "never rewritten" in done.stderr


def test_a_clash_with_a_target_that_stands_is_told_at_the_table_s_line(shop: Path) -> None:
    table(shop).write_text(table(shop).read_text().replace("2027-0", "2026-0"))
    done = omnigap("targets", table(shop), "-w", shop)
    assert done.returncode == 2 and not (shop / "config" / "targets").exists()
    assert "KPI revenue has two targets here for the same period; the other is in config/objectives.yaml:" in done.stderr
    assert "budget 2027.csv:2" in done.stderr


def test_what_was_understood_is_told(shop: Path) -> None:
    done = omnigap("targets", table(shop), "-w", shop, "--lang", "fr")
    assert done.returncode == 0
    assert "4 lignes lues : objectifs pour revenue" in done.stderr and "comptées une seule fois" in done.stderr
    assert "revenue 2027-01, store par store : 40\u202f000 non alloué" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        ("Chiffre d'affaires;Total", "Chifre d'affaire;Total", "budget 2027.csv:2 [Indicateur]", "did you mean revenue?"),
        ("60 000;50 000;110 000", "10 000;50 000;60 000", "budget 2027.csv:4 [2027-01]", "the rows by store (lines 5) sum to 20000, more than the 10000 of this row"),
    ],
)
def test_mistakes_have_their_place(shop: Path, old: str, new: str, place: str, what: str) -> None:
    table(shop).write_text(table(shop).read_text().replace(old, new, 1))
    done = omnigap("targets", table(shop), "-w", shop)
    assert done.returncode == 2 and place in done.stderr and what in done.stderr
