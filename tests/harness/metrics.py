"""Reading the figures at /metrics."""

import aiohttp


async def metric(server, sample: str) -> float:
    """The value of one sample, written as it stands on the page: `name{label="value"}`. 0 if it is not there."""
    async with aiohttp.ClientSession() as http, http.get(server.http + "/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith(sample + " "):
                return float(line.split()[-1])
    return 0.0
