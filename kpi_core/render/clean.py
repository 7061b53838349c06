"""What every string that omnigap did not write itself passes before it reaches a terminal, a widget or an export."""

from __future__ import annotations

import re
import unicodedata

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = (0x00AD, 0x180E, 0x200B, 0x2060, *range(0x2061, 0x2065), 0xFEFF, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))
_LINES = (0x2028, 0x2029)
_MAP: dict[int, int | None] = {
    **{code: 0x2400 + code for code in range(32)},  # ␛ shows that an escape was there, and does nothing
    127: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys((*_BIDI, *_INVISIBLE), None),
    **dict.fromkeys(_LINES, 0x20),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),  # lone surrogates cannot be encoded
}
# More than three marks on one letter climb over the lines above and below.
_STACKED = re.compile(r"([̀-ͯ҃-҉᪰-᫿⃐-⃿]{3})[̀-ͯ҃-҉᪰-᫿⃐-⃿]+")
_PLAIN_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?%?")
_FORMULA = "=+-@＝＋－＠"
_BLANK = "\t\r\n"


def clean(text: str, limit: int = 500) -> str:
    """`text` with nothing in it that a terminal would obey or that hides other text; at most `limit` characters."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _STACKED.sub(r"\1", unicodedata.normalize("NFC", text.translate(_MAP)))


def clean_block(text: str, limit: int = 20_000) -> str:
    """`clean` for text of several lines: line breaks stay, tabs become spaces."""
    return "\n".join(clean(line.replace("\t", "    "), limit) for line in text[:limit].replace("\r\n", "\n").split("\n"))


def csv_safe(text: str) -> str:
    """`text` as a cell that no spreadsheet reads as a formula: a quote goes before it, unless it is a plain number."""
    if not text or _PLAIN_NUMBER.fullmatch(text):
        return text
    if text[0] in _FORMULA or text[0] in _BLANK or text[0] == "\0" or text.lstrip()[:1] in tuple(_FORMULA):
        return "'" + text
    return text


_ASCII = str.maketrans(
    {
        "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-", "…": "...", "·": ".", "→": "->", "←": "<-",
        "≤": "<=", "≥": ">=", "×": "x", "÷": "/", "€": "EUR", "£": "GBP", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss",
        "‹": "<", "›": ">", "▸": ">", "●": "*", "◐": "o", "○": "o", "✓": "OK", "✗": "!!", "▲": "^", "▼": "v", "≠": "!=", "±": "+/-", "°": "o",
        "━": "=", "─": "-", "│": "|", "┃": "|", "╌": "-",
        "\u202f": " ", "\u00a0": " ",
    }
)  # fmt: skip


def to_ascii(text: str) -> str:
    """The nearest text of ASCII characters only; what has none becomes `?`."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKD", text.translate(_ASCII))
    return "".join(c for c in folded if not unicodedata.combining(c)).encode("ascii", "replace").decode("ascii")
