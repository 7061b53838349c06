"""Texts that attack whoever shows or exports them, one list for all tests, and what is found of them in what came out.

Each text stands between marks of plain letters, `Q<name>` and `Z<name>`, by which it is found again however it was cleaned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    """`text` as it lies in a file. `raw` must never come out; `literal` is what a reader sees of it where nothing is cut."""

    name: str
    text: str
    literal: str = ""

    @property
    def marks(self) -> tuple[str, str]:
        return f"Q{self.name}", f"Z{self.name}"


def _between(name: str, text: str, literal: str = "") -> Hostile:
    return Hostile(name, f"Q{name}{text}Z{name}", literal)


BELL, ST = "\x07", "\x1b\\"
TERMINAL = (  # what a terminal obeys or is misled by
    _between("osc52", f"\x1b]52;c;UFdORUQ={BELL}", "52;c;UFdORUQ="),
    _between("oscst", f"\x1b]52;c;UFdORUQ={ST}"),
    _between("osc8", f"\x1b]8;;http://evil.example{ST}clk\x1b]8;;{ST}", "clk"),
    _between("csi", "\x1b[2J\x1b[31mred"),
    _between("title", f"\x1b]0;PWNTITLE{BELL}"),
    _between("open", "\x1b]0;never closed "),  # swallows the screen up to the next terminator
    _between("c1csi", "\x9b31m\x9b2J"),
    _between("c1osc", "\x9d52;c;UFdORUQ=\x9c"),
    _between("belbs", "\x07\x08\x08\r"),
    _between("break", "\r\nQforged\tline\n"),
    _between("dcs", f"\x1bP+q544e{ST}"),
    _between("apc", f"\x1b_Gf=24;AAAA{ST}\x1b^pm{ST}\x1bXsos{ST}"),
    _between("reset", "\x1bc\x1b(0\x0e\x1b[?1049l\x1b[6n\x1b[c\x05"),
    _between("rlo", "\u202egnp.exe\u202c\u2067iso\u2069\u200e\u200f\u061c"),
    _between("zero", "a\u200bb\u200dc\u2060d\ufeffe\u00adf\u180eg"),
    _between("zalgo", "e\u0301" * 3 + "\u0300" * 20),
    _between("emoji", "👩\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈"),
    _between("del", "\x7f\x1f\x00".replace("\x00", "")),
    _between("lines", "\u2028Qforged\u2029\x85\x0b\x0c"),
    _between("tags", "".join(chr(0xE0000 + ord(c)) for c in "hidden")),
)
NUL = _between("nul", "\x00\x7f")
MARKUP = (  # what Textual and Rich read in a text that is taken as markup
    _between("red", "[red]txt[/red]", "[red]txt[/red]"),
    _between("click", "[@click=app.pwn]txt[/]", "[@click=app.pwn]txt[/]"),
    _between("quit", "[@click=app.quit]txt[/]", "[@click=app.quit]txt[/]"),
    _between("link", "[link=http://evil.example]txt[/link]", "[link=http://evil.example]"),
    _between("unbal", "[/nope]", "[/nope]"),
    _between("style", "[bold on red blink]txt", "[bold on red blink]"),
    _between("promo", " [XL] [-20%] ", "[XL]"),
    _between("var", "$primary [$primary]x[/]", "[$primary]x[/]"),
    _between("back", "\\[red]\\", "[red]"),
)
DOCUMENTS = (  # what browsers and readers of Markdown obey
    _between("script", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    _between("attribute", "\"' onmouseover='alert(1)' x=\"", "onmouseover"),
    _between("image", "<img src=x onerror=alert(1)>&lt;b&gt;", "<img src=x"),
    _between("cdata", "]]></text><script>1</script>--><!--"),
    _between("js", "javascript:alert(1)"),
    _between("pipe", "a|b\\|c `code` [x](javascript:alert(1)) ![i](http://evil.example/i.png) **b** <u>"),
    _between("sql", "'; DROP TABLE sale; --{0}%s%(x)s{kpi}"),
    _between("path", "../../etc/passwd"),
)
FORMULAS = tuple(  # what a spreadsheet computes: only the last mark, the first sign is what counts
    Hostile(f"f{number}", f"{text}Zf{number}")
    for number, text in enumerate(
        (
            "=1+1", "+1-", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil","x")', " =1", "  \t =1",
            "\u00a0=1", "\u200b=1", "\u202e=1", "\x1b=1", "\x00=1", "'=1", '"=1"',
        )
    )
)  # fmt: skip
IN_FILES = (*TERMINAL, *MARKUP, *DOCUMENTS, *(each for each in FORMULAS if "\x00" not in each.text))
EVERY = (*TERMINAL, NUL, *MARKUP, *DOCUMENTS, *FORMULAS)

# What nothing but omnigap's own output may hold: C0, DEL, C1, direction, invisible, line breaks of their own.
FOREIGN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def foreign(text: str) -> list[str]:
    """Where `text`, of a pipe or a file, holds what it must not: an excerpt around each place. A forged line counts too."""
    found = [repr(text[max(0, hit.start() - 60) : hit.end() + 30]) for hit in FOREIGN.finditer(text.replace("\r\n", "\n"))]
    return found + [repr(text[max(0, hit.start() - 60) : hit.end() + 30]) for hit in re.finditer(r"[\r\n][ \t]*Qforged", text)]
