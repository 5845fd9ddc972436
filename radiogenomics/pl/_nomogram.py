"""A nomogram: a ruled line per term, their points, and the probabilities of the sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

import numpy as np

from radiogenomics._cohort import result_of, settings_of, unknown_name
from radiogenomics._errors import Fault, InputError
from radiogenomics._words import grouping_words, survival_words
from radiogenomics.core.pretty import pretty
from radiogenomics.get import nomogram_model
from radiogenomics.pl._labels import inches_of, renderer_of
from radiogenomics.pl._style import MUTED, new_axes
from radiogenomics.pl._text import count_text, wrapped
from radiogenomics.schemas.clinical_model import CategoricalTerm, NumericTerm

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import RendererBase
    from matplotlib.text import Text

    from radiogenomics._types import Cohort, FloatArray
    from radiogenomics.ml._clinical_model import ClinicalModel

_DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
# Probabilities in the order in which they are given room on a scale.
_ROOM = (0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.05, 0.95, 0.4, 0.6, 0.01, 0.99, 0.02, 0.98, 0.001, 0.999)
_WIDTH, _HEIGHT = 8.6, 0.46  # inches: of the figure, of a row
_FONT = 8.0
_CHARACTER = 0.068  # inches of a letter in that size
_NAME = 30  # characters of a line of a term's name
_LANE = 0.27  # rows between lanes of labels


@dataclass(frozen=True)
class _Rule:
    """A ruled line: where its ticks lie (0 to 100 across the figure) and what they are called."""

    name: str
    at: FloatArray
    labels: Sequence[str]
    #: Order in which the labels of numbers are given room. Levels (none here) are all written.
    room: Sequence[int] = ()
    minor: FloatArray | None = None
    #: What is to be said under the name.
    note: str = ""

    @property
    def numeric(self) -> bool:
        """Whether labels are numbers, of which some may be left out."""
        return len(self.room) > 0


def nomogram(
    data: Cohort,
    *,
    key: str = "nomogram",
    show: Literal["survival", "event"] = "survival",
    labels: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the nomogram of `rg.tl.nomogram`.

    Read it from above: the value of each term, straight up to its points; their sum on the line of total points;
    straight down from there to the probability.

    Parameters
    ----------
    data
        Cohort with the result.
    key
        Name under which it is stored.
    show
        Of a survival outcome: the chance to be free of the event by each horizon, or that of the event. A logistic
        model shows the probability of the positive class.
    labels
        What to call terms, by their column; the others are called as their columns.
    ax
        Axes to draw on; by default those of a new figure, tall enough for the terms.

    Returns
    -------
    matplotlib.axes.Axes
        The axis of a term with a few values far out spans the others, and its name says which values there are.

    Raises
    ------
    UnknownNameError
        If there is no such result or term.
    """
    if show not in ("survival", "event"):
        raise InputError("show", Fault(repr(show), "'survival' or 'event'"))
    model = nomogram_model(data, key=key)
    for name in labels or {}:
        if name not in model.terms:
            raise unknown_name("labels", name, model.terms)
    rules = [_points_rule(), *_term_rules(model, labels or {}), *_total_rules(model, show)]
    room = _NAME if ax is None else min(_NAME, max(12, int(0.28 * inches_of(ax)[0] / _CHARACTER)))
    names = ["\n".join(wrapped(said, room) for said in (rule.name, rule.note) if said) for rule in rules]
    longest = max(len(line) for name in names for line in name.split("\n"))
    wide = _WIDTH - 0.3 - longest * 1.15 * _CHARACTER if ax is None else _inches(ax)
    lanes = [[] if rule.numeric else _lanes(rule, wide) for rule in rules]
    heights = [1.0 + _LANE * max(max(own, default=0) - 2, 0) for own in lanes]
    place = np.cumsum([0.0, *heights[:-1]])
    ax = new_axes(ax, width=_WIDTH, height=0.5 + _HEIGHT * sum(heights))
    ax.set_xlim(-1.0, 101.0)
    ax.set_ylim(sum(heights) - 0.35, -0.65)
    for y, rule in zip(place, rules, strict=True):
        _draw(ax, y, rule)
    ax.set_yticks(place, names, fontsize=_FONT + 1)
    ax.tick_params(axis="y", length=0)
    ax.set_xticks([])
    ax.spines[["top", "right", "bottom", "left"]].set_visible(False)
    title = "\n".join(wrap(_title(data, key, model), max(int(wide / _CHARACTER), 20)))
    ax.set_title(title, fontsize=_FONT + 1, loc="left", color=MUTED)
    renderer = renderer_of(ax)
    for y, rule, own in zip(place, rules, lanes, strict=True):
        if rule.numeric:
            _label_numbers(ax, y, rule, renderer)
        else:
            _label_levels(ax, y, rule, own, renderer)
    return ax


def _inches(ax: Axes) -> float:
    """Width of given Axes."""
    figure = ax.get_figure(root=True)
    return float(ax.get_window_extent().width / figure.dpi) if figure is not None else _WIDTH


def _title(data: Cohort, key: str, model: ClinicalModel) -> str:
    document = model.document
    if document.model == "logistic":
        kind, events = "Logistic", f"{document.events} positive"
    else:
        kind, events = "Cox", count_text(document.events, "event")
    text = f"{kind} model, {document.n} patients, {events}"
    settings = settings_of(result_of(data, key, made_by="nomogram"))
    if document.apparent:
        text += "; apparent: fitted on in-sample scores"
    elif settings["signatures"]:
        text += "; fitted on out-of-fold scores"
    return text + (" (Firth)" if document.penalty else "")


def _points_rule() -> _Rule:
    at = np.arange(0.0, 101.0, 10.0)
    return _Rule("Points", at, [f"{v:g}" for v in at], _even(len(at)), np.arange(0.0, 101.0, 5.0))


def _term_rules(model: ClinicalModel, called: Mapping[str, str]) -> list[_Rule]:
    notes = {term.name: _note(term) for term in model.document.terms}
    table = model.points_table()
    rules = []
    for name, own in table.groupby("term", sort=False):
        at, labels = own["points"].to_numpy(), own["value"].tolist()
        words = called.get(str(name)) or grouping_words(str(name))
        if own["kind"].iloc[0] == "numeric":
            rules.append(_Rule(words, at, [_minus(v) for v in labels], _even(len(at)), note=notes[str(name)]))
        else:
            rules.append(_Rule(words, at, labels))
    return rules


def _note(term: NumericTerm | CategoricalTerm) -> str:
    """Of an axis that ends before the values do, where these end."""
    if isinstance(term, CategoricalTerm) or (term.minimum >= term.ticks[0] and term.maximum <= term.ticks[-1]):
        return ""
    return _minus(f"(values {term.minimum:.3g} to {term.maximum:.3g})")


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _even(n: int) -> list[int]:
    """Both ends first, then every further one halfway between those that have their place."""
    order, step = [0, n - 1], n - 1
    while step > 1:
        step = max(step // 2, 1)
        order += [k for k in range(0, n, step) if k not in order]
    return list(dict.fromkeys([*order, *range(n)]))


def _total_rules(model: ClinicalModel, show: str) -> list[_Rule]:
    """Total points, linear predictor, and a scale for each probability, all on one width."""
    most = float(model.points_table().groupby("term")["points"].max().sum())
    ticks = pretty(0.0, max(most, 1.0), 10)
    wide = 100.0 / float(ticks[-1])
    rules = [_Rule("Total points", ticks * wide, [f"{v:g}" for v in ticks], _even(len(ticks)))]
    if model.points_per_unit == 0:
        return rules
    low, high = model.score_of(np.array([0.0, ticks[-1]]))
    scores = pretty(float(low), float(high), 8)
    scores = scores[(scores >= low - 1e-9) & (scores <= high + 1e-9)]
    at = model.points_of(scores) * wide
    rules.append(_Rule("Linear predictor", at, [_minus(f"{v:g}") for v in scores], _even(len(at))))
    horizons: tuple[float | None, ...] = model.document.horizons
    for h in horizons or (None,):
        rules.append(_probability_rule(model, h, show, float(ticks[-1]), wide))
    return rules


def _probability_rule(model: ClinicalModel, horizon: float | None, show: str, most: float, wide: float) -> _Rule:
    survives = horizon is not None and show == "survival"
    shown = np.asarray(_ROOM)
    event = 1.0 - shown if survives else shown
    with np.errstate(divide="ignore"):
        points = model.points_of(model.score_at(event, horizon))
    inside = np.isfinite(points) & (points >= -1e-9) & (points <= most + 1e-9)
    at, labels = points[inside] * wide, [f"{v:g}" for v in shown[inside]]
    name = _probability_name(model, horizon, survives)
    if not inside.any():  # a scale without a round number: its ends
        score = model.score_of(np.array([0.0, most]))
        ends = model.probability_at(score, horizon)
        at, labels = np.array([0.0, 100.0]), [f"{1 - v if survives else v:.2g}" for v in ends]
    return _Rule(name, at, labels, list(range(len(at))))


def _probability_name(model: ClinicalModel, horizon: float | None, survives: bool) -> str:
    outcome = model.document.outcome
    if horizon is None:
        positive = outcome.positive if outcome.positive not in (None, "1", "True", "yes") else ""
        return f"Probability of {outcome.name}" + (f" = {positive}" if positive else "")
    when = _time_words(horizon, outcome.unit)
    if not survives:
        return f"{when} probability of event ({outcome.name})"
    words = survival_words(outcome.name)
    return f"{when} {words[0].lower()}{words[1:]}" if not words.startswith("Free") else f"{when}: {words.lower()}"


def _time_words(horizon: float, unit: str) -> str:
    """``3-year``, where the horizon is a whole number of years, else as ``100-day``."""
    if unit in _DAYS:
        years = horizon * _DAYS[unit] / 365.25
        if round(years) >= 1 and abs(years / round(years) - 1.0) < 0.004:
            return f"{round(years)}-year"
        return f"{horizon:g}-{unit.removesuffix('s')}"
    return f"At {horizon:g}:"


def _draw(ax: Axes, y: float, rule: _Rule) -> None:
    ends = [rule.at.min(), rule.at.max()]
    ax.plot(ends, [y, y], color="black", linewidth=1.0, solid_capstyle="butt")
    marks = rule.at if rule.minor is None else np.union1d(rule.at, rule.minor)
    if rule.numeric and np.ptp(marks) < 0.5 * len(marks):  # ticks on top of each other tell nothing
        marks = np.unique(ends)
    ax.vlines(marks, y, y + 0.12, color="black", linewidth=0.8)


def _lanes(rule: _Rule, wide: float) -> list[int]:
    """Lane of each level's name, so that none covers another: 0 under the line, 1 over it, 2 and on further under.

    ``wide``: inches of the Axes; widths of names are estimated, since what room there is must be known before.
    """
    per_inch = 102.0 / wide
    ends: list[float] = []
    lanes = [0] * len(rule.at)
    for k in np.argsort(rule.at, kind="stable"):
        half = 0.5 * (len(rule.labels[k]) * _CHARACTER + 0.06) * per_inch
        center = min(max(float(rule.at[k]), half - 2.0), 102.0 - half)
        lane = next((i for i, end in enumerate(ends) if end <= center - half), len(ends))
        if lane == len(ends):
            ends.append(-np.inf)
        ends[lane] = center + half
        lanes[k] = lane
    return lanes


def _label_levels(ax: Axes, y: float, rule: _Rule, lanes: Sequence[int], renderer: RendererBase) -> None:
    """Write every level, each in its lane, tied to its tick where that is not next to the line."""
    for at, label, lane in zip(rule.at, rule.labels, lanes, strict=True):
        place = -0.08 if lane == 1 else 0.17 + _LANE * max(lane - 1, 0)
        text = _write(ax, float(at), y + place, label, under=lane != 1)
        _inside(ax, text, renderer)
        if lane > 1:
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.3})  # lines to lower lanes pass behind
            ax.plot([at, at], [y, y + place], color=MUTED, linewidth=0.5, zorder=0)


def _label_numbers(ax: Axes, y: float, rule: _Rule, renderer: RendererBase) -> None:
    """Write the labels that have room; of a line too short for two, its ends as a text."""
    taken: list[tuple[float, float]] = []
    written = []
    for k in rule.room:
        text = _write(ax, float(rule.at[k]), y + 0.17, rule.labels[k], under=True)
        box = text.get_window_extent(renderer)
        if any(box.x1 + 2.0 > left and box.x0 - 2.0 < right for left, right in taken):
            text.remove()
            continue
        taken.append((box.x0, box.x1))
        written.append(text)
    if len(written) == 1 and len(rule.at) > 1:
        written[0].remove()
        low, high = int(np.argmin(rule.at)), int(np.argmax(rule.at))
        text = _write(ax, float(rule.at[low]), y + 0.17, f"{rule.labels[low]} to {rule.labels[high]}", under=True)
        text.set_horizontalalignment("left")


def _inside(ax: Axes, text: Text, renderer: RendererBase) -> None:
    """Move in a label that would reach out to the names of the lines."""
    box, outer = text.get_window_extent(renderer), ax.get_window_extent(renderer)
    if box.x0 < outer.x0 - 4.0:
        text.set_horizontalalignment("left")
    elif box.x1 > outer.x1 + 4.0:
        text.set_horizontalalignment("right")


def _write(ax: Axes, x: float, y: float, label: str, *, under: bool) -> Text:
    return ax.text(x, y, label, ha="center", va="top" if under else "bottom", fontsize=_FONT, clip_on=False)
