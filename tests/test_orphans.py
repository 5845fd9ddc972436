"""Workers end with the process that started them, even when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CODE = """
import os, sys, time
from pathlib import Path
from radiogenomics._progress import parallel_map

def work(folder, i):
    Path(folder, f"{i}.pid").write_text(str(os.getpid()))
    time.sleep(120)

parallel_map(work, [(sys.argv[1], i) for i in range(2)], n_jobs=2, description="")
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes as Linux shows them")
def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", CODE, str(tmp_path)])
    files = [tmp_path / "0.pid", tmp_path / "1.pid"]
    until = time.monotonic() + 60
    while not all(f.is_file() and f.read_text() for f in files) and time.monotonic() < until:
        time.sleep(0.1)
    workers = [int(f.read_text()) for f in files]
    assert all(alive(pid) for pid in workers)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + 15
    while any(alive(pid) for pid in workers) and time.monotonic() < until:
        time.sleep(0.1)
    left = [pid for pid in workers if alive(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left
