"""Every wrong input is refused with its reason and place, and no row is ever lost without a word."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_files import KEY, PROFILES, TICKET_HEADER, TICKETS, Loaded, order, shopify, tickets, write

from kpi_core.errors import AmbiguousFormat, DamagedFile, OmnigapError, SourceError, UnknownFormat
from kpi_core.sources import Account, Profiles, convert, recognise

TEXT = "\n".join([TICKET_HEADER, *TICKETS]) + "\n"


def refused(path: Path, kind: type[OmnigapError] = SourceError) -> OmnigapError:
    with pytest.raises(kind) as caught:
        Loaded(path)
    assert caught.value.where is not None
    assert caught.value.where.file == str(path)
    return caught.value


def test_no_such_file(tmp_path: Path) -> None:
    assert "no such file" in str(refused(tmp_path / "missing.csv"))


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in str(refused(tmp_path))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(tickets(tmp_path))
    assert "link" in str(refused(link))


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in str(refused(tmp_path / "pipe.csv"))


@pytest.mark.parametrize("content", [b"", b"\n \n", gzip.compress(b"", mtime=0)], ids=["nothing", "blank lines", "gzip of nothing"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    assert "empty" in str(refused(write(tmp_path, "empty.csv", content)))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04" + b"x" * 50, "Excel"), (b"PAR1" + b"x" * 50, "Parquet"), (b"a;b\n1;2\n\x00\x01\x02\x03" * 9, "byte 8"), (bytes(range(256)) * 20, "byte 0")],
)
def test_binary(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in str(refused(write(tmp_path, "data.csv", content), DamagedFile))


def test_utf16_mark_before_8_bit_text(tmp_path: Path) -> None:
    assert "8-bit text at byte 2" in str(refused(write(tmp_path, "x.csv", b"\xff\xfe" + TEXT.encode()), DamagedFile))


def test_utf16_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    data = TEXT.encode("utf-16")[:-1]
    assert f"damaged at byte {len(data) - 1}" in str(refused(write(tmp_path, "x.csv", data), DamagedFile))


def test_neither_utf8_nor_cp1252(tmp_path: Path) -> None:
    data = TEXT.encode().replace(b"Chemise", b"Chem\x81se", 1)
    assert f"byte {data.index(0x81)}" in str(refused(write(tmp_path, "x.csv", data), DamagedFile))


@pytest.mark.parametrize(("cut", "said"), [(slice(0, -9), "cut short"), (slice(0, 40), "cut short")])
def test_truncated_gzip(tmp_path: Path, cut: slice, said: str) -> None:
    path = tmp_path / "tickets.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode() * 3)[cut])
    assert said in str(refused(path, DamagedFile))


def test_damaged_gzip(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(os.urandom(4000).hex().encode()))
    data[300:310] = b"\x00" * 10
    path = tmp_path / "x.csv.gz"
    path.write_bytes(bytes(data))
    assert "gzip" in str(refused(path, DamagedFile))


def test_gzip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a;b\n" + b"0" * (64 << 20)))
    assert "more than is safe" in str(refused(path, DamagedFile))


def test_another_shape_names_the_nearest_profile(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "x.csv", "MAGASIN;TICKET;LIGNE;DATE;ARTICLE;MONTANT;TVA\nA;1;1;01/01/2026;X;1;0\n"), UnknownFormat)
    assert "till tickets (6 of 7 columns)" in str(error)
    assert "missing: QTE, MT_TTC" in str(error)


def test_one_column_too_many_for_a_closed_template_is_named(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "x.csv", "MAGASIN;NOM;SURFACE\nA;B;12\n"), UnknownFormat)
    assert "not known to this format: surface" in str(error)


def test_nothing_in_common_with_any_format(tmp_path: Path) -> None:
    assert "no known export" in str(refused(write(tmp_path, "x.csv", "alpha,beta\n1,2\n"), UnknownFormat))


@pytest.mark.parametrize("text", ["hello", '{"a": 1}', "no delimiter here\nat all\n"])
def test_text_that_is_no_table(tmp_path: Path, text: str) -> None:
    refused(write(tmp_path, "x.csv", text), UnknownFormat)


def test_header_only(tmp_path: Path) -> None:
    assert "a header and no rows" in str(refused(tickets(tmp_path, [])))


@pytest.mark.parametrize("row", [0, 3, 4])
def test_unterminated_quote_names_its_line(tmp_path: Path, row: int) -> None:
    rows = list(TICKETS)
    rows[row] = rows[row].replace(";Mode;", ';"Mode;')
    error = refused(tickets(tmp_path, rows), DamagedFile)
    assert error.where is not None
    assert error.where.line == row + 2


def test_a_quote_that_swallows_rows_until_the_next_quote(tmp_path: Path) -> None:
    rows = [TICKETS[0].replace("Chemise", '"Chemise'), TICKETS[1], TICKETS[2].replace("Veste d'été", 'Veste"'), *TICKETS[3:]]
    assert "line 2" in str(refused(tickets(tmp_path, rows), DamagedFile))


def test_a_huge_cell(tmp_path: Path) -> None:
    assert "larger than" in str(refused(tickets(tmp_path, [TICKETS[0].replace("Chemise", "x" * (2 << 20))]), DamagedFile))


def test_ragged_rows_are_rejected_with_their_line(tmp_path: Path) -> None:
    rows = [*TICKETS[:2], "LYO;9;900;1;03/04/2026", "LYO;9;901;1;03/04/2026" + ";x" * 20, *TICKETS[3:]]
    account = Loaded(tickets(tmp_path, rows)).account
    assert [(item.line, item.value, item.why) for item in account.rejected] == [
        (4, "5 / 19", "the row has another number of cells than the header"),
        (5, "25 / 19", "the row has another number of cells than the header"),
    ]
    assert (account.rows_read, account.rows_used, account.rejected_count) == (6, 4, 2)


def test_trailing_separators_of_a_resaved_file_are_no_fault(tmp_path: Path) -> None:
    again = Loaded(tickets(tmp_path, [row + ";;;" for row in TICKETS], name="again.csv"))
    assert again.account.rejected_count == 0
    assert again.everything() == Loaded(tickets(tmp_path)).everything()


def test_one_unreadable_line_refuses_its_whole_ticket(tmp_path: Path) -> None:
    rows = [TICKETS[0], TICKETS[1].replace("183,33", "beaucoup"), *TICKETS[2:]]
    till = Loaded(tickets(tmp_path, rows))
    assert [(item.line, item.column, item.value, item.why) for item in till.account.rejected] == [
        (2, "", "", "another line of the same document could not be read"),
        (3, "TVA", "beaucoup", "cannot be read as money"),
    ]
    assert till.rows("orders", "order_ref") == [("102",)]


def test_an_empty_needed_cell_is_named(tmp_path: Path) -> None:
    account = Loaded(tickets(tmp_path, [TICKETS[0].replace(";A1;", ";;"), *TICKETS[3:]])).account
    assert [(item.line, item.column, item.why) for item in account.rejected] == [(2, "ARTICLE", "a value is needed here")]


@pytest.mark.parametrize("value", ["31/02/2026", "2026-13-01", "12/31/2026", "46000", "hier"])
def test_a_date_that_is_none_is_refused_not_guessed(tmp_path: Path, value: str) -> None:
    account = Loaded(tickets(tmp_path, [TICKETS[0].replace("03/04/2026", value), *TICKETS[3:]])).account
    assert [(item.column, item.value) for item in account.rejected] == [("DATE", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,56", "1234.56"),
        ("1\u202f234,56\u00a0€", "1234.56"),
        ("(3,00)", "-3"),
        ("2,50-", "-2.5"),
        ("-€12,00", "-12"),
        ("1.234.567,8", "1234567.8"),
        ("US$9,72", "9.72"),
        (",5", "0.5"),
    ],
)
def test_money_as_people_write_it(tmp_path: Path, text: str, value: str) -> None:
    costs = Loaded(write(tmp_path, "costs.csv", f"ARTICLE;DEBUT;COUT\nA;01/02/2026;{text}\nB;01/02/2026;0,25\n"))
    assert [float(cost) for (cost,) in costs.rows("product_costs", "unit_cost", "WHERE sku = 'A'")] == [float(value)]


@pytest.mark.parametrize("text", ["12.5", "1.23,4", "12abc", "1,2,3", "EURO 5", "--5x"])
def test_money_that_does_not_fit_its_column_is_refused(tmp_path: Path, text: str) -> None:
    costs = Loaded(write(tmp_path, "costs.csv", f"ARTICLE;DEBUT;COUT\nA;01/02/2026;{text}\nB;01/02/2026;0,25\nC;01/02/2026;0,35\nD;01/02/2026;0,45\n"))
    assert [(item.line, item.column, item.value) for item in costs.account.rejected] == [(2, "COUT", text)]


def test_an_undecidable_decimal_mark_is_asked_not_chosen(tmp_path: Path) -> None:
    error = refused(write(tmp_path, "costs.csv", 'sku,valid from,unit cost\nA,2026-02-01,"1,234"\n'))
    assert "unit cost: does 1,234 mean 1.234 or 1234?" in str(error)


def test_a_sibling_column_decides_the_decimal_mark(tmp_path: Path) -> None:
    text = "date;platform;campaign;source;cost;impressions\n2026-02-01;P;C;Email;16,26;1.204\n"
    assert Loaded(write(tmp_path, "spend.csv", text)).rows("ad_spend", "impressions") == [(1204,)]


def test_nothing_is_left_in_the_connection_after_a_refusal(tmp_path: Path) -> None:
    con = duckdb.connect()
    recognised = recognise(tickets(tmp_path, [TICKETS[0], TICKETS[1].replace("Mode;1", '"Mode;1')]), PROFILES)
    with pytest.raises(DamagedFile):
        convert(con, recognised, key=KEY)
    assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


def test_two_profiles_that_claim_one_header_are_never_chosen_between(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    for name in ("one", "two"):
        text = f"profile: 1\nid: {name}\ntitle: {{en: {name}}}\nevidence: parser\ncolumns:\n  sku: {{from: [sku], required: true}}\n"
        text += "emit:\n  products:\n    columns: {sku: sku}\n"
        (folder / f"{name}.yaml").write_text(text)
    with pytest.raises(AmbiguousFormat, match="one, two"):
        recognise(write(tmp_path, "x.csv", "sku,other\nA,1\n"), Profiles.load(folder))


def test_quoted_breaks_and_hostile_text_go_through(tmp_path: Path) -> None:
    rows = [order("#1", Lineitem_name='=cmd|"x"\n,;\'', Note_Attributes="a: 1\nb: 2\n" * 30), order("#2")]
    shop = Loaded(write(tmp_path, "orders.csv", shopify(rows)))
    assert shop.rows("order_lines", "title, file_line", "ORDER BY 2")[0] == ('=cmd|"x" ,;\'', 2)
    assert shop.account.rows_read == 2


ALPHABET = st.sampled_from([*list(";,\"'\n\r\t 0123456789.-€éA#"), "\x1b", "\u202e", "100", "LYO"])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(st.tuples(st.integers(0, len(TEXT) - len(TICKET_HEADER) - 2), st.integers(0, 12), st.lists(ALPHABET, max_size=6)), min_size=1, max_size=4)
)
def test_every_row_of_a_mutated_file_is_accounted_for(tmp_path: Path, edits: list[tuple[int, int, list[str]]]) -> None:
    body = TEXT[len(TICKET_HEADER) + 1 :]
    for at, length, put in edits:
        body = body[:at] + "".join(put) + body[at + length :]
    path = write(tmp_path, "mutated.csv", TICKET_HEADER + "\n" + body)
    con = duckdb.connect()
    con.execute("SET threads = 1")
    try:
        account: Account = convert(con, recognise(path, PROFILES), key=KEY).account
    except SourceError as error:
        assert error.where is not None
        return
    assert account.balanced, account
    assert account.rows_read <= body.count("\n") + body.count("\r") + 1
    assert account.rejected_count == len(account.rejected)
    assert all(item.why and item.line > 1 for item in account.rejected)
