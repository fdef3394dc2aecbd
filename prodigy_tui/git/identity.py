"""Who commits, as far as settings and environment say it outright; everything else only git itself can tell."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from prodigy_tui.git.run import run_git

ROLES: Final = ("author", "committer")
_KEYS: Final = r"^(user|author|committer)\.(name|email)$"


def settings_about_people(path: Path) -> dict[str, str]:
    """Returns the settings that name people, as they hold for `path`."""
    fields = run_git("config", "--null", "--get-regexp", _KEYS, cwd=path, ok=(0, 1)).fields
    return dict(one.partition("\n")[::2] for one in fields)


def said_outright(role: str, settings: Mapping[str, str]) -> tuple[str, str] | None:
    """Returns name and address of the author or committer; None where git would have to guess, clean up or refuse."""
    found = []
    for part in ("name", "email"):
        variable = f"GIT_{role.upper()}_{part.upper()}"
        text = os.environ.get(variable, settings.get(f"{role}.{part}", settings.get(f"user.{part}", "")))
        if not _is_plain(text):
            return None
        found.append(text)
    return found[0], found[1]


def _is_plain(text: str) -> bool:
    """Tells whether git takes a text as it is: it cuts off punctuation at both ends, and takes out what delimits."""
    return text.isprintable() and text[:1].isalnum() and text[-1:].isalnum() and not set("<>") & set(text)
