"""The command line as scripts and people use it: each test runs the real program on real files."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kpi_core.i18n import LANGUAGES
from tui.cli import arrange

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([], ["open"]),
        (["somewhere"], ["open", "somewhere"]),
        (["--lang", "fr"], ["open", "--lang", "fr"]),
        (["--lang", "fr", "glance"], ["glance", "--lang", "fr"]),
        (["--lang=fr", "--ascii", "report", "x"], ["report", "--lang=fr", "--ascii", "x"]),
        (["-w", "d", "config", "show", "kpis"], ["config", "show", "-w", "d", "kpis"]),
        (["glance", "--lang", "fr"], ["glance", "--lang", "fr"]),
        (["--help"], ["--help"]),
        (["--lang", "fr", "--help"], ["--help"]),
    ],
)
def test_arguments_are_arranged(given: list[str], wanted: list[str]) -> None:
    assert arrange(given) == wanted


def test_load_accounts_for_each_file_and_then_knows_them(run: Run, workspace: Path) -> None:
    again = run(["load", "-w", str(workspace)])
    assert again.returncode == 0
    assert all("already loaded" in line for line in again.stdout.splitlines())
    assert "0 files loaded, 14 already loaded" in again.stderr


def test_load_takes_a_workspace_folder_too(run: Run, workspace: Path) -> None:
    assert "already loaded" in run(["load", str(workspace)]).stdout


def test_an_unknown_file_is_told_and_does_not_stop_the_others(run: Run, workspace: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange\x1b[2J.csv"
    strange.write_text("foo;bar\n1;2\n", encoding="utf-8")
    known = workspace / "exports" / "stores" / "stores.csv"
    done = run(["load", "-w", str(workspace), str(strange), str(known), "--lang", "fr"])
    assert done.returncode == 3
    assert "non chargé" in done.stdout
    assert "déjà chargé" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_nothing_to_load_says_where_to_put_exports(run: Run, tmp_path: Path) -> None:
    run(["init", str(tmp_path / "empty")])
    done = run(["load", "-w", str(tmp_path / "empty")])
    assert done.returncode == 2
    assert "exports" in done.stderr


def test_a_load_without_new_exports_builds_the_numbers_of_a_changed_configuration(run: Run, workspace: Path, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(workspace, shop)
    shutil.rmtree(shop / "exports")
    (shop / "exports").mkdir()
    settings = shop / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("stock_max_days: 8", "stock_max_days: 3"), encoding="utf-8")
    done = run(["load", "-w", str(shop), "--lang", "en"])
    assert done.returncode == 0, done.stderr
    assert "the numbers were built anew" in done.stderr
    again = run(["load", "-w", str(shop), "--lang", "en"])
    assert (again.returncode, "there is nothing to load" in again.stderr) == (2, True)


def test_report_table_fits_the_columns(run: Run, workspace: Path) -> None:
    for columns in ("60", "80", "130"):
        done = run(["report", "-w", str(workspace)], env={"COLUMNS": columns})
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= int(columns)
    assert "Revenue" in done.stdout
    assert "\x1b" not in done.stdout  # a pipe gets no colour


def test_report_json_and_csv_say_the_same(run: Run, workspace: Path) -> None:
    link = "omnigap://explore?kpi=revenue&by=store"
    data = json.loads(run(["report", link, "-w", str(workspace), "--format", "json"]).stdout, parse_float=str, parse_int=str)
    rows = list(csv.DictReader(io.StringIO(run(["report", link, "-w", str(workspace), "--format", "csv"]).stdout)))
    assert data["version"] == "1"
    assert [row["value"] for row in rows] == [row["value"] or "" for row in data["rows"]]
    assert {row["member"] for row in rows} >= {"Nantes"}
    members = [float(row["value"]) for row in rows if row["kind"] == "member" and row["value"]]
    assert sum(members) == pytest.approx(float(next(row["value"] for row in rows if row["kind"] == "total")))


def test_report_in_french_keeps_raw_numbers_in_csv(run: Run, workspace: Path) -> None:
    french, english = (run(["report", "-w", str(workspace), "--format", "csv", "--lang", lang]).stdout for lang in ("fr", "en"))
    values = [[row["value"] for row in csv.DictReader(io.StringIO(text))] for text in (french, english)]
    assert values[0] == values[1]
    assert "Chiffre d'affaires" in french


def test_report_to_a_file(run: Run, workspace: Path, tmp_path: Path) -> None:
    target = tmp_path / "week.md"
    done = run(["report", "-w", str(workspace), "--format", "md", "-o", str(target)])
    assert done.stdout == ""
    assert str(target) in done.stderr
    assert target.read_text(encoding="utf-8").startswith("**Total** · W")
    refused = run(["report", "-w", str(workspace), "-o", str(tmp_path / "no" / "x")])
    assert refused.returncode == 2


def test_glance_fits_one_screen_in_both_languages(run: Run, workspace: Path) -> None:
    for lang in LANGUAGES:
        done = run(["glance", "-w", str(workspace), "--lang", lang])
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80


def test_check_answers_with_its_exit_code(run: Run, workspace: Path) -> None:
    done = run(["check", "-w", str(workspace)])
    missed = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert done.returncode == (1 if missed else 0)
    assert missed, "the sample week should miss a target, or this test proves nothing"
    quiet = run(["check", "-q", "-w", str(workspace)])
    assert (quiet.stdout, quiet.stderr, quiet.returncode) == ("", "", 1)
    ascii = run(["check", "--ascii", "-w", str(workspace), "--lang", "fr"])
    assert ascii.stdout.isascii()
    assert "!!" in ascii.stdout


def test_a_check_without_targets_is_fine(run: Run, workspace: Path, tmp_path: Path) -> None:
    done = run(["check", "omnigap://explore?kpi=units_sold_nowhere", "-w", str(workspace)])
    assert done.returncode == 2
    none = run(["check", "omnigap://explore?kpi=orders&by=store", "-w", str(workspace)])
    assert none.returncode == 0, none.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "fragment"),
    [
        (["report", "omnigap://explore?kpi=nope"], 2, "nope"),
        (["report", "-p", "2026-W99"], 2, "2026-W99"),
        (["report", "-c", "never"], 2, "never"),
        (["report", "--nope"], 2, "--nope"),
        (["report", "--format", "docx"], 2, "docx"),
        (["report", "--lang", "de"], 2, "de"),
        (["check", "omnigap://data"], 2, "overview"),
        (["config", "show", "nothing"], 2, "nothing"),
        (["nosuchthing"], 2, "nosuchthing"),
        (["open"], 2, "terminal"),
    ],
)
def test_mistakes_are_told_and_exit_2(run: Run, workspace: Path, arguments: list[str], code: int, fragment: str) -> None:
    done = run(arguments, env={"OMNIGAP_WORKSPACE": str(workspace)})
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert fragment in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_none_exits_3_in_the_readers_language(run: Run, tmp_path: Path) -> None:
    done = run(["glance", "-w", str(tmp_path / "none")], env={"LANG": "fr_FR.UTF-8"})
    assert done.returncode == 3
    assert done.stderr.startswith("erreur : ")
    assert "que faire" in done.stderr


def test_a_bad_link_is_told_and_the_nearest_view_is_shown(run: Run, workspace: Path) -> None:
    done = run(["report", "omnigap://gaps?colour=red", "-w", str(workspace)])
    assert done.returncode == 0
    assert "warning" in done.stderr
    assert "Revenue" in done.stdout


def test_settings_choose_the_language_unless_an_option_does(run: Run, workspace: Path, tmp_path: Path) -> None:
    run(["init", str(tmp_path / "w")])
    settings = tmp_path / "w" / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("language: auto", "language: fr"), encoding="utf-8")
    assert "FORMULE" in run(["kpis", "-w", str(tmp_path / "w")]).stdout
    assert "FORMULA" in run(["kpis", "-w", str(tmp_path / "w"), "--lang", "en"]).stdout
    assert run(["kpis", "-w", str(tmp_path / "w"), "--format", "xml"]).returncode == 2


def test_kpis_needs_no_data(run: Run, tmp_path: Path) -> None:
    listed = json.loads(run(["kpis", "--format", "json"], cwd=tmp_path).stdout)
    assert {"revenue", "aov", "nps", "attributed_decay"} <= {kpi["id"] for kpi in listed["kpis"]}
    assert "aov" in run(["kpis", "--format", "csv"], cwd=tmp_path).stdout
    assert "| aov |" in run(["kpis", "--format", "md"], cwd=tmp_path).stdout


def test_config_show_names_file_and_line(run: Run, workspace: Path) -> None:
    text = run(["config", "show", "settings", "-w", str(workspace)]).stdout
    line = next(line for line in text.splitlines() if line.startswith("currency"))
    path, _, number = line.split()[-1].rpartition(":")
    assert path == "config/settings.yaml"
    assert (workspace / path).read_text(encoding="utf-8").splitlines()[int(number) - 1].startswith("currency:")


def test_config_validate(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "w"
    run(["init", str(folder)])
    good = run(["config", "validate", "-w", str(folder)])
    assert good.returncode == 0, good.stderr
    kpis = folder / "config" / "kpis.yaml"
    kpis.write_text(kpis.read_text(encoding="utf-8").replace("unit: currency", "unti: currency", 1), encoding="utf-8")
    bad = run(["config", "validate", "-w", str(folder)])
    assert bad.returncode == 2
    assert "kpis.yaml:" in bad.stderr
    assert "did you mean unit" in bad.stderr


def test_a_broken_pipe_is_quiet(workspace: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    code = "from tui.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "report", "omnigap://data", "-w", str(workspace)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.close()  # as `| head -0` does
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait() == 0
    assert told == ""


def test_a_fault_of_its_own_is_no_traceback(workspace: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "XDG_STATE_HOME": str(tmp_path)}
    code = "import tui.cli.report as r\nr.print_glance = lambda *a: 1/0\nfrom tui.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", code, "glance", "-w", str(workspace)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 70
    assert "Traceback" not in done.stderr
    logs = list(tmp_path.rglob("crash-*.log"))
    assert len(logs) == 1
    assert logs[0].stat().st_mode & 0o077 == 0
    assert "ZeroDivisionError" in logs[0].read_text(encoding="utf-8")


def test_the_demo_folder_is_filled_once(tmp_path: Path) -> None:
    from tui.cli.setup import demo_workspace

    made = demo_workspace(tmp_path / "demo")
    copied = sorted(path.relative_to(made.root / "exports") for path in (made.root / "exports").rglob("*") if path.is_file())
    sample = ROOT / "sample_data" / "exports"
    assert copied == sorted(path.relative_to(sample) for path in sample.rglob("*") if path.is_file())
    stamp = (made.root / "exports" / copied[0]).stat().st_mtime_ns
    demo_workspace(tmp_path / "demo")
    assert (made.root / "exports" / copied[0]).stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    "arguments", [["--help"], ["report", "--help"], ["kpis"], ["config", "validate"], ["glance"], ["report"], ["check"], ["load"]], ids=" ".join
)
def test_no_headless_command_loads_the_screen(workspace: Path, arguments: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['omnigap', *{arguments!r}]\nfrom tui.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMNIGAP_WORKSPACE": str(workspace), "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "textual" not in loaded
    if "--help" in arguments:
        assert not loaded & {"duckdb", "babel", "yaml", "msgspec"}


def test_a_list_of_kpis_without_data_does_not_load_the_database(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['omnigap', 'kpis']\nfrom tui.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\nsys.exit('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=os.environ | {"PYTHONPATH": str(ROOT), "OMNIGAP_WORKSPACE": str(tmp_path)}, check=False)
    assert done.returncode == 0


def test_version_and_help(run: Run) -> None:
    assert run(["--version"]).stdout.startswith("omnigap ")
    french = run(["--lang", "fr", "--help"]).stdout
    assert "Où en est chaque canal" in french
    assert "Chargement" not in run(["load", "--help"]).stdout


def test_kpis_name_the_export_that_is_missing(run: Run, workspace: Path) -> None:
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(run(["kpis", "--format", "csv", "-w", str(workspace)]).stdout))}
    assert "ad" in rows["cac"]["missing"]
    assert rows["revenue"]["missing"] == ""
    assert "EXPORT MANQUANT" in run(["kpis", "-w", str(workspace), "--lang", "fr"]).stdout
