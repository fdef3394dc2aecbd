"""The commands of a group, which loads them when they are asked for."""

import click


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """Returns the commands of `group` by name, in the order of its help."""
    with click.Context(group) as context:
        found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}
