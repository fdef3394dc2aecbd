"""`prodigy-tui dlq`: the dead letter queue of a run, one verb a module."""

from prodigy_tui.cli.commands.dlq.group import dlq

__all__ = ["dlq"]
