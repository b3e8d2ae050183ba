"""Fixtures: a server for each test that asks for one, its log shown when the test fails."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness.prosody import Prosody  # noqa: E402
from harness.server import Parterre, binary  # noqa: E402
from harness.site import Site  # noqa: E402

PEER = os.environ.get("PEER", "")


def pytest_addoption(parser):
    parser.addoption("--scripts", help="a directory of further scripts to play (Prosody's spec/scansion, say)")
    parser.addoption("--muc-host", default="conference.localhost", help="what those scripts call the room service")


def pytest_sessionstart(session):
    if not PEER and not binary().exists():
        pytest.exit(f"{binary()} is missing: build it with `cargo build -p parterre`", returncode=2)


def pytest_collection_modifyitems(config, items):
    if PEER:
        for item in items:
            if item.get_closest_marker("parterre"):
                item.add_marker(pytest.mark.skip(reason=f"not for {PEER}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for server in getattr(item, "servers", []):
            report.sections.append((f"log of {server.name}", server.log()[-20000:]))
    return report


@pytest.fixture
def make_server(request, tmp_path):
    """Makes servers with the settings that a test gives; they end with it."""
    request.node.servers = servers = []

    def make(**settings):
        kind = Prosody if PEER == "prosody" else Parterre
        dotted = {key.replace("__", "."): value for key, value in settings.items()}
        servers.append(kind(tmp_path / f"server{len(servers)}", dotted))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def module_server(tmp_path_factory):
    """One running server for all tests of a file that leave no traces in each other's way."""
    kind = Prosody if PEER == "prosody" else Parterre
    server = kind(tmp_path_factory.mktemp("server"), {"rooms.admins": ["admin@localhost"]}).start()
    yield server
    server.kill()


@pytest.fixture
def server(make_server):
    """A running server with the settings of the tests."""
    return make_server(rooms__admins=["admin@localhost"]).start()


@pytest.fixture
async def site():
    """The site next to the server."""
    site = await Site().start()
    yield site
    await site.stop()
