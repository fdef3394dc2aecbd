"""`prodigy-tui schema`: the JSON Schema of the workflow language, for editors and scripts."""

import json

import click

from prodigy_tui.cli.invocation import Invocation, options_without_repository
from prodigy_tui.errors import ExitCode


@click.command(epilog="Example: prodigy-tui schema")
@options_without_repository
def schema(invocation: Invocation) -> int:
    """Print the JSON Schema of the workflow language

    An editor with a YAML language server completes and checks workflows with it. What a schema cannot say, such as
    whether a variable exists, `validate` finds. Write it to `workflow.schema.json`, and begin a workflow with the line
    `# yaml-language-server: $schema=workflow.schema.json`.
    """
    from prodigy_tui.workflow.schema import make_schema

    for line in json.dumps(make_schema(), indent=2, ensure_ascii=False).splitlines():
        invocation.output.line(line)
    return ExitCode.OK
