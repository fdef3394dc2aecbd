"""`prodigy-tui config`: the settings in force, where each came from, and where settings are looked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodigy_tui.cli.invocation import Invocation, shared_options
from prodigy_tui.cli.output import Painted, Part
from prodigy_tui.cli.verbs import Verbs
from prodigy_tui.errors import ExitCode

if TYPE_CHECKING:
    from prodigy_tui.cli.settings import Effective, Origin


@click.group(cls=Verbs, epilog="Example: prodigy-tui config show")
def config() -> None:
    """Show the settings in force and where they came from

    A setting is taken from an option, else a `PRODIGY_*` variable, else the project's file, else your own, else it has
    its default.
    """


@config.command("show", epilog="Example: prodigy-tui config show --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def show(invocation: Invocation, as_json: bool) -> int:
    """Print every setting, its value and where it came from"""
    from prodigy_tui.cli.settings import settings_of

    entries = list(_entries(settings_of(invocation)))
    if as_json:
        settings = [
            {"key": key, "value": value, "source": origin.kind, "place": origin.place or None}
            for key, value, origin in entries
        ]
        invocation.output.document("config", {"settings": settings})
        return ExitCode.OK
    rows: list[tuple[Part, ...]] = [(key, _text(value), *_place(origin)) for key, value, origin in entries]
    invocation.output.table(("SETTING", "VALUE", "FROM", ""), rows)
    return ExitCode.OK


@config.command("path", epilog="Example: prodigy-tui config path")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@shared_options
def path(invocation: Invocation, as_json: bool) -> int:
    """Print the files and folders that the program looks at"""
    from prodigy_tui.cli.usual_places import project_file, user_file, user_library

    places: list[tuple[str, Path | None]] = [
        ("user settings", user_file(invocation.environ)),
        ("project settings", project_file(invocation.repo)),
        ("user templates", user_library(invocation.environ)),
        ("state folder", invocation.state_root),
    ]
    if as_json:
        found = [
            {
                "name": name,
                "path": None if place is None else str(place),
                "exists": place is not None and place.exists(),
            }
            for name, place in places
        ]
        invocation.output.document("config-paths", {"paths": found})
        return ExitCode.OK
    rows: list[tuple[Part, ...]] = [
        (name, str(place or "no home folder is known"), "" if place and place.exists() else "not there")
        for name, place in places
    ]
    invocation.output.table(("WHAT", "WHERE", ""), rows)
    return ExitCode.OK


def _entries(effective: "Effective") -> "Iterator[tuple[str, Any, Origin]]":
    """Every setting; those in tables one by one, with what is private hidden."""
    from prodigy_tui.agents.options import Options, given_in
    from prodigy_tui.process import MASK, is_private_name

    for name in effective.settings.__struct_fields__:
        value = getattr(effective.settings, name)
        if not isinstance(value, dict):
            yield name, value, effective.origin(name)
            continue
        for key, held in value.items():
            data = held if isinstance(held, str) else dict(given_in(held)) if isinstance(held, Options) else held
            if isinstance(data, dict) and "env" in data:
                data["env"] = {each: MASK if is_private_name(each) else text for each, text in data["env"].items()}
            yield f"{name}.{key}", data, effective.origin(f"{name}.{key}")


def _text(value: Any) -> Part:
    """A value as people would write it."""
    import json

    if value is None:
        return Painted("-", dim=True)
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _place(origin: "Origin") -> tuple[Part, ...]:
    return (Painted(origin.kind, dim=origin.kind == "default"), origin.place)
