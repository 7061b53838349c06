"""The wheel carries what `omnigap demo` needs: built, installed into an empty environment, and run there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(command: list[str | Path], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, **environment})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


@pytest.mark.slow
def test_demo_runs_from_an_installed_wheel(tmp_path: Path) -> None:
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", ROOT], cwd=tmp_path)
    wheel = next((tmp_path / "dist").glob("omnigap-*.whl"))
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run([python, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet", wheel], cwd=tmp_path)
    # The dependencies of the test environment, without its own copy of omnigap: the network is not touched.
    # A path file adds the folder but does not run the path files in it, so the editable copy stays out.
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    where = run([python, "-c", "import kpi_core; print(kpi_core.__file__)"], cwd=tmp_path).stdout.strip()
    assert Path(where).is_relative_to(home)
    done = run([home / "bin" / "omnigap", "demo", "--dir", tmp_path / "demo", "--lang", "en"], cwd=tmp_path, HOME=str(tmp_path))
    assert "Maison Lumen" in done.stdout
