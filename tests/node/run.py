"""`python tests/node/run.py FOLDER [OPTION...]`: runs the Node clients in FOLDER against a server.

The options are those of `fbench serve`, by default that jobs move fast. `LOOKS` in the environment is how
often the clients look at a job before they give up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent


def main(folder: Path, options: Sequence[str]) -> int:
    """Starts `fbench serve`, points the clients at it, and returns how many failed."""
    node = shutil.which("node")
    assert node is not None
    command = [sys.executable, "-m", "fbench", "serve", *(options or ("--speed", "6000"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(5)]
        pairs = (line.removeprefix("export ").strip().partition("=") for line in lines)
        environment = os.environ | {name: value for name, _, value in pairs}
        failed = 0
        for script in sorted(HERE.glob("*.mjs")):
            # Node looks for packages beside the script
            copied = shutil.copy(script, folder / script.name)
            done = subprocess.run([node, str(copied)], env=environment, check=False, timeout=240)
            failed += done.returncode != 0
        server.terminate()
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
