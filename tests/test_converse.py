"""ConverseJS, the newest from its registry, in headless Chromium. Screenshots are left in `tests/artifacts`."""

import json
import os
from pathlib import Path

import pytest

from harness.node import JS, node

ARTIFACTS = Path(__file__).parent / "artifacts"


@pytest.mark.browser
@pytest.mark.timeout(240)
@pytest.mark.parametrize("transport", ["websocket", "bosh"])
async def test_converse(server, transport):
    server.add_account("admin", "password")
    ARTIFACTS.mkdir(exist_ok=True)
    saw = await node("converse.mjs", {
        "version": max(os.listdir(JS / "node_modules" / ".converse")),
        transport: getattr(server, transport),
        "anonymous": server.anonymous_domain,
        "room": f"stage@{server.muc}",
        "moderator": {"jid": f"admin@{server.domain}", "password": "password"},
        "artifacts": str(ARTIFACTS),
        "moderates": server.name == "parterre",
    }, within=200)
    assert saw.get("failed") is None, json.dumps(saw, indent=1)
    assert saw["copies"] == 1
    if server.name == "parterre":
        assert saw["author"] == "Bert", "the person who reloaded the page has the nick back"
    assert saw["renamed"] == "Bertram"
    assert [line for line in saw["console"] if ": error:" in line] == []
