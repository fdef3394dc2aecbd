"""Records golden logs of the present version: `python -m tests.golden.record FOLDER`.

Only for a folder that is not there yet: a golden log is never changed, because somebody's disk may have its like.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import fields

from prodigy_tui.events.codec import decode
from prodigy_tui.events.evolve import fold
from prodigy_tui.events.schema import KnownEvent
from prodigy_tui.events.source import read_events
from tests.golden.facts import FOLDER, facts
from tests.support.drive import Driver
from tests.support.gitrepo import HERMETIC

PLACE = ("seq", "at", "type")
"""What every line has."""

PLAIN = """
name: plain
env: {TONE: {command: "echo kind"}}
commands:
  - {shell: "echo ${TONE} > tone.txt", commit_config: {message_template: tone}}
  - {shell: "test -e tried || { touch tried; exit 1; }", retry: {attempts: 2, initial_delay: 0.1s}}
  - {shell: "rm tried; echo said", capture_output: said}
  - foreach: {list: [one, two]}
    do: [{shell: "echo ${item}"}]
  - {shell: "false", continue_on_error: true}
  - agent: {prompt: look, provider: scripted, options: {script: [{match: look, do: [{say: seen}]}]}}
"""

MAPREDUCE = """
name: mapreduce
error_policy: {on_item_failure: dlq}
setup: ["echo set > setup.txt && git add . && git commit -qm setup"]
map:
  input: [{id: good}, {id: clash}, {id: again}, {id: bad}]
  max_parallel: 2
  agent_template:
    - shell: "test ${item.id} != bad"
    - shell: "test -e tried || { touch tried; test ${item.id} != again; }"
      on_failure: {shell: "true", max_attempts: 2}
    - agent:
        prompt: work on ${item.id}
        provider: scripted
        options:
          script:
            - match: good
              do:
                - {write: {path: shared, content: good}}
                - {say: done}
                - {usage: {input_tokens: 100, output_tokens: 20}}
                - {commit: good}
            - match: clash
              do: [{write: {path: shared, content: clash}}, {commit: clash}]
            - match: again
              do: [{write: {path: again, content: again}}, {commit: again}]
reduce: [{shell: "ls", capture_output: listed}]
"""


def recorded(text: str, drive: Callable[[Driver], object]) -> list[dict[str, Any]]:
    """Runs a workflow and returns the lines of its log, nothing of this machine in them."""
    with tempfile.TemporaryDirectory() as place:
        driver = Driver(Path(place), text)
        drive(driver)
        lines = driver.folder.events.read_text().replace(place, "/golden").replace(str(Path.cwd()), "/golden/repo")
    return [json.loads(line) for line in lines.splitlines()]


def of_the_future(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with fields in every event, and events between, that nobody knows yet."""
    result: list[dict[str, Any]] = []
    for plain in lines:
        line = {**plain, "mood": {"of": ["the", "day"]}}
        result += [line, {**line, "type": f"{line['type']}_foreseen"}] if len(result) % 7 == 0 else [line]
    return [{**line, "seq": number, "cause": None} for number, line in enumerate(result, start=1)]


def of_the_past(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with the fields alone that every event has had from the beginning."""
    required = {
        kind.__struct_config__.tag: {field.encode_name for field in fields(kind) if field.required}
        for kind in get_args(KnownEvent)
    }
    return [
        {name: value for name, value in line.items() if name in PLACE or name in required[line["type"]]}
        for line in lines
    ]


def main(folder: Path) -> None:
    os.environ.update(HERMETIC)
    folder.mkdir()
    plain = recorded(PLAIN, Driver.start)
    mapreduce = recorded(MAPREDUCE, Driver.start)
    goldens = {
        "plain": plain,
        "mapreduce": mapreduce,
        "cut-off": mapreduce[: len(mapreduce) // 2],
        "future": of_the_future(mapreduce),
        "past": of_the_past(plain),
    }
    for name, lines in goldens.items():
        log = folder / f"{name}.jsonl"
        log.write_text("".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines))
        for line in log.read_bytes().splitlines():
            decode(line)
        state = fold(read_events(log))
        log.with_suffix(".state.json").write_text(json.dumps(facts(state), indent=1) + "\n")
        print(name, len(lines), log.stat().st_size, state.status, state.message)


if __name__ == "__main__":
    main(FOLDER / sys.argv[1])
