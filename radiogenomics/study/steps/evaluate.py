"""Models judged: discrimination, comparison, calibration, benefit, and the survival of the groups they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiogenomics._cohort import group_name
from radiogenomics.schemas.steps_models import EvaluateSettings
from radiogenomics.study._step import Context, Step

if TYPE_CHECKING:
    from mudata import MuData

_BESIDE = ("delong", "calibrate", "decision_curve", "time_roc")
_OWN = {"predictions", "curves", "cindex", *_BESIDE}


def run(context: Context) -> None:
    """Every judgement that the study names; what the data cannot answer is recorded, and the others go on."""
    for name, settings in context.settings.items():
        missing = [one for one in settings.predictions if not _there(context.mdata, one)]
        if missing:  # its own step has said why
            context.skip(f"evaluation {name} of {', '.join(missing)}", "there are no such predictions")
        given = [one for one in settings.predictions if one not in missing]
        if given:
            _judge(context, name, given, settings)
        _prognosis(context, name, settings)


def _there(mdata: MuData, name: str) -> bool:
    return name in mdata.uns or name in mdata.obs


def _judge(context: Context, name: str, given: list[str], settings: EvaluateSettings) -> None:
    from radiogenomics import tl

    mdata = context.mdata
    with context.unless_degenerate(f"evaluation {name}"):
        tl.evaluate(
            mdata, given, rng=context.seed(name), key_added=f"evaluate_{name}", **settings.model_dump(exclude=_OWN)
        )
    shared = {"models": settings.models, "outcome": settings.outcome}
    for function in _BESIDE:
        beside = getattr(settings, function)
        if beside is None or (function == "delong" and len(given) < len(settings.predictions) < 3):
            continue
        drawn = {} if function == "delong" else {"rng": context.seed(f"{name}.{function}")}
        with context.unless_degenerate(f"{function} of {name}"):
            getattr(tl, function)(
                mdata, given, key_added=f"{function}_{name}", **shared, **drawn, **beside.model_dump()
            )


def _known(context: Context, name: str, columns: list[str]) -> list[str]:
    """Columns that there are; those whose step made none are recorded."""
    missing = [column for column in columns if column not in context.mdata.obs]
    if missing:
        context.skip(f"survival by {', '.join(missing)} in evaluation {name}", "there is no such column")
    return [column for column in columns if column not in missing]


def _prognosis(context: Context, name: str, settings: EvaluateSettings) -> None:
    """Survival curves of groups, and c-indices of scores beside clinical columns."""
    from radiogenomics import tl

    mdata = context.mdata
    for column in _known(context, name, settings.curves):
        with context.unless_degenerate(f"survival curves of {column}"):
            tl.kaplan_meier(
                mdata, column, outcome=settings.outcome, key_added=f"kaplan_meier_{name}_{group_name(column)}"
            )
    for columns in settings.cindex:
        if len(_known(context, name, columns)) < len(columns):
            continue
        what = " and ".join(columns)
        with context.unless_degenerate(f"c-index of {what}"):
            tl.combined_cindex(
                mdata, columns, outcome=settings.outcome, interaction=False, rng=context.seed(f"{name}.{what}"),
                n_jobs=context.n_jobs, key_added=f"cindex_{name}_{'_'.join(columns)}",
            )  # fmt: skip


EVALUATE = Step("evaluate", run, "results", needs=("signature", "models", "logistic", "nomogram"))
