"""`prodigy-tui init`: a first workflow to change, and the folder for the project's own templates."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.errors import ExitCode, ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.cli.library import Library

FIRST = "shell-map"
"""The template that needs no agent program and no key."""


class AlreadyThere(ProdigyError):
    """A file is in the way."""


@click.command(epilog="Example: prodigy-tui init --template add-tests")
@click.option("--template", metavar="NAME", help=f"The template to begin with; `{FIRST}` when nobody can be asked.")
@click.option("--force", is_flag=True, help="Replace a workflow that is there.")
@shared_options
def init(invocation: Invocation, template: str | None, force: bool) -> int:
    """Write a first workflow and the project folder

    Copies a template into this folder as NAME.yml, and makes `.prodigy/templates/` for templates of your own. On a
    terminal it asks which template. A file that is there is left alone without --force.
    """
    from prodigy_tui.cli.library import Library

    library = Library(invocation)
    chosen = library.find(template or (_asked(invocation, library) if invocation.has_terminal else FIRST))
    target = invocation.repo / chosen.file.name
    try:
        with target.open("wb" if force else "xb") as file:
            file.write(chosen.file.read_bytes())
        made_folder = not library.project.is_dir()
        library.project.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise AlreadyThere(f"{error.filename} exists", hint="--force replaces a workflow") from error
    except OSError as error:
        raise AlreadyThere(f"{error.filename or target} cannot be written: {error.strerror}") from error
    shown = _shown(target, invocation.cwd)
    invocation.output.line(f"wrote {shown}")
    if made_folder:
        invocation.output.line(f"made {_shown(library.project, invocation.cwd)}/")
    if needed := _missing(invocation):
        invocation.output.say(f"before it can run:    {needed}")
    invocation.output.say(f"see what it would do: prodigy-tui run {shown} --dry-run")
    invocation.output.say(f"run it:               prodigy-tui run {shown}")
    return ExitCode.OK


def _missing(invocation: Invocation) -> str:
    """Returns what a run needs here and has not, as `run` would say it."""
    from prodigy_tui.git.repo import Repository
    from prodigy_tui.git.status import look_at

    try:
        repository = Repository.open(invocation.repo)
        repository.start_point(look_at(repository.top))
    except ProdigyError as error:
        return str(error)
    return ""


def _asked(invocation: Invocation, library: "Library") -> str:
    templates = library.templates()
    for template in templates:
        invocation.output.say(f"  {template.name:16} {library.described(template).description}")
    names = click.Choice([template.name for template in templates])
    default = FIRST if FIRST in names.choices else None
    answer: str = click.prompt("Which template", type=names, default=default, show_choices=False, err=True)
    return answer


def _shown(path: Path, cwd: Path) -> str:
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)
