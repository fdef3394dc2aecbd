"""The template library (cli 8.6): templates of the project, of the user, and those that are shipped.

A name stands for the project's template before the user's and for that before the shipped one.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from prodigy_tui.cli.invocation import Invocation
from prodigy_tui.cli.shipped import shipped
from prodigy_tui.errors import ProdigyError

if TYPE_CHECKING:
    from prodigy_tui.workflow.load import Loaded

Where: TypeAlias = Literal["project", "user", "shipped"]

SUFFIXES: Final = (".yml", ".yaml", ".json")
NOT_TEMPLATES: Final = frozenset({"demo"})
"""Shipped workflows that are at home in one place only."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NoTemplate(ProdigyError):
    """No template has the name that was given."""


class TemplateUnusable(ProdigyError):
    """A template cannot be made, kept or removed as it was asked for."""


class Template(Struct, frozen=True, kw_only=True):
    """One template that a name stands for."""

    name: str
    where: Where
    file: Path


class Described(Struct, frozen=True, kw_only=True):
    """A template and what it says about itself."""

    template: Template
    loaded: "Loaded"

    @property
    def description(self) -> str:
        """What it is for, or that it is broken."""
        from prodigy_tui.workflow.problems import as_validated, has_errors

        if has_errors(as_validated(self.loaded.problems)):
            return "(has errors: prodigy-tui validate says which)"
        return self.said("description")

    @property
    def kind(self) -> str | None:
        return self.loaded.workflow.kind if self.loaded.workflow else None

    @property
    def tags(self) -> tuple[str, ...]:
        found = self.top().get("tags")
        return tuple(str(tag) for tag in found) if isinstance(found, list) else ()

    def said(self, key: str) -> str:
        """Returns what it says under a key, on one line."""
        found = self.top().get(key)
        return " ".join(str(found).split()) if found is not None and not isinstance(found, list | dict) else ""

    def top(self) -> Mapping[str, object]:
        """Returns all that it says, as data."""
        from prodigy_tui.workflow.nodes import to_data
        from prodigy_tui.workflow.problems import Report
        from prodigy_tui.workflow.source import read_source

        name = str(self.template.file)
        top = read_source(self.loaded.text, self.template.file.suffix.lower(), Report(name), name)
        data = to_data(top) if top is not None else None
        return data if isinstance(data, dict) else {}


class Library:
    """All templates that can be had where the program was called."""

    def __init__(self, invocation: Invocation) -> None:
        from prodigy_tui.cli.surroundings import places_of
        from prodigy_tui.cli.usual_places import TEMPLATES

        self.places = places_of(invocation.repo, invocation.environ)
        assert self.places.project is not None
        self.project = self.places.project / TEMPLATES
        self.user = self.places.library

    def templates(self) -> tuple[Template, ...]:
        """Returns every template that a name stands for: the project's, then the user's, then the shipped ones."""
        found: dict[str, Template] = {}
        for template in self._all():
            found.setdefault(template.name, template)
        return tuple(found.values())

    def find(self, name: str) -> Template:
        """Returns the template that `name` stands for.

        Raises:
            NoTemplate: there is none.
        """
        known = {template.name: template for template in self.templates()}
        if name not in known:
            from prodigy_tui.cli.names import meant

            hint = meant(name, known)
            raise NoTemplate(f"no template is called {name!r}", hint=hint or "'prodigy-tui template list' shows them")
        return known[name]

    def described(self, template: Template) -> Described:
        """Returns a template with what it says about itself."""
        from prodigy_tui.cli.surroundings import known_surroundings
        from prodigy_tui.workflow.load import load_workflow

        loaded = load_workflow(template.file, Path.read_bytes, known_surroundings(self.places))
        return Described(template=template, loaded=loaded)

    def _all(self) -> Iterator[Template]:
        folders: tuple[tuple[Where, Path | None], ...] = (
            ("project", self.project),
            ("user", self.user),
            ("shipped", shipped("workflows")),
        )
        for where, folder in folders:
            for file in _files(folder) if folder is not None else ():
                if where != "shipped" or file.stem not in NOT_TEMPLATES:
                    yield Template(name=file.stem, where=where, file=file)


def checked_name(name: str) -> str:
    """Returns a name that a template can have.

    Raises:
        TemplateUnusable: it cannot be a file's name.
    """
    if _NAME.fullmatch(name):
        return name
    raise TemplateUnusable(
        f"a template cannot be called {name!r}",
        hint="a name is up to 64 letters, digits, '.', '_' and '-', the first a letter or digit",
    )


def write_template(file: Path, text: str, *, replace: bool) -> None:
    """Writes a template, whole or not at all.

    Raises:
        TemplateUnusable: there is one already, or the folder cannot be written.
    """
    import os

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        others = [other for other in _files(file.parent) if other.stem == file.stem]
        if others and not replace:
            raise TemplateUnusable(f"{others[0]} exists", hint="--force replaces it")
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        for other in others:
            if other != file:
                other.unlink()
    except OSError as error:
        raise TemplateUnusable(f"{file} cannot be written: {error.strerror}") from error


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    except OSError:
        return []
