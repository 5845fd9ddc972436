"""Nearest-template prediction as an estimator: centres of the training patients, classes of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from radiogenomics._errors import DegenerateInputError, Fault, InputError
from radiogenomics._types import RNG, FloatArray
from radiogenomics.core.nearest_template import NearestTemplates, nearest_template, template_matrix
from radiogenomics.ml._matrix import feature_names, finite_matrix

#: Templates without a gene that are named one by one.
_MOST_NAMED = 5


class NearestTemplate(ClassifierMixin, BaseEstimator):
    """Nearest-template prediction :cite:p:`Hoshida2010`: classes by given marker genes, nothing learned from labels.

    Parameters
    ----------
    templates
        Marker genes, expressed more in their class than in the others, by class; names of columns.
    n_permutations
        Random gene sets behind each p-value; the smallest possible is 1 / (n_permutations + 1).
    scale
        Divide genes by their standard deviation among the training patients (constant ones are left out), not only
        centre them.
    random_state
        Seed or generator of the gene sets.

    Attributes
    ----------
    classes_
        Classes, in the order of `templates`.
    genes_
        Marker genes found, by class.
    missing_
        Marker genes not found, by class.
    center_, scale_
        (p,) mean and standard deviation of each gene in training.
    """

    def __init__(
        self,
        templates: Mapping[str, Sequence[str]] | None = None,
        *,
        n_permutations: int = 1000,
        scale: bool = True,
        random_state: RNG = None,
    ) -> None:
        self.templates = templates
        self.n_permutations = n_permutations
        self.scale = scale
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:
        """Centre and scale of each gene of ``X`` (n, p), a DataFrame whose columns are genes."""
        if not isinstance(self.templates, Mapping) or len(self.templates) < 2:
            raise InputError("templates", "two or more classes, each with the names of its marker genes")
        n_permutations = self.n_permutations
        if not isinstance(n_permutations, int | np.integer) or isinstance(n_permutations, bool) or n_permutations < 1:
            raise InputError("n_permutations", Fault(repr(n_permutations), "1 or more"))
        x = finite_matrix(self, X, reset=True)
        names = feature_names(self, x.shape[1])
        deviation = x.std(axis=0, ddof=1) if len(x) > 1 else np.zeros(x.shape[1])
        constant = ~(deviation > 0)
        if constant.all():
            raise DegenerateInputError("NearestTemplate", f"no gene varies among the {len(x)} patients; two or more")
        self._varies = ~constant
        self.center_ = x.mean(axis=0)
        self.scale_ = np.where(constant, 1.0, deviation) if self.scale else np.ones(x.shape[1])
        self._find(np.array(names)[self._varies])
        self.classes_ = np.array([str(c) for c in self.templates], dtype=object)
        return self

    def _find(self, names: Any) -> None:
        """Marker genes among those that vary; a class without any is refused, with what both sides look like."""
        assert self.templates is not None
        at = {str(name): j for j, name in enumerate(names)}
        wanted = {str(c): list(dict.fromkeys(map(str, genes))) for c, genes in self.templates.items()}
        self.genes_ = {c: [g for g in genes if g in at] for c, genes in wanted.items()}
        self.missing_ = {c: [g for g in genes if g not in at] for c, genes in wanted.items()}
        empty = [c for c, genes in self.genes_.items() if not genes]
        if empty:
            measured = ", ".join(map(repr, names[:3]))
            if len(empty) > _MOST_NAMED:
                shown, gene = ", ".join(map(repr, empty[:3])), next((g for g in wanted[empty[0]]), "")
                found = f"no gene of {len(empty)} of {len(wanted)} templates ({shown} ...; genes such as {gene!r})"
                raise InputError("templates", Fault(found, f"genes that vary among those measured ({measured} ...)"))
            raise InputError(
                "templates",
                [
                    Fault(f"none of {len(wanted[c])} genes ({', '.join(map(repr, wanted[c][:3]))} ...)",
                          f"genes that vary among those measured ({measured} ...)", column=c)
                    for c in empty
                ],
            )  # fmt: skip
        self._columns = np.array([at[g] for genes in self.genes_.values() for g in genes])
        self._marks = np.repeat(np.arange(len(wanted)), [len(genes) for genes in self.genes_.values()])

    def classify(self, X: Any) -> NearestTemplates:
        """Nearest template, distances and p-values of the rows of ``X``."""
        check_is_fitted(self)
        z: FloatArray = ((finite_matrix(self, X, reset=False) - self.center_) / self.scale_)[:, self._varies]
        shapes = template_matrix(self._marks, len(self.classes_))
        return nearest_template(z, self._columns, shapes, n_permutations=self.n_permutations, rng=self.random_state)

    def predict(self, X: Any) -> Any:
        """Class of each patient (n,), whatever its p-value; ``None`` for one who is at the centre of every gene."""
        nearest = self.classify(X).nearest
        return np.array([self.classes_[k] if k >= 0 else None for k in nearest], dtype=object)
