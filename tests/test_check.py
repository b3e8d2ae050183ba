"""`parterre check`: what it says, to a person and to a program, of a server that runs and of one that does not."""

import json
import subprocess

import pytest

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
