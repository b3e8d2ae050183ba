"""Ports on loopback that are free now. Each pytest worker draws from its own block, so that two never draw alike."""

import itertools
import os
import socket

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Below the range from which the kernel takes the ports of outgoing connections.
_CANDIDATES = itertools.count(20000 + _WORKER * 1000 + (os.getpid() % 97) * 5)


def free_port() -> int:
    """A port that nobody listens on."""
    for port in _CANDIDATES:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
