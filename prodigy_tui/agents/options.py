"""Turns what pydantic finds wrong with a provider's options into messages for the author of a workflow."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

_LIKE = 75.0


class Options(BaseModel):
    """Frozen, closed; numbers and booleans may be written as text and the other way round, as everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


def problems_of(model: type[Options], options: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns one message for every way in which `options` do not fit `model`."""
    try:
        model.model_validate(options)
    except ValidationError as error:
        return tuple(_message(model, problem["type"], problem["loc"], problem["msg"]) for problem in error.errors())
    return ()


def _message(model: type[Options], kind: str, location: tuple[int | str, ...], text: str) -> str:
    where = "options" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    if kind == "extra_forbidden":
        from rapidfuzz import fuzz, process  # only a mistake needs it

        close = process.extractOne(str(location[-1]), list(model.model_fields), scorer=fuzz.ratio, score_cutoff=_LIKE)
        hint = f" (did you mean '{close[0]}'?)" if close is not None and len(location) == 1 else ""
        return f"{where} is unknown{hint}"
    if kind == "missing":
        return f"{where} is missing"
    text = text.removeprefix("Value error, ")
    return f"{where}: {text[:1].lower()}{text[1:]}"
