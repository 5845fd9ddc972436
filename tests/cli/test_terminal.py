"""The command in a real terminal: narrow and wide, its progress bar, Ctrl-C and going on."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from radiogenomics.cli import app

pty = pytest.importorskip("pty")
CODE = "import sys; from radiogenomics.cli import main; sys.argv[0] = 'radiogenomics'; main()"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A process that believes to be in a terminal of so many columns."""

    def __init__(self, *args: str, columns: int) -> None:
        import fcntl
        import struct
        import termios

        self._screen, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR", "CI")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, *args],
            stdin=other,
            stdout=other,
            stderr=other,
            env={**environment, "TERM": "xterm", "PYTHONWARNINGS": "default"},
            # The terminal sends Ctrl-C to the processes that it controls.
            preexec_fn=_control,
        )
        os.close(other)
        self.text = ""

    def read_until(self, pattern: str, within: float = 60.0) -> bool:
        """Read on until the pattern stands there or the process has ended; whether it stands there."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if re.search(pattern, self.text):
                return True
            if select.select([self._screen], [], [], 0.2)[0]:
                try:
                    got = os.read(self._screen, 65536)
                except OSError:  # Linux's way to say that the other side is closed
                    got = b""
                if not got:
                    break
                self.text += ESCAPES.sub("", got.decode("utf-8", "replace"))
        return re.search(pattern, self.text) is not None

    def press_ctrl_c(self) -> None:
        os.write(self._screen, b"\x03")

    def end(self) -> int:
        """Read to the end; the exit code."""
        self.read_until("(?!)")
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            os.close(self._screen)


def _control() -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("columns", [60, 120])
def test_help_fits_the_terminal_and_is_whole(columns: int) -> None:
    terminal = Terminal("--help", columns=columns)
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    assert max(map(len, lines)) <= columns
    assert "…" not in terminal.text
    assert not any(line.endswith("...") for line in lines[1:])
    for name in ("run", "compare", "vignette", "doctor"):
        assert any(line.startswith(f"  {name} ") for line in lines), name


def test_messages_break_between_words(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text("name: x\nsteps: {}\noutputs: there\n", encoding="utf-8")
    narrow, wide = Terminal("validate", str(study), columns=50), Terminal("validate", str(study), columns=2000)
    assert narrow.end() == wide.end() == 2
    assert "outputs" in wide.text
    words = [word for line in wide.text.splitlines() for word in line.split()]
    assert narrow.text.split() == words
    assert max(len(line) for line in narrow.text.splitlines()) <= max(50, *map(len, words))
    assert max(map(len, wide.text.splitlines())) > 50


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_goes_on(study: Path) -> None:
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    slow = {"method": "hierarchical", "metric": "euclidean", "n_clusters": "auto", "n_resamples": 50, "n_null": 100_000}
    content["steps"] = {"clean": {"radiomics": {}}, "cluster": {"radiomics": slow}}
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    terminal = Terminal("run", str(study), "--jobs", "1", columns=60)
    assert terminal.read_until(r"Data without groups .*\d+%"), terminal.text
    terminal.press_ctrl_c()
    assert terminal.end() == 130, terminal.text
    assert "Traceback" not in terminal.text
    assert terminal.text.replace("\r\n", "\n").endswith(
        "Interrupted. What was finished is kept: run the same command\nagain to go on.\n"
    )
    (log,) = (study.parent / "results" / "logs").glob("*.log")
    assert log.read_text(encoding="utf-8").endswith("interrupted at step cluster\n")
    left = CliRunner().invoke(app, ["run", str(study), "--dry-run"]).stdout
    assert "clean     kept" in left
    assert "cluster   to do: not done yet" in left
    content["steps"]["cluster"]["radiomics"] |= {"n_clusters": 2, "n_null": 10}
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    on = CliRunner().invoke(app, ["run", str(study), "--jobs", "1"])
    assert on.exit_code == 0, on.output
    assert "clean: unchanged" in on.stderr
