"""Texts that may name somebody: what of them may be kept or told.

Columns of names, addresses, phones and comments are never read into the store, and what identifies a customer becomes a keyed hash. This is for
what is left: an address in the title of a line, in the parameters of a page, in a cell that a message quotes.
"""

from __future__ import annotations

import re

HIDDEN = "…"  # stands for what may be somebody's
# Written for RE2 as well: no look-around, no back reference. An address in a link has its sign as %40.
EMAIL = r"[\p{L}\p{N}._+-]+(@|%40)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,24}"
PHONE = r"\+\d{1,3}[ .\x{a0}\x{202f}()/-]?\d[\d .\x{a0}\x{202f}()/-]{5,16}\d"
IBAN = r"\b[A-Z]{2}\d{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}\b"

_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,24}", re.IGNORECASE)
_PHONE = re.compile(r"\+\d{1,3}[ .\u00a0\u202f()/-]?\d[\d .\u00a0\u202f()/-]{5,16}\d|(?<![\d.,-])0\d(?:[ .\u00a0\u202f]\d{2}){4}(?![\d.,])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CARD = re.compile(r"(?<![\w.-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{1,7}(?![\w.-])")
_LONG = re.compile(r"\d(?:[ .\u00a0\u202f()/-]{0,2}\d){8,}")  # a phone or a card as nobody else writes it, a number of a client
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Words that stand in cells of numbers and days without being anybody: months and days, cut or whole, currencies, nothing.
_NAMES = (
    "january february march april may june july august september october november december janvier février fevrier mars avril mai juin juillet août aout "
    "septembre octobre novembre décembre decembre januar februar märz juni juli oktober dezember enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre monday tuesday wednesday thursday "
    "friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag"
)
_OTHERS = (
    "am pm utc gmt cest cet eur euro euros usd gbp chf jpy dollar livre pound none null nan inf true false vrai faux yes no oui non total kg pcs ttc ht "
    "tbd na th st nd rd le du de"
)
_USUAL = {name[:size] for name in _NAMES.split() for size in range(3, len(name) + 1)} | set(_OTHERS.split())


def masked(text: str) -> str:
    """The text without e-mail addresses, phones with a calling code or in pairs, IBANs and card numbers (those whose check digits hold)."""
    if "@" in text or "%40" in text:
        text = _EMAIL.sub(HIDDEN, text)
    if any(sign.isdecimal() for sign in text):
        text = _PHONE.sub(HIDDEN, text)
        text = _IBAN.sub(lambda found: HIDDEN if _is_iban(found[0]) else found[0], text)
        text = _CARD.sub(lambda found: HIDDEN if _is_card(found[0]) else found[0], text)
    return text


def masked_words(text: str) -> str:
    """`masked` for people's own words, where no number is worth keeping: any of nine digits or more goes too."""
    return _LONG.sub(HIDDEN, masked(text))


def quiet(error: BaseException) -> str:
    """The first line of an error of DuckDB or of a reader of files, without the values that it quotes."""
    lines = str(error).splitlines()
    return masked(_QUOTED.sub(f"'{HIDDEN}'", lines[0])) if lines else type(error).__name__


def quiet_traceback(text: str) -> str:
    """A traceback without what may name somebody: messages of DuckDB quote cells."""
    lines = [_QUOTED.sub(f"'{HIDDEN}'", line) if line.lstrip().startswith(("duckdb.", "_duckdb.")) else line for line in text.splitlines(keepends=True)]
    return masked("".join(lines))


def names_somebody(text: str) -> bool:
    """Might a cell where a number or a day is due be a name or an address that slipped there? A word with a capital, or several words."""
    words = [word for word in _WORD.findall(text) if word.casefold() not in _USUAL]
    return len(words) > 1 or any(word[0].isupper() for word in words)


def _is_iban(text: str) -> bool:
    """ISO 13616: the check digits make it 1 modulo 97."""
    signs = text.replace(" ", "")
    digits = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
    return 15 <= len(signs) <= 34 and int(digits) % 97 == 1


def _is_card(text: str) -> bool:
    """ISO/IEC 7812: the sum of Luhn."""
    digits = [int(sign) for sign in text if sign.isdecimal()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
