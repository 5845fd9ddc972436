"""``python -m radiogenomics.schemas [FOLDER]`` writes all schemas (to ``data_schemas`` by default)."""

from __future__ import annotations

import sys

from radiogenomics._errors import RadiogenomicsError
from radiogenomics.schemas.export import export_schemas

if __name__ == "__main__":
    try:
        written = export_schemas(sys.argv[1] if len(sys.argv) > 1 else "data_schemas")
    except RadiogenomicsError as error:
        sys.exit(str(error))
    print("\n".join(str(file) for file in written))
