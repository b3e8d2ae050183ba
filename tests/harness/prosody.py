"""Prosody in the place of the server under test (`PEER=prosody`): tells a wrong test from a wrong server."""

import time
import urllib.error
import urllib.request
from pathlib import Path

from .server import DOMAIN, Process
from .ports import free_port

CONFIG = """
run_as_root = true
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
certificates = "{directory}"
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
admins = {{ {admins} }}
c2s_ports = {{ {c2s_port} }}
c2s_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {http_port} }}
http_interfaces = {{ "127.0.0.1" }}
https_ports = {{ }}
http_default_host = "localhost"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
consider_websocket_secure = true
authentication = "internal_plain"
default_storage = "memory"
storage = {{ accounts = "internal" }}
modules_enabled = {{
  "roster", "saslauth", "disco", "carbons", "pep", "private", "blocklist", "vcard4", "vcard_legacy", "version",
  "uptime", "time", "ping", "register", "mam", "bosh", "websocket", "smacks", "csi", "bookmarks", "lastactivity",
  "server_contact_info", "tombstones",
}}
modules_disabled = {{ "s2s", "offline" }}
VirtualHost "localhost"
VirtualHost "anon.localhost"
  authentication = "anonymous"
Component "room.localhost" "muc"
  storage = "memory"
  modules_enabled = {{ "muc_mam" }}
"""


class Prosody:
    """The same face as `Parterre`, as far as the tests need it."""

    name = "prosody"
    domain = DOMAIN
    anonymous_domain = f"anon.{DOMAIN}"
    muc = f"room.{DOMAIN}"

    def __init__(self, directory: Path, settings: dict | None = None):
        self.directory = Path(directory)
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        self.http_port, self.c2s_port = free_port(), free_port()
        admins = ", ".join(f'"{jid}"' for jid in (settings or {}).get("rooms.admins", []))
        self.config = self.directory / "prosody.cfg.lua"
        self.config.write_text(
            CONFIG.format(directory=self.directory, c2s_port=self.c2s_port, http_port=self.http_port, admins=admins)
        )
        self.process = None

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/xmpp-websocket"

    @property
    def bosh(self) -> str:
        return f"{self.http}/http-bind"

    def start(self, *_arguments, **_options) -> "Prosody":
        self.process = Process(["prosody", "-F", "--config", str(self.config)], cwd=self.directory)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.bosh, timeout=1).close()
                return self
            except urllib.error.HTTPError:
                return self
            except OSError:
                if self.process.child.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError("Prosody does not answer:\n" + self.log())

    def add_account(self, name: str, password: str):
        """Writes the account where Prosody's file store looks for it."""
        file = "".join(c if c.isalnum() else f"%{ord(c):02x}" for c in name) + ".dat"
        accounts = self.directory / "data" / "localhost" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        (accounts / file).write_text(f'return {{ ["password"] = "{password}"; }};\n')

    def kill(self):
        self.process.kill()

    def stop(self, within: float = 10) -> int:
        if self.process and self.process.child.poll() is None:
            self.process.child.terminate()
            return self.process.wait(within)
        return 0

    def log(self) -> str:
        return self.process.output() if self.process else ""
