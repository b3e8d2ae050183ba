"""SASL by hand: SCRAM (RFC 5802, 7677) with channel binding, and tokens (RFC 7519) as PLAIN password or by RFC 7628."""

import base64
import hashlib
import hmac
import json
import os
import time

from .client import Client
from .xml import NS, local, namespace, show


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def exchange(client: Client, mechanism: str, first: bytes, answer=None) -> bytes:
    """One attempt: sends `first`, answers a challenge by `answer(challenge)`, and gives what came with the success."""
    await client.send(f"<auth xmlns='{NS['sasl']}' mechanism='{mechanism}'>{b64(first)}</auth>")
    while True:
        element = await client.expect(lambda e: namespace(e) == NS["sasl"])
        data = base64.b64decode(element.text or "")
        if local(element) == "success":
            return data
        if local(element) == "failure":
            raise PermissionError(show(element))
        await client.send(f"<response xmlns='{NS['sasl']}'>{b64(answer(data))}</response>")


class Scram:
    """SCRAM's client. `flag` is the GS2 flag (`n`, `y`, `p=TYPE`), `binding` what the channel is bound to."""

    def __init__(self, user: str, password: str, hash_: str = "sha256", flag: str = "n", binding: bytes = b""):
        self.password, self.hash = password.encode(), hash_
        self.header = f"{flag},,".encode()
        self.binding = binding
        self.bare = f"n={user},r={b64(os.urandom(18))}".encode()

    @property
    def first(self) -> bytes:
        return self.header + self.bare

    def final(self, challenge: bytes) -> bytes:
        """The proof (RFC 5802 §3); `signature` is then what the server has to answer."""
        fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
        assert fields["r"].startswith(self.bare.decode().split("r=", 1)[1]), "the nonce is not the client's"
        without_proof = f"c={b64(self.header + self.binding)},r={fields['r']}".encode()
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, base64.b64decode(fields["s"]), int(fields["i"]))
        message = b",".join([self.bare, challenge, without_proof])
        key = self._hmac(salted, b"Client Key")
        signed = self._hmac(hashlib.new(self.hash, key).digest(), message)
        self.signature = self._hmac(self._hmac(salted, b"Server Key"), message)
        return without_proof + b",p=" + b64(bytes(a ^ b for a, b in zip(key, signed))).encode()

    def _hmac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self.hash).digest()

    async def log_in(self, client: Client, mechanism: str):
        """Logs in, and makes sure that it was the server that knows the password."""
        assert await exchange(client, mechanism, self.first, self.final) == b"v=" + b64(self.signature).encode()
        await client.restart()


def token(secret: str, header: dict | None = None, **claims) -> str:
    """A token signed by HS256 that holds for a minute, unless the claims say otherwise. `None` takes a claim out."""
    claims = {"exp": int(time.time()) + 60, **claims}
    claims = {name: value for name, value in claims.items() if value is not None}
    parts = [header or {"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(_url64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_url64(hmac.new(secret.encode(), signed.encode(), 'sha256').digest())}"


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bearer(token: str, authzid: str = "") -> bytes:
    """The message of OAUTHBEARER (RFC 7628 §3.1)."""
    acting = f"a={authzid}" if authzid else ""
    return f"n,{acting},\x01auth=Bearer {token}\x01\x01".encode()


__all__ = ["Scram", "bearer", "exchange", "token"]
