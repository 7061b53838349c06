"""Two languages: gettext catalogues under `config/locale`, chosen by option, settings or the terminal's own variables.

English is the msgid. `config/locale/parts/*.tsv` (English TAB French) are the sources of the French catalogue;
`python -m kpi_core.i18n build` merges them into `omnigap.po` and compiles `omnigap.mo`; `check` names what is missing.
"""

from __future__ import annotations

import ast
import gettext
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Protocol, runtime_checkable

from kpi_core.errors import Message
from kpi_core.render.clean import clean

LANGUAGES = ("en", "fr")
DOMAIN = "omnigap"
LONGEST = 4000  # characters of a value in a message
_CALLS = {"said", "t", "tr", "_"}


def choose_language(option: str | None = None, settings: str | None = None, environ: Mapping[str, str] | None = None) -> str:
    """'fr' or 'en': `option` beats `settings` beats LC_ALL, LC_MESSAGES, LANG; anything else is English. 'auto' says nothing."""
    env = os.environ if environ is None else environ
    for wish in (option, settings):
        if wish and wish != "auto":
            return _known(wish)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if env.get(name):
            return _known(env[name])
    return "en"


def _known(name: str) -> str:
    code = name.lower().replace("-", "_").split("_")[0].split(".")[0]
    return code if code in LANGUAGES else "en"


def locale_dir() -> Path:
    """`config/locale`. Raises FileNotFoundError when the installation lacks it."""
    from kpi_core.config.shipped import shipped

    return shipped("config") / "locale"


@lru_cache(maxsize=4)
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, localedir=str(locale_dir()), languages=[lang], fallback=True)


@runtime_checkable
class InLanguages(Protocol):
    """A text that stands in configuration in several languages (`config.model.Text`)."""

    def in_(self, lang: str) -> str: ...


class Translator:
    """Says a template or a `Message` in one language. Values that are messages are said too; nothing in a value is a template."""

    def __init__(self, lang: str = "en") -> None:
        self.lang = _known(lang)
        self._gettext = _catalogue(self.lang).gettext

    def __call__(self, what: Message | str, /, **values: object) -> str:
        if isinstance(what, Message):
            return self._fill(what.template, what.values)
        return self._fill(what, values) if values else self._gettext(what)

    def _fill(self, template: str, values: Mapping[str, object]) -> str:
        said = {name: self.show(value) for name, value in values.items()}
        text = self._gettext(template)
        try:
            return text.format_map(said)
        except (KeyError, IndexError, ValueError):  # a translation that names another field must not hide the message
            return template.format_map(said)

    def show(self, value: object) -> object:
        """How a value inside a message is said; the formatter refines this for numbers and dates."""
        if isinstance(value, Message):
            return self(value)
        if isinstance(value, InLanguages):
            value = value.in_(self.lang)
        # what is said may go to a terminal as it is: a name with a line break in it forges no line of its own
        return clean(str(value), LONGEST) if isinstance(value, str | PurePath) else value


# ---------------------------------------------------------------- building the catalogue


def read_parts(folder: Path) -> dict[str, str]:
    """English -> French of every part. Raises ValueError (file:line) for a bad line or two French texts for one English."""
    pairs: dict[str, str] = {}
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            english, tab, french = line.partition("\t")
            if not tab or not french.strip():
                raise ValueError(f"{path.name}:{number}: expected English TAB French")
            english, french = (text.replace("\\n", "\n") for text in (english, french.rstrip("\r")))
            if _fields(english) != _fields(french):
                raise ValueError(f"{path.name}:{number}: the {{fields}} differ")
            # The first wording wins, so that two parts that share a sentence do not depend on each other.
            pairs.setdefault(english, french)
    return pairs


def _fields(text: str) -> set[str]:
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def build(folder: Path) -> int:
    """Write `fr/LC_MESSAGES/omnigap.po` and `.mo` from the parts; the number of messages."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import write_po

    # A fixed header: the same parts give the same bytes on every machine and day.
    fixed = datetime(2026, 1, 1, tzinfo=UTC)
    catalogue = Catalog(
        locale="fr",
        domain=DOMAIN,
        fuzzy=False,
        project=DOMAIN,
        version="1",
        header_comment="# French texts of omnigap, written from config/locale/parts.",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        charset="utf-8",
        creation_date=fixed,
        revision_date=fixed,
    )
    pairs = read_parts(folder / "parts")
    for english in sorted(pairs):
        catalogue.add(english, pairs[english])
    target = folder / "fr" / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    new = target / f"{DOMAIN}.new"  # put in place whole: a program that starts meanwhile reads the old one
    with new.open("wb") as stream:
        write_po(stream, catalogue, width=0, omit_header=False, sort_output=True)
    new.replace(target / f"{DOMAIN}.po")
    with new.open("wb") as stream:
        write_mo(stream, catalogue)
    new.replace(target / f"{DOMAIN}.mo")
    _catalogue.cache_clear()
    return len(pairs)


def used(roots: Iterable[Path]) -> dict[str, str]:
    """Every literal msgid in the code under `roots`, with the place (`file:line`) of its first use."""
    found: dict[str, str] = {}
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                first = node.args[0]
                if name in _CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.setdefault(first.value, f"{path.name}:{node.lineno}")
    return found


def missing(roots: Iterable[Path], folder: Path) -> dict[str, str]:
    """The msgids used in the code that have no French, with where they are used."""
    pairs = read_parts(folder / "parts")
    return {text: where for text, where in used(roots).items() if text and text not in pairs}


def main(arguments: list[str]) -> int:
    """`build` writes the catalogue; `check` lists the msgids without French and fails if there is one."""
    folder = locale_dir()
    if arguments == ["build"]:
        sys.stdout.write(f"{build(folder)} messages\n")
        return 0
    base = Path(__file__).resolve().parents[1]
    lacking = missing((base / "kpi_core", base / "tui"), folder)
    for text, where in lacking.items():
        sys.stdout.write(f"{where}\t{text}\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
