"""What customers write in surveys: nothing of it anywhere unless the workspace says so, and then masked, short, and in the records alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from every_twin import TWINS, data_of
from source_files import KEY, PROFILES
from test_store_privacy import found_in, texts

from kpi_core.config.layouts import Answers, Layouts
from kpi_core.config.settings_file import SettingsFile
from kpi_core.engine.result import Period
from kpi_core.errors import ConfigError
from kpi_core.personal import HIDDEN
from kpi_core.sources import convert, recognise
from kpi_core.sources.convert import compile_profile
from kpi_core.sources.profiles.comments import comments_of, without_comments
from kpi_core.sources.profiles.language import Emit
from kpi_core.sources.rows.comments import LONGEST, shorten
from kpi_core.store import SourceImporter, Workspace, load_with, open_reader, set_status, verify
from kpi_core.store.forget import forget
from kpi_core.store.forget_comments import Silenced, count_comments, forget_comments
from kpi_core.workbench.bench import Workbench
from kpi_core.workbench.exporting import export_workspace

HEAD = "Domain Url,Review Id,Review Created (UTC),Review User Email,Review Title,Review Content,Review Stars,Reference Id\n"
CARD, IBAN = "4111 1111 1111 1111", "FR76 3000 6000 0112 3456 7890 189"
ROWS = (
    f'lin.example,t1,2026-10-01 12:00:00,zoe@seed.example,Fine,"Marvellous teapot, write to zoe@seed.example or 06 12 34 56 78 / 0612345678, {CARD}, {IBAN}",5,#1\n'
    f'lin.example,t2,2026-10-02 12:00:00,,Long,"{"grand " * 82}max.plum@seed.example",4,\n'
    "lin.example,t3,2026-10-03 12:00:00,,None,,4,\n"
)
PERSONAL = {"seed.example", "zoe@", "12 34 56 78", "0612345678", "4111", "3000 6000", "max.plum"}
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), "range", "2026-10-01..2026-10-31")
WORDS = {"Marvellous", "teapot", "grand grand"}


def loaded(folder: Path, comments: bool) -> Workspace:
    space = Workspace.create(folder / "shop")
    (space.exports_dir / "reviews.csv").write_text(HEAD + ROWS, encoding="utf-8")
    report = load_with(space, [space.exports_dir], SourceImporter(PROFILES, "Europe/Paris", "FR", confirm=True, comments=comments))
    assert [file.status for file in report.files] == ["loaded"] and report.files[0].account.rows_used == 3
    return space


@contextmanager
def bench(space: Workspace) -> Iterator[Any]:
    opened = Workbench.open(space.root, "en")
    try:
        yield opened.desk
    finally:
        opened.close()


def answers(space: Workspace) -> list[tuple[Any, ...]]:
    with open_reader(space) as reader:
        return reader.execute("select day, channel, kind, score, load_id, file_line from surveys order by all")


def test_comments_are_nowhere_unless_the_workspace_says_so(tmp_path: Path) -> None:
    assert SettingsFile(version=1).privacy.comments is False
    space = loaded(tmp_path, comments=False)
    assert found_in(space.warehouse, PERSONAL | WORDS) == []
    raw = [path.name for path in space.warehouse.rglob("*") if path.is_file() and any(word.encode() in path.read_bytes() for word in PERSONAL | WORDS)]
    assert raw == [] and found_in(space.exports_dir, WORDS)
    with bench(space) as desk:
        page = desk.engine.records("csat", (), OCTOBER, 0, 50)
    assert page.total == 3 and "comment" not in page.columns  # a column without anything is none
    undecided = Workspace.create(tmp_path / "asked")  # the format asks first, with the first rows: not with anybody's words
    (undecided.exports_dir / "reviews.csv").write_text(HEAD + ROWS, encoding="utf-8")
    report = load_with(undecided, [undecided.exports_dir], SourceImporter(PROFILES, layouts=Layouts(), comments=True))
    assert report.undecided and found_in(undecided.warehouse, PERSONAL | WORDS) == []


def test_comments_are_kept_masked_and_shown_in_the_records_alone(tmp_path: Path) -> None:
    space = loaded(tmp_path, comments=True)
    assert found_in(space.warehouse, PERSONAL) == []
    holding = {name.partition("/")[0] + (":" + name.partition(":")[2] if ":" in name else "") for name, _ in found_in(space.warehouse, {"teapot"})}
    assert holding == {"batches", "facts", "marts:surveys"}
    with bench(space) as desk:
        page = desk.engine.records("csat", (), OCTOBER, 0, 50)
    place = page.columns.index("comment")
    first, second, third = (row[place] for row in page.rows)
    assert first == f"Marvellous teapot, write to {HIDDEN} or {HIDDEN} / {HIDDEN}, {HIDDEN}, {HIDDEN}" and third is None
    assert isinstance(second, str) and 400 < len(second) <= LONGEST and second.startswith("grand grand") and "@" not in second
    (tmp_path / "out").mkdir()
    assert export_workspace(space.root, tmp_path / "out" / "numbers.duckdb").rows
    assert any(name.endswith("surveys") for name, _ in texts(tmp_path / "out")) and found_in(tmp_path / "out", WORDS) == []


def test_kept_comments_can_be_taken_out_for_good(tmp_path: Path) -> None:
    space = loaded(tmp_path, comments=True)
    before = answers(space)
    set_status(space, [1], "undone")  # what counts no more is there still
    assert count_comments(space).comments == 2 and found_in(space.warehouse, WORDS)
    done = forget_comments(space)
    assert (done.comments, done.loads, done.pinned) == (2, 1, 0) and found_in(space.warehouse, WORDS) == []
    set_status(space, [1], "active")
    assert answers(space) == before and found_in(space.warehouse, WORDS) == [] and verify(space) == []
    assert forget_comments(space) == Silenced(0, 0, 0)


def test_an_address_that_is_cut_is_masked_first() -> None:
    for before in range(440, 2100, 7):
        told = shorten("a " * (before // 2) + "zoe.quillfeather@seed.example " + "b " * 900)
        assert told is not None and len(told) <= LONGEST and "zoe" not in told and "seed" not in told
    for start in (1960, 1980, 1990, 1999):
        assert "30006" not in (shorten(f"{'e ' * (start // 2)}FR7630006000011234567890189") or "").replace(" ", "")
    dense = " ".join(["a.b@seed.example"] * 200) + "x"  # all that is looked at becomes so short that its very edge is kept
    assert "seed" not in (shorten(dense) or "") and "a.b" not in (shorten(dense) or "")
    assert shorten("x" * 3000) is None and shorten("plain words, 5 of 5 on 2026") == "plain words, 5 of 5 on 2026"


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("trustpilot.reviews", {"Très bien, merci =)"}),
        ("delighted.responses", {"Rapide"}),
        ("google_business.reviews", {"(Translated by Google) Great"}),
        ("etsy.reviews", {"Bien"}),
    ],
)
def test_what_each_format_gives(tmp_path: Path, profile: str, words: set[str]) -> None:
    twin = next(twin for twin in TWINS.values() if twin.profile == profile)
    (tmp_path / twin.name).write_bytes(data_of(twin))
    con, found = duckdb.connect(), []
    for asked in (True, False):
        done = convert(con, recognise(tmp_path / twin.name, PROFILES), key=KEY, answers=Answers(confirmed=True), comments=asked)
        found.append({row[0] for row in con.execute(f"select comment from {done.tables['feedback']}").fetchall()} - {None})
    assert words <= found[0] and found[1] == set()


def test_a_profile_makes_nothing_but_a_comment_of_comments(tmp_path: Path) -> None:
    assert sum(bool(comments_of(profile.spec)) for profile in PROFILES) >= 4
    for emits in ('kind: "words"', 'kind: "\'csat\'", store: "upper(words)"'):
        path = tmp_path / "mine.yaml"
        path.write_text(
            "profile: 1\nid: mine.reviews\ntitle: {en: Mine}\nevidence: template\ncolumns:\n  id: {from: [Id X], required: true}\n"
            f"  words: {{from: [Words X], as: comment}}\nemit:\n  feedback: {{columns: {{feedback_id: id, {emits}, comment: words}}}}\n"
        )
        profile, _ = PROFILES.with_file(path)
        with pytest.raises(ConfigError, match="words"):
            compile_profile(duckdb.connect(), profile)
    path.write_text(path.read_text().replace("comment: words", "comment: id"))  # nor does anything else become one where none is kept
    silent = without_comments(PROFILES.with_file(path)[0]).spec
    assert all("comment" not in emit.columns for emit in (silent.emit["feedback"],) if isinstance(emit, Emit)) and set(silent.columns) == {"id"}


def test_the_words_of_a_forgotten_customer_go_too(tmp_path: Path) -> None:
    space = loaded(tmp_path, comments=True)
    forget(space, ["zoe@seed.example"])
    assert found_in(space.warehouse, {"teapot"}) == [] and found_in(space.warehouse, {"grand grand"}) != []
    (space.exports_dir / "later.csv").write_text(HEAD + ROWS + "lin.example,t4,2026-10-04 12:00:00,,None,,4,\n", encoding="utf-8")
    load_with(space, [space.exports_dir], SourceImporter(PROFILES, "Europe/Paris", "FR", confirm=True, comments=True))
    assert len(answers(space)) == 4 and found_in(space.warehouse, {"teapot"}) == []
