// strophe.js at a room, over BOSH (an http service) or WebSocket (a ws service): joins, says a line, hears it back.
//
// usage: node strophe.mjs '{"service": "http://…/http-bind", "jid": "anon.localhost", "password": "", "room": …, "nick": …}'
// Prints one line of JSON: what it saw.

import "./xhr.mjs";

const { Strophe, $pres, $msg } = await import("strophe.js");

const wish = JSON.parse(process.argv[2]);
const saw = { heard: [], statuses: [] };
const names = Object.fromEntries(Object.entries(Strophe.Status).map(([name, code]) => [code, name]));

const connection = new Strophe.Connection(wish.service, wish.mechanism ? { mechanisms: [Strophe[wish.mechanism]] } : {});
const timeout = setTimeout(() => finish("timed out"), 40_000);

function finish(error) {
  clearTimeout(timeout);
  if (error) saw.error = String(error);
  console.log(JSON.stringify(saw));
  process.exit(error ? 1 : 0);
}

function connected() {
  saw.jid = connection.jid;
  connection.addHandler(
    (presence) => {
      const statuses = [...presence.getElementsByTagName("status")].map((status) => status.getAttribute("code"));
      if (presence.getAttribute("type") === "error") finish("join refused");
      if (!statuses.includes("110") || saw.self) return true;
      saw.self = presence.getAttribute("from");
      connection.send($msg({ to: wish.room, type: "groupchat", id: "first" }).c("body").t("one <&> two"));
      return true;
    },
    null,
    "presence",
  );
  connection.addHandler(
    (message) => {
      if (message.getAttribute("id") !== "first") return true;
      saw.heard.push(message.getElementsByTagName("body")[0].textContent);
      connection.disconnect("done");
      return false;
    },
    null,
    "message",
  );
  connection.send($pres({ to: `${wish.room}/${wish.nick}` }).c("x", { xmlns: "http://jabber.org/protocol/muc" }));
}

connection.connect(wish.jid, wish.password || null, (status, condition) => {
  saw.statuses.push(names[status]);
  if (status === Strophe.Status.CONNECTED) connected();
  if (status === Strophe.Status.DISCONNECTED) finish(saw.heard.length ? null : `disconnected: ${condition}`);
  if ([Strophe.Status.AUTHFAIL, Strophe.Status.CONNFAIL].includes(status)) finish(`${names[status]}: ${condition}`);
});
