"""What can be wrong with the work items of a map: one error type with the code of the language."""

from typing import NamedTuple


class ItemsError(Exception):
    """Items that cannot be read, selected or named: PT407, PT406 at load, PT501 to PT507 at run time."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class ItemsWarning(NamedTuple):
    """Something about the items that the author should know."""

    code: str
    message: str
