"""`parterre check`: what it says, to a person and to a program, of a server that runs and of one that does not, and of Debian's
nginx before it with the lines of the documentation."""

import json
import shutil
import subprocess

import aiohttp
import pytest

from harness.nginx import Nginx, documented
from harness.server import Process, binary

pytestmark = pytest.mark.parterre


def check(server, *arguments: str, stdin: str = "") -> tuple[int, dict[str, list[dict]]]:
    """Runs it; gives its exit code and what it says by the names of the checks."""
    done = server.run("check", "--json", *arguments, stdin=stdin)
    assert done.stdout.count("\n") == 1, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["v"] == 1
    found: dict[str, list[dict]] = {}
    for line in document["checks"]:
        assert set(line) in ({"name", "verdict", "detail"}, {"name", "verdict", "detail", "remedy"}), line
        found.setdefault(line["name"], []).append(line)
    wrong = sum(line["verdict"] == "wrong" for line in document["checks"])
    assert document["wrong"] == wrong and (done.returncode == 0) == (wrong == 0)
    return done.returncode, found


def verdicts(found, *names: str) -> list[str]:
    return [line["verdict"] for name in names for line in found[name]]


def test_a_person_reads_the_same_as_a_program(make_server):
    server = make_server()
    lines = server.run("check", "--config", str(server.config)).stdout.splitlines()
    _, found = check(server, "--config", str(server.config))
    # The clock says something else each time.
    for name in set(found) - {"clock", "disk"}:
        for line in found[name]:
            remedy = f"; {line['remedy']}" if "remedy" in line else ""
            mark = {"ok": "OK   ", "warning": "NOTE ", "wrong": "WRONG"}[line["verdict"]]
            assert f"{mark} {name}: {line['detail']}{remedy}" in lines


def test_before_the_first_start_everything_is_free_and_nothing_is_made(make_server):
    server = make_server()
    _, found = check(server, "--config", str(server.config))
    assert verdicts(found, "data_dir", "lock", "http.listen", "c2s.listen", "database", "version") == ["ok"] * 6
    assert not (server.directory / "data").exists()


def test_beside_the_running_server_its_lock_and_its_ports_are_right(make_server):
    server = make_server().start()
    _, found = check(server, "--config", str(server.config))
    assert verdicts(found, "data_dir", "lock", "http.listen", "c2s.listen", "database", "version") == ["ok"] * 6
    assert f"process {server.process.child.pid}" in found["lock"][0]["detail"]


def test_as_a_parent_gives_it_the_configuration_comes_on_the_standard_input(make_server):
    server = make_server().start()
    _, found = check(server, "--config", "-", stdin=server.config.read_text() + "# end\n")
    assert verdicts(found, "configuration", "lock", "http.listen") == ["ok"] * 3
    code, found = check(server, "--config", "-", stdin="domian = 'x'\n# end\n")
    assert code == 2 and list(found) == ["configuration"] and "domain" in found["configuration"][0]["detail"]


def test_a_second_server_on_the_same_data_is_refused_and_says_why(make_server):
    first = make_server().start()
    second = make_server(data_dir=str(first.directory / "data"))
    refused = Process([str(binary()), "serve", "--config", str(second.config)], cwd=second.directory)
    assert refused.wait() == 1
    assert "in use by another parterre server" in refused.output() and str(first.directory / "data") in refused.output()
    code, found = check(second, "--config", str(second.config))
    assert code == 1 and verdicts(found, "lock") == ["wrong"]
    assert f"process {first.process.child.pid}" in found["lock"][0]["detail"] and "data_dir" in found["lock"][0]["remedy"]
    # The first has not noticed.
    assert verdicts(check(first, "--config", str(first.config))[1], "lock", "http.listen") == ["ok", "ok"]


def test_a_lock_ends_with_its_server_however_that_ends(make_server):
    server = make_server().start()
    server.kill()
    assert verdicts(check(server, "--config", str(server.config))[1], "lock") == ["ok"]
    server.start()


def test_open_files_are_those_of_the_running_server(make_server):
    server = make_server()
    limited = ["sh", "-c", f"ulimit -n 300; exec {binary()} serve --config {server.config}"]
    server.process = Process(limited, cwd=server.directory)
    server.process.wait_for_line(lambda line: "ready" in line.lower())
    _, found = check(server, "--config", str(server.config))
    line = found["open_files"][0]
    assert line["verdict"] == "wrong" and "300" in line["detail"] and "LimitNOFILE=" in line["remedy"]


def test_secrets_are_in_no_answer(make_server):
    server = make_server(auth__token_secret="a-secret-of-the-site", api__token="another-secret")
    done = subprocess.run([str(binary()), "check", "--config", str(server.config)], capture_output=True, text=True)
    assert "shorter than 32" in done.stdout
    assert "a-secret-of-the-site" not in done.stdout + done.stderr and "another-secret" not in done.stdout + done.stderr


@pytest.fixture
def make_nginx(tmp_path):
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    made = []

    def make(servers: str, **options) -> Nginx:
        made.append(Nginx(tmp_path / f"nginx{len(made)}", servers, **options).start())
        return made[-1]

    yield make
    for one in made:
        one.kill()


ANY = "--any-certificate"
WAY = ["way.websocket", "way.login", "way.address", "way.join", "way.message", "way.history", "way.bosh"]
NGINX = ["nginx.location", "nginx.upgrade", "nginx.address", "nginx.host", "nginx.timeout", "nginx.connections", "nginx.files"]


def standalone(server, text: str | None = None) -> str:
    """The site of docs/install.md before that server."""
    text = text or documented("install.md")
    return text.replace("listen 443 ssl", "listen PORT").replace("127.0.0.1:5280", f"127.0.0.1:{server.http_port}")


def test_the_way_leads_through_the_documented_site(make_server, make_nginx):
    server = make_server(auth__token_secret="s" * 32).start()
    nginx = make_nginx(standalone(server))
    config = ["--config", str(server.config)]
    url = ["--url", f"https://localhost:{nginx.port}"]
    _, found = check(server, *config, *url, ANY, "--nginx", "-", stdin=nginx.dump())
    for name in ["host_meta", *WAY, "nginx", *NGINX]:
        assert verdicts(found, name) == ["ok"] * len(found[name]), found[name]
    assert f"wss://localhost:{nginx.port}/" in found["way.websocket"][0]["detail"], "nginx passes its own address on"
    assert "with a token" in found["way.login"][0]["detail"] and "without an account" in found["way.bosh"][0]["detail"]
    # Whoever has no configuration goes without an account.
    code, found = check(server, *url, ANY)
    assert code == 0 and list(found) == ["host_meta", *WAY]
    # Nobody vouches for that certificate.
    code, found = check(server, *url)
    assert code == 1 and verdicts(found, "way.websocket", "way.bosh") == ["wrong"] * 2
    assert "TLS" in found["way.websocket"][0]["detail"] and "certificate" in found["way.websocket"][0]["remedy"]


def test_the_way_leads_through_the_documented_location_of_peertube(make_server, make_nginx):
    server = make_server()
    socket = server.directory / "parterre.sock"
    # As the plugin configures it.
    server.settings |= {"http.listen": f"unix:{socket}", "rooms.create": "admins", "auth.token_secret": "s" * 32}
    server.settings |= {"rooms.admins": ["root@localhost"]}
    server.write_config()
    server.start()
    location = documented("peertube.md").replace(
        "/var/www/peertube/storage/plugins/data/peertube-plugin-parterre/parterre.sock", str(socket)
    )
    nginx = make_nginx(f"server {{ listen PORT; {location} location ~ ^/plugins/ {{ return 404; }} }}")
    for path in ["/plugins/parterre/ws/xmpp-websocket", "/plugins/parterre/1.2.3/ws/xmpp-websocket"]:
        url = f"wss://localhost:{nginx.port}{path}"
        _, found = check(server, "--config", str(server.config), "--url", url, ANY, "--nginx", str(nginx.config))
        for name in [*WAY[:-1], *NGINX]:
            assert verdicts(found, name) == ["ok"] * len(found[name]), found[name]
    # Behind the location that takes its address, it is there for nothing.
    nginx = make_nginx(f"server {{ listen PORT; location ~ ^/plugins/ {{ return 404; }} {location} }}")
    url = f"wss://localhost:{nginx.port}/plugins/parterre/ws/xmpp-websocket"
    code, found = check(server, "--url", url, ANY, "--nginx", str(nginx.config))
    assert code == 1 and set(verdicts(found, "way.websocket", "nginx.location")) == {"wrong"}
    assert "404" in found["way.websocket"][0]["detail"] and "before it" in found["nginx.location"][0]["remedy"]


@pytest.mark.parametrize(
    ("line", "step", "rule"),
    [
        ("proxy_set_header Upgrade", "way.websocket", "nginx.upgrade"),
        ("proxy_set_header Connection", "way.websocket", "nginx.upgrade"),
        ("proxy_http_version", "way.websocket", "nginx.upgrade"),
        ("proxy_set_header X-Forwarded-For", "way.address", "nginx.address"),
    ],
)
def test_a_line_that_is_missing_is_found_both_ways(make_server, make_nginx, line, step, rule):
    server = make_server().start()
    lines = documented("install.md").splitlines()
    nginx = make_nginx(standalone(server, "\n".join(one for one in lines if not one.strip().startswith(line))))
    config = ["--config", str(server.config)]
    url = f"https://localhost:{nginx.port}"
    code, found = check(server, *config, "--url", url, ANY, "--nginx", str(nginx.config))
    wrong = [name for name, of in found.items() if any(one["verdict"] == "wrong" for one in of)]
    assert code == 1 and wrong == [rule, step]
    assert line in found[rule][0]["remedy"]


def test_the_way_says_what_is_in_it(make_server):
    server = make_server(auth__anonymous=False, rooms__create="admins").start()
    _, found = check(server, "--url", server.http)
    assert verdicts(found, "way.websocket", "way.login") == ["ok", "wrong"] and "auth.anonymous" in found["way.login"][0]["remedy"]
    server = make_server(rooms__create="admins").start()
    code, found = check(server, "--url", server.http)
    assert code == 0 and verdicts(found, "way.join") == ["warning"] and "--room" in found["way.join"][0]["remedy"]
    server.stop()
    _, found = check(server, "--url", server.websocket)
    assert verdicts(found, "way.websocket") == ["wrong"] and "nothing answers" in found["way.websocket"][0]["detail"]


async def test_the_way_leaves_no_room_behind(make_server):
    server = make_server(auth__token_secret="s" * 32, api__token="t" * 32).start()
    _, found = check(server, "--config", str(server.config), "--url", server.http)
    assert verdicts(found, *WAY) == ["ok"] * len(WAY)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer " + "t" * 32}) as http:
        async with http.get(server.http + "/api/v1/rooms") as answer:
            assert (await answer.json())["rooms"] == []
