import anndata
import numpy as np
import pandas as pd
import pytest

import radiogenomics as rg
from radiogenomics._errors import UnknownNameError

#: The cohorts here have patients without a clinical row on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:.*no clinical row")


def test_tidy_table_of_text_and_truths() -> None:
    clinical = pd.DataFrame({"t": [1, 2, 3], "e": [1, 0, 1]}, index=["a", "b", "c"])
    rna = pd.DataFrame(np.eye(2), index=["a", "d"], columns=["g", "h"])
    mdata = rg.io.assemble_cohort(
        clinical, outcomes={"os": {"kind": "survival", "time": "t", "event": "e", "unit": "months"}}, rna=rna
    )
    table = rg.get.audit(mdata)
    assert list(table.columns) == ["patient_id", "in_clinical", "has_rna", "split", "kept", "reason", "note"]
    assert table["patient_id"].tolist() == ["a", "b", "c", "d"]
    assert table["reason"].tolist() == ["", "no modality", "no modality", "no clinical row"]
    assert table["kept"].dtype == bool


def test_no_audit() -> None:
    with pytest.raises(UnknownNameError, match=r"run rg.io.assemble_cohort first"):
        rg.get.audit(anndata.AnnData(np.eye(2)))
