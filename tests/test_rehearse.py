"""`parterre rehearse` from outside: a crowd against this server, and against another one."""

import json
import signal
import subprocess

import pytest
from harness.certificate import Certificate
from harness.proxy import Proxy
from harness.server import binary

VIEWERS = 50
TRANSPORTS = ["websocket", "bosh", "tcp"]


def url(server, transport: str) -> str:
    return {
        "websocket": server.websocket,
        "bosh": server.bosh,
        "tcp": f"xmpp://127.0.0.1:{server.c2s_port}",
    }[transport]


def rehearse(directory, *arguments: str, within: float = 90) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(binary()), "rehearse", *arguments], cwd=directory, capture_output=True, text=True, timeout=within
    )


def outcome(directory) -> dict:
    return json.loads((directory / "rehearsal.json").read_text())


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_crowd_comes_in_and_hears_everything(server, tmp_path, transport):
    done = rehearse(
        tmp_path, "premiere", "--viewers", str(VIEWERS), "--rate", "10", "--for", "3s", "--url", url(server, transport)
    )
    assert done.returncode == 0, done.stderr
    result = outcome(tmp_path)
    joins, delivery = result["joins"], result["delivery"]
    assert (joins["begun"], joins["done"], joins["failed"]) == (VIEWERS, VIEWERS, {})
    assert joins["time_us"]["count"] == VIEWERS and joins["all_in_after_ms"] > 0
    assert (delivery["sent"], delivery["reflected"], delivery["refused"]) == (30, 30, {})
    assert delivery["expected"] == delivery["delivered"] == 30 * VIEWERS
    assert (delivery["lost"], delivery["duplicated"], delivery["reordered"]) == (0, 0, 0)
    assert delivery["latency_us"]["count"] == delivery["delivered"]
    assert result["server"]["seen_by"].startswith("pid "), "the server is found by its port"
    assert server.name in result["target"]["software"].lower()
    page = (tmp_path / "rehearsal.html").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert "rehearsal.html" in done.stdout and "rehearsal.json" in done.stdout


def test_several_processes_play_one_crowd(server, tmp_path):
    done = rehearse(
        tmp_path, "premiere", "--viewers", "40", "--for", "2s", "--processes", "3", "--url", server.websocket
    )
    assert done.returncode == 0, done.stderr
    result = outcome(tmp_path)
    assert result["crowd"]["processes"] == 3
    assert result["joins"]["done"] == 40
    assert result["delivery"]["expected"] == result["delivery"]["delivered"] == 20 * 40


def test_a_page_that_is_loaded_anew_joins_again(server, tmp_path):
    scenario = tmp_path / "reload.toml"
    scenario.write_text(
        """
about = "Everybody reloads twice while somebody talks."
viewers = 20
arrive = { rate = 100 }
[client]
resume = false
[[act]]
name = "F5"
for = "4s"
rate = 5
speakers = 1
reload = { share = 1.0, times = 2, within = "3s" }
"""
    )
    done = rehearse(tmp_path, str(scenario), "--url", server.websocket)
    assert done.returncode == 0, done.stderr
    result = outcome(tmp_path)
    assert result["scenario"] == "reload"
    assert result["joins"]["begun"] == result["joins"]["done"] == 60
    assert result["delivery"]["lost"] == 0 and result["delivery"]["duplicated"] == 0


def test_ctrl_c_ends_it_early_and_there_is_a_result(server, tmp_path):
    child = subprocess.Popen(
        [str(binary()), "rehearse", "premiere", "--viewers", "10", "--for", "10m", "--url", server.websocket],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        for line in child.stderr:
            if "first words" in line:
                break
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 0, errors
    result = outcome(tmp_path)
    assert result["joins"]["done"] == 10 and result["delivery"]["lost"] == 0
    assert any("early" in remark for remark in result["remarks"])


@pytest.mark.parterre
def test_the_crowd_resumes_when_the_server_is_cut_off(server, tmp_path):
    scenario = tmp_path / "restart.toml"
    scenario.write_text(
        """
about = "The server dies and comes back."
viewers = 20
arrive = { within = "1s" }
[[act]]
name = "restart"
for = "60s"
rate = 2
restart = true
"""
    )
    child = subprocess.Popen(
        [str(binary()), "rehearse", str(scenario), "--url", server.websocket],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        for line in child.stderr:
            if "Restart the server now" in line:
                break
        server.kill()
        server.start()
        _, errors = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 0, errors
    result = outcome(tmp_path)
    assert result["joins"]["done"] + result["joins"]["resumed"] == 40, "everybody came twice"
    assert sum(result["disconnects"]["reasons"].values()) == 20
    assert (result["delivery"]["lost"], result["delivery"]["duplicated"]) == (0, 0)


def test_a_server_elsewhere_is_refused_unless_it_is_ones_own(tmp_path):
    done = rehearse(tmp_path, "--url", "ws://192.0.2.1/xmpp-websocket")
    assert done.returncode == 2
    assert "--i-operate-this-server" in done.stderr


def test_what_cannot_be_played_is_said(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("about = 'x'\nviewers = 3\nvewers = 4\narrive = { within = '1s' }\n")
    for arguments, code, said in [
        (["no-such-scenario"], 2, "premiere"),
        ([str(wrong)], 2, "vewers"),
        (["--url", "gopher://127.0.0.1"], 2, "scheme"),
        (["--viewers", "0"], 2, "viewers"),
        (["--for", "soon"], 2, "30"),
        (["--room", "a b@c@d"], 2, "room"),
        (["--url", "ws://127.0.0.1:1"], 1, "nothing answers"),
    ]:
        done = rehearse(tmp_path, *arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert said in done.stderr, (arguments, done.stderr)
    assert not (tmp_path / "rehearsal.json").exists()


def test_a_domain_that_is_not_served_is_said(server, tmp_path):
    done = rehearse(tmp_path, "--url", server.websocket, "--domain", "elsewhere.example", "--viewers", "1")
    assert done.returncode == 1
    assert "anon.elsewhere.example" in done.stderr and "--domain" in done.stderr


def test_scenarios_are_listed_shown_and_played_from_a_copy(tmp_path):
    listed = rehearse(tmp_path, "scenarios")
    assert listed.returncode == 0
    names = [line.split(" ")[0] for line in listed.stdout.splitlines() if not line.startswith(" ")]
    assert names == ["steady", "premiere", "au-poste", "reload-storm", "raid", "slow-readers", "restart"]
    for name in names:
        shown = rehearse(tmp_path, "scenarios", "show", name)
        assert shown.returncode == 0 and "[[act]]" in shown.stdout
        (tmp_path / f"{name}.toml").write_text(shown.stdout)
        copy = rehearse(tmp_path, str(tmp_path / f"{name}.toml"), "--url", "ws://127.0.0.1:1")
        assert copy.returncode == 1 and "nothing answers" in copy.stderr, "it could be read"
    assert rehearse(tmp_path, "scenarios", "show", "nothing").returncode == 2


def test_results_are_laid_side_by_side(server, tmp_path):
    for label in ["one", "two"]:
        done = rehearse(
            tmp_path, "premiere", "--viewers", "3", "--for", "1s", "--url", server.websocket,
            "--label", label, "--json", f"{label}.json",
        )
        assert done.returncode == 0, done.stderr
    done = rehearse(tmp_path, "report", "one.json", "two.json", "-o", "both.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "both.html").read_text()
    assert "one" in page and "two" in page
    assert rehearse(tmp_path, "report", "both.html").returncode == 2


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("scheme", ["xmpp", "xmpps"])
def test_a_crowd_comes_in_over_tls(make_server, certificate, tmp_path, scheme):
    server = make_server(c2s__allow_plaintext=False, **certificate.settings())
    server.settings["c2s.direct_tls_listen"] = f"127.0.0.1:{server.tls_port}"
    server.write_config()
    server.start()
    port = {"xmpp": server.c2s_port, "xmpps": server.tls_port}[scheme]
    address = ["--url", f"{scheme}://127.0.0.1:{port}", "--viewers", "20", "--for", "2s"]
    done = rehearse(tmp_path, "premiere", *address, "--any-certificate")
    assert done.returncode == 0, done.stderr
    assert outcome(tmp_path)["joins"]["done"] == 20
    assert outcome(tmp_path)["delivery"]["lost"] == 0
    done = rehearse(tmp_path, "premiere", *address)
    assert done.returncode == 1, "a certificate that nobody vouches for is not believed"
    assert "certificate" in done.stderr, done.stderr


@pytest.mark.parametrize("scheme", ["wss", "https"])
def test_a_crowd_comes_in_through_a_proxy_that_does_tls(server, certificate, tmp_path, scheme):
    with Proxy(certificate, server.http_port) as proxy:
        path = {"wss": "xmpp-websocket", "https": "http-bind"}[scheme]
        done = rehearse(
            tmp_path, "premiere", "--viewers", "20", "--for", "2s", "--any-certificate", "--url",
            f"{scheme}://127.0.0.1:{proxy.port}/{path}",
        )
        assert done.returncode == 0, done.stderr
        assert outcome(tmp_path)["joins"]["done"] == 20
        assert outcome(tmp_path)["delivery"]["delivered"] == 20 * outcome(tmp_path)["delivery"]["reflected"] > 0
