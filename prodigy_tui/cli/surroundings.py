"""What the checker of workflows is told about this program and this place, so that every verb judges alike."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from prodigy_tui.cli.usual_places import FILE, PROJECT_FOLDER, project_top, repository_top, user_library
from prodigy_tui.errors import ProdigyError
from prodigy_tui.workflow.build.context import OptionCheck, Surroundings
from prodigy_tui.workflow.compose.places import Places

if TYPE_CHECKING:
    from prodigy_tui.agents import Provider


class NoHomeFolder(ProdigyError):
    """It cannot be told where a person's settings are."""


class _Providers(Mapping[str, OptionCheck]):
    """The agent providers; they are loaded when a workflow first names one or its options, which few do."""

    def __init__(self, places: Places | None) -> None:
        self._places = places or Places()

    def __getitem__(self, name: str) -> OptionCheck:
        return self._loaded[name].check_options

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    @cached_property
    def _loaded(self) -> "Mapping[str, Provider]":
        from prodigy_tui.cli.settings import read_settings

        project, library = self._places.project, self._places.library
        user = library.parent / FILE if library is not None else None
        return read_settings(user, project / FILE if project is not None else None, {}).providers()


def known_surroundings(places: Places | None = None) -> Surroundings:
    """Returns the surroundings that all verbs share; without `places` files may lie anywhere."""
    return Surroundings(
        providers=_Providers(places),
        agent_commands=_agent_commands(places),
        places=places or Places(),
    )


def places_of(folder: Path, environ: Mapping[str, str], allow_outside: Sequence[Path] = ()) -> Places:
    """Returns where the files of a workflow may lie when the program is used in `folder` (language 15.1)."""
    return Places(
        roots=tuple(Path(os.path.realpath(root)) for root in (repository_top(folder), *allow_outside)),
        project=project_top(folder) / PROJECT_FOLDER,
        library=user_library(environ),
        resolve=lambda path: Path(os.path.realpath(path)),
    )


def _agent_commands(places: Places | None) -> frozenset[str]:
    """Returns the names of the agent commands that the repository defines."""
    if places is None or not places.roots:
        return frozenset()
    folder = places.roots[0] / ".claude" / "commands"
    try:
        return frozenset(file.stem for file in folder.iterdir() if file.suffix == ".md")
    except OSError:
        return frozenset()
