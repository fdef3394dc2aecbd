"""One call of the program: its environment, its folder, the options that every command takes, and where it prints."""

import functools
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click
import msgspec

from prodigy_tui import __version__
from prodigy_tui.cli.output import ColourMode, Output
from prodigy_tui.cli.secrecy import Secrecy
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.storage import RepositoryFolder, StateHome

P = ParamSpec("P")
R = TypeVar("R")


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """What a command knows about how it was called."""

    environ: Mapping[str, str]
    cwd: Path
    repo: Path
    """`--repo`, absolute; the folder to look for the repository from."""
    home: Path | None
    """`--home`, absolute."""
    output: Output

    @property
    def has_terminal(self) -> bool:
        """Whether a person sits at all ends; Textual draws on stderr, so that has to be the terminal as well."""
        return sys.stdin.isatty() and sys.stderr.isatty() and self.output.to_terminal

    @property
    def has_screen(self) -> bool:
        """Whether that terminal can show the interface: it must be able to move its cursor."""
        return self.has_terminal and self.environ.get("TERM") != "dumb"

    @property
    def state_root(self) -> Path:
        """The state folder; not every command has to do with it."""
        return state_root(self.environ, self.home)

    def state_home(self) -> "StateHome":
        """Returns the state folder."""
        from prodigy_tui.storage import StateHome

        return StateHome(self.state_root)

    def repository(self) -> "Repository":
        """Opens the repository."""
        from prodigy_tui.git.repo import Repository

        return Repository.open(self.repo)

    def repository_folder(self) -> "RepositoryFolder":
        """Returns the repository's part of the state folder."""
        return self.state_home().repository(self.repository().common_dir)


class NoCurrentFolder(ProdigyError):
    """The folder that the program was started in is gone."""

    exit_code = ExitCode.ENVIRONMENT


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise NoCurrentFolder("the current folder is gone", hint="change to one that exists") from error


def state_root(environ: Mapping[str, str], home: Path | None) -> Path:
    """Returns the state folder: `--home`, else what the environment says."""
    from prodigy_tui.storage import state_root as root_of

    return home if home is not None else root_of(environ)


def shared_options(command: Callable[Concatenate[Invocation, P], R]) -> Callable[P, R]:
    """Gives a command the options that nearly every command takes, as an `Invocation` before its own arguments."""
    repo = click.option(
        "--repo", type=click.Path(path_type=Path), metavar="DIR", help="Repository; this folder by default."
    )
    return repo(options_without_repository(command))


def options_without_repository(command: Callable[Concatenate[Invocation, P], R]) -> Callable[P, R]:
    """As `shared_options`, for a command that is not about a repository of the person's."""

    @click.option(
        "--home", type=click.Path(path_type=Path), metavar="DIR", help="State folder, instead of $PRODIGY_HOME."
    )
    @click.option("-v", "--verbose", count=True, help="Say more; twice, everything.")
    @click.option("-q", "--quiet", is_flag=True, help="Say only errors.")
    @click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Colours; `auto` has them on a terminal.",
    )
    @click.version_option(__version__, prog_name="prodigy-tui")
    @functools.wraps(command)
    def with_invocation(*args: Any, **kwargs: Any) -> R:
        repo: Path | None = kwargs.pop("repo", None)
        home: Path | None = kwargs.pop("home")
        verbosity: int = kwargs.pop("verbose")
        quiet: bool = kwargs.pop("quiet")
        colour: ColourMode = kwargs.pop("color")
        cwd = _current_folder()
        invocation = Invocation(
            environ=dict(os.environ),
            cwd=cwd,
            repo=cwd / repo if repo is not None else cwd,
            home=cwd / home if home is not None else None,
            output=Output(
                sys.stdout,
                sys.stderr,
                environ=os.environ,
                verbosity=-1 if quiet else verbosity,
                colour=colour,
                secrecy=click.get_current_context().find_object(Secrecy),
            ),
        )
        return command(invocation, *args, **kwargs)

    return with_invocation
