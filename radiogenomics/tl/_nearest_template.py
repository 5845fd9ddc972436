"""Classes of patients by given marker genes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from radiogenomics import _keys as keys
from radiogenomics._cohort import (
    check_key,
    is_multimodal,
    left_out_table,
    modality_of,
    patients_of,
    to_uns,
    training_patients,
    write_groups,
)
from radiogenomics._errors import Fault, InputError, RadiogenomicsWarning
from radiogenomics._gmt import parse_gmt
from radiogenomics._random import generator, seed_of, spawn_seeds
from radiogenomics._types import RNG, StrPath
from radiogenomics.get._unscaled import unscaled_features
from radiogenomics.ml._nearest_template import NearestTemplate
from radiogenomics.tl._gene_names import identifiers

if TYPE_CHECKING:
    from radiogenomics._types import Cohort

_FEW = 5


def nearest_template(
    data: Cohort,
    templates: Mapping[str, Sequence[str]] | StrPath,
    *,
    modality: str | None = None,
    n_permutations: int = 1000,
    scale: bool = True,
    alpha: float = 0.05,
    rng: RNG = 0,
    key_added: str = "nearest_template",
) -> None:
    """Class of each patient by the marker genes it expresses most :cite:p:`Hoshida2010`, with a p-value per patient.

    A published signature is applied to one patient at a time; nothing is learned from the cohort but the mean and
    standard deviation of each gene, among the training patients. A cohort of one class only is therefore told apart
    wrongly: half of its patients are above the mean.

    Parameters
    ----------
    data
        Cohort with log2 expression (values from before `rg.pp.scale` are taken).
    templates
        Genes expressed more in each class than in the others, by class; or a GMT file with one set per class.
    modality
        Modality; required for a MuData.
    n_permutations
        Random gene sets behind each p-value.
    scale
        Divide genes by their standard deviation, not only centre them.
    alpha
        False discovery rate (Benjamini-Hochberg over patients) up to which a patient gets the class.
    rng
        Seed or generator of the gene sets.
    key_added
        Name under which the result is stored.

    Returns
    -------
    ``None``. Sets ``obs[key_added]`` of the modality (and ``obs["modality:key_added"]``): the class, missing for
    patients above `alpha`; and ``uns[key_added]``: ``assigned`` (one row per patient: nearest class, whatever the
    p-value; `distance` in [0, 1], 0 the same direction; p-values), ``distances`` (per patient and class), ``templates``
    (per class and gene: whether it was found), ``settings`` and ``left_out``.

    Raises
    ------
    InputError
        Fewer than two templates, or one with no gene in common with the expression (naming schemes are told); missing
        values.

    Warns
    -----
    RadiogenomicsWarning
        If a class has fewer than five genes.
    """
    adata = modality_of(data, modality)
    check_key(adata, key_added, column=True)
    if not 0 < alpha <= 1:
        raise InputError("alpha", Fault(repr(alpha), "a number above 0 and up to 1"))
    given = {str(c): list(map(str, g)) for c, g in _read(templates).items()}
    values = unscaled_features(data, modality)
    genes = pd.DataFrame({"gene": values.columns.astype(str)})
    if "symbol" in adata.var:
        symbols = adata.var["symbol"].astype(object).replace("", np.nan)
        genes["symbol"] = symbols.set_axis(adata.var_names.astype(str)).reindex(genes["gene"]).to_numpy()
    identifier, names = identifiers(genes, {"templates": given})
    # Genes without a name, or of one that came before, serve as others in the random sets.
    named = names.where(names.notna() & ~names.duplicated(), genes["gene"])
    x = values.set_axis(pd.Index(named.astype(str)), axis=1)
    known = values.notna().any(axis=1).to_numpy()
    training = training_patients(data, adata) & known
    model = NearestTemplate(given, n_permutations=n_permutations, scale=scale)
    model.set_params(random_state=spawn_seeds(generator(rng), 1)[0]).fit(x[training])
    few = [f"{c!r} ({len(g)})" for c, g in model.genes_.items() if len(g) < _FEW]
    if few:
        warnings.warn(
            f"templates of fewer than {_FEW} measured genes: {', '.join(few)}; their classes rest on single genes",
            RadiogenomicsWarning,
            stacklevel=2,
        )
    found = model.classify(x[known])
    patients = values.index[known].to_numpy(dtype=object)
    nearest = np.array([model.classes_[k] if k >= 0 else None for k in found.nearest], dtype=object)
    sure = found.p_adjusted <= alpha
    assigned = pd.DataFrame(
        {
            keys.PATIENT: patients,
            "nearest": nearest,
            "group": pd.Series(nearest, dtype=object).where(sure, None),
            "distance": found.distance.min(axis=1),
            "p_value": found.p_value,
            "p_adjusted": found.p_adjusted,
        }
    )
    distances = pd.DataFrame(
        {
            keys.PATIENT: np.repeat(patients, len(model.classes_)),
            "group": np.tile(model.classes_, len(patients)),
            "distance": found.distance.ravel(),
        }
    )
    rows = [(c, g, g in set(model.genes_[c])) for c in given for g in dict.fromkeys(given[c])]
    left_out = {str(p): f"near no template: adjusted p above {alpha:g}" for p in patients[~sure]}
    left_out |= {str(p): "no value in any gene" for p in values.index[~known]}
    if is_multimodal(data):
        elsewhere = patients_of(data).difference(patients_of(adata), sort=False)
        left_out |= {str(p): f"no {modality} data" for p in elsewhere}
    result = to_uns(
        assigned=assigned,
        distances=distances,
        templates=pd.DataFrame(rows, columns=["group", "gene", "found"]),
        settings={
            "modality": modality, "groups": list(model.classes_), "identifier": identifier, "scale": scale,
            "n_permutations": n_permutations, "alpha": alpha, "n_genes": {c: len(g) for c, g in model.genes_.items()},
            "n_assigned": int(sure.sum()), "n_patients": len(patients), "rng": seed_of(rng),
        },
        left_out=left_out_table(left_out),
    )  # fmt: skip
    write_groups(data, modality, key_added, assigned.set_index(keys.PATIENT)["group"])
    adata.uns[key_added] = result


def _read(templates: Mapping[str, Sequence[str]] | StrPath) -> Mapping[str, Sequence[str]]:
    if isinstance(templates, Mapping):
        strings = [str(c) for c, genes in templates.items() if isinstance(genes, str)]
        if strings:
            raise InputError("templates", Fault(f"one text for {', '.join(strings)}", "a list of genes for each class"))
        return templates
    return parse_gmt(templates)
