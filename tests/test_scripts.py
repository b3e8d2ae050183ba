"""Scripted scenes: ours in `scripts/`, and any others with `--scripts DIR --muc-host NAME`.

Prosody's own scenes, from a checkout of its repository:

    pytest tests/test_scripts.py --scripts ../prosody/spec/scansion
"""

from pathlib import Path

import pytest

from harness import scenes

OURS = Path(__file__).parent / "scripts"


def pytest_generate_tests(metafunc):
    paths = sorted(OURS.glob("*.scs"))
    other = metafunc.config.getoption("--scripts")
    if other:
        paths += sorted(Path(other).glob("*.scs"))
    metafunc.parametrize("path", paths, ids=lambda path: path.stem)


async def test_scene(path, server, pytestconfig):
    ours = path.parent == OURS
    rename = {} if ours else {pytestconfig.getoption("--muc-host"): server.muc}
    problem = None
    try:
        await scenes.play(server, path, rename, in_order=ours)
    except scenes.Mismatch as mismatch:
        problem = f"{path.name}, {mismatch}"
    if problem:
        pytest.fail(problem, pytrace=False)
