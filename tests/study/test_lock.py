"""One run at a time in an output folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import radiogenomics as rg
from radiogenomics._errors import InputError
from radiogenomics.study._lock import only_run

HOLD = "import sys, time; from pathlib import Path; from radiogenomics.study._lock import only_run\n" \
    "with only_run(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"  # fmt: skip


def test_a_second_run_in_the_same_folder_is_refused_and_says_who_holds_it(study: Path) -> None:
    state = study.parent / "results" / ".radiogenomics"
    state.mkdir(parents=True)
    with only_run(state), pytest.raises(InputError, match=r"another run is at work \(process \d+ on .*--output"):
        rg.study.run(study)
    assert not (study.parent / "results" / "provenance.json").exists()


def test_a_killed_run_leaves_no_lock_behind(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match=f"process {process.pid}"), only_run(tmp_path):
            pass
        process.kill()
        process.wait()
    with only_run(tmp_path):
        pass


def test_the_lock_ends_with_the_run_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_run(tmp_path):
        raise ZeroDivisionError
    with only_run(tmp_path):
        pass
