// @xmpp/client (xmpp.js) at a room: joins, says a line, hears it back, and, if asked, loses its connection and resumes.
//
// usage: node xmppjs.mjs '{"service": "ws://…", "domain": "localhost", "username": …, "password": …, "room": …, "nick": …}'
// Prints one line of JSON: what it saw.

import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket;
const { client, xml } = await import("@xmpp/client");

const wish = JSON.parse(process.argv[2]);
const saw = { sent: [], heard: [], errors: [], online: 0, resumed: false };

const entity = client({
  service: wish.service,
  domain: wish.domain,
  ...(wish.username && { username: wish.username, password: wish.password }),
});
entity.reconnect.delay = 50;
entity.on("error", (error) => saw.errors.push(String(error)));
entity.on("send", (element) => saw.sent.push(element.name));

function heard(wanted) {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => reject(new Error(`not heard: ${wanted}`)), 20_000);
    function listener(stanza) {
      if (!wanted(stanza)) return;
      clearTimeout(timeout);
      entity.off("stanza", listener);
      resolve(stanza);
    }
    entity.on("stanza", listener);
  });
}

const isSelf = (stanza) =>
  stanza.is("presence") &&
  stanza.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status").some((s) => s.attrs.code === "110");

async function say(id, body) {
  const reflected = heard((stanza) => stanza.is("message") && stanza.attrs.id === id);
  await entity.send(xml("message", { to: wish.room, type: "groupchat", id }, xml("body", {}, body)));
  const stanza = await reflected;
  saw.heard.push(stanza.getChildText("body"));
  return stanza;
}

async function main() {
  entity.on("online", () => (saw.online += 1));
  saw.jid = String(await entity.start());
  // xmpp.js says that it is online before it has heard <enabled/>, and miscounts what comes in between.
  while (wish.resume && !entity.streamManagement.enabled) await new Promise((resolve) => setTimeout(resolve, 10));
  const joined = heard(isSelf);
  await entity.send(xml("presence", { to: `${wish.room}/${wish.nick}` }, xml("x", { xmlns: "http://jabber.org/protocol/muc" })));
  saw.self = (await joined).attrs.from;
  const first = await say("first", "one");
  saw.stanzaId = first.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id;

  if (wish.resume) {
    saw.managed = entity.streamManagement.enabled;
    const resumed = new Promise((resolve) => entity.streamManagement.on("resumed", resolve));
    const failed = new Promise((resolve) => entity.streamManagement.on("fail", resolve));
    // As a network does that goes away: no closing of the stream, no closing handshake.
    const socket = entity.socket;
    (socket.socket?._socket ?? socket.socket ?? socket).destroy?.();
    saw.resumed = await Promise.race([resumed.then(() => true), failed.then(() => false)]);
    await say("second", "two");
  }
  await entity.stop();
}

main()
  .catch((error) => saw.errors.push(error.stack))
  .finally(() => {
    console.log(JSON.stringify(saw));
    process.exit(saw.errors.length && !saw.heard.length ? 1 : 0);
  });
