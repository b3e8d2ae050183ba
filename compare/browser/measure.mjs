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
import { loadavg, tmpdir } from "node:os";
import { extname, join, normalize, resolve } from "node:path";
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
const binary = resolve(values.binary);
const seconds = Number(values.seconds);
/** A page that has not answered by then, in milliseconds, stands still; nothing more is measured of it. */
const PATIENCE = 30_000;
const directory = mkdtempSync(join(tmpdir(), "parterre-browser-"));
const server = spawn(binary, ["serve"], {
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

/** In the page: counts the frames of each second, and how long each key stroke takes from the key to the frame that shows it. */
function watch() {
  const begun = performance.now();
  const second = () => Math.floor((performance.now() - begun) / 1000);
  const seen = { frames: [], keys: [], disturbed: [], told: undefined, second };
  window.__seen = seen;
  const frame = () => {
    seen.frames[second()] = (seen.frames[second()] ?? 0) + 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  // What is posted while a frame is prepared comes after that frame has been handed over to be drawn.
  const channel = new MessageChannel();
  let pressed;
  channel.port1.onmessage = () => {
    if (pressed === undefined) return;
    seen.keys.push(performance.now() - pressed);
    pressed = undefined;
    seen.told?.();
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

/** In the page: waits until so many key strokes have been shown. */
const shownInPage = (count) =>
  new Promise((done) => {
    const look = () => window.__seen.keys.length >= count && done();
    window.__seen.told = look;
    look();
  });

/** In the page: how many elements there are. Marks the seconds in which it was kept from its work by being looked into. */
function countInPage(since) {
  let elements = 0;
  const walk = (root) => root.querySelectorAll("*").forEach((one) => ((elements += 1), one.shadowRoot && walk(one.shadowRoot)));
  walk(document);
  for (let second = since; second <= window.__seen.second() + 1; second += 1) window.__seen.disturbed.push(second);
  return elements;
}

/** What a promise gives, or nothing if it fails or takes longer: a page that stands still answers to nothing. */
async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((done) => (timer = setTimeout(done, milliseconds)));
  const given = await Promise.race([promise.catch(() => undefined), late]);
  clearTimeout(timer);
  return given;
}

/** The memory that scripts hold when all that can go is gone, and the elements of the page. */
async function sample(page, protocol) {
  const since = await page.evaluate(() => window.__seen.second());
  await protocol.send("HeapProfiler.collectGarbage");
  const { usedSize } = await protocol.send("Runtime.getHeapUsage");
  return { bytes: usedSize, elements: await page.evaluate(countInPage, since) };
}

async function measure(name, client) {
  const room = `talk-${name.toLowerCase()}`;
  const load = loadavg()[0];
  // Longer than is measured, however long the client takes to come in.
  const crowd = spawn(
    binary,
    ["rehearse", "steady", "--viewers", "20", "--rate", values.rate, "--for", `${seconds + 180}s`, "--room", room,
      "--url", `ws://127.0.0.1:${values.port}/xmpp-websocket`, "--json", join(directory, `${name}.json`), "--report", join(directory, `${name}.html`)],
    { stdio: "ignore" },
  );
  const crowdEnded = new Promise((done) => crowd.once("exit", done));
  const browser = await chromium.launchServer({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--enable-precise-memory-info"],
  });
  try {
    return { load, ...(await look(await chromium.connect(browser.wsEndpoint()), name, client, room)) };
  } finally {
    // One that stands still does not close.
    await browser.kill();
    crowd.kill("SIGINT");
    await crowdEnded;
  }
}

async function look(browser, name, client, room) {
  // The crowd takes ten seconds to come.
  const everybody = new Promise((done) => setTimeout(done, 12_000));
  const page = await browser.newPage({ viewport: { width: 420, height: 700 }, locale: "en-GB" });
  const protocol = await page.context().newCDPSession(page);
  await page.goto(client.url(room));
  const found = { frames: [], keys: [], strokes: 0, heap: [], left: undefined, stopped: undefined };
  const field = await within(3 * PATIENCE, client.enter(page));
  await everybody;
  if (!field || !(await within(PATIENCE, page.evaluate(watch).then(() => true)))) return { ...found, stopped: 0 };
  const began = Date.now();
  const passed = () => (Date.now() - began) / 1000;
  let seen = { frames: [], keys: [], disturbed: [] };
  for (let next = 0; passed() < seconds; ) {
    found.strokes += 1;
    await within(PATIENCE, press(page, field, seen.keys.length + 1));
    // What is known so far is fetched each time: of a page that stands still there is no more to be had.
    const now = await within(PATIENCE, page.evaluate(() => ({ frames: window.__seen.frames, keys: window.__seen.keys, disturbed: window.__seen.disturbed })));
    if (!now) {
      found.stopped = Math.round(passed());
      break;
    }
    seen = now;
    if (found.left === undefined && (await within(PATIENCE, client.isIn(page))) === false) found.left = Math.round(passed());
    if (passed() >= next) {
      next += 30;
      const at = Math.round(passed());
      // The last stroke has been shown, and the next comes when the tidying up is over.
      const taken = await within(PATIENCE, sample(page, protocol));
      if (taken) found.heap.push({ at, ...taken });
    }
    await new Promise((done) => setTimeout(done, 1000));
  }
  // The seconds that were looked through to their end, without those in which somebody looked into the page.
  for (let second = 1; second < seen.frames.length - 1; second += 1) {
    if (!seen.disturbed.includes(second)) found.frames.push(seen.frames[second] ?? 0);
  }
  if (values.pictures && !found.stopped) await within(PATIENCE, page.screenshot({ path: join(values.pictures, `${name}.png`) }));
  return { ...found, keys: seen.keys };
}

/** Presses a key, and waits until it is shown, the `count`th of them. */
async function press(page, field, count) {
  await field.press("a", { timeout: PATIENCE });
  await page.evaluate(shownInPage, count);
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
for (const [name, { frames, keys, strokes, heap, stopped, load }] of Object.entries(results.clients)) {
  console.log(
    `${name} (load ${load.toFixed(1)}): frames/s median ${at(frames, 0.5)}, worst ${at(frames, 0)}, below 50 in ${frames.filter((one) => one < 50).length} of ${frames.length} s; ` +
      `key p50 ${at(keys, 0.5)?.toFixed(0)} ms, worst ${at(keys, 1)?.toFixed(0)} ms, ${keys.filter((one) => one <= 50).length} of ${strokes} within 50 ms; ` +
      `heap ${heap.map((one) => `${(one.bytes / 1e6).toFixed(1)} MB`).join(" → ")}; elements ${heap.at(-1)?.elements}` +
      (stopped === undefined ? "" : `; stood still after ${stopped} s`),
  );
}
