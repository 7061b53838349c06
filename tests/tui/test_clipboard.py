"""What is written to the terminal when something is copied, byte by byte, and where a text goes that it cannot take."""

from __future__ import annotations

import base64
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shop import ROOT
from tui.device.clipboard import CHUNK, FILE, LIMIT, NOWHERE, PROGRAM, TERMINAL, copy, keep, program, sequence, way_of

ENCODED = base64.b64encode(b"hello").decode()


def test_a_plain_terminal_gets_one_sequence_ended_by_bel() -> None:
    assert sequence("hello", {}) == f"\x1b]52;c;{ENCODED}\x07"


def test_tmux_gets_it_wrapped_with_its_escapes_doubled() -> None:
    assert sequence("hello", {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "screen-256color"}) == f"\x1bPtmux;\x1b\x1b]52;c;{ENCODED}\x07\x1b\\"


@pytest.mark.parametrize("env", [{"STY": "123.pts-0.host"}, {"TERM": "screen"}, {"TERM": "screen-256color"}])
def test_screen_gets_it_in_short_control_strings(env: dict[str, str]) -> None:
    assert sequence("hello", env) == f"\x1bP\x1b]52;c;{ENCODED}\x07\x1b\\"
    long = sequence("x" * 200, env)
    body = base64.b64encode(b"x" * 200).decode()
    pieces = [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]
    assert long == "\x1bP\x1b]52;c;" + "\x1b\\\x1bP".join(pieces) + "\x07\x1b\\"
    assert len(pieces) == 4


@given(st.text())
def test_what_arrives_is_what_was_copied_without_control_characters(text: str) -> None:
    out: list[str] = []
    assert copy(text, out.append, {}).how == TERMINAL
    assert len(out) == 1
    assert out[0].startswith("\x1b]52;c;")
    assert out[0].endswith("\x07")
    arrived = base64.b64decode(out[0][7:-1]).decode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in arrived)
    assert not any(0x7F <= ord(c) < 0xA0 for c in arrived)
    assert "\x1b" not in out[0][1:]


def test_hostile_text_reaches_the_clipboard_harmless() -> None:
    out: list[str] = []
    copy("a\x1b]52;c;UFdORUQ=\x07b\trm -rf\r\nnext\u202e", out.append, {})
    assert base64.b64decode(out[0][7:-1]).decode() == "a␛]52;c;UFdORUQ=␇b\trm -rf\nnext"


def test_the_cap_counts_bytes_of_base64_and_the_rest_goes_into_a_private_file(tmp_path: Path) -> None:
    out: list[str] = []
    most = LIMIT // 4 * 3
    assert copy("x" * most, out.append, {}, tmp_path).how == TERMINAL
    assert len(out[0]) - len("\x1b]52;c;\x07") <= LIMIT
    done = copy("é" * most, out.append, {}, tmp_path / "state")
    assert done.how == FILE
    assert len(out) == 1, "nothing of it may reach the terminal"
    path = Path(done.place)
    assert path.read_text(encoding="utf-8") == "é" * most
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("limit", "how"), [("8", TERMINAL), ("7", FILE), ("0", FILE), ("no", TERMINAL), ("-1", TERMINAL)])
def test_the_cap_can_be_set(limit: str, how: str, tmp_path: Path) -> None:
    assert copy("hello", lambda text: None, {"OMNIGAP_CLIPBOARD_LIMIT": limit}, tmp_path).how == how


def test_ways(tmp_path: Path) -> None:
    out: list[str] = []
    assert copy("x", out.append, {"OMNIGAP_CLIPBOARD": "off"}, tmp_path).how == NOWHERE
    assert copy("x", out.append, {"OMNIGAP_CLIPBOARD": "file"}, tmp_path).how == FILE
    assert not out
    assert way_of({"OMNIGAP_CLIPBOARD": "carrier pigeon"}) == "osc52"
    assert way_of({"TERM_PROGRAM": "Apple_Terminal"}, "darwin") == "native"
    assert way_of({"TERM_PROGRAM": "Apple_Terminal", "SSH_TTY": "/dev/ttys1"}, "darwin") == "osc52"


def _tool(folder: Path, name: str, code: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f'#!/bin/sh\n/bin/cat > "{folder}/taken"\nexit {code}\n')
    path.chmod(0o755)


def test_a_program_is_asked_only_for_a_local_display(tmp_path: Path) -> None:
    _tool(tmp_path / "bin", "wl-copy")
    env = {"PATH": str(tmp_path / "bin"), "WAYLAND_DISPLAY": "wayland-0", "OMNIGAP_CLIPBOARD": "native"}
    assert program(env, "linux") == ["wl-copy"]
    assert program({**env, "SSH_CONNECTION": "1 2 3 4"}, "linux") is None
    assert program({**env, "WAYLAND_DISPLAY": ""}, "linux") is None
    assert program({**env, "PATH": str(tmp_path / "none")}, "linux") is None


def test_a_program_that_fails_leaves_it_to_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    env = {"PATH": str(tmp_path / "bin"), "DISPLAY": ":0", "OMNIGAP_CLIPBOARD": "native"}
    out: list[str] = []
    _tool(tmp_path / "bin", "xclip")
    assert copy("héllo", out.append, env, tmp_path).how == PROGRAM
    assert (tmp_path / "bin" / "taken").read_text(encoding="utf-8") == "héllo"
    assert not out
    _tool(tmp_path / "bin", "xclip", 1)
    assert copy("hello", out.append, env, tmp_path).how == TERMINAL


def test_old_files_of_copies_are_removed(tmp_path: Path) -> None:
    for number in range(25):
        keep(str(number), tmp_path)
    assert len(list(tmp_path.glob("copied-*.txt"))) == 20


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux on this machine")
def test_a_real_tmux_takes_the_text_with_its_default_settings() -> None:
    server = ["tmux", "-L", f"omnigap-{os.getpid()}", "-f", "/dev/null"]
    code = "import sys; from tui.device.clipboard import copy; copy('39902.79 \u20ac', sys.stdout.write)"
    inside = f"{shlex.join([sys.executable, '-c', code])}; tmux wait-for -S copied; cat"
    try:
        subprocess.run([*server, "new-session", "-d", "-c", str(ROOT), inside], check=True, timeout=20)
        subprocess.run([*server, "wait-for", "copied"], check=True, timeout=20)
        shown = subprocess.run([*server, "show-buffer"], check=True, capture_output=True, encoding="utf-8", timeout=20)
        assert shown.stdout == "39902.79 \u20ac"
    finally:
        subprocess.run([*server, "kill-server"], check=False, capture_output=True, timeout=20)
