"""`omnigap account`: what became of every row, and of files that were not used."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

TICKETS = """\
MAGASIN;CAISSE;TICKET;LIGNE;DATE;HEURE;ARTICLE;DESIGNATION;CATEGORIE;QTE;PRIX_TTC;REMISE;MT_TTC;TVA;EMAIL_CLIENT;CARTE;MODE;PAYS;TICKET_ORIGINE
LYO;1;100;1;14/04/2026;10:05;A1;Chemise;Mode;2;10,00;1,50;18,50;3,08;ana@exemple.fr;;;FR;
LYO;1;101;1;14/04/2026;10:06;A1;Chemise;Mode;1;dix;;10,00;1,67;;;;FR;
LYO;1;102;1;2026-44-99;10:06;A1;Chemise;Mode;1;10,00;;10,00;1,67;;;;FR;
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.shop import in_this_process

    root = tmp_path_factory.mktemp("accounts") / "shop"
    in_this_process("init", str(root))
    (root / "exports" / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    (root / "exports" / "strange.csv").write_text("alpha,beta,gamma\n1,2,3\n", encoding="utf-8")
    assert in_this_process("load", "-w", str(root)).returncode == 3
    return root


def test_the_list_the_account_and_its_lines(run: Callable, shop: Path) -> None:  # type: ignore[type-arg]
    listed = run(["account", "-w", str(shop), "--lang", "en"])
    assert listed.returncode == 0 and "tickets.csv" in listed.stdout and "3 rows read = 1 used + 0 left out + 2 rejected" in listed.stdout
    assert "strange.csv" in listed.stdout and "not loaded" in listed.stdout, "what the last load refused is still told"
    number = next(line.split()[0] for line in listed.stdout.splitlines() if "tickets.csv" in line)
    shown = run(["account", number, "-w", str(shop), "--lang", "fr"])
    assert "Lignes refusées (2)" in shown.stdout and "PRIX_TTC" in shown.stdout and "ana@" not in shown.stdout
    only = run(["account", "ticket", "--reason", "date", "-w", str(shop), "--lang", "en"])
    assert "2026-44-99" in only.stdout and "dix" not in only.stdout
    rows = list(csv.DictReader(io.StringIO(run(["account", "-f", "csv", "-w", str(shop), "--lang", "en"]).stdout)))
    assert [(row["kind"], row["line"], row["column"], row["value"]) for row in rows] == [("refused", "3", "PRIX_TTC", "dix"), ("refused", "4", "DATE", "2026-44-99")]
    values = json.loads(run(["account", "-f", "json", "-w", str(shop), "--lang", "en"]).stdout)
    assert values["accounts"][0]["rows_rejected"] == 2 and values["unused"][0]["path"].endswith("strange.csv")


def test_a_file_that_is_not_loaded_is_a_mistake(run: Callable, shop: Path, tmp_path: Path) -> None:  # type: ignore[type-arg]
    for name in ("nothing.csv", "99"):
        done = run(["account", name, "-w", str(shop), "--lang", "en"])
        assert done.returncode == 2 and "omnigap account lists the loaded files by number" in done.stderr
    run(["init", str(tmp_path / "empty")])
    (tmp_path / "empty" / "exports" / "strange.csv").write_text("alpha,beta\n1,2\n", encoding="utf-8")
    run(["load", "-w", str(tmp_path / "empty")])
    told = run(["account", "-w", str(tmp_path / "empty"), "--lang", "en"])
    assert told.returncode == 3 and "nothing has been loaded yet" in told.stderr and "strange.csv" in told.stdout
