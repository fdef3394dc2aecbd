"""Who wins among the variables of a run (language 12.4), as data: maps on top of each other."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from prodigy_tui.workflow.environment.files import parse_env_file
from prodigy_tui.workflow.interpolate import parse_text
from prodigy_tui.workflow.model.environment import EnvFile, Environment, EnvValue, Place, Profile, Variable, Variables
from prodigy_tui.workflow.problems import Problem, Severity, quoted

PROFILE_VARIABLE: Final = "PRODIGY_PROFILE"
INHERITED: Final = frozenset({"PATH", "HOME", "USER", "SHELL", "TMPDIR", "TERM", "LANG", "TZ", "SSH_AUTH_SOCK"})
"""What `inherit: false` leaves of the process environment, with everything that begins with `LC_`."""


def inherited(environ: Mapping[str, str], *, whole: bool) -> dict[str, str]:
    """Returns the part of the process environment that is handed on."""
    return {name: text for name, text in environ.items() if whole or name in INHERITED or name.startswith("LC_")}


def chosen_profile(
    environment: Environment, given: str | None, environ: Mapping[str, str]
) -> tuple[str, Profile, tuple[Problem, ...]]:
    """Returns the name of the active profile, empty without one, what it has, and PT322 where it does not exist.

    Args:
        environment: What the workflow says.
        given: `--profile`.
        environ: The process environment, where `PRODIGY_PROFILE` may say it.
    """
    name = given or environ.get(PROFILE_VARIABLE) or environment.profile or ""
    if not name or name in environment.profiles:
        return name, environment.profiles.get(name, Profile()), ()
    hint = f"there are {', '.join(environment.profiles)}" if environment.profiles else "the workflow has no profiles"
    return name, Profile(), (problem("PT322", environment.place, f"there is no profile {quoted(name)}", hint),)


def maps_of(
    environment: Environment,
    profile: Profile,
    read: Callable[[Sequence[EnvFile]], Variables],
    given: Mapping[str, str],
) -> tuple[Variables, ...]:
    """Returns the maps of variables, the lowest first; `secrets` lie above `given`, the values of `--env`."""
    return (
        read(environment.files),
        environment.variables,
        read(profile.files),
        profile.env,
        {name: EnvValue(text=text) for name, text in given.items()},
        environment.secrets,
    )


def read_env_file(
    file: EnvFile, path: str, folder: Path, read: Callable[[Path], bytes]
) -> tuple[dict[str, Variable | None], list[Problem]]:
    """Returns the variables of a file of variables, and PT321 for what is wrong with it.

    Args:
        file: What the workflow says about it.
        path: Its path, references filled in.
        folder: What relative paths of workflow files are relative to.
        read: Returns the bytes of a file, or raises OSError.
    """
    shown = str(Path(file.place.file).parent / path)
    try:
        data = read(folder / shown)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is none"
        message = f"the file of variables {quoted(path)} cannot be read: {reason}"
        return {}, [problem("PT321", file.place, message, severity="error" if file.required else "warning")]
    values, faults = parse_env_file(data, path, file.format)
    problems = [problem("PT321", Place(file=shown, line=fault.line), fault.message) for fault in faults]
    return {name: None if text is None else EnvValue(text=text) for name, text in values.items()}, problems


def file_problems(environment: Environment, folder: Path, read: Callable[[Path], bytes]) -> tuple[Problem, ...]:
    """Returns what is wrong with the files of variables whose paths are known without a run (PT321)."""
    profiles = (file for profile in environment.profiles.values() for file in profile.files)
    known = (file for file in (*environment.files, *profiles) if not parse_text(file.path, "plain").references)
    return tuple(found for file in known for found in read_env_file(file, file.path, folder, read)[1])


def problem(code: str, place: Place, message: str, hint: str = "", severity: Severity = "error") -> Problem:
    """Returns a problem that shows only when the run starts."""
    return Problem(
        code=code,
        severity=severity,
        file=place.file,
        line=place.line,
        column=place.column,
        path=place.path,
        message=message,
        hint=hint,
    )
