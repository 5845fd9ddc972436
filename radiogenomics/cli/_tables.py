"""A table of features to a file, and what is said of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics.cli._console import tell

if TYPE_CHECKING:
    from anndata import AnnData

SOME_FAILED = 3


def check_output(output: Path) -> None:
    """Refuse a name that says no format, and make the folder."""
    if output.suffix not in (".csv", ".h5ad"):
        raise InputError("--output", Fault(repr(output.name), "a file that ends in .csv or .h5ad"))
    from radiogenomics.study._files import make_folder

    make_folder(output.absolute().parent, what="--output")


@contextmanager
def told_warnings() -> Iterator[None]:
    """Warnings of the work within, as lines after it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RadiogenomicsWarning)
        yield
    for warning in caught:
        if issubclass(warning.category, RadiogenomicsWarning):
            tell(f"warning: {warning.message}", err=True)


def write_features(features: AnnData, output: Path) -> None:
    """Write the table; beside a .csv also NAME_failures.csv. Leaves with code 3 if cases failed."""
    from radiogenomics._cohort import frame_of
    from radiogenomics.study._files import whole_file

    with whole_file(output) as part:
        if output.suffix == ".csv":
            features.to_df().rename_axis("patient_id").to_csv(part)
        else:
            features.write_h5ad(part)
    typer.echo(f"{output}: {features.n_obs} patients, {features.n_vars} features")
    failures = frame_of(features.uns, "failures")
    if output.suffix == ".csv":
        # Written even if empty, so that one of an earlier run is not believed.
        failures.to_csv(output.with_name(f"{output.stem}_failures.csv"), index=False)
    tell_failures(failures)


def tell_failures(failures: Any) -> None:
    """A line for each case that failed; leaves with code 3 if there is one."""
    for row in failures.to_dict("records"):
        tell(f"failed: {row['patient_id']} {row['sequence']}: {row['message']}", err=True)
    if len(failures):
        raise typer.Exit(SOME_FAILED)
