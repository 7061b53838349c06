"""`omnigap forget`: what goes is shown first, the identifier is never repeated, and the log of it names nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kpi_core.store import Workspace, open_reader
from tests.cli.conftest import Run
from tests.store.test_store_comments import HEAD, WORDS
from tests.store.test_store_comments import ROWS as REVIEWS
from tests.store.test_store_privacy import ORDERS, ROW, found_in

ADDRESS = "zoe.quill@seed.example"


def test_a_customer_is_forgotten(tmp_path: Path, run: Run) -> None:
    def tell(*words: str, lang: str = "en", code: int = 0) -> Any:
        done = run([*words, "-w", str(root), "--lang", lang])
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def figures() -> tuple[Any, ...]:
        with open_reader(Workspace.open(root)) as reader:
            return tuple(reader.execute("select sum(net_amount), count(*), count(distinct customer_key) from orders")[0])

    root = Workspace.create(tmp_path / "shop").root
    other = ROW.format(amount="10", id=2).replace("#1", "#2").replace("zoe.quill", "bob").replace("+33 6 55 44 33 22", "")
    (root / "exports" / "orders.csv").write_text(ORDERS + ROW.format(amount="10", id=1) + "\n" + other + "\n", encoding="utf-8")
    assert "nothing has been loaded yet" in tell("forget", ADDRESS, code=3).stderr
    tell("load")
    before = figures()
    assert before[1:] == (2, 2)

    asked = tell("forget", ADDRESS.upper(), code=2)  # nobody is there to answer
    assert "load 1: " in asked.stdout and "--yes" in asked.stderr and figures() == before
    assert "nobody is named" in tell("forget", code=2).stderr and "no loaded row" in tell("forget", "nobody@seed.example", "--yes", code=2).stderr
    with open_reader(Workspace.open(root)) as reader:
        shown = reader.execute("select customer from customer_orders limit 1")[0][0]
    assert "load 1: " in tell("forget", "--key", shown, code=2).stdout

    done = tell("forget", ADDRESS, "--yes")
    receipt = done.stdout.split()[-1]
    assert figures() == (*before[:2], 1) and str(root / "exports") in done.stderr
    assert "seed.example" not in done.stdout + done.stderr + asked.stdout + asked.stderr
    [entry] = json.loads(tell("loads", "-f", "json").stdout)["forgotten"]
    assert entry["receipt"] == receipt and set(entry["rows"]) == {"1"}
    assert f"number {receipt}" in " ".join(tell("loads").stdout.split()) and f"numéro {receipt}" in " ".join(tell("loads", lang="fr").stdout.split())
    assert "forgotten already" in tell("forget", ADDRESS, "--yes").stderr

    tell("undo", "1")
    tell("load")  # the export still names the customer
    assert figures() == (*before[:2], 1)


def test_comments_are_kept_on_request_and_forgotten_for_good(tmp_path: Path, run: Run) -> None:
    def tell(*words: str, lang: str = "en", code: int = 0) -> Any:
        done = run([*words, "-w", str(root), "--lang", lang])
        assert done.returncode == code, done.stdout + done.stderr
        return done

    root = Workspace.create(tmp_path / "shop").root
    (root / "exports" / "reviews.csv").write_text(HEAD + REVIEWS, encoding="utf-8")
    settings = root / "config" / "settings.yaml"
    settings.write_text("version: 1\nprivacy: {comments: true}\n", encoding="utf-8")
    tell("load", "--confirm")
    with open_reader(Workspace.open(root)) as reader:
        assert reader.execute("select count(comment) from surveys")[0][0] == 2
    settings.write_text("version: 1\n", encoding="utf-8")
    assert "omnigap forget --comments" in " ".join(run(["doctor", "-w", str(root), "--lang", "en"]).stdout.split())
    asked = tell("forget", "--comments", lang="fr", code=2)
    assert "commentaires gardés : 2" in " ".join(asked.stdout.split()) and "--yes" in asked.stderr
    tell("forget", "--comments", ADDRESS, code=2)
    assert str(root / "exports") in tell("forget", "--comments", "--yes").stderr and found_in(root / ".omnigap", WORDS) == []
    assert "comments kept: 0" in tell("forget", "--comments").stdout
