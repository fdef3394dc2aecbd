"""Reads one step, also one that this version does not run yet."""

from prodigy_tui.workflow.build.context import Context, Notes, Surroundings
from prodigy_tui.workflow.build.steps import build_steps
from prodigy_tui.workflow.checks import check
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report
from prodigy_tui.workflow.source import read_source

PROVIDERS = {"claude": lambda options: tuple(f"no option '{key}'" for key in options), "scripted": lambda _: ()}


def read(text, *, phase="steps", **noted):
    """Returns the steps of a list in YAML and the codes of its problems, in order, without PT199."""
    steps, lines = read_lines(text, phase=phase, **noted)
    codes = [line.split()[2].rstrip(":") for line in lines]
    return steps, [code for code in codes if code != NOT_AVAILABLE]


def read_lines(text, *, phase="steps", **noted):
    """Returns the steps of a list in YAML, and its problems as lines."""
    report = Report("w.yml")
    notes = Notes(report=report, surroundings=Surroundings(providers=PROVIDERS), **noted)
    top = read_source(text, ".yml", report)
    steps = build_steps(top, Context(phase=phase), notes) if top is not None else ()
    check(notes)
    return steps, [str(problem) for problem in report.problems()]


def step(text, **options):
    """Returns the one step that a mapping in flow style or a text is; it has no problems but PT199."""
    steps, codes = read(f"- {text}\n", **options)
    assert codes == []
    (only,) = steps
    return only


def command(text, **options):
    """Returns the command of that step."""
    return step(text, **options).command


def codes(text, **options):
    """Returns the codes of the problems of one step, without PT199."""
    return read(f"- {text}\n", **options)[1]
