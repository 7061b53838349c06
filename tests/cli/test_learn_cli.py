"""`omnigap learn` without a screen: proposed, pointed at, previewed, written, loaded; wrong names get the nearest."""

from __future__ import annotations

import json
from pathlib import Path

from kpi_core.store import Workspace
from tests.cli.conftest import Run

TILL = """Caisse centrale;;;;;
Ticket;Vendu le;Produit;Nb;Total TTC;TVA
T1;13/04/2026;Chemise;2;20,00;3,33
T1;13/04/2026;Veste;1;100,00;16,67
T2;14/04/2026;Veste;-1;-100,00;-16,67
"""


def test_a_layout_is_learnt_from_the_command_line(tmp_path: Path, run: Run) -> None:
    root = Workspace.create(tmp_path / "shop").root
    for path in (root / "config" / "profiles").glob("*.yaml"):  # the shipped ones are enough
        path.unlink()
    file = tmp_path / "caisse_2026-04.csv"
    file.write_text(TILL, encoding="cp1252")
    base = ["learn", str(file), "-w", str(root), "--lang", "en"]
    proposed = json.loads(run([*base, "--propose", "--format", "json"]).stdout)
    first = proposed["tables"][0]
    assert (first["line"], first["delimiter"], first["kinds"][0]["kind"]) == (2, ";", "lines")
    assert first["kinds"][0]["columns"]["amount"] == "Total TTC" and first["kinds"][0]["set"]["channel"] == "store"
    wrong = run([*base, "--as", "lines", "--column", "amount=Total TC", "--dry-run"])
    assert wrong.returncode == 2 and "did you mean Total TTC?" in wrong.stderr
    told = [*base, "--as", "lines", "--column", "day=Vendu le", "--set", "channel=store", "--set", "tax=included", "--id", "Caisse"]
    dry = run([*told, "--dry-run"])
    assert dry.returncode == 0 and "id: mine.caisse" in dry.stdout and "1 order" in dry.stdout
    assert not list((root / "config" / "profiles").glob("mine.*.yaml"))
    done = run([*told, "--load"])
    assert done.returncode == 0, done.stderr + done.stdout
    assert (root / "config" / "profiles" / "mine.caisse.yaml").is_file()
    account = json.loads(run(["account", "-w", str(root), "-f", "json"]).stdout)["accounts"][0]
    assert account["profile"] == "mine.caisse" and account["rows_used"] == 3
