// What a chat costs the browser that shows it: frames, memory and key strokes while a room of twenty people talks.
//
// usage: node measure.mjs --binary PARTERRE --seconds 300 --rate 100 --out FILE.json
//
// The same server, the same room and the same crowd for both clients, one after the other: <parterre-chat> as the server
// serves it, and ConverseJS as npm has it. Chromium is headless and draws in software, as the machine has no screen.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "../../web/node_modules/@playwright/test/index.mjs";

const { values } = parseArgs({
  options: {
    binary: { type: "string" },
    seconds: { type: "string", default: "300" },
    rate: { type: "string", default: "100" },
    port: { type: "string", default: "5391" },
    out: { type: "string" },
    converse: { type: "string" },
    pictures: { type: "string" },
    only: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const directory = mkdtempSync(join(tmpdir(), "parterre-browser-"));
const server = spawn(values.binary, ["serve"], {
  cwd: directory,
  env: { ...process.env, PARTERRE__HTTP__LISTEN: `127.0.0.1:${values.port}` },
  stdio: ["ignore", "pipe", "inherit"],
});
await new Promise((ready) => server.stdout.once("data", ready));

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };
const site = createServer(async (request, answer) => {
  const path = normalize(new URL(request.url, "http://site").pathname);
  const file = path === "/" ? new URL("../../tests/js/converse.html", import.meta.url) : join(values.converse, path);
  try {
    const body = await readFile(file);
    answer.writeHead(200, { "content-type": types[path === "/" ? ".html" : extname(path)] ?? "application/octet-stream" });
    answer.end(body);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

const websocket = `ws://localhost:${values.port}/xmpp-websocket`;
const clients = {
  "parterre-chat": {
    url: (room) => `http://localhost:${values.port}/room/${room}`,
    async enter(page) {
      await page.getByPlaceholder("Choose a name to write").fill("Reader");
      await page.getByRole("button", { name: "Join in" }).click();
      return page.getByPlaceholder("Write as Reader");
    },
    isIn: (page) => page.getByPlaceholder("Write as Reader").isVisible(),
  },
  ConverseJS: {
    url: (room) =>
      `http://localhost:${site.address().port}/?${new URLSearchParams({ websocket, jid: "anon.localhost", nick: "Reader", room: `${room}@room.localhost` })}`,
    async enter(page) {
      const field = page.locator("textarea.chat-textarea");
      await field.waitFor({ timeout: 60_000 });
      return field;
    },
    isIn: (page) => page.locator("textarea.chat-textarea").isVisible(),
  },
};

/** Counts frames, and how long a key stroke takes from the key to the next frame that is shown. */
function watch() {
  const seen = { frames: [], keys: [] };
  window.__seen = seen;
  let begun = performance.now();
  let count = 0;
  const frame = (now) => {
    count += 1;
    if (now - begun >= 1000) {
      seen.frames.push(Math.round((count * 1000) / (now - begun)));
      begun = now;
      count = 0;
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const channel = new MessageChannel();
  let pressed;
  channel.port1.onmessage = () => {
    if (pressed !== undefined) seen.keys.push(performance.now() - pressed);
    pressed = undefined;
  };
  addEventListener(
    "keydown",
    (event) => {
      pressed ??= event.timeStamp;
      requestAnimationFrame(() => channel.port2.postMessage(0));
    },
    true,
  );
}

async function measure(name, client) {
  const room = `talk-${name.toLowerCase()}`;
  const crowd = spawn(
    values.binary,
    ["rehearse", "steady", "--viewers", "20", "--rate", values.rate, "--for", `${seconds + 15}s`, "--room", room,
      "--url", `ws://127.0.0.1:${values.port}/xmpp-websocket`, "--json", join(directory, `${name}.json`), "--report", join(directory, `${name}.html`)],
    { stdio: "ignore" },
  );
  const crowdEnded = new Promise((done) => crowd.once("exit", done));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--enable-precise-memory-info"],
  });
  const page = await browser.newPage({ viewport: { width: 420, height: 700 }, locale: "en-GB" });
  const protocol = await page.context().newCDPSession(page);
  await page.goto(client.url(room));
  const field = await client.enter(page);
  // The crowd takes ten seconds to come.
  await new Promise((done) => setTimeout(done, 12_000));
  await page.evaluate(watch);
  const heap = [];
  const began = Date.now();
  let left;
  const until = Date.now() + seconds * 1000;
  let strokes = 0;
  let shown = 0;
  for (let next = Date.now(); Date.now() < until; ) {
    // A key each second, as long as the browser gets round to it. Nothing else is asked of it meanwhile.
    const pressed = await field.press("a", { timeout: 10_000 }).then(() => true, () => false);
    strokes += 1;
    if (pressed) await page.waitForFunction((known) => window.__seen.keys.length > known, shown, { timeout: 10_000 }).catch(() => {});
    shown = await page.evaluate(() => window.__seen.keys.length);
    if (left === undefined && !(await client.isIn(page))) left = Math.round((Date.now() - began) / 1000);
    if (Date.now() >= next) {
      next += 30_000;
      await protocol.send("HeapProfiler.collectGarbage");
      const used = (await protocol.send("Runtime.getHeapUsage")).usedSize;
      const nodes = await page.evaluate(() => {
        let count = 0;
        const walk = (root) => root.querySelectorAll("*").forEach((one) => ((count += 1), one.shadowRoot && walk(one.shadowRoot)));
        walk(document);
        return count;
      });
      heap.push({ at: Math.round(seconds - (until - Date.now()) / 1000), bytes: used, elements: nodes });
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
  const seen = await page.evaluate(() => window.__seen);
  if (values.pictures) await page.screenshot({ path: join(values.pictures, `${name}.png`) });
  await browser.close();
  crowd.kill("SIGINT");
  await crowdEnded;
  return { frames: seen.frames, keys: seen.keys, strokes, heap, left };
}

const results = { seconds, rate: Number(values.rate), clients: {} };
try {
  for (const [name, client] of Object.entries(clients)) {
    if ((name === "ConverseJS" && !values.converse) || (values.only && values.only !== name)) continue;
    results.clients[name] = await measure(name, client);
  }
} finally {
  server.kill("SIGTERM");
  site.close();
  rmSync(directory, { recursive: true, force: true });
}
writeFileSync(values.out, JSON.stringify(results) + "\n");
const at = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))];
for (const [name, { frames, keys, heap }] of Object.entries(results.clients)) {
  console.log(
    `${name}: frames/s median ${at(frames, 0.5)}, worst ${at(frames, 0)}; key p50 ${at(keys, 0.5)?.toFixed(0)} ms, worst ${at(keys, 1)?.toFixed(0)} ms; ` +
      `heap ${heap.map((one) => `${(one.bytes / 1e6).toFixed(1)} MB`).join(" → ")}; elements ${heap.at(-1)?.elements}`,
  );
}
