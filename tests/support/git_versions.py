"""What the tests need of git that not every version has."""

from pathlib import Path
from typing import Final

import pytest

from prodigy_tui.git import open_merge
from prodigy_tui.git.repo import installed_version

stays_open: Final = pytest.mark.skipif(
    installed_version(Path()) < open_merge._STAYS_OPEN, reason="this git merges once and ends"
)
"""Where clean merges are to take no process of their own."""
