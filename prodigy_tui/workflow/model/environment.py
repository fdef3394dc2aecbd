"""Variables, files of variables, profiles and secrets in their normal form (language 12)."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from prodigy_tui.workflow.model.base import Condition, Model


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is written, for problems that show only when the run starts."""

    file: str = ""
    line: int = 1
    column: int = 1
    path: str = ""


class EnvCommand(Model, frozen=True, kw_only=True):
    """`{command: …}`: what a shell text prints."""

    kind: Literal["command"] = "command"
    text: str
    cache: bool = True
    """Once a run; else before every step that runs."""
    default: str | None = None
    timeout: float | None = 30.0


class EnvCondition(Model, frozen=True, kw_only=True):
    """`{condition: …}`: one of two texts; without one the variable is not set."""

    kind: Literal["condition"] = "condition"
    condition: Condition
    when_true: str | None = None
    when_false: str | None = None


class SecretSource(Model, frozen=True, kw_only=True):
    """Where the value of a secret comes from."""

    kind: Literal["secret"] = "secret"
    source: Literal["value", "variable", "file", "command"]
    text: str
    """The value with its references, the name of a variable, the path of a file, or a shell text."""
    place: Place = Place()


class EnvValue(Model, frozen=True, kw_only=True):
    """A text as it is, without references: of a file, of the command line, or a secret once it is known."""

    kind: Literal["known"] = "known"
    text: str


Variable: TypeAlias = str | EnvCommand | EnvCondition | SecretSource | EnvValue
"""A text with references, or one of the other forms of language 12.1."""
Variables: TypeAlias = Mapping[str, Variable | None]
"""By name; a variable that is None is removed."""


class EnvFile(Model, frozen=True, kw_only=True):
    """A file with variables."""

    path: str
    """With references; relative to the folder of the file that names it."""
    required: bool = False
    format: Literal["dotenv", "json", "yaml"] | None = None
    """None: by the extension of the path."""
    place: Place = Place()


class Profile(Model, frozen=True, kw_only=True):
    """A set of variables to choose."""

    description: str = ""
    env: Variables = msgspec.field(default_factory=dict)
    files: tuple[EnvFile, ...] = ()


class Environment(Model, frozen=True, kw_only=True):
    """What a workflow says about the environment of everything that it starts."""

    variables: Variables = msgspec.field(default_factory=dict)
    files: tuple[EnvFile, ...] = ()
    profiles: Mapping[str, Profile] = {}
    profile: str | None = None
    """The profile where none is chosen."""
    inherit: bool = True
    """Whether the process environment is handed on whole."""
    secrets: Mapping[str, SecretSource] = {}
    place: Place = Place()
    """Where `profiles` stands, or else the file begins."""
