"""Regression of the cumulative incidence of one of several competing events."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from radiogenomics import core
from radiogenomics._cohort import check_key, left_out_table, to_uns, training_rows
from radiogenomics._errors import DegenerateInputError, Fault, InputError, RadiogenomicsWarning
from radiogenomics.tl._competing import competing_outcome
from radiogenomics.tl._cox_models import SEPARATED, with_names
from radiogenomics.tl._cox_warnings import warn_few_events, warn_separated
from radiogenomics.tl._taught import columns_taught, said
from radiogenomics.tl._variables import (
    check_names,
    complete_cases,
    names_of,
    refuse_follow_up,
    refuse_formula,
    term,
    variable,
    why_left_out,
)

if TYPE_CHECKING:
    from radiogenomics._types import Cohort


def fine_gray(
    data: Cohort,
    variables: str | Sequence[str],
    *,
    outcome: str | None = None,
    cause: str | None = None,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    entry: str | None = None,
    landmark: float | None = None,
    key_added: str = "fine_gray",
) -> None:
    """Subdistribution hazard ratios of one of several competing events :cite:p:`Fine1999`.

    They say how a variable goes with the share of patients who have had the event by any time. For what drives the
    event itself, fit `rg.tl.cox` to a survival outcome that censors the other events.

    Parameters
    ----------
    data
        Cohort with a registered outcome of kind competing. With a split, the training patients are used.
    variables
        Columns of ``data.obs``: numbers (ratio per unit) or categories (per level against the reference).
    outcome
        Name of a registered competing outcome; by default the first.
    cause
        Name of the event that is modelled; by default the first cause.
    categorical, reference, ties, landmark
        As in `rg.tl.cox`.
    entry
        Refused, so that nobody takes it for granted: delayed entry (left truncation) would need weights for who came
        under observation as well as for who was censored, and these are not computed. `rg.tl.cumulative_incidence`
        and `rg.tl.cox` allow for it.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``data.uns[key_added]``: ``subdistribution`` (one row per coefficient, with robust standard errors
    and 95 % intervals; NaN, with a ``note``, where they run to infinity), ``settings`` (with the numbers of patients,
    events and competing events) and ``left_out``.

    Raises
    ------
    UnknownNameError
        If a column is not in ``data.obs``, `outcome` is not registered or has no such cause.
    InputError
        If `entry` is given.
    DegenerateInputError
        If there is no event of the cause, or a variable is constant, a combination of others, or has hardly more
        patients than levels (an identifier).

    Warns
    -----
    RadiogenomicsWarning
        Fewer than 10 events per coefficient; separation; patients with a time of 0 (as in `rg.tl.cox`); all events at
        one time.
    """
    check_key(data, key_added)
    if entry is not None:
        hint = (
            "Use rg.tl.cumulative_incidence(entry=...) for the incidence by group, or rg.tl.cox(entry=...) on a "
            "survival outcome that censors the other events; landmark=... counts from a time at which all are observed"
        )
        expected = "none: the Fine-Gray model here has no delayed entry"
        raise InputError("fine_gray", Fault(repr(entry), expected, column="entry", hint=hint))
    names, chosen = names_of(variables), dict(reference or {})
    check_names("variables", names, subset=categorical)
    check_names("variables", names, subset=list(chosen), of="reference")
    if not names:
        raise InputError("variables", Fault("nothing", "at least one column"))
    competing = competing_outcome(data, outcome, landmark=landmark)
    cause, code = competing.cause(cause)
    refuse_formula(data, names, offered=False)
    refuse_follow_up(data, "variables", names)
    read = [variable(data, name, categorical=name in categorical) for name in names]
    training = training_rows(data)
    rows = complete_cases(read, training & competing.known)
    terms = [term(v, rows, reference=chosen.get(v.name)) for v in read]
    for t in terms:
        if t.x.shape[1] == 0 or np.ptp(t.x, axis=0).min() == 0:
            raise DegenerateInputError(f"variable {t.name!r}", "all patients have one value; leave the variable out")
    codes = competing.code[rows]
    x = np.hstack([t.x for t in terms])
    labels = [c for t in terms for c in t.columns]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RadiogenomicsWarning)  # told below, with names
            fitted = core.fit_fine_gray(x, competing.time[rows], codes, of_interest=code, ties=ties)
    except InputError as error:
        raise with_names(error, f"Fine-Gray model of {cause}", labels, ridge=False) from error
    then = "estimates are unsteady; use fewer variables."
    warn_few_events(fitted.n_events, x.shape[1], cause=cause, of="coefficients", then=then, stacklevel=2)
    then = "it is reported as unknown. Merge levels, or leave the variable out."
    warn_separated([labels[j] for j in fitted.cox.diverging], ratio="ratio", then=then, stacklevel=2)
    table: list[dict[str, Any]] = []
    half = float(ndtri(0.975))
    for t in terms:
        for k, level in enumerate(t.levels):
            j = len(table)
            inside = np.ones(len(codes), dtype=bool) if t.reference is None else t.x[:, k] == 1
            known = j not in fitted.cox.diverging
            b, se = (float(fitted.coef[j]), float(fitted.se[j])) if known else (np.nan, np.nan)
            table.append(
                {"variable": t.name, "level": level or None, "reference": t.reference, "n": int(inside.sum()),
                 "events": int((codes[inside] == code).sum()), "coef": b, "se": se, "shr": np.exp(b),
                 "lower": np.exp(b - half * se), "upper": np.exp(b + half * se), "z": b / se,
                 "p_value": float(2 * ndtr(-abs(b / se))), "note": None if known else SEPARATED}
            )  # fmt: skip
    settings = {
        "variables": names, "outcome": competing.name, "cause": cause, "unit": competing.unit,
        "categorical": list(categorical), "reference": {t.name: t.reference for t in terms}, "ties": ties,
        "landmark": landmark, "n": fitted.n, "events": fitted.n_events, "competing": fitted.n_competing,
        "confidence": 0.95, "time_zero": competing.time_zero,
        **said(columns_taught(data, names)),
    }  # fmt: skip
    why = {"not a training patient": ~training, **competing.why}
    data.uns[key_added] = to_uns(
        subdistribution=pd.DataFrame(table),
        settings=settings,
        left_out=left_out_table(why_left_out(data, rows, read, why)),
    )
