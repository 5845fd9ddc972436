"""Reporting checklists from Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from radiogenomics.report._found import results_in
from radiogenomics.report._told import told_by
from radiogenomics.report.checklists._answers import read_answers
from radiogenomics.report.checklists._facts import Facts
from radiogenomics.report.checklists._fill import fill
from radiogenomics.report.checklists._load import checklist_named
from radiogenomics.report.checklists._score import Score, score_of

if TYPE_CHECKING:
    from radiogenomics._types import Cohort, StrPath


def checklist(
    data: Cohort,
    name: str,
    *,
    provenance: Mapping[str, Any] | StrPath | None = None,
    answers: Mapping[str, Any] | StrPath | None = None,
) -> pd.DataFrame:
    """A reporting checklist, filled by rule from what a cohort and its provenance hold.

    Nothing is guessed: what is not stored (ethics, registration, blinding, funding) is ``cannot know``, with what the
    authors must write. A filled checklist says what the report shows, not that a study is good.

    Parameters
    ----------
    data
        Cohort with its results.
    name
        ``"clear"`` (58 items :cite:p:`Kocak2023`), ``"metrics"`` (30 weighted items :cite:p:`Kocak2024`),
        ``"tripod_ai"`` (27 items in 52 parts :cite:p:`Collins2024`) or ``"rqs"`` (16 items of -8 to 36 points
        :cite:p:`Lambin2017`).
    provenance
        That of the run: a mapping, or the path of its ``provenance.json``.
    answers
        What the authors state: a mapping ``{name: {item: text or {status, text, points}}}``, or the path of a YAML file
        of it. An answer replaces what the rules found and is marked as theirs.

    Returns
    -------
    pandas.DataFrame
        One row per item: ``item`` (its number in the publication), ``section``, ``topic`` (our own short summary),
        ``status`` (``done``, ``partly``, ``not done``, ``cannot know``, ``not applicable``), ``evidence`` (one
        sentence), ``anchor`` (section of the report that shows it; empty where none does), ``source`` (``stored
        results``, ``stated by the authors`` or ``to be stated``); METRICS also ``weight`` and ``applies``, RQS also
        ``points_lowest`` and ``points_highest``.

    Raises
    ------
    UnknownNameError
        If there is no checklist of that name.
    InputError
        If the provenance cannot be read, or an answer is for no item: all faults at once.
    """
    made_of = checklist_named(name)
    facts = Facts(data, results_in(data), told_by(provenance) or {})
    return fill(made_of, facts, read_answers(answers))


def checklist_score(
    data: Cohort,
    name: str,
    *,
    provenance: Mapping[str, Any] | StrPath | None = None,
    answers: Mapping[str, Any] | StrPath | None = None,
) -> Score:
    """The score of METRICS (percent) or RQS (points) as a range.

    The lowest counts everything that is partly done or not known against the study, the highest for it; METRICS is the
    share of the weights of those items whose conditions hold :cite:p:`Kocak2024`.

    Parameters
    ----------
    data, name, provenance, answers
        As of :func:`radiogenomics.report.checklist`; ``name`` is ``"metrics"`` or ``"rqs"``.

    Returns
    -------
    Score
        ``lowest``, ``highest`` and ``best`` (100 or 36).

    Raises
    ------
    ValueError
        If the checklist has no score.
    """
    score = score_of(checklist_named(name), checklist(data, name, provenance=provenance, answers=answers))
    if score is None:
        raise ValueError(f"name={name!r} has no score; found a checklist for reporting, expected 'metrics' or 'rqs'")
    return score
