"""The site next to the server, as a small HTTP service: it answers as the test says and notes what it was asked."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from .ports import free_port


@dataclass
class Answer:
    """What the site says, and after how long."""

    body: str | bytes = ""
    status: int = 200
    after: float = 0.0
    type: str = "application/json"


@dataclass
class Site:
    """A service on loopback. `answers` goes by path; a path that is not in it is not found."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict]] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> "Site":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        answer = self.answers.get(request.path, Answer("no such page", 404))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(answer.after)
        finally:
            self.at_once -= 1
        body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
        return web.Response(body=body, status=answer.status, content_type=answer.type)

    async def stop(self):
        await self._runner.cleanup()
