"""The report that is left behind when the program meets a bug of its own."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from prodigy_tui import __version__

_PACKAGES = ("click", "dulwich", "msgspec", "pydantic-core", "pyyaml", "rich", "textual")


class InterfaceCrash(Exception):
    """The interface met an error that nobody handles, whatever its kind: always a bug."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(kind_and_message(cause))
        self.__cause__ = cause


def kind_and_message(error: BaseException) -> str:
    """Returns an error in one line."""
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def write_crash_report(
    error: BaseException, *, folder: Path, arguments: Sequence[str], now: datetime, mask: Callable[[str], str]
) -> Path:
    """Writes what is needed to look into `error`, without secrets; returns where.

    A folder that cannot be written to (it may be what is wrong) is replaced by a temporary one.
    """
    import tempfile

    text = mask(_report(error, arguments, now))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, text, now)
    except OSError:
        return _write(Path(tempfile.mkdtemp(prefix="prodigy-crash-")), text, now)


def _write(folder: Path, text: str, now: datetime) -> Path:
    path = folder / f"crash-{now:%y%m%d-%H%M%S-%f}.txt"
    path.write_text(text, "utf-8", "backslashreplace")
    path.chmod(0o600)
    return path


def _report(error: BaseException, arguments: Sequence[str], now: datetime) -> str:
    import platform
    import traceback

    lines = [
        f"prodigy-tui {__version__}, {now.isoformat()}",
        f"python {platform.python_version()} on {platform.platform()}",
        _git_version(),
        *(f"{name} {_version(name)}" for name in _PACKAGES),
        f"arguments: {list(arguments)!r}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(lines) + "\n"


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _git_version() -> str:
    import subprocess

    try:
        done = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "git: not found"
    return done.stdout.strip()
