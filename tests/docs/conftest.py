"""The project in which the documentation's examples are tried."""

from tests.cli.conftest import project, runtime_folder

__all__ = ["project", "runtime_folder"]
