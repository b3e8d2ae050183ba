"""A certificate of the test's own, signed by itself."""

import hashlib
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = "DNS:localhost,DNS:anon.localhost"


@dataclass
class Certificate:
    """The PEM files of a certificate for localhost and its key."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, directory: Path, name: str = "localhost") -> "Certificate":
        """A new key and its certificate, with the names that people log in on."""
        made = cls(directory / f"{name}.crt", directory / f"{name}.key")
        made.renew()
        return made

    def renew(self):
        """Puts another certificate with another key in the place of this one."""
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-addext", f"subjectAltName={NAMES}", "-out", str(self.certificate),
             "-keyout", str(self.key)],
            check=True, capture_output=True,
        )

    def settings(self) -> dict:
        """The keys that a server needs to use it."""
        return {"c2s__certificate": str(self.certificate), "c2s__key": str(self.key)}

    def client(self, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A client that trusts this certificate and no other; it speaks that version of TLS alone, if one is given."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.certificate)
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def end_point(self) -> bytes:
        """`tls-server-end-point` (RFC 5929 §4.1): openssl signs by ECDSA with SHA-256 here."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate.read_text())).digest()
