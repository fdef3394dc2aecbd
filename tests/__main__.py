"""The one door to every check of the project: `python -m tests`.

Lint, format, types and layers first, then the test suite; extra arguments go to pytest. All of them run even when one
fails, so that one call tells everything; pytest comes last, so that its closing line is the last line.
"""

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def checks(pytest_arguments: list[str]) -> list[list[str]]:
    """The commands, in order."""
    python = sys.executable
    return [
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy"],
        [str(Path(python).parent / "lint-imports")],
        [python, "-m", "pytest", "-n", "2", "--dist", "worksteal", *pytest_arguments],
    ]


def main(arguments: list[str]) -> int:
    """Runs the checks; 0 when all of them passed."""
    failed: list[str] = []
    for command in checks(arguments):
        if "pytest" in command and failed:
            print(f"\nfailed before the tests: {', '.join(failed)}", flush=True)
        print(f"\n$ {shlex.join(command)}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(" ".join(word for word in command[1:3] if word != "-m") or "lint-imports")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
