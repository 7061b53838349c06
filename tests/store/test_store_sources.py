"""A till file as a shop writes it, through the real readers, into the star."""

from __future__ import annotations

from pathlib import Path

from kpi_core.config.shipped import shipped
from kpi_core.sources import Profiles
from kpi_core.store import MartSettings, SourceImporter, Workspace, load_with, open_reader

TICKETS = """\
MAGASIN;CAISSE;TICKET;LIGNE;DATE;HEURE;ARTICLE;DESIGNATION;CATEGORIE;QTE;PRIX_TTC;REMISE;MT_TTC;TVA;EMAIL_CLIENT;TICKET_ORIGINE
101;1;5001;1;01/10/2026;10:15;A1;Lampe;Luminaire;2;60,00;0,00;120,00;20,00;Zoe@Example.org;
101;1;5002;1;02/10/2026;11:00;A1;Lampe;Luminaire;1;60,00;12,00;48,00;8,00; zoe@example.org ;
101;1;5003;1;05/10/2026;12:00;A1;Lampe;Luminaire;-1;60,00;0,00;-60,00;-10,00;;5001
"""


def test_a_till_file_reaches_the_star_without_its_addresses(tmp_path: Path) -> None:
    space = Workspace.open(tmp_path)
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    (folder / "page.html").write_text("<html><body>not an export</body></html>", encoding="utf-8")
    report = load_with(space, space.export_files(), SourceImporter(Profiles.load(shipped("config") / "profiles")), MartSettings())
    assert {file.path.name: file.status for file in report.files} == {"tickets.csv": "loaded", "page.html": "failed"}
    with open_reader(space) as reader:
        orders = reader.execute("select order_ref, store, customer_type, net_amount from orders order by day")
        assert orders == [("5001", "101", "new", 100), ("5002", "101", "returning", 40)]
        assert reader.execute("select qty, net_amount, gross_amount, discount_amount from sale order by day") == [(2, 100, 100, 0), (1, 40, 50, 10)]
        assert reader.execute("select qty, amount, day - sold_on from returns") == [(1, 50, 4)]
        (account,) = reader.loads()
        assert account == report.files[1].account and account.balanced and account.rows_read == 3
    for path in space.warehouse.rglob("*"):
        assert path.is_dir() or b"example.org" not in path.read_bytes().lower(), path
