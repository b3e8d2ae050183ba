"""`parterre import livechat`: rooms that a real Prosody kept, with its own file store, in a Parterre afterwards."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from slixmpp import JID

from harness.person import Person
from harness.prosody import Prosody

pytestmark = [
    pytest.mark.parterre,
    pytest.mark.skipif(not shutil.which("prosody"), reason="tests/install-packages --stopped prosody"),
]

UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
MUC_STORE = """
  storage = "internal"
  modules_enabled = { "muc_mam" }
  muc_room_locking = false
  muc_room_default_persistent = true
  muc_log_by_default = true
  muc_log_presences = true
  muc_log_expires_after = "1w"
"""


class Livechat(Prosody):
    """Prosody with its data where the plugin has it, and its rooms in files as there."""

    def __init__(self, directory: Path):
        super().__init__(directory)
        self.data = self.directory / "livechat"
        (self.data / "prosody" / "data").mkdir(parents=True)
        config = self.config.read_text().replace(f'"{self.directory}/data"', f'"{self.data}/prosody/data"')
        rooms = config.index('  storage = "memory"', config.index("Component"))
        self.config.write_text(config[:rooms] + MUC_STORE)

    def add_account(self, name: str, password: str):
        super().add_account(name, password)
        shutil.copytree(self.directory / "data" / "localhost", self.data / "prosody/data/localhost", dirs_exist_ok=True)


async def person(server, name: str, **options) -> Person:
    server.add_account(name, "password")
    return await Person(server, f"{name}@{server.domain}", **options).go()


async def say(one: Person, room: str, body: str):
    one.send_message(mto=room, mbody=body, mtype="groupchat")
    await one.saw("groupchat_message", lambda m: m["body"] == body)


async def evening(server) -> str:
    """Two people talk in a room of the plugin, one of them is banned, the owner sets the room up."""
    room = f"{UUID}@{server.muc}"
    romeo, tybalt = await person(server, "romeo"), await person(server, "tybalt")
    muc = romeo.plugin["xep_0045"]
    await romeo.join(room, "Romeo")
    form = await muc.get_room_config(JID(room))
    form.reply()
    form.set_values({
        "muc#roomconfig_roomname": "Le café", "muc#roomconfig_moderatedroom": False,
        "muc#roomconfig_persistentroom": True, "muc#roomconfig_publicroom": True, "muc#roomconfig_historylength": "10",
    })
    await muc.set_room_config(JID(room), form)
    await tybalt.join(room, "Tybalt")
    for n in range(3):
        await say(romeo, room, f"line {n} <&> \"é\" 👋\nand on")
        await say(tybalt, room, f"answer {n}")
    muc.set_subject(room, "Peace")
    await muc.set_affiliation(JID(room), "admin", jid=JID(f"benvolio@{server.domain}"))
    tybalt.watch("groupchat_presence")
    await muc.set_affiliation(JID(room), "outcast", jid=JID(f"tybalt@{server.domain}"), reason="fights")
    await tybalt.saw("groupchat_presence", lambda p: p["type"] == "unavailable")
    await romeo.plugin["xep_0199"].ping(JID(server.domain))
    for one in (romeo, tybalt):
        await one.disconnect(wait=1)
    return room


def channels(data: Path):
    """What the plugin keeps beside Prosody."""
    options = data / "channelConfigurationOptions"
    options.mkdir()
    bot = {"enabled": True, "forbiddenWords": [{"enabled": True, "entries": ["fie", "foh"]}], "quotes": [], "commands": []}
    (options / "7.json").write_text(json.dumps({"bot": bot, "slowMode": {"duration": 0}, "terms": "be kind"}))
    emoji = data / "emojis" / "channel" / "7"
    emoji.mkdir(parents=True)
    (emoji / "definition.json").write_text(json.dumps({"customEmojis": [{"sn": ":rose:", "url": "/x/1.png"}]}))


def contents(data: Path) -> dict:
    """All that a directory holds: names, bytes and times of change."""
    found = sorted(data.rglob("*"))
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None) for path in found}


def close(data: Path, mode: int):
    for path in [data, *data.rglob("*")]:
        if path.is_dir():
            os.chmod(path, mode)


@pytest.fixture
async def livechat(tmp_path):
    """The plugin's directory after an evening, closed to writing."""
    server = Livechat(tmp_path / "prosody").start()
    try:
        await evening(server)
        server.stop()
    finally:
        server.kill()
    channels(server.data)
    close(server.data, 0o555)
    yield server.data
    close(server.data, 0o755)


def imported(server, data: Path, *arguments: str) -> subprocess.CompletedProcess:
    return server.run("import", "livechat", str(data), "--config", str(server.config), *arguments)


async def archive(one: Person, room: str) -> list[tuple[str, str, str]]:
    pages = one.plugin["xep_0313"].iterate(jid=JID(room), rsm={"max": "5"})
    results = [message["mam_result"] async for message in pages]
    said = [(r["id"], r["forwarded"]["stanza"]["from"].resource, r["forwarded"]["stanza"]["body"]) for r in results]
    return [line for line in said if line[2]]


SPOKEN = [line for n in range(3) for line in (("Romeo", f"line {n} <&> \"é\" 👋\nand on"), ("Tybalt", f"answer {n}"))]


async def test_an_evening_moves_over(livechat, make_server):
    server, before = make_server(), contents(livechat)
    dry = imported(server, livechat, "--dry-run")
    assert dry.returncode == 0 and dry.stdout.startswith("Would take 1 room, "), dry.stdout + dry.stderr
    assert not (server.directory / "data").exists() or not any((server.directory / "data").iterdir())

    done = imported(server, livechat, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    taken = report["rooms"][0]
    assert (taken["room"], taken["title"], taken["new"], taken["affiliations"]) == (UUID, "Le café", True, 3)
    assert taken["messages"] >= 6
    lines = [f"{left['of']}: {left['text']}" for left in report["not_taken"]]
    assert any(line.startswith("channel 7: 2 forbidden words") for line in lines), lines
    assert report["channels"] == [{
        "id": "7", "slow_mode": 0, "mute_anonymous": False, "terms": "be kind",
        "emoji": [{"name": "rose", "file": "emojis/channel/7/files/1.png"}],
    }]
    assert contents(livechat) == before, "the plugin's own data were touched"

    server.start()
    room = f"{UUID}@{server.muc}"
    romeo = await person(server, "romeo")
    muc = romeo.plugin["xep_0045"]
    romeo.watch("groupchat_subject")
    await muc.join_muc_wait(JID(room), "Romeo", timeout=20, maxstanzas=20)
    heard = [await romeo.saw("groupchat_message", lambda m: m["body"]) for _ in range(6)]
    assert [(m["from"].resource, m["body"]) for m in heard] == SPOKEN
    first = await archive(romeo, room)
    assert [line[1:] for line in first] == SPOKEN
    subject = await romeo.saw("groupchat_subject", lambda m: not m["body"] and m["subject"] == "Peace")
    assert subject["subject"] == "Peace"
    for affiliation, name in (("owner", "romeo"), ("admin", "benvolio"), ("outcast", "tybalt")):
        listed = await muc.get_affiliation_list(JID(room), affiliation)
        assert [str(jid) for jid in listed] == [f"{name}@{server.domain}"]
    tybalt = await person(server, "tybalt")
    tybalt.watch("presence_error")
    tybalt.plugin["xep_0045"].join_muc(JID(room), "Tybalt")
    refused = await tybalt.saw("presence_error")
    assert refused["error"]["condition"] == "forbidden"
    await say(romeo, room, "here again")

    running = imported(server, livechat)
    assert running.returncode == 1 and "stop it" in running.stderr, running.stderr
    for one in (romeo, tybalt):
        await one.disconnect(wait=1)
    server.stop()

    again = json.loads(imported(server, livechat, "--json").stdout)["rooms"][0]
    assert (again["new"], again["messages"], again["affiliations"]) == (False, 0, 0)
    assert again["messages_here_before"] == taken["messages"]
    server.start()
    romeo = await Person(server, f"romeo@{server.domain}").go()
    await romeo.join(room, "Romeo")
    second = await archive(romeo, room)
    assert second[:-1] == first and second[-1][2] == "here again"
    await romeo.disconnect(wait=1)


async def test_a_broken_file_is_named_and_the_rest_is_taken(livechat, make_server, tmp_path):
    data = tmp_path / "copy"
    shutil.copytree(livechat, data)
    close(data, 0o755)
    host = next((data / "prosody" / "data").glob("room*"))
    (host / "config" / "broken.dat").write_text("return os.execute('true')")
    archive_file = next(host.glob("muc*log/*.list"))
    archive_file.write_text(archive_file.read_text() + 'item({ "cut off')
    (data / "channelConfigurationOptions" / "8.json").write_text("{")
    done = imported(make_server(), data)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Took 1 room, "), done.stdout
    for line in ("channel 7: terms", "channel 7: 1 custom picture", "broken.dat: is broken", ".list: 1 entry broken and passed over", "8.json: is broken"):
        assert line in done.stdout, done.stdout


def test_what_is_not_the_plugins_directory_is_refused(make_server, tmp_path):
    done = imported(make_server(), tmp_path)
    assert done.returncode == 1 and "peertube-plugin-livechat" in done.stderr
    (tmp_path / "prosody" / "data").mkdir(parents=True)
    done = imported(make_server(), tmp_path)
    assert done.returncode == 1 and "no rooms" in done.stderr
