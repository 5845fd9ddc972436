"""The radiogenomic map: every feature of one modality against every feature of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, patients_of, split_blocks, split_of, to_uns, training_rows
from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._progress import track
from radiogenomics._random import seed_of
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.correlation import correlation_scores, covariate_basis
from radiogenomics.core.correlation_null import null_draws
from radiogenomics.tl._correlate_control import control_table
from radiogenomics.tl._correlate_input import LEAST_DF, Side, covariate_matrix, design, side_of, sides_taught, whom
from radiogenomics.tl._correlate_tables import (
    hubs_table,
    map_table,
    pairs_again,
    pairs_table,
    removed_table,
    repeated_row,
    summary_row,
)
from radiogenomics.tl._taught import recorded

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def correlate(
    data: Cohort,
    x: str | pd.DataFrame = keys.RADIOMICS,
    y: str | pd.DataFrame = keys.RNA,
    *,
    method: Literal["spearman", "pearson"] = "spearman",
    covariates: Sequence[str] = (),
    categorical: Sequence[str] = (),
    alpha: float = 0.05,
    top: int = 10_000,
    n_permutations: int = 1000,
    control: str | pd.DataFrame | None = None,
    rng: RNG = 0,
    key_added: str = "correlation",
) -> None:
    """Correlate every feature of one modality with every feature of another: the radiogenomic map.

    Patients of both modalities are used, of a split those for training. Features are taken before scaling (cleaned,
    imputed and normalised as recorded). The false discovery rate is controlled over all pairs of the map
    :cite:p:`Benjamini1995`. Permuting the patients of one modality keeps the correlation within each, and the largest
    correlation of every permutation gives family-wise p-values; where pairs are significant, the number that permuted
    patients have beyond the same correlation stands beside: correlated features make false pairs come in crowds.

    Parameters
    ----------
    data
        Cohort.
    x, y
        A modality; ``"key"`` of ``data.obsm`` or ``"modality:key"`` of a modality's ``obsm``; or a table of scores
        (pathway scores, for instance) with patients in its index.
    method
        ``"spearman"``: ranks; ``"pearson"``: values.
    covariates
        Columns of ``data.obs``, or features as ``"modality:feature"``, whose linear effect is taken out of both sides:
        partial correlation. For Spearman numeric covariates are ranked too.
    categorical
        Covariates to take as categories although they are numbers.
    alpha
        False discovery rate at which pairs are significant.
    top
        Pairs to keep, those of the largest correlation.
    n_permutations
        Permutations for the family-wise p-values; 0 for none.
    control
        Like `x`, with features of the same names that cannot hold what is looked for: those of images whose voxels were
        shuffled inside the mask keep shape, volume and grey levels and lose the texture. The same map is made of it for
        the same patients: pairs that pass with the control too say nothing of texture.
    rng
        For the permutations.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``table`` (the strongest pairs: ``r`` in [-1, 1], p-value, adjusted p-value
    over the whole map, family-wise p-value; with a split the same pairs among the other patients, adjusted over the
    pairs that are significant among the training patients), ``summary`` (patients, tests and significant pairs),
    ``x_hubs`` and ``y_hubs`` (every feature by its number of significant partners), ``map`` (the correlations of the
    features with the most partners), ``null`` (of each permutation the largest correlation, and the pairs as
    correlated as the significant ones), ``control`` (where there is one: significant pairs of the features and of the
    control by ``feature_class``), ``removed`` (features that do
    not vary), ``settings`` and ``left_out``.

    Raises
    ------
    UnknownNameError
        If there is no such modality, ``obsm`` key or covariate.
    InputError
        If a feature has a missing or infinite value among the patients used; they are named.
    DegenerateInputError
        If no patient has both modalities, too few have, no feature varies or a covariate is collinear.
    """
    check_key(data, key_added)
    _check(method, alpha, top, n_permutations)
    sides = (side_of(data, x, "x"), side_of(data, y, "y"))
    variables = design(data, covariates, categorical)
    other_x = None if control is None else side_of(data, control, "control")
    known, reasons = whom(data, (*sides, *([] if other_x is None else [other_x])), variables)
    training = known & training_rows(data)
    part = "all" if split_of(data) is None else keys.SPLITS[0]
    n = int(training.sum())
    if n == 0:
        others = " and every covariate" if variables else ""
        raise DegenerateInputError("correlate", f"no patient has both {sides[0].name} and {sides[1].name}{others}")
    a, b = (s.values_of(patients_of(data)[training]) for s in sides)
    z = covariate_matrix(variables, training, method)
    if n - 2 - z.shape[1] < LEAST_DF:
        raise DegenerateInputError(
            "correlate",
            Fault(f"{n} patients and {z.shape[1]} covariate columns", f"at least {z.shape[1] + 2 + LEAST_DF} patients"),
        )
    _varying(a, b, method, z, sides)
    found = core.correlation_map(a, b, method=method, covariates=z, alpha=alpha, top=top)
    draws = null_draws(a, b, method=method, covariates=z, n_permutations=n_permutations, limit=found.limit, rng=rng)
    compared = {}
    if other_x is not None:
        compared["control"] = control_table(data, x, sides[0], other_x, found, training, b, z, method, alpha)
    null = pd.DataFrame(track(draws, "Permutations", total=n_permutations), columns=["largest_r", "n_beyond_limit"])
    table = pairs_table(found, sides, null, n, alpha).assign(split=part)
    summary = [summary_row(found, null, n, alpha) | {"split": part}]
    blocks = [table]
    for other, rows in split_blocks(data):
        if other != part:
            again = pairs_again(found, sides, variables, rows & known, method, patients_of(data), alpha).assign(
                split=other
            )
            blocks.append(again)
            summary.append(repeated_row(again, found, alpha) | {"split": other})
    hubs = [hubs_table(found, sides, i) for i in (0, 1)]
    settings = {
        "x": sides[0].name,
        "y": sides[1].name,
        "method": method,
        "covariates": list(covariates),
        "categorical": list(categorical),
        "alpha": alpha,
        "top": top,
        "n_permutations": n_permutations,
        "control": None if other_x is None else other_x.name,
        "p_values": "all orders of the patients" if found.exact else f"Student's t, {found.df} degrees of freedom",
        "rng": seed_of(rng),
        **recorded(sides_taught(data, x, y)),
    }
    data.uns[key_added] = to_uns(
        table=_split_first(pd.concat(blocks, ignore_index=True)),
        summary=_split_first(pd.DataFrame(summary)),
        x_hubs=hubs[0],
        y_hubs=hubs[1],
        map=map_table(found, sides, hubs, (a, b), method, z),
        null=null,
        removed=removed_table(found, sides, z),
        **compared,
        settings=settings,
        left_out=left_out_table(reasons),
    )


def _check(method: str, alpha: float, top: int, n_permutations: int) -> None:
    faults = []
    if method not in ("spearman", "pearson"):
        faults.append(Fault(repr(method), "'spearman' or 'pearson'", column="method"))
    if not 0 < alpha < 1:
        faults.append(Fault(repr(alpha), "a rate between 0 and 1", column="alpha"))
    if top < 1:
        faults.append(Fault(repr(top), "at least 1", column="top"))
    if n_permutations < 0:
        faults.append(Fault(repr(n_permutations), "0 or more", column="n_permutations"))
    if faults:
        raise InputError("correlate", faults)


def _varying(a: FloatArray, b: FloatArray, method: Any, z: FloatArray, sides: Sequence[Side]) -> None:
    basis = covariate_basis(z, len(a))
    for values, side in ((a, sides[0]), (b, sides[1])):
        if not correlation_scores(values, method, basis)[1].any():
            found = f"no feature varies among the {len(a)} patients beyond the covariates"
            raise DegenerateInputError(side.name, found)


def _split_first(table: pd.DataFrame) -> pd.DataFrame:
    return table[["split", *(c for c in table.columns if c != "split")]]
