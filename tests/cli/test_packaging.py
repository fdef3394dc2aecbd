"""What is shipped arrives where the program looks for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prodigy_tui.cli.shipped import shipped

ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.*"))


@pytest.mark.parametrize("kind", ["themes", "workflows"])
def test_checkout_finds_shipped_files_at_its_front(kind) -> None:
    assert shipped(kind) == ROOT / kind
    assert names(ROOT / kind)


@pytest.mark.slow
def test_installed_wheel_holds_what_is_shipped(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(pip, check=True, capture_output=True)
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from prodigy_tui.cli.shipped import shipped\n"
        "print(json.dumps({kind: [str(p) for p in sorted(shipped(kind).glob('*.*'))]"
        " for kind in ('themes', 'workflows')}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, target], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    for kind, paths in json.loads(done.stdout).items():
        assert all(Path(path).is_relative_to(target) for path in paths)
        assert sorted(Path(path).name for path in paths) == names(ROOT / kind)
