"""Finding the files that are shipped with the program."""

from pathlib import Path
from typing import Literal

import prodigy_tui


def shipped(kind: Literal["themes", "workflows"]) -> Path:
    """Returns the folder of shipped files: in the package when installed, at the repository's front in a checkout."""
    package = Path(prodigy_tui.__file__).resolve().parent
    installed = package / kind
    return installed if installed.is_dir() else package.parent / kind
