"""Currencies as cells write them: an ISO code, or the sign of an amount. A sign that several currencies use decides nothing."""

from __future__ import annotations

from kpi_core.sources.profiles.expression import quoted

CODES = (
    "EUR|USD|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|ZAR|BRL|MXN|SGD|HKD|KRW|AED|SAR|ILS|MAD|TND|XOF|XAF|XPF|BDT|TWD|THB|MYR"
    "|PHP|IDR|VND|CLP|COP|ARS|PEN|EGP|QAR|KWD|ISK|UAH|RSD|DZD"
)
# written before or after an amount, without its digits, in capitals
SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₫": "VND", "฿": "THB", "₴": "UAH", "US$": "USD", "$US": "USD",
    "CA$": "CAD", "C$": "CAD", "$CA": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "SG$": "SGD", "S$": "SGD", "NT$": "TWD", "MX$": "MXN",
    "R$": "BRL", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "LEI": "RON", "ЛВ": "BGN", "FCFA": "XOF", "CN¥": "CNY", "JP¥": "JPY", "RM": "MYR",
}  # fmt: skip
OPEN = {"$": ("USD", "CAD", "AUD", "MXN"), "KR": ("SEK", "NOK", "DKK"), "¥": ("JPY", "CNY"), "R": ("ZAR",), "FR": ("CHF",)}
# the signs that may stand beside the digits of an amount, as a pattern over capitals
_BARE = "|".join(sorted((mark.replace("$", r"\$") for mark in (*SIGNS, *OPEN)), key=len, reverse=True))
MARKS = rf"(?:(?:KR|FR|ЛВ)\.|{_BARE}|{CODES})"  # the point of `kr.` is none of the number


def sign(raw: str) -> str:
    """SQL: what stands beside the digits of a cell, in capitals, without blanks and points; '' for a bare number."""
    return f"upper(regexp_replace({raw}, '[-+−()0-9.,''’%\\s\\x{{a0}}\\x{{202f}}\\x{{2009}}]+', '', 'g'))"


def code(raw: str, answer: str | None) -> str:
    """SQL of the ISO code of a cell; `answer` stands for signs that decide nothing, and for none at all."""
    whens = " ".join(f"WHEN {quoted(text)} THEN {quoted(iso)}" for text, iso in SIGNS.items())
    if answer is not None:
        meant = [text for text, codes in OPEN.items() if text == "$" or answer in codes]
        whens += " " + " ".join(f"WHEN {quoted(text)} THEN {quoted(answer)}" for text in (*meant, ""))
    spelt = f"nullif(regexp_extract({sign(raw)}, '^({CODES})$', 1), '')"
    return f"CASE WHEN regexp_full_match({raw}, '(?i)[a-z]{{3}}') THEN upper({raw}) ELSE CASE {sign(raw)} {whens} ELSE {spelt} END END"


def undecided(raw: str) -> str:
    """SQL: the cell is an amount or a sign, and names no currency for sure; it is no mistake of the file."""
    return f"({sign(raw)} IN ({', '.join(quoted(text) for text in ('', *OPEN))}))"
