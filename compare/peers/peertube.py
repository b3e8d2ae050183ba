"""A site whose chat is Parterre: PeerTube as the plugin's tests play it, behind nginx, with the built plugin and its program.

What is measured is the site's own process, and not the program that it starts. The crowd comes through nginx, as people do.
"""

import json
import signal
import time
import urllib.request

from . import READY_WITHIN, ROOT, Parterre, Peer, Process, free_port, release

PLUGIN = ROOT / "peertube-plugin-parterre"
LIVE = "11111111-2222-4333-8444-555555555555"
CHECK = "Connections are handed over"
# How many pages a site has shown that has been up for a while: Node compiles what it runs often.
SHOWN = 1000


class PeerTube(Peer):
    """One of the ways in which sockets reach the program."""

    room = LIVE
    # What the plugin's setting says, and the diagnosis of it.
    transport = ""
    verdict = ""

    version = staticmethod(Parterre.version)

    def __init__(self, directory):
        super().__init__(directory)
        self.site_port = free_port()
        self.site: Process | None = None

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/plugins/parterre/ws/xmpp-websocket"

    @property
    def page(self) -> str:
        """A page of the site that has nothing to do with the chat."""
        return f"http://127.0.0.1:{self.http_port}/p/about"

    @property
    def pid(self) -> int:
        return self.site.child.pid

    def start(self):
        settings = {"chat-binary-path": release("parterre"), "chat-transport": self.transport,
                    # The whole crowd has one address.
                    "chat-connections-per-address": "0"}
        (self.directory / "plugin.json").write_text(json.dumps({"settings": settings, "storage": {}}))
        given = {"port": self.site_port, "plugin": str(PLUGIN), "directory": str(self.directory)}
        self.site = Process(["node", str(PLUGIN / "tests" / ".built" / "host.cjs"), json.dumps(given)], cwd=self.directory)
        self.site.wait_for_line(lambda line: line == "listening")
        configuration = self.configured("nginx.conf", site_port=self.site_port)
        self.launch(["nginx", "-p", str(self.directory), "-c", str(configuration), "-g", "daemon off;"], "/")
        self.ask("/host/hook", {"target": "action:api.live-video.created", "params": {"video": {"uuid": LIVE}}})
        self.wait_until(lambda: self.ask(f"/plugins/parterre/router/config/{LIVE}")["active"], "has no chat")
        self.wait_until(lambda: self.way()["verdict"] == self.verdict, f"does not say “{self.verdict}” of: {CHECK}")
        for _ in range(SHOWN):
            urllib.request.urlopen(self.page, timeout=10).close()

    def ask(self, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}", json.dumps(body).encode() if body else None,
                                         {"Content-Type": "application/json", "Authorization": "Bearer root"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def way(self) -> dict:
        """What the plugin's diagnosis says of how connections reach the program."""
        return next(check for check in self.ask("/plugins/parterre/router/diagnosis")["checks"] if check["name"] == CHECK)

    def wait_until(self, it_is_so, otherwise: str):
        deadline = time.monotonic() + READY_WITHIN
        while not it_is_so():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the site {otherwise}:\n{self.site.output()}")
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.child.poll() is None:
            # Killed, it would leave its workers behind.
            self.process.child.send_signal(signal.SIGTERM)
            self.process.wait()
        if self.site:
            # The program ends with the site, which holds its standard input.
            self.site.kill()


class HandOver(PeerTube):
    name = "hand-over"
    about = "the plugin passes each socket to its program"
    transport, verdict = "auto", "ok"


class Proxy(PeerTube):
    name = "proxy"
    about = "the plugin carries all bytes between socket and program"
    transport, verdict = "proxy", "warning"
