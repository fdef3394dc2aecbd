"""What can go wrong when an expression is evaluated."""


class EvaluationError(Exception):
    """An expression that cannot be evaluated: PT403 or PT408; PT301, PT304 and others for a reference inside."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
