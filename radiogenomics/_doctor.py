"""What this installation and this machine can do, and what is wrong with them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

EXTRAS = {
    "imaging": "reads images and masks, preprocesses volumes, extracts radiomic features",
    "deep": "autoencoders, transfer learning, segmentation",
    "models": "resampling of rare classes, SHAP values",
    "counts": "batch correction of raw RNA-seq counts (GPL-3)",
    "mofa": "factors of several modalities (MOFA+)",
    "distributed": "work on a cluster (--scheduler)",
    "notebook": "pages of the manual as notebooks (radiogenomics vignette)",
}
"""What each extra of the package brings."""

_GIB = 2**30
_LITTLE_MEMORY, _LITTLE_DISK = 4 * _GIB, 5 * _GIB


@dataclass(frozen=True)
class Finding:
    """One line of what was found.

    Attributes
    ----------
    state
        ``ok``; ``absent``: an option that is not there, which is no fault; ``caution``; ``fault``: something will fail.
    hint
        The next step, where there is one.
    """

    topic: str
    name: str
    state: Literal["ok", "absent", "caution", "fault"]
    told: str
    hint: str = ""


def examine() -> list[Finding]:
    """Look at versions, extras, the machine and folders; nothing stays behind."""
    return [*_packages(), *_extras(), *_machine(), *_gpu(), _numba(), *_folders()]


def _packages() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    yield Finding("versions", "radiogenomics", "ok", f"{metadata.version('radiogenomics')} in {Path(__file__).parent}")
    yield Finding("versions", "Python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield Finding("versions", "system", "ok", platform.platform())
    for text in sorted(metadata.requires("radiogenomics") or [], key=str.lower):
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield _package(wanted.name, text)


def _package(name: str, text: str) -> Finding:
    from packaging.requirements import Requirement

    wanted = Requirement(text)
    hint = f"pip install --upgrade '{wanted.name}{wanted.specifier}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding("versions", name, "fault", "not installed", hint)
    if not wanted.specifier.contains(version, prereleases=True):
        return Finding("versions", name, "fault", f"{version}, but {wanted.specifier} is needed", hint)
    return Finding("versions", name, "ok", version)


def _extras() -> Iterator[Finding]:
    from packaging.requirements import Requirement

    asked = [Requirement(text) for text in metadata.requires("radiogenomics") or []]
    for extra, brings in EXTRAS.items():
        own = [r for r in asked if r.marker is not None and r.marker.evaluate({"extra": extra})]
        found = [_package(r.name, str(r)) for r in own]
        there = [f"{f.name} {f.told}" for f in found if f.state == "ok"]
        wrong = [f"{f.name} {f.told}" for f in found if f.state != "ok"]
        hint = f"pip install 'radiogenomics[{extra}]'"
        if not own:  # an editable installation that is older than its code
            yield Finding("extras", extra, "caution", f"not known to what is installed; {brings}", hint)
        elif not wrong:
            yield Finding("extras", extra, "ok", f"{brings}: {', '.join(there)}")
        elif not there:
            yield Finding("extras", extra, "absent", f"not installed; {brings}", hint)
        else:
            told = f"in part; {', '.join(there)}; but {', '.join(wrong)}"
            yield Finding("extras", extra, "caution", told, hint)


def _machine() -> Iterator[Finding]:
    affinity = getattr(os, "sched_getaffinity", None)
    usable, total = len(affinity(0)) if affinity is not None else os.cpu_count(), os.cpu_count()
    yield Finding("machine", "cores", "ok", f"{usable} usable of {total}")
    threads = {name: os.environ[name] for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS") if name in os.environ}
    if threads:
        yield Finding("machine", "threads", "ok", ", ".join(f"{name}={value}" for name, value in threads.items()))
    memory = _memory()
    if memory is None:
        yield Finding("machine", "memory", "absent", "this system does not say")
    else:
        state: Literal["ok", "caution"] = "caution" if memory < _LITTLE_MEMORY else "ok"
        hint = "Large volumes may need more; use fewer --jobs." if state == "caution" else ""
        yield Finding("machine", "memory", state, f"{memory / _GIB:.1f} GiB", hint)


def _memory() -> int | None:
    """Memory of the machine, or what a container allows of it."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    try:
        text = limit.read_text(encoding="ascii").strip()
    except OSError:  # no container, or another kind
        return whole
    return min(whole, int(text)) if text.isdigit() else whole


def _gpu() -> Iterator[Finding]:
    cards = _cards()
    for card in cards:
        yield Finding("machine", "GPU", "ok", card)
    if find_spec("torch") is None:
        hint = "pip install 'radiogenomics[deep]'" if cards else ""
        told = "not used: torch is not installed" if cards else "none found; torch is not installed"
        yield Finding("machine", "GPU for torch", "absent", told, hint)
        return
    from radiogenomics.nn._device import device_of

    if device_of("auto") == "cuda":
        yield Finding("machine", "GPU for torch", "ok", "used by deep steps")
    elif cards:
        hint = "Install a build of torch that suits the driver: https://pytorch.org"
        yield Finding("machine", "GPU for torch", "caution", "torch cannot use the GPU", hint)
    else:
        yield Finding("machine", "GPU for torch", "absent", "none found; deep steps use the processor")


def _cards() -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):  # the program without a driver
        return []
    return [line.strip() for line in said.splitlines() if line.strip()]


def _numba() -> Finding:
    """Where compiled code is kept; the compiled functions refuse to be made where that cannot be written."""
    try:
        from radiogenomics.core._concordance_kernels import count_pairs

        compiled: Any = count_pairs  # numba's dispatcher, whatever the annotation of the decorator says
        folder = Path(compiled.stats.cache_path)
    except RuntimeError as error:
        hint = "Set NUMBA_CACHE_DIR to a folder that can be written."
        return Finding("folders", "compiled code", "fault", str(error), hint)
    n = len(list(folder.glob("*.nbc"))) if folder.is_dir() else 0
    return Finding("folders", "compiled code", "ok", f"{folder} ({n} files here; compiled on first use)")


def _folders() -> Iterator[Finding]:
    import pooch

    given = os.environ.get("RADIOGENOMICS_CACHE")
    hint = "Set RADIOGENOMICS_CACHE to a folder that can be written."
    yield _folder("downloads", Path(given or pooch.os_cache("radiogenomics")), hint)
    data = os.environ.get("RADIOGENOMICS_DATA")
    if data is None:
        told = "RADIOGENOMICS_DATA is not set; only pages of the manual on real cohorts need it"
        yield Finding("folders", "data", "absent", told)
    elif Path(data).is_dir():
        yield Finding("folders", "data", "ok", data)
    else:
        hint = "Let RADIOGENOMICS_DATA name an existing folder, or unset it."
        yield Finding("folders", "data", "fault", f"{data} does not exist", hint)
    yield _folder("temporary files", Path(tempfile.gettempdir()), "Set TMPDIR to a folder that can be written.")
    yield _folder("working folder", Path.cwd(), "Run where you may write, or give --output.", needed=False)


def _folder(name: str, path: Path, hint: str, *, needed: bool = True) -> Finding:
    """Whether the folder, or the nearest one above it that exists, can be written to, and how much fits."""
    there = next((p for p in (path, *path.parents) if p.exists()), path)
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".radiogenomics-"):
            free = shutil.disk_usage(there).free
    except OSError as error:
        told = f"{path} cannot be written ({error.strerror})"
        return Finding("folders", name, "fault" if needed else "caution", told, hint)
    told = f"{path} ({free / _GIB:.0f} GiB free)" + ("" if path.exists() else ", made when needed")
    if free < _LITTLE_DISK:
        return Finding("folders", name, "caution", told, "Preprocessed volumes may need more room.")
    return Finding("folders", name, "ok", told)
