"""The project that the command line's tests have too."""

from tests.cli.conftest import project, runtime_folder

__all__ = ["project", "runtime_folder"]
