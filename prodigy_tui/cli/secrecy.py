"""What takes secrets out of all that this process says. It knows none until a run has resolved its own."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prodigy_tui.process import Masker


class Secrecy:
    """Shared by everything that prints in one call of the program; the engine's masker is its own."""

    def __init__(self) -> None:
        self._masker: Masker | None = None

    @property
    def masker(self) -> "Masker":
        """The masker of this call, made when it is first needed."""
        if self._masker is None:
            from prodigy_tui.process import Masker

            self._masker = Masker()
        return self._masker

    def text(self, text: str) -> str:
        """Returns `text` without secrets."""
        return text if self._masker is None else self._masker.text(text)

    def data(self, value: Any) -> Any:
        """Returns JSON data without secrets."""
        return value if self._masker is None else self._masker.data(value)
