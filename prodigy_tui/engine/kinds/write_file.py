"""`write_file`: text or structured content, written whole or not at all, inside the worktree (language 5.7)."""

import json
from pathlib import Path
from typing import Any

import yaml

from prodigy_tui.agents.oneline import one_line
from prodigy_tui.engine.kinds.execution import Execution
from prodigy_tui.engine.worktrees.whole_file import make_folders, write_whole
from prodigy_tui.engine.worktrees.worktree_paths import PathEscapes, inside
from prodigy_tui.events.values import Failure
from prodigy_tui.workflow.item_errors import ItemsError
from prodigy_tui.workflow.item_reading import read_items
from prodigy_tui.workflow.json_data import JsonError, load_json
from prodigy_tui.workflow.model import WriteFileCommand
from prodigy_tui.workflow.scalars import resolve


def run_write_file(command: WriteFileCommand, *, path: str, content: Any, worktree: Path) -> Execution:
    """Writes `content`, references already filled in, to `path` below `worktree`; the output is the path."""
    try:
        target = inside(worktree, path)
        _write(target, _encoded(command, content), command)
    except PathEscapes as error:
        return _failed(str(error), code=error.code)
    except (JsonError, ItemsError) as error:
        return _failed(f"content of '{one_line(path)}' is not {command.format}: {error}")
    except OSError as error:
        return _failed(f"cannot write '{one_line(path)}': {error.strerror}")
    return Execution(exit_code=0, stdout=path, output=path)


def _failed(message: str, code: str | None = None) -> Execution:
    return Execution(exit_code=1, failure=Failure(kind="exit", message=message, exit_code=1, code=code))


def _encoded(command: WriteFileCommand, content: Any) -> bytes:
    if command.format == "text":
        return str(content).encode("utf-8", "surrogateescape")
    data = content
    if isinstance(content, str):
        data = load_json(content) if command.format == "json" else read_items(content, "yaml").data
    if command.format == "json":
        text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    else:
        text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False)
    return text.encode("utf-8", "surrogateescape")


class _Dumper(yaml.CSafeDumper):
    """Writes YAML that 1.1 and 1.2 read alike: text that either would take for something else is quoted."""


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = None if isinstance(resolve(text), str) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _write(target: Path, data: bytes, command: WriteFileCommand) -> None:
    if command.create_dirs:
        make_folders(target.parent)
    if command.append and target.exists():
        data = target.read_bytes() + data
    write_whole(target, data, command.mode)
