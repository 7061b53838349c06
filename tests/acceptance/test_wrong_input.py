"""Wrong input through the real command: its exit code, a clear message in both languages, no traceback, and nothing lost."""

from __future__ import annotations

import gzip
import json
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kpi_core.store import Workspace
from kpi_core.store.files import load_lock
from tests.shop import COMMAND, EXPORTS, Done, environment, in_this_process, omnigap, output

pytestmark = pytest.mark.slow

HEADER = "MAGASIN;TICKET;LIGNE;DATE;ARTICLE;QTE;MT_TTC;TVA"
TICKETS = "\n".join([HEADER, *(f"NAN;T{number};1;01/10/2026;LUM-{number};1;12,00;2,00" for number in range(300))]) + "\n"
MORE = EXPORTS / "surveys" / "enquetes_2025.csv.gz"  # a good file that the small workspace does not hold yet


def told(done: Done) -> str:
    """Everything said, on one line: messages wrap at the width of the terminal."""
    return " ".join((done.stdout + " " + done.stderr).replace("\u00a0", " ").replace("\u202f", " ").split())


def answers(shop: Path) -> object:
    """What the workspace says now: generation and every number of the last week."""
    code, text = output("report", "-w", shop, "-p", "2026-W43", "--format", "json", "--lang", "en")
    assert code == 0
    content = json.loads(text)
    assert any(row["kpi"] == "revenue" and row["value"] > 0 for row in content["rows"])
    return Workspace.open(shop).generation(), content


@pytest.fixture(scope="session")
def before(small: Path) -> object:
    return answers(small)


def clean(done: Done, code: int) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


# --- files


def nothing(folder: Path) -> Path:
    return folder / "nowhere.csv"


def empty(folder: Path) -> Path:
    (folder / "empty.csv").touch()
    return folder / "empty.csv"


def folder_without_exports(folder: Path) -> Path:
    (folder / "bare").mkdir()
    return folder / "bare"


def binary(folder: Path) -> Path:
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 40)
    return folder / "binary.csv"


def workbook(folder: Path) -> Path:
    (folder / "orders.csv").write_bytes(b"PK\x03\x04" + bytes(200))
    return folder / "orders.csv"


def damaged_utf16(folder: Path) -> Path:
    (folder / "utf16.csv").write_bytes(TICKETS.encode("utf-16")[:-1])
    return folder / "utf16.csv"


def mark_of_utf16_before_8_bits(folder: Path) -> Path:
    (folder / "mark.csv").write_bytes(b"\xff\xfe" + TICKETS.encode())
    return folder / "mark.csv"


def another_shape(folder: Path) -> Path:
    (folder / "shape.csv").write_text(TICKETS.replace("QTE;MT_TTC", "NOMBRE;MONTANT"), encoding="utf-8")
    return folder / "shape.csv"


def cut_gzip(folder: Path) -> Path:
    (folder / "cut.csv.gz").write_bytes(gzip.compress(TICKETS.encode())[:-30])
    return folder / "cut.csv.gz"


FILES: list[tuple[Callable[[Path], Path], int, str, str]] = [
    (nothing, 3, "there is no such file", "ce fichier n'existe pas"),
    (empty, 3, "the file is empty", "le fichier est vide"),
    (folder_without_exports, 2, "there is nothing to load", "il n'y a rien à charger"),
    (binary, 3, "binary data at byte 0", "données binaires à l'octet 0"),
    (workbook, 3, "Excel", "Excel"),
    (damaged_utf16, 3, "the UTF-16 text is damaged at byte", "le texte UTF-16 est abîmé à l'octet"),
    (mark_of_utf16_before_8_bits, 3, "UTF-16", "UTF-16"),
    (another_shape, 3, "needs are missing: QTE, MT_TTC", "manquent : QTE, MT_TTC"),
    (cut_gzip, 3, "the gzip file is cut short", "le fichier gzip est coupé"),
]


@pytest.mark.parametrize(("make", "code", "english", "french"), FILES, ids=[make.__name__ for make, *_ in FILES])
def test_a_file_that_is_no_export(small: Path, before: object, tmp_path: Path, make: Callable[[Path], Path], code: int, english: str, french: str) -> None:
    path = make(tmp_path)
    for lang, words in (("en", english), ("fr", french)):
        done = in_this_process("load", "-w", small, path, "--lang", lang)
        clean(done, code)
        assert words in told(done)
        assert path.name in told(done)
    if make is another_shape:  # nearly a layout that is known: what it touches and the line to write
        assert "KPI qui en ont besoin : Chiffre d'affaires" in told(done) and "columns.qty.from: [QTE" in told(done)
    assert Workspace.open(small).generation() == 1


def test_bad_files_do_not_stop_a_good_one(shop: Path, tmp_path: Path) -> None:
    bad = [make(tmp_path) for make in (empty, binary, another_shape, cut_gzip)]
    done = omnigap("load", "-w", shop, *bad, MORE, nothing(tmp_path))
    clean(done, 3)
    assert "1 files loaded, 0 already loaded, 5 not loaded" in done.stderr
    assert Workspace.open(shop).generation() == 2


def test_after_all_that_the_old_numbers_answer(small: Path, before: object, tmp_path: Path) -> None:
    clean(omnigap("load", "-w", small, *(make(tmp_path) for make in (empty, binary, another_shape, cut_gzip))), 3)
    assert answers(small) == before


# --- configuration


TAB = "version: 1\nobjectives:\n\t- id: x\n"
OBJECTIVE = "version: 1\nobjectives:\n  - id: sales\n    name: {{en: Sales, fr: Ventes}}\n    targets:\n      - {target}\n"


def changed(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(shop: Path) -> None:
        path = shop / "config" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def objective(target: str) -> Callable[[Path], None]:
    return written("objectives.yaml", OBJECTIVE.format(target=target))


def written(name: str, text: str) -> Callable[[Path], None]:
    return lambda shop: (shop / "config" / name).write_text(text, encoding="utf-8") and None


CONFIGS: list[tuple[str, Callable[[Path], None], str, tuple[str, ...], tuple[str, ...]]] = [
    ("tab", written("objectives.yaml", TAB), "config/objectives.yaml:3", ("indent with spaces, not tabs",), ("indenter avec des espaces, pas des tabulations",)),
    ("key", changed("settings.yaml", "currency:", "curency:"), "config/settings.yaml:5", ("curency", "did you mean currency?"), ("curency", "vouliez-vous dire currency ?")),
    ("kpi", objective("{kpi: revenu, value: 1}"), "config/objectives.yaml:6", ("there is no KPI revenu", "revenue?"), ("l'indicateur revenu n'existe pas", "revenue ?")),
    ("cycle", changed("kpis.yaml", "expr: revenue / orders", "expr: 2 * aov"), "config/kpis.yaml", ("refer to each other in a circle: aov -> aov",), ("se citent en rond : aov -> aov",)),
    (
        "split",
        objective("{kpi: revenue, total: 1000, range: 2026-10, split: {channel: {store: 900, popup: 200}}}"),
        "config/objectives.yaml:6",
        ("the split by channel gives 1100, more than its total of 1000",),
        ("1100, plus que son total de 1000",),
    ),
]


@pytest.mark.parametrize(("name", "change", "place", "english", "french"), CONFIGS, ids=[name for name, *_ in CONFIGS])
def test_a_mistake_in_the_configuration(
    shop: Path, before: object, name: str, change: Callable[[Path], None], place: str, english: tuple[str, ...], french: tuple[str, ...]
) -> None:
    good = shop.parent / "good"
    shutil.copytree(shop / "config", good)
    change(shop)
    for lang, words in (("en", english), ("fr", french)):
        for command in (("config", "validate"), ("glance",)) if lang == "fr" else (("config", "validate"),):
            done = in_this_process(*command, "-w", shop, "--lang", lang)
            clean(done, 2)
            assert all(word in told(done) for word in (place, *words)), told(done)
    assert in_this_process("check", "-w", shop).returncode == 2
    if name in ("tab", "key", "kpi"):
        shutil.rmtree(shop / "config")
        shutil.copytree(good, shop / "config")
        assert answers(shop) == before


# --- the disk


def in_own_mounts(script: str, *arguments: Path | str) -> Done:
    """A shell with mounts of its own that vanish with it; skips where the system allows none."""
    flags = "-rm" if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0 else "-m"
    done = subprocess.run(
        ["unshare", flags, "sh", "-uc", script, "sh", *map(str, arguments)], capture_output=True, encoding="utf-8", timeout=240, env=environment()
    )
    if done.returncode == 99:
        pytest.skip(f"no mounts of one's own here: {done.stderr.strip()}")
    return done


needs_unshare = pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare(1) here to mount something with")
COMMAND_TEXT = f"'{COMMAND[0]}' -c '{COMMAND[2]}'"

READ_ONLY = f"""
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
for lang in en fr; do {COMMAND_TEXT} load -w "$1" "$2" --lang $lang; echo "code $?"; done
{COMMAND_TEXT} report -w "$1" -p 2026-W43 --format json > "$3"; echo "report $?"
"""


@needs_unshare
def test_a_read_only_folder_can_be_read_and_says_why_it_takes_no_load(shop: Path, before: object, tmp_path: Path) -> None:
    done = in_own_mounts(READ_ONLY, shop, MORE, tmp_path / "report.json")
    assert done.stdout.count("code 3") == 2 and "report 0" in done.stdout, done.stdout + done.stderr
    assert "this folder cannot be written" in told(done) and "ce dossier n'est pas accessible en écriture" in told(done)
    assert "Traceback" not in done.stderr
    assert (1, json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))) == before
    assert answers(shop) == before


FULL = f"""
mount -t tmpfs -o size="$4" tmpfs "$1" || exit 99
cp -a "$5/." "$1/" || exit 98
for lang in en fr; do {COMMAND_TEXT} load -w "$1" "$2" --lang $lang; echo "code $?"; done
{COMMAND_TEXT} report -w "$1" -p 2026-W43 --format json > "$3"; echo "report $?"
find "$1" -name '.tmp-*' | sed 's/^/left /'
"""


@pytest.mark.fault(8)
@needs_unshare
@pytest.mark.parametrize("free", [400])  # make torture fills it at every write
def test_a_full_disk_leaves_the_old_numbers(small: Path, before: object, tmp_path: Path, free: int) -> None:
    used = int(subprocess.run(["du", "-sk", small], capture_output=True, text=True, check=True).stdout.split()[0])
    (tmp_path / "disk").mkdir()
    done = in_own_mounts(FULL, tmp_path / "disk", MORE, tmp_path / "report.json", f"{used + free}k", small)
    assert done.stdout.count("code 3") == 2 and "report 0" in done.stdout, done.stdout + done.stderr
    assert "the disk is full: nothing was changed" in told(done) and "le disque est plein" in told(done)
    assert "Traceback" not in done.stderr
    _, numbers = before  # type: ignore[misc]
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert found["rows"] == numbers["rows"] and found["data"] == numbers["data"]


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


@pytest.mark.fault(8)
def test_files_that_may_not_grow_leave_the_old_numbers(shop: Path, before: object) -> None:
    done = subprocess.run(
        [*COMMAND, "load", "-w", str(shop), str(MORE)], capture_output=True, encoding="utf-8", timeout=240, env=environment(), preexec_fn=_small_files
    )
    clean(done, 3)
    assert "the disk is full: nothing was changed" in told(done)
    assert answers(shop) == before
    assert omnigap("load", "-w", shop, MORE).returncode == 0


# --- the rest


def test_two_loads_at_once(shop: Path, before: object) -> None:
    with load_lock(Workspace.open(shop).warehouse / "load.lock"):
        for lang, words in (("en", "another load is running: process"), ("fr", "un autre chargement est en cours")):
            done = omnigap("load", "-w", shop, MORE, "--lang", lang)
            clean(done, 75)
            assert words in told(done)
        assert answers(shop) == before  # readers wait for nobody
    assert omnigap("load", "-w", shop, MORE).returncode == 0


@pytest.mark.parametrize(
    "arguments", [("report", "omnigap://data"), ("report", "--format", "json"), ("kpis",), ("glance",), ("config", "show", "kpis")], ids=" ".join
)
def test_stdout_closed_early(small: Path, arguments: tuple[str, ...]) -> None:
    """What `| head -1` does: the reader takes a line and goes."""
    with subprocess.Popen([*COMMAND, *arguments, "-w", str(small)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "english", "french"),
    [
        (("report", "omnigap://explore?kpi=nope"), 2, "nope", "nope"),
        (("report", "omnigap://explore?kpi=nps&by=product"), 2, "cannot be broken down by", "ne se découpe pas par"),
        (("report", "-p", "2026-W99"), 2, "2026-W99 is not a period", "2026-W99 n'est pas une période"),
        (("report", "-p", "2026-10-31..2026-10-01"), 2, "ends before it starts", "finit avant de commencer"),
        (("glance", "-w", "/nonexistent"), 3, "there is no such folder", "ce dossier n'existe pas"),
    ],
    ids=["kpi", "cut", "period", "range", "folder"],
)
def test_a_question_that_cannot_be_asked(small: Path, arguments: tuple[str, ...], code: int, english: str, french: str) -> None:
    for lang, words in (("en", english), ("fr", french)):
        done = in_this_process(*arguments, *(() if "-w" in arguments else ("-w", small)), "--lang", lang)
        clean(done, code)
        assert done.stdout == ""
        assert words in told(done), told(done)


@pytest.mark.parametrize(("lang", "warning"), [("en", "there is no view trends"), ("fr", "il n'y a pas de vue trends")])
def test_a_bad_link_opens_the_nearest_view_and_says_so(small: Path, lang: str, warning: str) -> None:
    done = in_this_process("report", "omnigap://trends?colour=red&tr=2026-W43", "-w", small, "--lang", lang, "--format", "json")
    clean(done, 0)
    assert warning in told(done) and "colour" in done.stderr
    assert json.loads(done.stdout)["period"]["text"] == "2026-W43"


def test_a_workspace_where_nothing_is_loaded(tmp_path: Path) -> None:
    omnigap("init", tmp_path / "new")
    for lang, words in (("en", "nothing has been loaded yet"), ("fr", "rien n'a encore été chargé")):
        done = in_this_process("glance", "-w", tmp_path / "new", "--lang", lang)
        clean(done, 3)
        assert words in told(done)
