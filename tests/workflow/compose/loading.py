"""Loads workflows that are made of several files, from a mapping instead of a disk."""

import textwrap
from pathlib import Path

from prodigy_tui.workflow.build.context import Surroundings
from prodigy_tui.workflow.compose.places import Places
from prodigy_tui.workflow.load import Given, load_workflow

PLACES = Places(roots=(Path("/repo"),), project=Path("/repo/.prodigy"), library=Path("/home/lib"))
"""A repository with a project folder, and a library elsewhere."""


def reader(files):
    """Returns a `read` that finds these files only."""

    def read(path):
        content = files.get(str(path))
        if content is None:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        if isinstance(content, OSError):
            raise content
        return content if isinstance(content, bytes) else textwrap.dedent(content).encode()

    return read


def load(tree, main=None, *, places=None, **given):
    """Loads the first file of `tree`; other keyword arguments are what the operator gives."""
    values = Given(**given) if given else None
    name = main or next(iter(tree))
    return load_workflow(Path(name), reader(tree), Surroundings(places=places or Places()), values)


def lines(tree, **options):
    """Returns the problems as text."""
    return [str(problem) for problem in load(tree, **options).problems]


def workflow(tree, **options):
    """Returns the workflow, which must have no errors."""
    loaded = load(tree, **options)
    assert loaded.workflow is not None, [str(problem) for problem in loaded.problems]
    return loaded.workflow


def labels(tree, **options):
    """Returns the labels of the steps of a plain workflow."""
    return [step.label for step in workflow(tree, **options).steps.steps]
