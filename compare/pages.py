"""How fast a site answers: one of its pages is asked for again and again, at an even pace, whatever else goes on."""

import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

A_SECOND = 20
ALONE = 20.0
# A process that has just started is slow with its first pages.
LEARNING = 3 * A_SECOND


class Reader:
    """Somebody who loads the page at `url` again and again, each time over a new connection; in `took_ms` is how many
    milliseconds each took."""

    def __init__(self, url: str):
        self.url = url
        self.took_ms: list[float] = []
        self._left = threading.Event()

    def __enter__(self) -> "Reader":
        self._reading = ThreadPoolExecutor(max_workers=1).submit(self._read)
        return self

    def __exit__(self, *_):
        self._left.set()
        # A page that was not there is a failure.
        self._reading.result()

    def _read(self):
        due = time.monotonic()
        while not self._left.wait(max(0.0, due - time.monotonic())):
            began = time.monotonic()
            with urllib.request.urlopen(self.url, timeout=60) as answer:
                answer.read()
            self.took_ms.append((time.monotonic() - began) * 1000)
            # Who waits for a slow page does not ask for more meanwhile.
            due = max(due + 1 / A_SECOND, time.monotonic())


def alone(url: str) -> list[float]:
    """How many milliseconds each page takes when nobody else asks for anything."""
    with Reader(url) as reader:
        time.sleep(ALONE)
    return reader.took_ms[LEARNING:]
