"""The servers that are compared, each a process with a fresh directory, on ports that are free."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from harness.ports import free_port  # noqa: E402
from harness.server import Process  # noqa: E402

READY_WITHIN = 60


class Peer:
    """A server with rooms at room.localhost, and anonymous people at anon.localhost."""

    name = ""
    about = ""
    room = "comparison"
    # The address of a page that the same process serves, if it is a site.
    page = None

    def __init__(self, directory: Path):
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "data").mkdir(parents=True)
        self.directory = directory
        self.http_port, self.c2s_port = free_port(), free_port()
        self.process: Process | None = None

    @property
    def websocket(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/xmpp-websocket"

    @property
    def pid(self) -> int:
        return self.process.child.pid

    def configured(self, file: str, **more) -> Path:
        """Writes the configuration that `file` is the pattern of."""
        written = self.directory / file
        written.write_text((HERE / file).read_text().format(
            directory=self.directory, modules=HERE / "modules", http_port=self.http_port, c2s_port=self.c2s_port, **more))
        return written

    def answers(self, path: str) -> bool:
        """Whether the HTTP port says anything at all."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def launch(self, argv: list[str], path: str, **environment: str):
        """Starts the process and returns when it answers at `path`."""
        self.process = Process(argv, cwd=self.directory, env={**os.environ, **environment})
        deadline = time.monotonic() + READY_WITHIN
        while not self.answers(path):
            if time.monotonic() > deadline or self.process.child.poll() is not None:
                raise RuntimeError(f"{self.name} does not answer:\n{self.process.output()}")
            time.sleep(0.1)

    def start(self):
        raise NotImplementedError

    def stop(self):
        """Ends the process; what it still had to write matters to nobody."""
        if self.process and self.process.child.poll() is None:
            self.process.child.send_signal(signal.SIGKILL)
            self.process.wait()


class Parterre(Peer):
    name = "Parterre"
    about = "as it comes; no limit of connections for one address, since the whole crowd has one"

    @staticmethod
    def version() -> str:
        return subprocess.check_output([release("parterre"), "--version"], text=True).split()[1]

    def start(self):
        self.launch([release("parterre"), "serve"], "/healthz", **{
            "PARTERRE__DATA_DIR": str(self.directory / "data"),
            "PARTERRE__HTTP__LISTEN": f"127.0.0.1:{self.http_port}",
            "PARTERRE__LIMITS__CONNECTIONS_PER_ADDRESS": "0",
        })


class Floor(Peer):
    name = "floor"
    about = "no server: one thread that copies ready-made bytes to every socket, in this repository"

    @staticmethod
    def version() -> str:
        return ""

    def start(self):
        self.launch([release("examples/floor"), f"127.0.0.1:{self.http_port}"], "/")


class Prosody(Peer):
    name = "Prosody"
    about = "tuned: presence of moderators only"
    config = "prosody.cfg.lua"

    @staticmethod
    def version() -> str:
        return debian("prosody")

    def start(self):
        self.launch(["prosody", "-F", "--config", str(self.configured(self.config))], "/http-bind")
        if "error" in self.process.output():
            raise RuntimeError(f"{self.name} started with errors:\n{self.process.output()}")


class Prosody2022(Prosody):
    name = "Prosody as in 2022"
    about = "as the PeerTube plugin of that year set it up: everybody's presence to everybody, a picture of 4 kB in each vCard"
    config = "prosody-2022.cfg.lua"


class Ejabberd(Peer):
    name = "ejabberd"
    about = "tuned: nobody's presence is passed on, archive in SQLite"

    @staticmethod
    def version() -> str:
        return debian("ejabberd")

    def start(self):
        node = f"compare{self.http_port}@localhost"
        self.launch(
            ["erl", "+K", "true", "+P", "1000000", "-noinput", "-sname", node, "-mnesia", "dir", f'"{self.directory}/data"',
             "-s", "ejabberd"],
            "/http-bind",
            EJABBERD_CONFIG_PATH=str(self.configured("ejabberd.yml")),
            EJABBERD_LOG_PATH=str(self.directory / "ejabberd.log"),
            ERL_CRASH_DUMP=str(self.directory / "crash"),
            ERL_LIBS=next(str(path.parent) for path in Path("/usr/lib").glob("*/ejabberd-*")),
            # The port mapper would outlive the comparison.
            ERL_EPMD_PORT=str(self.c2s_port),
        )

    def stop(self):
        super().stop()
        subprocess.run(["epmd", "-port", str(self.c2s_port), "-kill"], capture_output=True, check=False)


def release(name: str) -> str:
    """A program of this repository, built for release."""
    return str(Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / name)


def debian(package: str) -> str:
    """The version of an installed package, without Debian's own part of it."""
    shown = subprocess.check_output(["dpkg-query", "--show", "--showformat=${Version}", package], text=True)
    return shown.split("-")[0]
