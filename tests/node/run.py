"""`python tests/node/run.py FOLDER`: runs the Node clients in FOLDER against a server of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(folder: Path) -> int:
    """Starts `fbench serve`, points the clients at it, and returns how many failed."""
    node = shutil.which("node")
    assert node is not None
    command = [sys.executable, "-m", "fbench", "serve", "--speed", "6000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(5)]
        pairs = (line.removeprefix("export ").strip().partition("=") for line in lines)
        environment = os.environ | {name: value for name, _, value in pairs}
        failed = 0
        for script in sorted(HERE.glob("*.mjs")):
            # Node looks for packages beside the script
            copied = shutil.copy(script, folder / script.name)
            done = subprocess.run([node, str(copied)], env=environment, check=False, timeout=120)
            failed += done.returncode != 0
        server.terminate()
    return failed


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
