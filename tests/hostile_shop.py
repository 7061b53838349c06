"""A small workspace in which every text is hostile: cells, headers, names of files, sheets and members, and what stands in its YAML.

Made once a day and kept like the sample (`tests.shop`); for reading only.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import xlsxwriter
from hostile_texts import DOCUMENTS, IN_FILES, MARKUP, TERMINAL, Hostile

from kpi_core.config.yaml import load_yaml
from kpi_core.store import Workspace

ROWS = len(IN_FILES)
MONTH = "2026-04"
UNKNOWN = "Colonne inconnue "


def text_of(row: int, column: int) -> str:
    """Every column meets every text, each row another one."""
    return IN_FILES[(row + 7 * column) % ROWS].text


def table(header: Sequence[str], rows: Sequence[Sequence[object]], sign: str = ";") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return out.getvalue()


def stores() -> str:
    rows = [[text_of(n, 0), text_of(n, 1), "magasin", text_of(n, 2), text_of(n, 3)[:40]] for n in range(ROWS)]
    return table(["MAGASIN", "NOM", "CANAL", "VILLE", "PAYS"], rows)


def products() -> str:
    return table(["ARTICLE", "DESIGNATION", "CATEGORIE", "MARQUE", "PRIX"], [[text_of(n, 4), text_of(n, 5), text_of(n, 6), text_of(n, 7), "12,50"] for n in range(ROWS)])


def tickets(year: int) -> str:
    """Three tickets a store and row, some returned, some that are refused; and two columns that no layout knows."""
    header = ["MAGASIN", "CAISSE", "TICKET", "LIGNE", "DATE", "HEURE", "ARTICLE", "DESIGNATION", "CATEGORIE", "QTE", "PRIX_TTC", "REMISE", "MT_TTC", "TVA", "EMAIL_CLIENT", "CARTE", "MODE", "PAYS", "TICKET_ORIGINE"]
    header += [UNKNOWN + TERMINAL[3].text, UNKNOWN + MARKUP[1].text]
    rows: list[list[object]] = []
    for n in range(ROWS):
        for copy in range(2):
            price = 10 + (n * 7 + copy * 3 + year) % 40
            rows.append([
                text_of(n, 0), text_of(n, 8)[:20], f"{copy}{text_of(n, 9)}", 1, f"{1 + (n + 11 * copy) % 28:02d}/04/{year}", "10:05", text_of(n, 4), text_of(n, 5), text_of(n, 6),
                1 + copy, f"{price},00", "", f"{price * (1 + copy)},00", f"{price * (1 + copy) / 6:.2f}".replace(".", ","), f"c{n}{text_of(n, 10)}@exemple.fr", text_of(n, 11), "",
                "FR" if n % 3 else text_of(n, 3)[:40], "", text_of(n, 12), text_of(n, 13),
            ])  # fmt: skip
        if n % 4 == 0:
            rows.append([text_of(n, 0), "1", f"r{text_of(n, 9)}", 1, f"28/04/{year}", "10:05", text_of(n, 4), text_of(n, 5), text_of(n, 6), -1, "10,00", "", "-10,00", "-1,67", "", "", "", "FR", f"0{text_of(n, 9)}", "", ""])
        if n % 3 == 0:  # no number, no day, a mode that is none
            rows.append([text_of(n, 0), "1", f"x{n}", text_of(n, 1), text_of(n, 2), "10:05", "A", "B", "C", text_of(n, 3), "1", "", "1", "0", "", "", text_of(n, 4), "FR", "", "", ""])
    return table(header, rows)


def surveys() -> str:
    rows = [[f"{n}{text_of(n, 14)}", "nps", n % 11, "chaud", f"{1 + n % 28:02d}/04/2026", "magasin", text_of(n, 0), "FR", text_of(n, 9)] for n in range(ROWS)]
    return table(["ID_REPONSE", "TYPE", "NOTE", "MOMENT", "DATE", "CANAL", "MAGASIN", "PAYS", "COMMANDE"], rows)


def spend() -> str:
    rows = [[f"2026-04-{1 + n % 28:02d}", text_of(n, 15), text_of(n, 16), text_of(n, 17), f"{5 + n},50", "EUR"] for n in range(ROWS)]
    return table(["date", "platform", "campaign", "source", "cost", "currency"], rows)


def touches() -> str:
    rows = [[f"{n}{text_of(n, 18)}", f"{1 + n % 28:02d}/04/2026", "09:00", "web", text_of(n, 17), text_of(n, 16), "mobile", text_of(n, 19), f"c{n}{text_of(n, 10)}@exemple.fr", text_of(n, 11)] for n in range(ROWS)]
    return table(["ID", "DATE", "HEURE", "CANAL", "SOURCE", "CAMPAGNE", "APPAREIL", "TYPE", "EMAIL", "CARTE"], rows)


def visits() -> str:
    return table(["MAGASIN", "DATE", "ENTREES"], [[text_of(n, 0), f"{1 + n % 28:02d}/04/2026", 40 + n] for n in range(ROWS)])


def stock() -> str:
    return table(["DATE", "LIEU", "ARTICLE", "QTE"], [["27/04/2026", text_of(n, 0), text_of(n, 4), n] for n in range(ROWS)])


def shopify_orders() -> str:
    from source_files import SHOPIFY_HEADER, order

    header = SHOPIFY_HEADER.split(",")
    rows = []
    for n in range(ROWS):
        one = order(f"#{n}{text_of(n, 20)}", Email=f"c{n}@exemple.fr", Tags=text_of(n, 1), Shipping_Method=text_of(n, 2), Location=text_of(n, 3), Employee=text_of(n, 4))
        one |= {"Id": str(9000 + n), "Created at": f"2026-04-{1 + n % 28:02d} 12:00:00 +0200", "Lineitem name": text_of(n, 5), "Lineitem sku": text_of(n, 4), "Source": text_of(n, 6)}
        rows.append(one)
    return table(header, [[row.get(name, "") for name in header] for row in rows], ",")


def unknown_layout() -> str:
    """No layout knows it: what `learn` is shown."""
    header = ["Quand", "Qui " + TERMINAL[0].text, "Quoi " + MARKUP[4].text, "Combien " + TERMINAL[3].text, DOCUMENTS[0].text]
    return table(header, [[f"{1 + n % 28:02d}/04/2026", text_of(n, 1), text_of(n, 2), f"{n},50", text_of(n, 3)] for n in range(ROWS)])


def learnt() -> str:
    """A profile of the workspace's own, every word of it hostile."""
    words = {"en": TERMINAL[0].text, "fr": MARKUP[4].text}
    return written({
        "profile": 1, "id": "own.leads", "title": words, "get_it": words, "evidence": "template",
        "columns": {
            "id": {"from": ["Zeile " + TERMINAL[3].text], "as": "text", "required": True}, "day": {"from": ["Tag " + MARKUP[1].text], "as": "date", "format": ["%d/%m/%Y"], "required": True},
            "note": {"from": ["Notiz"], "as": "text"},
        },
        "rows": [{"when": "id IS NULL", "reason": "no id " + TERMINAL[3].text}],
        "emit": {"leads": {"columns": {"lead_id": "id", "created_on": "day", "channel": "'web'", "source": "note"}}},
        "limits": [{"missing": "leads.status", "hint": words}],
    })  # fmt: skip


def learnt_file() -> str:
    return table(["Zeile " + TERMINAL[3].text, "Tag " + MARKUP[1].text, "Notiz"], [[text_of(n, 1), f"{1 + n % 28:02d}/04/2026", text_of(n, 2)] for n in range(ROWS)])


def written(value: object) -> str:
    """YAML in JSON's form: control characters as escapes, which a reader of YAML turns into what they stand for."""
    return re.sub(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..", lambda pair: str(json.loads(f'"{pair[0]}"')), json.dumps(value))


def _workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Q_x001b_sheet[@click".replace("[", "(")[:31])
        for column, name in enumerate(["MAGASIN", "DATE", "HEURE", "ENTREES"]):
            sheet.write_string(0, column, name)
        for n in range(ROWS):
            for column, cell in enumerate([text_of(n, 0), f"{1 + n % 28:02d}/03/2026", "10h", str(n)]):
                sheet.write_string(n + 1, column, cell)


NAMES = (  # of files; the bytes are no UTF-8
    b"stores\x1b]0;PWNTITLE\x07.csv", b"products[red]\x1b[2J.csv", b"tickets\nQforged line.csv", b"tickets-2025\xff\xfe\x9b2J.csv", b"surveys[@click=app.pwn]x.csv",
    b"spend<script>alert(1)</script>.csv", b"=cmd|calc!A0.csv", "touches\u202egnp\u200b.csv".encode(), b"-rf [/nope].csv", b"orders\x9d52;c;UFd=\x9c.csv", b"leads\x1b]52;c;UFdORUQ=\x07.csv",
)  # fmt: skip


def files() -> Iterator[tuple[bytes, str]]:
    made: tuple[Callable[[], str], ...] = (stores, products, lambda: tickets(2026), lambda: tickets(2025), surveys, spend, visits, touches, stock, shopify_orders, learnt_file)
    return ((name, make()) for name, make in zip(NAMES, made, strict=True))


def _named(value: Any, texts: Iterator[Hostile], short: bool = False) -> Any:
    """YAML of the shop, every label of it another hostile text before its own words."""
    if isinstance(value, list):
        return [_named(item, texts) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) <= {"en", "fr"} and all(isinstance(text, str) for text in value.values()):
        return {lang: f"{next(texts).text} {text}" for lang, text in value.items()}
    return {
        key: f"{next(texts).text} {item}" if key in ("owner", "source", "name") and isinstance(item, str) else _named(item, texts) for key, item in value.items()
    }  # fmt: skip


def make(root: Path) -> Workspace:
    """The workspace in a folder that does not exist, not loaded yet."""
    made = Workspace.create(root, sample=True)
    config = root / "config"
    texts = cycle(IN_FILES)
    for name in ("kpis", "objectives"):
        path = config / f"{name}.yaml"
        value = _named(load_yaml(path).value, texts)
        if name == "objectives":
            for objective in value["objectives"]:
                for target in objective.get("targets", []):
                    target.pop("within", None)
                    target.get("split", {}).pop("store", None)  # the sample's stores are not this shop's
                for action in objective.get("actions", []):
                    action.pop("where", None)
        path.write_text(written(value), encoding="utf-8")
    settings = load_yaml(config / "settings.yaml").value | {"name": f"{TERMINAL[3].text}{MARKUP[4].text}", "exports": ["exports"]}
    (config / "settings.yaml").write_text(written(_named(settings, texts)), encoding="utf-8")
    days = {"2025": "2025-04-02..2025-04-12", "2026": "2026-04-01..2026-04-11"}
    calendar = load_yaml(config / "calendar.yaml").value | {"default_grain": "month", "events": {"fair": {"name": {"en": TERMINAL[0].text, "fr": MARKUP[4].text}, "dates": days}}}
    (config / "calendar.yaml").write_text(written(calendar), encoding="utf-8")
    (config / "profiles").mkdir(exist_ok=True)
    (config / "profiles" / "own.leads.yaml").write_text(learnt(), encoding="utf-8")
    notes = [written({"at": f"2026-04-{1 + n % 28:02d}", "author": text_of(n, 1)[:60], "kpi": "revenue", "text": each.text}) for n, each in enumerate(IN_FILES)]
    (root / "notes.yaml").write_text("".join(f"- {line}\n" for line in notes), encoding="utf-8")
    marks = [{"name": each.text, "link": f"omnigap://explore?kpi=revenue&by=store&f=store:{each.name}"} for each in (*TERMINAL[:9], *MARKUP)]
    (root / "bookmarks.yaml").write_text(written(marks), encoding="utf-8")
    exports = root / "exports"
    for name, text in files():
        path = exports / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)  # `-rf [` is a folder
        path.write_bytes(text.encode())
    _workbook(exports / "entrees.xlsx")
    with zipfile.ZipFile(exports / "more.zip", "w") as pack:
        pack.writestr("m\x1b]0;PWN\x07[/nope].csv", visits().replace("/04/", "/02/"))
    return made


def loaded() -> Path:
    """The workspace with its exports loaded by the real command; what that printed stands beside it, in `load.out` and `load.err`. For reading only."""
    from tests import shop

    if pinned := os.environ.get("OMNIGAP_TEST_HOSTILE"):
        return Path(pinned) / "shop"
    base = Path(tempfile.gettempdir()) / f"omnigap-tests-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    if base.stat().st_uid != os.getuid():
        raise PermissionError(f"{base} belongs to somebody else")
    digest = hashlib.sha256(shop._digest().encode())
    for name in ("hostile_shop.py", "hostile_texts.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    folder = base / f"hostile-{digest.hexdigest()[:16]}"
    with (base / "lock.hostile").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=base, prefix="making-") as name:
                made = Path(name) / "both"
                made.mkdir()
                workspace = make(made / "shop")
                done = shop.omnigap("load", "-w", workspace.root)
                (made / "load.out").write_text(done.stdout, encoding="utf-8", newline="")
                (made / "load.err").write_text(done.stderr, encoding="utf-8", newline="")
                (made / "unknown.csv").write_text(unknown_layout(), encoding="utf-8")
                assert done.returncode == 0, done.stderr
                made.rename(folder)
    return folder / "shop"
