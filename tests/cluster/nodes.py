"""`python -m tests.cluster.nodes NUMBER`: a Ray cluster on loopback, of a head and so many nodes of one CPU.

Prints its address. `lose PID` on stdin kills the node whose process that is, at once, and is answered `lost`;
the end of stdin ends the cluster.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the address of a node on this machine is then 127.0.0.1
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
}
_NODE = {
    "node_ip_address": "127.0.0.1",
    "object_store_memory": 80 * 2**20,
    "include_dashboard": False,
}


def parent_of(process: int) -> int:
    """The process that began another one."""
    return int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def main() -> None:
    ray: Any = cast("Any", import_module("ray.cluster_utils"))
    cluster = ray.Cluster(initialize_head=True, head_node_args={**_NODE, "num_cpus": 0})
    try:
        nodes = [cluster.add_node(num_cpus=1, **_NODE) for _ in range(int(sys.argv[1]))]
        print(cluster.address, flush=True)  # noqa: T201 - its output
        for line in sys.stdin:
            raylet = parent_of(int(line.split()[1]))
            (lost,) = [node for node in nodes if _raylet_of(node) == raylet]
            cluster.remove_node(lost, allow_graceful=False)
            print("lost", flush=True)  # noqa: T201 - as above
    finally:
        cluster.shutdown()


def _raylet_of(node: Any) -> int:
    return next(each.process.pid for each in node.all_processes["raylet"])


if __name__ == "__main__":
    os.environ.update(ENVIRONMENT)
    main()
