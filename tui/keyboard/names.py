"""Names of keys: as people write them (`ctrl+d`, `?`, `é`, `space`), as Textual calls them, and as they are shown."""

from __future__ import annotations

import unicodedata

NAMED = {  # what may be written -> Textual's name
    **{
        name: name
        for name in ("enter", "escape", "space", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up", "down", "left", "right")
    },
    **{f"f{n}": f"f{n}" for n in range(1, 25)},
    "esc": "escape", "return": "enter", "del": "delete", "ins": "insert", "pgup": "pageup", "pgdn": "pagedown", "bksp": "backspace",
    "⏎": "enter", "⌫": "backspace", "↑": "up", "↓": "down", "←": "left", "→": "right", "␣": "space",
}
MODIFIERS = ("alt", "ctrl", "shift", "super")
_TEXTUAL = {  # Textual shortens these names of Unicode
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_UNICODE = {short: long for long, short in _TEXTUAL.items()} | {"minus": "hyphen-minus", "full_stop": "full stop"}
SAME = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}  # one byte for both in most terminals
TAKEN = ("ctrl+c", "ctrl+q")  # always quit
_SHOWN = {
    "enter": ("⏎", "Enter"),
    "backspace": ("⌫", "Bksp"),
    "escape": ("Esc", "Esc"),
    "space": ("␣", "Space"),
    "tab": ("Tab", "Tab"),
    "delete": ("Del", "Del"),
    "insert": ("Ins", "Ins"),
    "home": ("Home", "Home"),
    "end": ("End", "End"),
    "pageup": ("PgUp", "PgUp"),
    "pagedown": ("PgDn", "PgDn"),
    "up": ("↑", "up"),
    "down": ("↓", "down"),
    "left": ("←", "left"),
    "right": ("→", "right"),
}


def textual_name(written: str) -> str | None:
    """Textual's name of a key as people write it; None for what is no key. `shift+x` is `X`, `Ctrl+D` is `ctrl+d`."""
    text = written.strip() or written
    if len(text) == 1:
        before, last = "", text
    elif text.endswith("+"):
        if not text.endswith("++"):
            return None
        before, last = text[:-2], "+"
    else:
        before, _, last = text.rpartition("+")
    modifiers = [word.strip().lower() for word in before.split("+")] if before else []
    if any(word not in MODIFIERS for word in modifiers) or len(set(modifiers)) != len(modifiers):
        return None
    last = last.strip() or last
    if len(last) == 1 and last not in NAMED and last != " ":
        if not last.isprintable():
            return None
        if modifiers == ["shift"] and last.isalpha():
            return last.upper()
        key = _of_character(last.lower() if "ctrl" in modifiers else last)
    else:
        key = "space" if last == " " else NAMED.get(last.lower()) or (last if _character(last) else "")
    return "+".join([*sorted(modifiers), key]) if key else None


def _of_character(character: str) -> str:
    if character.isalnum():
        return character
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _TEXTUAL.get(name, name)


def _character(key: str) -> str:
    """The character of a Textual name; '' for keys that write none."""
    if len(key) == 1:
        return key
    for name in (_UNICODE.get(key, key).replace("_", " "), key.replace("_", "-").replace("-sign", " sign")):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return ""


def shown(key: str, ascii_only: bool = False) -> str:
    """A key (Textual's name) as people read it: `⏎`, `ctrl+d`, `?`."""
    *modifiers, last = key.split("+")
    if last in _SHOWN:
        name = _SHOWN[last][1 if ascii_only else 0]
    elif last in NAMED:
        name = last.upper()
    else:
        name = _character(last) or last
    return "+".join([*modifiers, name])


def written(key: str) -> str:
    """A key as it is written in a keymap and in the docs: words in place of signs (`Enter`, `PgDn`), arrows as arrows."""
    name = key.rpartition("+")[2]
    return shown(key, ascii_only=name in ("enter", "backspace", "space"))
