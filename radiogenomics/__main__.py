"""``python -m radiogenomics``."""

from radiogenomics.cli import main

if __name__ == "__main__":
    main()
