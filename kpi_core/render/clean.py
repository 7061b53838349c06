"""What every string that omnigap did not write itself passes before it reaches a terminal, a widget or an export."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x00AD, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))
_FILLERS = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, 0xFFA0)
# How wide an emoji of several characters is, terminals do not agree on: a family becomes its members, a flag its two letters,
# a coloured sign the plain one. What is left is as wide everywhere.
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), 0x20E3, *range(0x1F3FB, 0x1F400))
_FLAGS = {0x1F1E6 + n: ord("A") + n for n in range(26)}
_LINES = (0x2028, 0x2029)
_MAP: dict[int, int | None] = {
    **{code: 0x2400 + code for code in range(32)},  # ␛ shows that an escape was there, and does nothing
    127: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((*_BIDI, *_INVISIBLE, *_FILLERS, *_SELECTORS), None),
    **_FLAGS,
    **dict.fromkeys(_LINES, 0x20),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),  # lone surrogates cannot be encoded
}
# More than three marks on one letter climb over the lines above and below.
_STACKED = re.compile(r"([̀-ͯ҃-҉᪰-᫿⃐-⃿]{3})[̀-ͯ҃-҉᪰-᫿⃐-⃿]+")
_JOINERS = re.compile("(?<![\u0600-\u109f])[\u200c\u200d]+")  # only scripts from Arabic to Burmese are written with them
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?%?")
# What nothing that leaves omnigap may hold, cleaned or not: controls (a line break and a tab are for whoever writes lines), direction, the unseen.
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029"
_UNSEEN = "\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
FOREIGN_SIGNS = _CONTROLS + _UNSEEN  # as a class of a regular expression
FOREIGN = re.compile(f"\r\n|[{FOREIGN_SIGNS}]")
_COLOUR = re.compile(r"(\x1b\[\d{0,3}m)")
_ESCAPED = re.compile(r"\\(?:u00([01][0-9a-fA-F])|.)")
_SHORT = {"\\b": "\u2408", "\\f": "\u240c", "\\r": "\u240d"}
_FORMULA = "=+-@＝＋－＠"
_BLANK = "\t\r\n"


def clean(text: str, limit: int = 500) -> str:
    """`text` with nothing in it that a terminal would obey or that hides other text; at most `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _STACKED.sub(r"\1", unicodedata.normalize("NFC", _JOINERS.sub("", text.translate(_MAP))))


def clean_block(text: str, limit: int = 20_000) -> str:
    """`clean` for text of several lines: line breaks stay, tabs become spaces."""
    return "\n".join(clean(line.replace("\t", "    "), limit) for line in text[:limit].replace("\r\n", "\n").split("\n"))


def guarded(text: str) -> str:
    """The last line of defence for text that is written out: what `clean` should have taken away, and nothing else. Line breaks and tabs stay."""
    return FOREIGN.sub(_harmless, text) if FOREIGN.search(text) else text


def guarded_output(text: str, colours: bool = False) -> str:
    """`guarded` for what a command prints, with `colours` where omnigap's own codes stay (`render.table.as_text` has guarded what stands between them)."""
    if colours and "\x1b" in text:
        return "".join(part if _COLOUR.fullmatch(part) else guarded(part) for part in _COLOUR.split(text))
    return guarded(text)


def guarded_json(text: str) -> str:
    """`guarded` for JSON: also what stands there as an escape, so that whoever decodes it prints no control character either."""
    return _ESCAPED.sub(_unescaped, guarded(text)) if "\\" in text else guarded(text)


def _unescaped(found: re.Match[str]) -> str:
    return _SHORT.get(found[0], found[0]) if found[1] is None else chr(0x2400 + int(found[1], 16)) if int(found[1], 16) < 32 else found[0]


def _harmless(found: re.Match[str]) -> str:
    return found[0] if found[0] == "\r\n" else found[0].translate(_MAP)


def csv_safe(text: str) -> str:
    """`text` as a cell that no spreadsheet reads as a formula: a quote goes before it, unless it is a plain number."""
    if not text or _PLAIN_NUMBER.fullmatch(text):
        return text
    if text[0] in _FORMULA or text[0] in _BLANK or text[0] == "\0" or text.lstrip()[:1] in tuple(_FORMULA):
        return "'" + text
    return text


_ASCII = str.maketrans(
    {
        "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "…": "...", "·": ".", "•": "*", "◦": "-",
        "→": "->", "←": "<-",
        "≤": "<=", "≥": ">=", "×": "x", "÷": "/", "€": "EUR", "£": "GBP", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss",
        "‹": "<", "›": ">", "▸": ">", "●": "*", "◐": "o", "○": "o", "✓": "OK", "✗": "!!", "▲": "^", "▼": "v", "≠": "!=", "±": "+/-", "°": "o",
        "━": "=", "─": "-", "│": "|", "┃": "|", "╌": "-",
        "\u202f": " ", "\u00a0": " ",
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """The nearest text of ASCII characters only; what has none becomes `?`, or two of them where it is two cells wide."""
    if text.isascii():
        return text
    return "".join(map(_one_ascii, text.translate(_ASCII)))


@lru_cache(maxsize=4096)
def _one_ascii(char: str) -> str:
    """A character folded; one of two cells keeps them, because its line is laid out already."""
    if char.isascii():
        return char
    folded = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).encode("ascii", "replace").decode("ascii")
    return folded.ljust(2, "?" if folded == "?" else " ") if unicodedata.east_asian_width(char) in "WF" else folded
