import json
import subprocess
import sys
from pathlib import Path

import pytest

from radiogenomics._errors import InputError, UnknownNameError
from radiogenomics.schemas.export import REGISTRY, export_schemas, schema, schema_text

FOLDER = Path(__file__).parents[2] / "data_schemas"


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_the_files_are_those_of_the_models(name: str) -> None:
    file = FOLDER / f"{name}.schema.json"
    assert file.is_file(), "write it with: python -m radiogenomics.schemas"
    assert file.read_text(encoding="utf-8") == schema_text(name), (
        "it drifted; write it with: python -m radiogenomics.schemas"
    )


def test_no_file_without_a_model() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.schema.json" for name in REGISTRY}


def test_unknown_keys_are_refused_in_the_schema_too() -> None:
    assert schema("manifest")["additionalProperties"] is False
    assert schema("manifest")["required"] == ["patient_id", "sequence", "image", "mask"]


def test_written_by_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "radiogenomics.schemas", str(tmp_path / "out")],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == len(REGISTRY)
    assert json.loads((tmp_path / "out" / "split.schema.json").read_text())["title"] == "Split"


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'manifest'"):
        schema("manifests")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can be written to"):
        export_schemas(tmp_path / "file")
