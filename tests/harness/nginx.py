"""Debian's nginx before a server, with a site of the documentation in it."""

import os
import re
import subprocess
from pathlib import Path

from .certificate import Certificate
from .ports import free_port
from .server import ROOT, Process

DOCUMENTED = re.compile(r"^( *)```nginx\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def documented(page: str) -> str:
    """The block of nginx in a page of docs/."""
    found = DOCUMENTED.search((ROOT / "docs" / page).read_text())
    return re.sub(f"^{found[1]}", "", found[2], flags=re.MULTILINE)


class Nginx:
    """nginx with these servers in its `http`, each of which listens by TLS where `PORT` stands; it runs until `kill`."""

    def __init__(self, directory: Path, servers: str, *, worker_connections: int = 4096):
        directory.mkdir(parents=True)
        self.port = free_port()
        certificate = Certificate.make(directory)
        self.config = directory / "nginx.conf"
        places = "".join(
            f"{kind}_temp_path {directory / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        self.config.write_text(
            # As root it would hand its work to a user who may not come to the server's socket.
            f"{'user root;' if os.geteuid() == 0 else ''}\npid {directory / 'pid'};\ndaemon off;\n"
            f"error_log stderr notice;\nworker_processes 1;\nworker_rlimit_nofile 8192;\n"
            f"events {{ worker_connections {worker_connections}; }}\n"
            f"http {{\naccess_log off;\n{places}"
            f"ssl_certificate {certificate.certificate};\nssl_certificate_key {certificate.key};\n"
            f"{servers.replace('PORT', f'127.0.0.1:{self.port} ssl')}\n}}\n"
        )
        self.process: Process | None = None

    def start(self) -> "Nginx":
        """Starts it and returns when it listens."""
        self.process = Process(["nginx", "-e", "stderr", "-c", str(self.config)])
        self.process.wait_for_line(lambda line: "start worker process" in line)
        return self

    def dump(self) -> str:
        """What `nginx -T` prints, which fails where nginx refuses the configuration."""
        done = subprocess.run(["nginx", "-e", "stderr", "-T", "-c", str(self.config)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self):
        """Ends it, and its worker with it."""
        if self.process:
            self.process.child.terminate()
            self.process.wait()
