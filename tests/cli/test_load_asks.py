"""`omnigap load` asks once what a layout leaves open, on a terminal; without one it says what to write, and never waits."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from kpi_core.store import Workspace
from kpi_core.workbench.loading import answer, load_beside, pending_questions
from tests.cli.conftest import Run
from tests.terminal.pty_app import in_pty

BUSINESS = "(Child) ASIN,Sessions - Total,Units ordered,Ordered product sales\nC1,120,12,€100.00\n"
COSTS = 'sku,valid from,unit cost\nA,2026-02-01,"1,234"\n'
SUBSCRIBERS = "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,CC\nana@exemple.fr,2026-10-02 08:11:00,,1,aa,fr\n"

# a shell that starts the tests in the background has them ignore SIGINT, and so would the command
INTERRUPTED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from tui.cli import main; main()"


def shop(folder: Path) -> Path:
    workspace = Workspace.create(folder / "shop")
    (workspace.exports_dir / "costs.csv").write_text(COSTS, encoding="utf-8")
    (workspace.exports_dir / "subscribed.csv").write_text(SUBSCRIBERS, encoding="utf-8")
    return workspace.root


def test_without_a_terminal_the_refusal_says_what_to_write(tmp_path: Path, run: Run) -> None:
    root = shop(tmp_path)
    first = run(["load", "-w", str(root), "--lang", "en"])
    assert first.returncode == 3
    said = " ".join(first.stdout.split())
    assert "column unit cost: does 1,234 mean 1.234 or 1234?" in said
    assert 'layouts: - {profile: omnigap.costs, header: ["' in said
    assert '"], decimal: {cost: ","}} (or .)' in said
    assert '"], confirmed: true}' in said
    assert [question.kind for _, question in pending_questions(Workspace.open(root))] == ["decimal", "confirm"]
    (root / "config" / "layouts.yaml").write_text(
        "version: 1\nlayouts:\n  - {profile: omnigap.costs, decimal: {cost: '.'}}\n  - {profile: mailchimp.audience, confirmed: true}\n", encoding="utf-8"
    )
    assert pending_questions(Workspace.open(root)) == []
    assert run(["config", "validate", "-w", str(root)]).returncode == 0
    second = run(["load", "-w", str(root), "--lang", "en", "--no-input"])
    assert second.returncode == 0, second.stderr
    assert "1,234 is read as 1234, as answered" in " ".join(second.stdout.split())


def test_a_period_is_answered_and_what_is_left_open_stays_listed(tmp_path: Path, run: Run) -> None:
    """A free answer: a wrong one is told, `?` explains. Breaking off before the last question has changed nothing."""
    root = shop(tmp_path)
    (root / "exports" / "BusinessReport.csv").write_text(BUSINESS, encoding="utf-8")
    command = [sys.executable, "-c", INTERRUPTED, "load", "-w", str(root), "--lang", "en", "--no-color"]
    with in_pty(command, size=(80, 24), until=b"> ") as app:
        seen = app.first
        for keys in (b"?\n", b"Oct\n", b"2026-10\n"):
            os.write(app.master, keys)
            seen += app.read(b"> ")
        os.kill(app.process.pid, signal.SIGINT)
        assert app.process.wait(20) == 130
    text = " ".join(seen.decode().split())
    assert "which days is it about?" in text
    assert "chosen when the export was made" in text
    assert "Oct is not a period: write it as 2026-10" in text
    assert not (root / "config" / "layouts.yaml").exists() or "files:" not in (root / "config" / "layouts.yaml").read_text(encoding="utf-8").split("version: 1")[-1]
    pending = {question.kind: (path, question) for path, question in pending_questions(Workspace.open(root))}
    assert set(pending) == {"period", "decimal", "confirm"}
    path, period = pending["period"]
    answer(Workspace.open(root), period, "2026-10")
    loaded = load_beside(Workspace.open(root), path, lambda _: None)
    assert loaded.left is not None  # the format is experimental
    assert [question.kind for question in loaded.left.questions] == ["confirm"]
    answer(Workspace.open(root), pending_questions(Workspace.open(root))[-1][1], "true")
    assert load_beside(Workspace.open(root), path, lambda _: None).load_id == 1
    assert sorted(question.kind for _, question in pending_questions(Workspace.open(root))) == ["confirm", "decimal"]  # the other two files


def test_a_mistake_in_the_answers_names_its_line(tmp_path: Path, run: Run) -> None:
    root = shop(tmp_path)
    (root / "config" / "layouts.yaml").write_text("version: 1\nlayouts:\n  - {profile: omnigap.cost}\n", encoding="utf-8")
    for command in (["load", "-w", str(root)], ["config", "validate", "-w", str(root)]):
        done = run([*command, "--lang", "en"])
        assert done.returncode == 2
        assert "config/layouts.yaml:3" in done.stderr
        assert "omnigap.costs" in done.stderr


def test_confirm_accepts_experimental_formats_and_nothing_else(tmp_path: Path, run: Run) -> None:
    done = run(["load", "-w", str(shop(tmp_path)), "--lang", "en", "--confirm"])
    assert done.returncode == 3
    assert "1 files loaded, 0 already loaded, 1 not loaded" in done.stderr


def test_a_terminal_is_asked_once_and_the_answers_are_kept(tmp_path: Path, run: Run) -> None:
    root = shop(tmp_path)
    command = [sys.executable, "-m", "tui.cli", "load", "-w", str(root), "--lang", "fr", "--no-color"]
    with in_pty(command, size=(120, 40), until="Entrée".encode()) as app:
        seen = app.first
        for keys, until in ((b"9\n", b"Entr"), (b"2\n", b"prospects 1"), (b"1\n", b"2 fichiers")):
            os.write(app.master, keys)
            seen += app.read(until)
        assert app.process.wait(20) == 0
    text = seen.decode()
    assert "1  1,234 = 1,234" in text
    assert "2  1,234 = 1\u202f234" in text or "2  1,234 = 1\u00a0234" in text or "2  1,234 = 1 234" in text
    assert "9 n'est aucun de ces numéros" in text
    kept = (root / "config" / "layouts.yaml").read_text(encoding="utf-8")
    assert 'decimal: {cost: "."}' in kept
    assert "profile: mailchimp.audience" in kept
    again = run(["load", "-w", str(root), "--lang", "en"])
    assert (again.returncode, "2 already loaded" in again.stderr) == (0, True)  # the same layouts: nothing is asked again
