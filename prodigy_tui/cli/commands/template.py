"""`prodigy-tui template`: the template library."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.library import Described

SKELETON = """\
# {name}: a template of this project. A workflow takes all of it by `template: {name}`, and
# `prodigy-tui init --template {name}` makes a copy to change.
name: {name}
description: What it does, in one line

steps:
  - name: first step
    shell: echo hello
"""

_TOP_NAME = re.compile(r"^name:.*$", re.MULTILINE)


@click.group(cls=Verbs)
def template() -> None:
    """Look at, make and keep templates of workflows

    Templates are workflows in `.prodigy/templates/` of the project, in `prodigy-tui/templates/` of the user's settings
    (`$XDG_CONFIG_HOME`, else `~/.config`), or shipped; a name stands for the first of them in this order.
    """


@template.command("list", epilog="Example: prodigy-tui template list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def list_templates(invocation: Invocation, as_json: bool) -> int:
    """List the templates that can be used here"""
    return _print_list(invocation, as_json, ())


@template.command(epilog="Example: prodigy-tui template search tests")
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def search(invocation: Invocation, words: tuple[str, ...], as_json: bool) -> int:
    """List the templates that have all WORDS

    Looked for in names, descriptions and tags, whatever the case.
    """
    return _print_list(invocation, as_json, words)


@template.command(epilog="Example: prodigy-tui template show migrate")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def show(invocation: Invocation, name: str, as_json: bool) -> int:
    """Print the template NAME"""
    import msgspec

    from prodigy_tui.cli.library import Library

    library = Library(invocation)
    described = library.described(library.find(name))
    if as_json:
        parameters = described.loaded.workflow.parameters if described.loaded.workflow else ()
        shown = [
            {name: value for name, value in msgspec.structs.asdict(parameter).items() if name not in _INNER}
            for parameter in parameters
        ]
        document = {**_entry(described), "parameters": shown, "text": described.loaded.text}
        invocation.output.document("template", document)
        return ExitCode.OK
    invocation.output.say(f"{described.template.where}: {described.template.file}")
    invocation.output.text(described.loaded.text.removesuffix("\n"))
    return ExitCode.OK


_INNER = frozenset({"file", "line", "late"})
"""What a parameter knows that concerns nobody outside."""


@template.command(epilog="Example: prodigy-tui template new our-review --from review-and-fix")
@click.argument("name")
@click.option("--from", "source", metavar="TEMPLATE", help="The template to begin with.")
@click.option("--force", is_flag=True, help="Replace a template of that name.")
@shared_options
def new(invocation: Invocation, name: str, source: str | None, force: bool) -> int:
    """Make the template NAME in this project"""
    from prodigy_tui.cli.library import Library, checked_name, write_template

    library = Library(invocation)
    file = library.project / f"{checked_name(name)}.yml"
    text = SKELETON.format(name=name)
    if source is not None:
        found = library.find(source)
        text = library.described(found).loaded.text
        if found.file.suffix.lower() == ".json":
            file = file.with_suffix(".json")
        else:
            text = _TOP_NAME.sub(f"name: {name}", text, count=1)
    write_template(file, text, replace=force)
    invocation.output.line(f"wrote {file}")
    invocation.output.say(f"check it after a change: prodigy-tui validate {file}")
    return ExitCode.OK


@template.command(epilog="Example: prodigy-tui template register fix-types.yml --name types")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="N", help="What it is called; the file's name by default.")
@click.option("--force", is_flag=True, help="Replace a template of that name.")
@shared_options
def register(invocation: Invocation, file: Path, name: str | None, force: bool) -> int:
    """Copy the workflow FILE into your own library

    It is checked first; one with errors is not taken.
    """
    from prodigy_tui.cli.commands.validate import print_problems
    from prodigy_tui.cli.library import SUFFIXES, Library, Template, TemplateUnusable, checked_name, write_template
    from prodigy_tui.cli.surroundings import NoHomeFolder
    from prodigy_tui.workflow.problems import WorkflowRejected, as_validated, has_errors

    library = Library(invocation)
    if library.user is None:
        raise NoHomeFolder("no home folder is known for your library", hint="set HOME or XDG_CONFIG_HOME")
    called = checked_name(name or file.stem)
    loaded = library.described(Template(name=called, where="user", file=file)).loaded
    problems = as_validated(loaded.problems)
    print_problems(invocation.output, list(problems))
    if has_errors(problems):
        raise WorkflowRejected(problems)
    if len(loaded.files) > 1:
        raise TemplateUnusable(
            f"{file} is made of {len(loaded.files)} files, and a template of the library is one file",
            hint="write what it takes from the others into it",
        )
    suffix = file.suffix.lower() if file.suffix.lower() in SUFFIXES else ".yml"
    target = library.user / f"{called}{suffix}"
    write_template(target, loaded.text, replace=force)
    invocation.output.line(f"wrote {target}")
    return ExitCode.OK


@template.command(epilog="Example: prodigy-tui template remove types --yes")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Remove it without a question.")
@shared_options
def remove(invocation: Invocation, name: str, yes: bool) -> int:
    """Remove a template of this project or of your library

    A shipped template of the same name can be seen again then; shipped ones themselves stay.
    """
    from prodigy_tui.cli.library import Library, TemplateUnusable

    found = Library(invocation).find(name)
    if found.where == "shipped":
        raise TemplateUnusable(f"the template {name!r} is shipped with the program and cannot be removed")
    if not yes and not invocation.has_terminal:
        raise TemplateUnusable(f"{found.file} is removed only after a yes", hint="--yes says it")
    if not yes and not click.confirm(f"Remove {found.file}", err=True):
        invocation.output.say("nothing was removed")
        return ExitCode.OK
    try:
        found.file.unlink()
    except OSError as error:
        raise TemplateUnusable(f"{found.file} cannot be removed: {error.strerror}") from error
    invocation.output.line(f"removed {found.file}")
    return ExitCode.OK


def _print_list(invocation: Invocation, as_json: bool, words: tuple[str, ...]) -> int:
    from prodigy_tui.cli.library import Library

    library = Library(invocation)
    described = [one for one in map(library.described, library.templates()) if _has(one, words)]
    if as_json:
        invocation.output.document("templates", {"templates": [_entry(one) for one in described]})
    elif described:
        rows = [(one.template.name, one.template.where, one.description) for one in described]
        invocation.output.table(("template", "from", "description"), [tuple(row) for row in rows])
    else:
        invocation.output.say(f"no template has {' and '.join(map(repr, words))}")
    return ExitCode.OK


def _has(described: "Described", words: tuple[str, ...]) -> bool:
    text = " ".join((described.template.name, described.description, *described.tags)).casefold()
    return all(word.casefold() in text for word in words)


def _entry(described: "Described") -> dict[str, Any]:
    template = described.template
    return {
        "name": template.name,
        "where": template.where,
        "file": str(template.file),
        "kind": described.kind,
        "description": described.description,
        "tags": list(described.tags),
    }
