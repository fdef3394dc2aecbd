"""Writes a large workflow, for measuring: `python -m tests.support.thousand FILE [STEPS]`.

`python -X importtime -m prodigy_tui validate FILE` is the measurement; beyond the interpreter's start it may take half
a second for a thousand steps.
"""

import sys
from pathlib import Path


def large_workflow(steps: int = 1000) -> str:
    """Returns a mapreduce workflow with so many steps of every ready kind, with references, captures and handlers."""
    lines = [
        "name: large",
        "parameters: {who: {default: ada}}",
        "setup:",
        "  - shell: git ls-files > files.txt",
        "    id: listing",
        "map:",
        "  input: files.txt",
        "  agent_template:",
    ]
    makers = (_shell, _agent, _file, _checked)
    for number in range(steps - 1):
        lines += makers[number % len(makers)](number)
    return "\n".join(lines) + "\n"


def _shell(number: int) -> list[str]:
    return [
        f"    - name: step {number}",
        f"      shell: echo ${{item}} {number} | grep -c '${{who}}' > out-{number}.txt && cat -- ${{item}}",
        f"      capture: found_{number}",
        "      timeout: 5m",
    ]


def _agent(number: int) -> list[str]:
    return [
        f"    - name: step {number}",
        f"      when: found_{number - 1} != '' && item_index >= 0",
        "      claude: |",
        f"        Look at ${{item}} and at ${{found_{number - 1}}}, then say in one line what ${{who}} should know",
        f"        about it. This is step {number}.",
    ]


def _file(number: int) -> list[str]:
    return [
        f"    - name: step {number}",
        "      write_file:",
        f"        path: notes/{number}.md",
        "        content: '${agent.output:head(20)} for ${item}'",
        "        create_dirs: true",
    ]


def _checked(number: int) -> list[str]:
    return [
        f"    - name: step {number}",
        f'      shell: test -s notes/{number - 1}.md && git commit --quiet --all -m "Step {number} of ${{item}}"',
        "      env: {STAGE: '${who}'}",
        "      on_failure:",
        "        claude: Repair it. ${error.output:tail(20)}",
        "        max_attempts: 2",
        "        fail_workflow: true",
    ]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(large_workflow(*map(int, sys.argv[2:3])), "utf-8")
