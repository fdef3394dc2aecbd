"""What the builders make of a text, also where this version cannot run it yet."""

from typing import Any

import yaml

from prodigy_tui.workflow.build.context import Notes, Surroundings
from prodigy_tui.workflow.build.document import build_document
from prodigy_tui.workflow.checks import check
from prodigy_tui.workflow.model import MapPhase, Model, Workflow
from prodigy_tui.workflow.problems import NOT_AVAILABLE, Report
from prodigy_tui.workflow.source import read_source

PROVIDERS = {"claude": lambda options: tuple(f"no option '{key}'" for key in options), "scripted": lambda _: ()}


def read(text: str) -> tuple[Workflow | None, list[str]]:
    """Returns the workflow, and the problems as lines without the name of the file."""
    report = Report("w.yml")
    notes = Notes(report=report, surroundings=Surroundings(providers=PROVIDERS))
    top = read_source(text, ".yml", report)
    workflow = None if top is None else build_document(top, "w.yml", notes)
    check(notes)
    return workflow, [str(problem).removeprefix("w.yml:") for problem in report.problems()]


def built(text: str) -> Workflow:
    """Returns the workflow of a text that has no mistakes."""
    workflow, lines = read(text)
    assert [line for line in lines if NOT_AVAILABLE not in line] == []
    assert workflow is not None
    return workflow


def codes(text: str) -> list[str]:
    """Returns the codes of a text in order, but for what is not available yet."""
    found = [line.split()[2].rstrip(":") for line in read(text)[1]]
    return [code for code in found if code != NOT_AVAILABLE]


def map_text(**fields: Any) -> str:
    """Returns a mapreduce workflow whose map has these fields."""
    return yaml.safe_dump({"map": {"input": [1], "agent_template": ["true"], **fields}}, sort_keys=False)


def built_map(**fields: Any) -> MapPhase:
    """Returns the map of a workflow without mistakes."""
    phase = built(map_text(**fields)).map
    assert phase is not None
    return phase


def late(model: Model) -> dict[str, str]:
    """Returns the late values of a model as they are written."""
    return {name: value.text for name, value in model.late.items()}
