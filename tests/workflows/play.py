"""Whole runs of shipped workflows whose agents are scripted: they really change files, without a model."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

from prodigy_tui.cli.shipped import shipped
from prodigy_tui.events.schema import Event, StepStarted
from prodigy_tui.events.source import read_events
from tests.support.project import Called, Project

E = TypeVar("E", bound=Event)
Rule: TypeAlias = dict[str, Any]


def play(project: Project, name: str, rules: Sequence[Rule], *options: str, yes: bool = True) -> Called:
    """Runs a shipped workflow, as a rule with `-y`; agents follow the first rule that fits their prompt."""
    script = project.home.parent / "rules.json"
    script.write_text(json.dumps(list(rules)), "utf-8")
    scripted = ("--provider", "scripted", "--script", str(script))
    return project.call("run", shipped("workflows") / f"{name}.yml", *scripted, *["-y"] * yes, "--json", *options)


def on(match: str, *deeds: Rule, attempt: int | None = None) -> Rule:
    """What agents do whose prompt matches; a dot is also the end of a line."""
    return {"match": f"(?s){match}", "do": list(deeds)} | ({} if attempt is None else {"attempt": attempt})


def write(path: str, content: str) -> Rule:
    return {"write": {"path": path, "content": content}}


def say(text: str) -> Rule:
    return {"say": text}


def cost(usd: float) -> Rule:
    return {"usage": {"input_tokens": 1000, "output_tokens": 100, "usd": usd}}


def fail(reason: str) -> Rule:
    return {"fail": reason}


def happened(project: Project, kind: type[E]) -> list[E]:
    """The events of one kind of the newest run."""
    events = (envelope.event for envelope in read_events(project.folder(project.runs()[0]).events))
    return [event for event in events if isinstance(event, kind)]


def agent_calls(project: Project) -> Counter[str]:
    """How often an agent was called for each item; outside of items by the name of the phase."""
    started = happened(project, StepStarted)
    return Counter(event.item_id or event.phase for event in started if event.kind in ("agent", "claude"))


def dead(project: Project) -> dict[str, str]:
    """The kinds of failure in the dead letter queue of the newest run."""
    return {entry["item_id"]: entry["kind"] for entry in project.call("dlq", "list", "--json").json["entries"]}


def commit_all(project: Project, files: dict[str, str]) -> None:
    """Commits files as one commit."""
    for path, content in files.items():
        project.repo.write(path, content)
    project.repo.git("add", "--all")
    project.repo.commit_staged("what there is")
