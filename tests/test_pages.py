"""The web client's files and pages, as the built binary serves them. Without a client in it, only what is said then."""

import json
import re

import aiohttp
import pytest

from harness.client import Client

pytestmark = pytest.mark.parterre

PAGES = ["/room/hall", "/embed/hall", "/overlay/hall"]


async def fetch(server, path: str, method: str = "GET", **headers):
    """Asks as the headers say and no more: nothing is unpacked, no redirect is followed."""
    async with (
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Accept-Encoding"]) as http,
        http.request(method, server.http + path, headers=headers, allow_redirects=False) as answer,
    ):
        return answer, (await answer.read()).decode(errors="replace")


@pytest.fixture
async def client_file(module_server):
    """The address of the chat's module."""
    answer, module = await fetch(module_server, "/parterre-chat.js")
    if answer.status == 503:
        assert "without its web client" in module
        pytest.skip("this binary was built without the web client")
    return "/" + json.loads(re.fullmatch(r"import (\"\./assets/.+\");\n", module)[1]).removeprefix("./")


async def test_modules_are_kept_for_ever_and_fetched_by_any_page(module_server, client_file):
    answer, _ = await fetch(module_server, client_file)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    head, nothing = await fetch(module_server, client_file, "HEAD")
    assert (head.status, head.headers["Content-Length"], nothing) == (200, answer.headers["Content-Length"], "")


async def test_the_form_of_a_module_is_negotiated(module_server, client_file):
    sizes = {}
    for accept, coding in [("br, gzip", "br"), ("br;q=0, gzip", "gzip"), ("gzip;q=0.5, br;q=0.1", "gzip"), ("identity", None)]:
        answer, _ = await fetch(module_server, client_file, **{"Accept-Encoding": accept})
        assert answer.headers.get("Content-Encoding") == coding, accept
        assert answer.headers["Vary"].lower() == "accept-encoding"
        sizes[coding] = int(answer.headers["Content-Length"])
    assert sizes["br"] < sizes[None] and sizes["gzip"] < sizes[None]


async def test_the_stable_name_is_asked_for_again_and_not_sent_again(module_server, client_file):
    answer, _ = await fetch(module_server, "/parterre-chat.js")
    assert answer.headers["Cache-Control"] == "no-cache" and answer.headers["Access-Control-Allow-Origin"] == "*"
    same, nothing = await fetch(module_server, "/parterre-chat.js", **{"If-None-Match": answer.headers["ETag"]})
    assert (same.status, nothing) == (304, "")


@pytest.mark.parametrize("path", ["/", *PAGES])
async def test_a_page_is_sent_once_and_may_do_little(module_server, client_file, path):
    answer, page = await fetch(module_server, path)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-cache"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy and "unsafe" not in policy
    assert f"connect-src 'self' ws://127.0.0.1:{module_server.http_port};" in policy
    framed = path.startswith(("/embed", "/overlay"))
    assert policy.endswith("frame-ancestors *" if framed else "frame-ancestors 'none'")
    assert ("X-Frame-Options" in answer.headers) != framed
    assert not re.search(r"<script(?![^>]* src=)|\sstyle=|\son\w+=", page), "something that the policy forbids"
    same, _ = await fetch(module_server, path, **{"If-None-Match": answer.headers["ETag"]})
    assert same.status == 304 and same.headers["Content-Security-Policy"] == policy


async def test_everything_that_a_page_names_is_there(module_server, client_file):
    for path in ["/", *PAGES]:
        _, page = await fetch(module_server, path)
        for name in re.findall(r'(?:src|href)="((?:\.\./|\./)?(?:assets/)?[\w.-]+\.(?:js|css|svg))"', page):
            address = name.removeprefix("../").removeprefix("./")
            assert (await fetch(module_server, f"/{address}"))[0].status == 200, name


async def test_who_may_frame_the_chat_is_configured(make_server):
    server = make_server(http__frame_ancestors=["https://video.example.org"]).start()
    answer, _ = await fetch(server, "/embed/hall")
    if answer.status == 503:
        pytest.skip("this binary was built without the web client")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors https://video.example.org")
    room, _ = await fetch(server, "/room/hall")
    assert room.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


async def test_a_source_that_is_none_stops_the_start(make_server):
    server = make_server(http__frame_ancestors=["https://a.example; script-src *"])
    done = server.run("serve", "--config", str(server.config))
    assert done.returncode == 2 and "http.frame_ancestors" in done.stdout + done.stderr


async def test_names_of_rooms(module_server):
    answer, _ = await fetch(module_server, "/embed/Hall?lang=fr")
    assert (answer.status, answer.headers["Location"]) == (308, "hall?lang=fr")
    for name in ["a%20b", "a%40b", "%22%3E%3Cscript%3E", "%FF", "x" * 1024]:
        answer, page = await fetch(module_server, f"/room/{name}", Accept="text/html")
        assert answer.status == 404 and "cannot be the name of a room" in page and "<script" not in page


async def test_a_title_is_never_markup(module_server, client_file):
    room = "titled@room.localhost"
    async with await Client.connect(module_server, transport="websocket") as owner:
        await owner.create(room, "Host")
        title = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
        await owner.iq(
            "set",
            room,
            "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            f"<field var='muc#roomconfig_roomname'><value>{title}</value></field></x></query>",
        )
        _, page = await fetch(module_server, "/room/titled")
        assert title in page and "<script>" not in page
        assert "<script>alert" not in (await fetch(module_server, "/"))[1]


async def test_a_browser_client_learns_whom_to_log_in_with(make_server):
    for anonymous in (True, False):
        server = make_server(auth__anonymous=anonymous).start()
        properties = json.loads((await fetch(server, "/.well-known/host-meta.json"))[1])["properties"]
        expected = {"urn:parterre:domain:0": "localhost", "urn:parterre:rooms:0": "room.localhost"}
        assert properties == expected | ({"urn:parterre:anonymous:0": "anon.localhost"} if anonymous else {})
