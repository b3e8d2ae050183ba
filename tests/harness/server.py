"""Starting, killing and stopping the server under test as a process of its own."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from .ports import free_port

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "localhost"
READY_WITHIN = 30
LOG = ["--log-level", os.environ["PARTERRE_LOG"]] if "PARTERRE_LOG" in os.environ else []


def binary() -> Path:
    """The program under test: PARTERRE_BIN, or what `cargo build` leaves."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return Path(os.environ.get("PARTERRE_BIN", target / "debug" / "parterre"))


def toml(value) -> str:
    """Writes a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


class Process:
    """A child process whose output is kept and can be waited on."""

    def __init__(self, argv: list[str], **options):
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self.child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for_line(self, wanted, within: float = READY_WITHIN) -> str:
        """Waits for a line of output that `wanted` accepts."""
        seen = 0
        deadline = time.monotonic() + within
        with self._news:
            while True:
                for line in self.lines[seen:]:
                    if wanted(line):
                        return line
                seen = len(self.lines)
                if self._ended:
                    raise RuntimeError("the server ended before it was ready:\n" + self.output())
                if not self._news.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("the server did not say that it is ready:\n" + self.output())

    def output(self) -> str:
        """All that the process has written."""
        return "\n".join(self.lines)

    def wait(self, within: float = 10) -> int:
        """Waits for the end and gives the exit code."""
        code = self.child.wait(within)
        self._reader.join(within)
        return code

    def kill(self):
        """SIGKILL, and the child is gone when this returns."""
        self.child.kill()
        self.wait()


class Parterre:
    """A Parterre server: its configuration, its data directory, and its process while it runs.

    `settings` has dotted keys, as in `{"limits.rooms_per_connection": 3}`.
    """

    name = "parterre"

    def __init__(self, directory: Path, settings: dict | None = None):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.http_port = free_port()
        self.c2s_port = free_port()
        self.tls_port = free_port()
        self.config = self.directory / "parterre.toml"
        self.settings = {
            "domain": DOMAIN,
            "data_dir": str(self.directory / "data"),
            "http.listen": f"127.0.0.1:{self.http_port}",
            "c2s.listen": f"127.0.0.1:{self.c2s_port}",
            "c2s.allow_plaintext": True,
            **(settings or {}),
        }
        self.write_config()
        self.process: Process | None = None

    domain = DOMAIN
    anonymous_domain = f"anon.{DOMAIN}"
    muc = f"room.{DOMAIN}"

    def write_config(self):
        """Writes the settings as the TOML file that the server is started with."""
        sections: dict[str, dict] = {"": {}}
        for key, value in self.settings.items():
            section, _, name = key.rpartition(".")
            sections.setdefault(section, {})[name] = value
        parts = []
        for section, pairs in sections.items():
            parts.append(f"[{section}]" if section else "")
            parts.extend(f"{name} = {toml(value)}" for name, value in pairs.items())
        self.config.write_text("\n".join(parts) + "\n")

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/xmpp-websocket"

    @property
    def bosh(self) -> str:
        return f"{self.http}/http-bind"

    def start(self, *arguments: str, env: dict | None = None) -> "Parterre":
        """Starts the server and returns when it accepts connections."""
        self.process = Process(
            [str(binary()), "serve", "--config", str(self.config), *LOG, *arguments],
            cwd=self.directory,
            env={**os.environ, **(env or {})},
        )
        self.process.wait_for_line(lambda line: "ready" in line.lower() or "listening" in line.lower())
        return self

    def run(self, *arguments: str, stdin: str = "", within: float = 30) -> subprocess.CompletedProcess:
        """Runs another subcommand to its end."""
        return subprocess.run(
            [str(binary()), *arguments], input=stdin, capture_output=True, text=True, cwd=self.directory, timeout=within
        )

    def add_account(self, name: str, password: str):
        """Makes a local account, or fails with what the program said."""
        done = self.run("account", "add", "--config", str(self.config), f"{name}@{self.domain}", stdin=password + "\n")
        if done.returncode != 0:
            raise RuntimeError(f"account add {name}: {done.stdout}{done.stderr}")

    def kill(self):
        """Ends the server as a power cut would."""
        if self.process:
            self.process.kill()

    def stop(self, within: float = 10) -> int:
        """Asks the server to stop, waits, and gives its exit code."""
        if self.process is None or self.process.child.poll() is not None:
            return 0 if self.process is None else self.process.wait()
        self.process.child.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def log(self) -> str:
        """What the server has written so far."""
        return self.process.output() if self.process else ""
