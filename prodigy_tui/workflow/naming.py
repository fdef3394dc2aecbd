"""Which names a value may have that every process gets: captures, outputs, parameters, `vars` (language 8.5, 11)."""

import re
from typing import Final

from prodigy_tui.workflow.roots import RESERVED

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
STEERING: Final = re.compile(r"PATH|HOME|SHELL|IFS|ENV|BASH_ENV|CDPATH|(?:PRODIGY_|GIT_|LD_|DYLD_|PYTHON).*", re.DOTALL)
"""Variables that change what other programs do; output must never set them."""


def name_fault(name: str) -> str:
    """Returns why a value cannot have this name, or an empty text."""
    if not NAME.fullmatch(name):
        return "a name is a letter or '_', then letters, digits, '_' and '-'"
    if name in RESERVED:
        return "the name is reserved"
    if STEERING.fullmatch(name):
        return "the name steers other programs"
    return ""
