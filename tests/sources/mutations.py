"""Made-up files as they come when something went wrong on the way: damaged, cut, joined, edited by hand, or hostile."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable

import xlsxwriter

Mutation = Callable[[random.Random, bytes], bytes]

HUGE = ("9" * 400, "1e308", "-" + "9" * 30, "0." + "1" * 60, "1,234,567,890,123,456,789.00", "NaN", "inf", "٣٤٥", "1_000", "0x1F")
HOSTILE = (
    "=cmd|' /C calc'!A0", "'); DROP TABLE orders; --", "\x1b[2J\x1b]0;x\x07", "\u202eevil\u2066", "{{7*7}}", "[b]bold[/b]", "a" * 5000, "\u0000", "\ufeff", "\ud83d\ude00".encode(
        "utf-16", "surrogatepass").decode("utf-16"), "%s%n", "../../etc/passwd", "\u200b\u200d", "\x85\x9b", "é" * 50, '""""', "\\", "$1 $2 \\1", "NULL", "#REF!",
)  # fmt: skip
DATES = ("31/02/2026", "00/00/0000", "29.02.2025", "2026-13-45", "99999-01-01", "1899-12-31", "0001-01-01", "12/13/14", "Sept. 31, 2026", "2026-02-13T25:61:61+99:00", "46066.5")


def _text(data: bytes) -> str:
    for codec in ("utf-8-sig", "utf-16"):
        if codec == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _sign(text: str) -> str:
    head = text[:4000]
    return max(",;\t|", key=head.count)


def _rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=_sign(text)))
    except csv.Error:
        return [line.split(_sign(text)) for line in text.splitlines()]


def _back(rows: list[list[str]], sign: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


def flip_bytes(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def random_bytes(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.choice((1, 3, 50))) + data[at + rng.choice((0, 1, 20)) :]


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(1, len(data) + 1)]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 60) :]


def doubled(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return b"".join(lines[:at] + lines[at : at + 1] * rng.choice((2, 3, 30)) + lines[at + 1 :])


def joined_with_itself(rng: random.Random, data: bytes) -> bytes:
    return data + rng.choice((b"", b"\n", b"\r\n\r\n")) + data


def shuffled_lines(rng: random.Random, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    head = rng.choice((0, 1, 1, 1))
    rest = lines[head:]
    rng.shuffle(rest)
    return b"".join(lines[:head] + rest)


def swapped_cells(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    rows = _rows(text)
    for _ in range(rng.choice((1, 3, 12))):
        one, other = rng.choice(rows), rng.choice(rows)
        if one and other:
            a, b = rng.randrange(len(one)), rng.randrange(len(other))
            one[a], other[b] = other[b], one[a]
    return _back(rows, _sign(text))


def _put(values: tuple[str, ...]) -> Mutation:
    def put(rng: random.Random, data: bytes) -> bytes:
        text = _text(data)
        rows = _rows(text)
        for _ in range(rng.choice((1, 2, 6, 20))):
            row = rows[rng.randrange(min(1, len(rows) - 1), len(rows))]
            if row:
                row[rng.randrange(len(row))] = rng.choice(values)
        return _back(rows, _sign(text))

    return put


def signs(rng: random.Random, data: bytes) -> bytes:
    """Quotes, separators, breaks and NULs where none belong."""
    for _ in range(rng.choice((1, 2, 5))):
        at = rng.randrange(len(data))
        data = data[:at] + rng.choice((b'"', b'""', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\x00", b"\\", b'"\n"', b"\x1a", b"\xa0")) + data[at:]
    return data


def other_separator(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    sign = _sign(text)
    lines = text.split("\n")
    for at in rng.sample(range(len(lines)), rng.randrange(1, len(lines) + 1)):
        lines[at] = lines[at].replace(sign, rng.choice(",;\t| "))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def mixed_encodings(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    parts = text.splitlines(keepends=True)
    codecs = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-7", "cp437")
    first = rng.choice(codecs)
    at = rng.randrange(len(parts) + 1)
    return "".join(parts[:at]).encode(first, "replace") + "".join(parts[at:]).encode(rng.choice((first, *codecs)), "replace")


def header_edit(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    rows = _rows(text)
    wide = max(range(min(len(rows), 12)), key=lambda at: len(rows[at]))
    header = rows[wide]
    if not header:
        return data
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(header))
        kind = rng.randrange(6)
        if kind == 0:
            header[at] = ""
        elif kind == 1:
            header[at] = header[rng.randrange(len(header))]
        elif kind == 2:
            header[at] = header[at].upper() + " "
        elif kind == 3:
            header.insert(at, rng.choice(("new", "Total", "Date", "€", "a\nb")))
        elif kind == 4 and len(header) > 1:
            del header[at]
        else:
            header[at] = header[at][::-1]
    return _back(rows, _sign(text))


def blocks(rng: random.Random, data: bytes) -> bytes:
    """Pieces parted by blank lines, or any pieces, in another order."""
    sign = b"\n\n" if b"\n\n" in data else b"\n"
    parts = data.split(sign)
    rng.shuffle(parts)
    return sign.join(parts)


def ragged(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    rows = _rows(text)
    for row in rng.sample(rows, rng.randrange(1, len(rows) + 1)):
        if rng.random() < 0.5:
            row.extend(rng.choice(("", "x", "1")) for _ in range(rng.choice((1, 2, 9))))
        else:
            del row[rng.randrange(len(row) + 1) :]
    return _back(rows, _sign(text))


def zipped(rng: random.Random, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        archive.writestr("file.csv", data)
    packed = out.getvalue()
    return flip_bytes(rng, packed) if rng.random() < 0.7 else cut(rng, packed)


def gzipped(rng: random.Random, data: bytes) -> bytes:
    packed = gzip.compress(data, mtime=0)
    return rng.choice((flip_bytes, cut, joined_with_itself))(rng, packed)


def workbook(rng: random.Random, data: bytes) -> bytes:
    """The same cells in a sheet, numbers as numbers; then whole, mutated, or damaged."""
    out = io.BytesIO()
    text = _text(data)
    with xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        for name in ("Data", "Notes")[: rng.choice((1, 1, 2))]:
            sheet = book.add_worksheet(name)
            for at, cells in enumerate(_rows(text)[:200]):
                for place, cell in enumerate(cells[:300]):
                    value = cell[:30000]
                    if rng.random() < 0.01:
                        sheet.write_boolean(at, place, True)
                    elif rng.random() < 0.01:
                        sheet.write_formula(at, place, "=1/0", None, "#DIV/0!")
                    elif value.replace(".", "", 1).replace("-", "", 1).isascii() and value.replace(".", "", 1).isdigit() and len(value) < 15:
                        sheet.write_number(at, place, float(value))
                    elif value:
                        sheet.write_string(at, place, "".join(sign for sign in value if sign >= " " and not "\ud800" <= sign <= "\udfff"))
    packed = out.getvalue()
    return rng.choice((packed, packed, flip_bytes(rng, packed), cut(rng, packed)))


def _of_json(edit: Callable[[random.Random, object], object]) -> Mutation:
    def mutate(rng: random.Random, data: bytes) -> bytes:
        text = _text(data)
        try:
            return json.dumps(edit(rng, json.loads(text))).encode()
        except ValueError:
            lines = [line for line in text.splitlines() if line.strip()]
            at = rng.randrange(len(lines))
            try:
                lines[at] = json.dumps(edit(rng, json.loads(lines[at])))
            except ValueError:
                return cut(rng, data)
            return "\n".join(lines).encode()

    return mutate


VALUES: tuple[object, ...] = (None, True, "", "x", -1, 1e308, 10**40, 0.1, [], {}, [1, [2]], {"a": {"b": 1}}, *HOSTILE, *DATES)


def _walk(rng: random.Random, value: object) -> object:
    """Another value somewhere inside."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        kind = rng.randrange(8)
        if kind == 0:
            return {name: item for name, item in value.items() if name != key}
        if kind == 1:
            return {(name + "x" if name == key else name): item for name, item in value.items()}
        return value | {key: _walk(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], *([_walk(rng, value[at])] * rng.choice((1, 1, 1, 0, 2))), *value[at + 1 :]]
    return rng.choice(VALUES)


def _deep(rng: random.Random, value: object) -> object:
    deep: object = value
    for _ in range(rng.choice((5, 60, 600))):
        deep = [deep] if rng.random() < 0.5 else {"a": deep}
    return deep


TEXT: tuple[Mutation, ...] = (
    flip_bytes, random_bytes, cut, cut_out, doubled, joined_with_itself, shuffled_lines, swapped_cells, _put(HUGE), _put(HOSTILE), _put(DATES), signs,
    other_separator, mixed_encodings, header_edit, blocks, ragged, zipped, gzipped, workbook,
)  # fmt: skip
RECORDS: tuple[Mutation, ...] = (flip_bytes, random_bytes, cut, cut_out, doubled, joined_with_itself, signs, mixed_encodings, zipped, gzipped, _of_json(_walk), _of_json(_walk), _of_json(_deep))


def mutated(rng: random.Random, data: bytes) -> tuple[bytes, str]:
    """(other bytes, what was done)."""
    kinds = RECORDS if data.lstrip()[:1] in (b"{", b"[") else TEXT
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mutation = rng.choice(kinds)
        data = mutation(rng, data) or b"\n"
        done.append(getattr(mutation, "__name__", "mutation"))
    return data, "+".join(done)
