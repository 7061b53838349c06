"""The same vendors' exports as other merchants download them: other columns, other languages, other segments. Headers learnt from public code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from source_files import PROFILES, Loaded, write

from kpi_core.errors import SourceError, UnknownFormat
from kpi_core.sources import recognise
from kpi_core.sources.recognise import claims, norm

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
EN = 'Campaign report\n"September 1, 2026 - September 30, 2026"\n'


def d(text: str) -> Decimal:
    return Decimal(text)


def spend(folder: Path, text: str, encoding: str = "utf-8") -> tuple[Loaded, list[tuple[Any, ...]]]:
    loaded = Loaded(write(folder, "report.csv", text, encoding))
    return loaded, loaded.rows("ad_spend", "campaign, period_start, period_end, spend, currency", "ORDER BY 1, 2")


def ids(header: str) -> list[str]:
    names = [norm(cell) for cell in header.split(",")]
    return [profile.id for profile in PROFILES if claims(profile, names)]


# ---------------------------------------------------------------- Google Ads


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        # five columns and no status; `.csv` for Excel is UTF-16 with tabs
        (EN + "Campaign\tCost\tImpr.\tClicks\nTea\t$1,800.00\t12,000\t640\nTotal: Account\t$1,800.00\t12,000\t640\n", "utf-16", [("Tea", FIRST, LAST, d("1800"), None)]),
        (
            "Informe de campañas\n1 de septiembre de 2026 - 30 de septiembre de 2026\nEstado de la campaña,Campaña,Código de moneda,Clics,Impr.,Coste\n"
            'Habilitada,Té,EUR,10,"1.000","1.012,50"\nTotal: cuenta,--,EUR,10,"1.000","1.012,50"\n',
            "utf-8",
            [("Té", FIRST, LAST, d("1012.5"), "EUR")],
        ),
        (
            'Rapport sur les campagnes\n"1 sept. 2026 - 2 sept. 2026"\nJour;Campagne;Code de la devise;Coût;Impr.\n2026-09-01;Thé;CAD;1 020,50;1 234\nTotal : compte;--;CAD;1 020,50;1 234\n',
            "utf-8",
            [("Thé", FIRST, FIRST, d("1020.5"), "CAD")],
        ),
        # a row a week or a month: the first week begins before the range of the report
        (EN + "Week,Campaign,Currency code,Cost\n2026-08-31,Tea,CAD,10.00\n2026-09-07,Tea,CAD,20.00\n", "utf-8",
         [("Tea", FIRST, date(2026, 9, 6), d("10"), "CAD"), ("Tea", date(2026, 9, 7), date(2026, 9, 13), d("20"), "CAD")]),
        ("Campaign report\nAugust 1, 2026 - September 30, 2026\nMonth,Campaign,Currency code,Cost\n2026-08-01,Tea,CAD,31.00\n2026-09-01,Tea,CAD,60.00\n", "utf-8",
         [("Tea", date(2026, 8, 1), date(2026, 8, 31), d("31"), "CAD"), ("Tea", FIRST, LAST, d("60"), "CAD")]),
        # by device: three rows of one campaign and day
        (EN + "Day,Campaign,Device,Currency code,Cost\n2026-09-01,Tea,Computers,CAD,4.50\n2026-09-01,Tea,Mobile phones,CAD,10.00\n", "utf-8", [("Tea", FIRST, FIRST, d("14.5"), "CAD")]),
    ],
    ids=["few-columns-utf16", "spanish", "french-currency", "weeks", "months", "devices"],
)  # fmt: skip
def test_google_ads_columns_are_the_advertisers_choice(tmp_path: Path, text: str, encoding: str, expected: Sequence[tuple[Any, ...]]) -> None:
    loaded, rows = spend(tmp_path, text, encoding)
    assert (loaded.recognised.profile_id, rows) == ("google_ads.campaign", expected)
    assert all(check.ok for check in loaded.account.checks)


def test_a_cost_that_google_does_not_report_is_left_out_and_one_that_excel_broke_is_refused(tmp_path: Path) -> None:
    text = EN + "Campaign,Currency code,Cost\nTea,EUR,1.50\nCoffee,EUR, --\nMilk,EUR,#REF!\n"
    loaded, rows = spend(tmp_path, text)
    assert [(row[0], row[3]) for row in rows] == [("Tea", d("1.5"))]
    assert loaded.account.dropped == (("no cost is reported", 1),)
    assert [(refused.line, refused.column) for refused in loaded.account.rejected] == [(6, "Cost")]


def test_reports_of_search_terms_tell_only_a_part_of_the_cost(tmp_path: Path) -> None:
    header = "Search term,Match type,Campaign,Currency code,Clicks,Impr.,Cost"
    assert ids(header) == []
    with pytest.raises(UnknownFormat):
        recognise(
            write(tmp_path, "terms.csv", f"Search terms report\nSeptember 1, 2026 - September 30, 2026\n{header}\ntea,Exact,Tea,EUR,1,2,3.00\n"), PROFILES
        )


# ---------------------------------------------------------------- Meta Ads


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Início dos relatórios,Encerramento dos relatórios,Nome da campanha,Alcance,Impressões,Valor usado (BRL)\n2026-09-01,2026-09-30,Chá,100,200,\"1.150,25\"\n",
            [("Chá", FIRST, LAST, d("1150.25"), "BRL")],
        ),
        (
            "Inizio dei report,Fine dei report,Nome della campagna,Impression,Importo speso (EUR)\n2026-09-01,2026-09-30,Tè,200,\"150,25\"\n",
            [("Tè", FIRST, LAST, d("150.25"), "EUR")],
        ),
        ("Tag;Kampagnenname;Ausgegebener Betrag (EUR)\n2026-09-01;Tee;12,50\n", [("Tee", FIRST, FIRST, d("12.5"), "EUR")]),
        # the currency in a column of its own
        ("Account name,Currency,Campaign name,Reporting starts,Reporting ends,Amount spent\nShop,USD,Tea,2026-09-01,2026-09-01,10\n", [("Tea", FIRST, FIRST, d("10"), "USD")]),
        # broken down by age: the row for everybody stands beside its parts; a campaign that is not broken down keeps its own
        (
            "Reporting starts,Reporting ends,Campaign name,Age,Amount spent (EUR)\n2026-09-01,2026-09-30,Tea,,5\n2026-09-01,2026-09-30,Tea,18-24,2\n"
            "2026-09-01,2026-09-30,Tea,25-34,3\n2026-09-01,2026-09-30,Milk,,7\n",
            [("Milk", FIRST, LAST, d("7"), "EUR"), ("Tea", FIRST, LAST, d("5"), "EUR")],
        ),
        # by day, with the whole range before its days
        (
            "Reporting starts,Reporting ends,Day,Campaign name,Amount spent (EUR)\n2026-09-01,2026-09-02,,Tea,5\n2026-09-01,2026-09-02,2026-09-01,Tea,2\n2026-09-01,2026-09-02,2026-09-02,Tea,3\n",
            [("Tea", FIRST, FIRST, d("2"), "EUR"), ("Tea", date(2026, 9, 2), date(2026, 9, 2), d("3"), "EUR")],
        ),
    ],
    ids=["portuguese", "italian", "german-days", "currency-column", "ages", "days-and-range"],
)  # fmt: skip
def test_meta_ads_in_other_languages_and_cuts(tmp_path: Path, text: str, expected: Sequence[tuple[Any, ...]]) -> None:
    loaded, rows = spend(tmp_path, text)
    assert (loaded.recognised.profile_id, rows) == ("meta_ads.report", expected)


def test_ads_without_their_campaign_give_way_to_the_report_that_has_it(tmp_path: Path) -> None:
    loaded, rows = spend(tmp_path, "Reporting starts,Reporting ends,Ad name,Amount spent (CAD)\n2026-09-01,2026-09-01,Spring,5.50\n,,Autumn,1\n")
    assert (loaded.recognised.profile_id, rows) == ("meta_ads.ads", [("Spring", FIRST, FIRST, d("5.5"), "CAD")])
    assert loaded.account.dropped == (("a row that does not say its period", 1),)
    ranks = [PROFILES.get(name).spec.overlaps["ad_spend"] for name in ("meta_ads.report", "meta_ads.ads")]  # type: ignore[union-attr]
    assert [(overlap.group, overlap.rank) for overlap in ranks] == [("meta ads spend", 1), ("meta ads spend", 2)]


# ---------------------------------------------------------------- Google Analytics 4, Square


def ga4(title: str, header: str, *rows: str, words: tuple[str, str, str, str] = ("Account", "Property", "Start date", "End date")) -> str:
    account, prop, first, last = words
    rule = "# " + "-" * 40
    above = [rule, f"# {title}", f"# {account}: Shop", f"# {prop}: Shop", rule, "# ", "# All Users", f"# {first}: 20260901", f"# {last}: 20260930"]
    return "\n".join([*above, header, *rows]) + "\n"


def test_ga4_in_spanish(tmp_path: Path) -> None:
    header = "Grupo de canales principal de la sesión (Grupo de canales predeterminado),Sesiones,Sesiones con interacción,Número de eventos,Eventos clave,Ingresos totales"
    text = ga4("Adquisición de tráfico", header, "Direct,1200,800,4920,30,1500.5", words=("Cuenta", "Propiedad", "Fecha de inicio", "Fecha de finalización"))
    rows = Loaded(write(tmp_path, "es.csv", text)).rows(
        "traffic", "property, source, period_start, period_end, sessions, engaged_sessions, event_count, key_events, revenue"
    )
    assert rows == [("Shop", "Direct", FIRST, LAST, 1200, 800, 4920, d("30"), d("1500.5"))]


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("Browser,Active users,New users,Engaged sessions,Event count,Total revenue", "Chrome,5,4,3,30,1", "a table by another dimension"),
        ("Ville,Utilisateurs actifs,Nouveaux utilisateurs", "Lyon,5,4", "a table by another dimension"),
        ("Item name,Items viewed,Items purchased,Item revenue", "Mug,5,4,3", "a table without a known measure"),
    ],
)
def test_ga4_by_a_dimension_that_no_indicator_knows_is_accounted_for(tmp_path: Path, header: str, row: str, reason: str) -> None:
    loaded = Loaded(write(tmp_path, "report.csv", ga4("Report", header, row)))
    assert (loaded.account.dropped, loaded.account.rows_used) == (((reason, 1),), 0)


def test_square_where_prices_hold_their_tax_calls_the_price_product_sales(tmp_path: Path) -> None:
    header = "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Product Sales,Discounts,Net Sales,Tax,Gross Sales,Transaction ID,Event Type,Location"
    loaded = Loaded(
        write(tmp_path, "items.csv", f"{header}\n15/08/2026,2:00 PM,Sydney,Drinks,Latte,2,Regular,,$10.00,-$1.00,$8.18,$0.82,$9.00,T1,Payment,Shop\n")
    )
    assert loaded.one("orders", "gross, discount, net, tax, total") == (d("10"), d("1"), d("8.18"), d("0.82"), d("9"))
    assert loaded.one("order_lines", "gross, discount, net") == (d("10"), d("1"), d("8.18"))
    assert all(check.ok for check in loaded.account.checks)


def test_a_refusal_names_headers_as_people_write_them(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        recognise(write(tmp_path, "meta.csv", "Campaign name,Reporting starts,Reporting ends,Impressions,Reach\nTea,2026-09-01,2026-09-30,1,2\n"), PROFILES)
    assert "amount spent" in str(refused.value.hint) and not set(str(refused.value.hint)) & set("^$\\[")
