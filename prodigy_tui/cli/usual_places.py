"""Where settings and templates of a person and of a project lie; found without loading anything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = "config.yml"
PROJECT_FOLDER: Final = ".prodigy"
TEMPLATES: Final = "templates"


def user_file(environ: Mapping[str, str]) -> Path | None:
    """Returns the person's file of settings, whether or not it exists; None when no home folder is known."""
    library = user_library(environ)
    return None if library is None else library.parent / FILE


def project_file(folder: Path) -> Path:
    """Returns the project's file of settings, whether or not it exists."""
    return project_top(folder) / PROJECT_FOLDER / FILE


def repository_top(folder: Path) -> Path:
    """Returns the top of the repository that `folder` lies in, outside of any `folder`.

    Git is not asked, so that checking a workflow needs none.
    """
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def project_top(folder: Path) -> Path:
    """Returns the nearest folder with a `.prodigy/`, not above the repository; else the repository's top."""
    top = repository_top(folder)
    inside = (one for one in (folder, *folder.parents) if one.is_relative_to(top))
    return next((one for one in inside if (one / PROJECT_FOLDER).is_dir()), top)


def user_library(environ: Mapping[str, str]) -> Path | None:
    """Returns the user's template library, whether or not it exists; None when no home folder is known."""
    settings = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not settings.is_absolute():  # the XDG specification has relative values ignored
        home = Path(environ.get("HOME", ""))
        if not home.is_absolute():
            return None
        settings = home / ".config"
    return settings / "prodigy-tui" / TEMPLATES
