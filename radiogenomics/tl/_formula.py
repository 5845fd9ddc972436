"""A model written as a formula over the clinical table: transforms and interactions."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._types import BoolArray, FloatArray
from radiogenomics.tl._variables import Term, Variable, refuse_identifier, variable

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_FUNCTIONS = (
    "log, log2, log10, exp, center, scale, poly, bs(age, df=3) (B-splines), cs(age, df=3, constraints='center') "
    "(natural splines), C, I"
)
_MODULES = ("np", "contr")
_LEVEL = re.compile(r".*\[T\.(.*)\]")


@dataclass
class Formula:
    """The right side of a formula, and the columns it reads.

    Attributes
    ----------
    text
        As the user wrote it.
    variables
        Columns of ``data.obs`` that it names, in the order of the table.
    reference
        Reference level by column; the others stand in their order.
    """

    text: str
    variables: tuple[Variable, ...]
    reference: Mapping[str, str]
    _spec: Any = field(default=None, repr=False)
    _terms: list[Term] = field(default_factory=list, repr=False)

    def _frame(self, rows: BoolArray) -> pd.DataFrame:
        columns: dict[str, Any] = {}
        for v in self.variables:
            values = v.values[rows]
            if v.levels is None:
                columns[v.name] = values.to_numpy(dtype=float)
                continue
            first = self.reference.get(v.name)
            levels = [level for level in v.levels if (values == level).any()]
            refuse_identifier(f"variable {v.name!r}", len(levels), len(values))
            if first is None and not v.declared:
                first = max(levels, key=lambda level: int((values == level).sum()))
            if first is not None and first not in levels:
                raise InputError("reference", Fault(f"{first!r} for {v.name!r}", f"one of {levels}"))
            ordered = sorted(levels, key=lambda level: level != first) if first is not None else levels
            columns[v.name] = pd.Categorical(values, categories=ordered)
        return pd.DataFrame(columns)

    def terms(self, rows: BoolArray) -> list[Term]:
        """Terms for the patients in ``rows`` (all with values); what transforms learn, they learn from them."""
        matrix = _matrix(self.text, self._frame(rows))
        spec = matrix.model_spec
        if "Intercept" not in spec.column_names:
            raise InputError(
                "formula", Fault(repr(self.text), "a formula that leaves the intercept alone (no 0, no -1)")
            )
        values = matrix.to_numpy(dtype=float)
        self._refuse_not_finite(values, spec, rows)
        known = {v.name for v in self.variables}
        self._spec, self._terms = spec, []
        for term, columns in spec.term_slices.items():
            if term.degree == 0:
                continue
            names = list(spec.column_names[columns])
            levels, reference = _levels(names, term, spec)
            of = frozenset(str(v) for v in spec.term_variables[term] if str(v) in known)
            name = str(term).replace("`", "")
            self._terms.append(Term(name, values[:, columns], levels, reference, of))
        if not self._terms:
            raise InputError("formula", Fault(repr(self.text), "at least one term"))
        return self._terms

    def _refuse_not_finite(self, values: FloatArray, spec: Any, rows: BoolArray) -> None:
        """Name the terms without a value, and the patients with what they have."""
        faults = []
        for j, column in enumerate(spec.column_names):
            wrong = np.flatnonzero(~np.isfinite(values[:, j]))
            if not len(wrong):
                continue
            term = next(t for t, place in spec.term_slices.items() if j in range(*place.indices(values.shape[1])))
            needed = {str(name) for name in spec.term_variables[term]}
            own = [v for v in self.variables if v.name in needed]
            shown = []
            for i in wrong[:5]:
                given = ", ".join(f"{v.name} {_shown(v.values[rows].iloc[i])}" for v in own)
                shown.append(f"{self.variables[0].values.index[rows][i]} ({given})")
            more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
            hint = (
                "The logarithm of 0 or of a number below, for instance: write log(x + 1), correct the values, or empty "
                "them to leave the patients out"
            )
            found = f"no finite value for {len(wrong)} patient(s): {', '.join(shown)}{more}"
            faults.append(Fault(found, "numbers for all", column=column.replace("`", ""), hint=hint))
        if faults:
            raise InputError("formula", faults)

    def predict(self, coef: FloatArray, rows: BoolArray) -> tuple[FloatArray, BoolArray]:
        """Risk of every patient, and for whom it is known (values and levels that :meth:`terms` saw)."""
        usable = rows.copy()
        for v in self.variables:
            usable &= v.known
            if v.levels is not None:
                seen = next(
                    (s.levels for f, s in self._spec.factor_contrasts.items() if str(f).replace("`", "") == v.name),
                    v.levels,
                )
                usable &= v.values.isin([str(level) for level in seen]).to_numpy()
        risk = np.zeros(rows.size)
        if usable.any():
            with np.errstate(all="ignore"):  # of values without a logarithm, which are told apart here
                matrix = _applied(self.text, self._spec, self._frame(usable))
            values = matrix.to_numpy(dtype=float)
            finite = np.isfinite(values).all(axis=1)
            inside = [j for j, n in enumerate(self._spec.column_names) if n != "Intercept"]
            usable[usable] = finite
            risk[usable] = values[np.ix_(finite, inside)] @ coef
        # Patients with equal values have equal risks, whatever the order of the additions.
        return np.round(risk, 10), usable

    def singles(self) -> list[Formula]:
        """Each term of one factor as a formula of its own, with the columns that it reads."""
        out = []
        for term in _parsed(self.text):
            if term.degree == 1:
                factor = term.factors[0]
                text = f"`{factor.expr}`" if factor.eval_method.value == "lookup" else str(factor.expr)
                needed = _names(text)
                out.append(Formula(text, tuple(v for v in self.variables if v.name in needed), self.reference))
        return out


def _levels(names: list[str], term: Any, spec: Any) -> tuple[tuple[str, ...], str | None]:
    """Levels of a term's columns and its reference, where it is one categorical column."""
    found = [_LEVEL.fullmatch(name) for name in names]
    contrasts = [s for f, s in spec.factor_contrasts.items() if term.degree == 1 and str(f) == str(term)]
    if contrasts and all(found):
        levels = tuple(m[1] for m in found if m)
        others = [str(level) for level in contrasts[0].levels if str(level) not in levels]
        if len(others) == 1:
            return levels, others[0]
    if len(names) == 1 and term.degree == 1:
        return ("",), None
    return tuple(names), None


def _parsed(text: str) -> Any:
    from formulaic import Formula as Parsed

    return Parsed(text)


def _tree(text: str) -> ast.AST | None:
    """The formula as Python reads it, its operators aside; ``None`` where Python cannot."""
    quoted = re.sub(r"`([^`]*)`", lambda m: f"_quoted_{m[1].encode().hex()}", text)
    try:
        return ast.parse(quoted.replace("^", "**").replace(":", "*").strip(), mode="eval")
    except SyntaxError:
        return None


def _unquoted(text: str) -> str:
    return re.sub(r"_quoted_([0-9a-f]*)", lambda m: "`" + bytes.fromhex(m[1]).decode() + "`", text)


def _names(text: str) -> set[str]:
    """Columns that a formula needs; formulaic does not tell those inside of splines, poly, center and scale."""
    names = {str(name) for name in _parsed(text).required_variables}
    calls = [node for node in ast.walk(_tree(text) or ast.Module([], [])) if isinstance(node, ast.Call)]
    called = {id(call.func) for call in calls}
    for call in calls:
        for given in [*call.args, *(keyword.value for keyword in call.keywords)]:
            names |= {
                _unquoted(node.id).strip("`")
                for node in ast.walk(given)
                if isinstance(node, ast.Name) and id(node) not in called and node.id not in _MODULES
            }
    return names


def _powers(node: ast.AST | None) -> list[str]:
    """Single terms raised to a power outside of a function, which leaves them as they are."""
    if node is None or isinstance(node, ast.Call):
        return []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name | ast.Call):
        return [_unquoted(ast.unparse(node))]
    return [power for child in ast.iter_child_nodes(node) for power in _powers(child)]


def _warn_powers(text: str) -> None:
    for power in _powers(_tree(text)):
        warnings.warn(
            f"formula: {power} is {power.partition(' **')[0]} alone, since a power of a formula crosses terms with "
            f"themselves; write I({power}) for the number to that power.",
            RadiogenomicsWarning,
            stacklevel=4,
        )


def _applied(text: str, spec: Any, frame: pd.DataFrame) -> Any:
    """The matrix of other patients, by what the transforms learned."""
    from formulaic.errors import FormulaicError

    try:
        return spec.get_model_matrix(frame, context={}, na_action="ignore")
    except (FormulaicError, ValueError) as error:
        hint = (
            "A spline says nothing beyond the values it was fitted on, unless it has extrapolation='clip' or 'extend'"
        )
        found = f"{text!r}, which has no value for some of the other patients ({_first_line(error)})"
        raise InputError("formula", Fault(found, "terms with a value for all patients", hint=hint)) from error


def _matrix(text: str, frame: pd.DataFrame) -> Any:
    from formulaic import model_matrix

    with np.errstate(all="ignore"):  # what is not finite is told by patient
        return model_matrix(text, frame, context={}, na_action="ignore")


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def formula_of(
    data: Cohort, text: str, *, categorical: tuple[str, ...] = (), reference: Mapping[str, str] | None = None
) -> Formula:
    """Read a formula: ``age + log(size) + C(grade) * sex``; names with other signs in backticks.

    Raises
    ------
    InputError
        It has a left side, or cannot be read.
    UnknownNameError
        A column is not in ``data.obs``.

    Warns
    -----
    RadiogenomicsWarning
        A single term is raised to a power, which does nothing outside of ``I()``.
    """
    example = "such as 'age + log(size) + grade * sex'"
    if "~" in text:
        raise InputError("formula", Fault(repr(text), f"the right side alone, {example}; the outcome is outcome="))
    if "|" in text:
        raise InputError("formula", Fault(repr(text), f"one right side, {example}"))
    from formulaic.errors import FormulaicError

    try:
        names = sorted(_names(text))
    except (FormulaicError, SyntaxError) as error:
        raise InputError("formula", Fault(repr(text), f"a formula, {example}", hint=_first_line(error))) from error
    for name in names:
        if name not in data.obs and re.search(rf"(?<![\w.]){re.escape(name)}\s*\(", text):
            hint = f"numpy's functions are called by np.: np.{name}(...)" if hasattr(np, name) else ""
            raise InputError("formula", Fault(f"the function {name!r}", f"one of {_FUNCTIONS}", hint=hint))
    _warn_powers(text)
    variables = tuple(variable(data, name, categorical=name in categorical) for name in names)
    formula = Formula(text, variables, dict(reference or {}))
    rows = np.logical_and.reduce([v.known for v in variables]) if variables else np.ones(data.n_obs, dtype=bool)
    try:
        formula.terms(rows)
    except InputError:  # says already what is wrong
        raise
    except (FormulaicError, SyntaxError, ValueError) as error:
        raise InputError("formula", Fault(repr(text), f"a formula, {example}", hint=_first_line(error))) from error
    return formula


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
