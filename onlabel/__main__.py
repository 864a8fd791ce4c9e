"""``python -m onlabel`` is the command ``onlabel``."""

from __future__ import annotations

from onlabel.cli import main

if __name__ == "__main__":
    main(prog_name="onlabel")
