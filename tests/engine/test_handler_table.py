"""Language 6.2 as a whole: every combination of rounds, strategy, options and handler outcome against a small model."""

import itertools
from dataclasses import dataclass

from prodigy_tui.events.schema import StepFinished, StepStarted
from tests.support.rules import rule


@dataclass(frozen=True)
class Case:
    """A step that works from one round on, if ever, and its handler."""

    works_in: int | None
    rounds: int
    strategy: str
    handler: str
    fail_workflow: bool | None
    fatal: bool

    def text(self) -> str:
        body = "false" if self.works_in is None else f'test "$PRODIGY_ATTEMPT" -ge {self.works_in}'
        steps = {"ok": "true", "failed": "false", "when": "true", "skipped": "{shell: 'true', when: false}"}
        options = [f"steps: [{steps[self.handler]!s}]", f"max_attempts: {self.rounds}", f"strategy: {self.strategy}"]
        options[0] = options[0].replace("[true]", "['true']").replace("[false]", "['false']")
        options += ["when: false"] if self.handler == "when" else []
        options += [f"fail_workflow: {str(self.fail_workflow).lower()}"] if self.fail_workflow is not None else []
        options += ["handler_failure_fatal: true"] if self.fatal else []
        return f"{{shell: '{body}', on_failure: {{{', '.join(options)}}}}}"

    def expected(self) -> tuple[str, int, int]:
        """Status, rounds and handler runs as the text of the language has them."""
        handled = 0
        for number in range(1, self.rounds + 1):
            if self.works_in is not None and number >= self.works_in:
                return ("ok" if number == 1 else "recovered"), number, handled
            if number < self.rounds or self.rounds == 1:
                if self.handler in ("when", "skipped"):
                    return "failed", number, handled
                handled += 1
                if self.handler == "failed" and self.fatal:
                    return "failed", number, handled
        replaces = self.strategy in ("fallback", "custom") and self.rounds == 1 and self.handler == "ok"
        status = "recovered" if replaces else "tolerated" if self.fail_workflow is False else "failed"
        return status, self.rounds, handled


def cases() -> list[Case]:
    found = []
    handlers, flags = ("ok", "failed", "when", "skipped"), (None, True, False)
    for strategy, handler, flag in itertools.product(("recovery", "fallback", "custom", "cleanup"), handlers, flags):
        if handler in ("ok", "failed") or (strategy, flag) == ("fallback", False):
            found.append(Case(None, 1, strategy, handler, flag, fatal=False))
    for works, handler, flag in itertools.product((2, 3, None), handlers, (None, False)):
        found.append(Case(works, 3, "recovery", handler, flag, fatal=False))
    for rounds, flag in itertools.product((1, 3), flags):
        found.append(Case(None, rounds, "recovery", "failed", flag, fatal=True))
    return [Case(1, 3, "recovery", "ok", None, fatal=False), *found]


@rule("6.2 table", "6.2 rounds at work", "6.2 handler absent", "6.2 handler stops")
async def test_every_combination_is_as_the_model_says(lab):
    every = cases()
    around = "- {{shell: 'false', on_failure: {{steps: [{0}], fail_workflow: false}}}}\n"
    ran = await lab.run("".join(around.format(case.text()) for case in every))

    finished = {event.path: event.status for event in ran.of(StepFinished)}
    started: dict[str, int] = {}
    for event in ran.of(StepStarted):
        started[event.path] = max(event.execution, started.get(event.path, 0))
    found = {}
    for index, case in enumerate(every):
        path = f"{index}/r1.0"
        runs = sum(other.startswith(f"{path}/r") and case.handler != "skipped" for other in started)
        found[case] = (finished[path], started[path], runs)
    assert found == {case: case.expected() for case in every}
