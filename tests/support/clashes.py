"""Workflows in which two branches clash, in a known order."""

import json
from typing import Any

TOGETHER = "touch $OUTSIDE/${item.id}; while ! test -e $OUTSIDE/a -a -e $OUTSIDE/b; do sleep 0.02; done"
AFTER_A = "until git log --format=%B refs/prodigy/$PRODIGY_RUN_ID/tip | grep -qx 'Prodigy-Item: a'; do sleep 0.02; done"


def two(merge: dict[str, Any], a: str, b: str, **more: Any) -> str:
    """Returns a workflow in which item `a` is merged first, and then `b`, which began at the same commit."""
    phase = {
        "input": [{"id": "a"}, {"id": "b"}],
        "max_parallel": 2,
        "agent_template": [
            TOGETHER,
            {"shell": a, "when": "${item.id} == 'a'"},
            {"shell": f"{b}\n{AFTER_A}", "when": "${item.id} == 'b'"},
            "git add --all && git commit -qm 'item ${item.id}'",
        ],
    }
    return json.dumps({**more, "map": phase, "merge": merge})


def clash(conflict: Any, **more: Any) -> str:
    """Returns a workflow in which both change the one line of `readme.txt`, and what becomes of their conflict."""
    return two(
        {"agents": {"conflict": conflict}},
        "echo a > readme.txt; echo a > a.txt",
        "echo b > readme.txt; echo b > b.txt",
        **more,
    )
