"""Running the clients that live in Node."""

import asyncio
import json
from pathlib import Path

JS = Path(__file__).resolve().parents[1] / "js"


async def node(script: str, wish: dict, within: float = 60) -> dict:
    """Runs a script of `tests/js` with a wish, and gives what it saw (a line of JSON)."""
    child = await asyncio.create_subprocess_exec(
        "node", script, json.dumps(wish), cwd=JS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(child.communicate(), within)
    finally:
        if child.returncode is None:
            child.kill()
    said = [line for line in out.decode().splitlines() if line.startswith("{")]
    assert said, f"{script} did not say what it saw: {out.decode()}\n{err.decode()}"
    saw = json.loads(said[-1])
    assert child.returncode == 0, f"{script}: {saw}\n{err.decode()}"
    return saw
