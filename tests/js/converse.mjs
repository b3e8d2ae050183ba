// ConverseJS in headless Chromium: two people without accounts and a moderator with one meet in a room.
//
// usage: node converse.mjs '{"websocket": "ws://…" or "bosh": "http://…", "anonymous": "anon.localhost", "room": …,
//                            "moderator": {"jid": …, "password": …}, "artifacts": DIR, "moderates": true}'
// Prints one line of JSON: what it saw. Screenshots go to DIR.

import { createServer } from "node:http";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const wish = JSON.parse(process.argv[2]);
const saw = { steps: [], console: [] };
const here = new URL(".", import.meta.url).pathname;
const converse = join(here, "node_modules/.converse", wish.version);
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml" };

const site = createServer(async (request, answer) => {
  const path = normalize(new URL(request.url, "http://site").pathname);
  try {
    const body = await readFile(path === "/" ? join(here, "converse.html") : join(converse, path));
    answer.writeHead(200, { "content-type": types[path === "/" ? ".html" : extname(path)] ?? "application/octet-stream" });
    answer.end(body);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

const profiles = await mkdtemp(join(tmpdir(), "converse-"));
const browsers = [];

// Each person has a browser of their own: their storage is not shared, as it is not between two homes.
async function person(name, options) {
  const context = await chromium.launchPersistentContext(join(profiles, name), {
    executablePath: "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1200, height: 750 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
  browsers.push(context);
  // Nothing comes from elsewhere: the pictures of ConverseJS's sponsors are blank.
  await context.route((url) => url.hostname !== "127.0.0.1", (route) =>
    route.fulfill({ contentType: "image/svg+xml", body: "<svg xmlns='http://www.w3.org/2000/svg'/>" }));
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) saw.console.push(`${name}: ${message.type()}: ${message.text()}`);
  });
  // The console names no address for what could not be loaded.
  page.on("requestfailed", (request) => saw.console.push(`${name}: not loaded: ${request.url()}`));
  page.on("response", (answer) => answer.status() >= 400 && saw.console.push(`${name}: ${answer.status()}: ${answer.url()}`));
  page.on("pageerror", (error) => saw.console.push(`${name}: error: ${error.stack}`));
  const query = new URLSearchParams({ room: wish.room, ...options });
  if (wish.websocket) query.set("websocket", wish.websocket);
  if (wish.bosh) query.set("bosh", wish.bosh);
  await page.goto(`http://127.0.0.1:${site.address().port}/?${query}`);
  await joined(page);
  return page;
}

const joined = (page) => page.locator("converse-muc-message-form textarea.chat-textarea:not([disabled])").waitFor();

async function say(page, text) {
  const box = page.locator("textarea.chat-textarea");
  await box.fill(text);
  await box.press("Enter");
}

const line = (page, text) => page.locator("converse-chat-message .chat-msg__text", { hasText: text });
const hears = (page, text) => line(page, text).first().waitFor();
// By the address: a person's second line in a row shows no name.
const author = (page, text) =>
  page.locator("converse-chat-message .chat-msg", { hasText: text }).getAttribute("data-from").then((from) => from.split("/")[1]);
const lists = (page, nick) => page.locator(".occupant-list .occupant-nick", { hasText: nick }).waitFor();
const shot = (page, name) => page.screenshot({ path: join(wish.artifacts, `${wish.bosh ? "bosh" : "websocket"}-${name}.png`) });

async function step(name, does) {
  try {
    await does();
    saw.steps.push(name);
  } catch (error) {
    saw.failed = `${name}: ${error.message}`;
    throw error;
  }
}

async function main() {
  let moderator, anna, bert;
  await step("moderator joins", async () => {
    moderator = await person("moderator", { jid: wish.moderator.jid, password: wish.moderator.password, nick: "Moderator" });
  });
  await step("two join without accounts", async () => {
    anna = await person("anna", { jid: wish.anonymous, nick: "Anna" });
    bert = await person("bert", { jid: wish.anonymous, nick: "Bert" });
  });
  await step("they chat both ways", async () => {
    await say(anna, "Hello from Anna");
    await hears(bert, "Hello from Anna");
    await say(bert, "Hello from Bert");
    await hears(anna, "Hello from Bert");
    await hears(moderator, "Hello from Bert");
    await shot(anna, "1-chat");
  });
  await step("history after a reload, each line once, under the same nick", async () => {
    await bert.reload();
    await joined(bert);
    await hears(bert, "Hello from Anna");
    await say(bert, "Bert again");
    await hears(anna, "Bert again");
    saw.copies = await line(bert, "Hello from Anna").count();
    saw.author = await author(anna, "Bert again");
    await shot(bert, "2-reloaded");
  });
  await step("nick change", async () => {
    await say(bert, "/nick Bertram");
    await lists(anna, "Bertram");
    await say(bert, "a new name");
    await hears(anna, "a new name");
    saw.renamed = await author(anna, "a new name");
  });
  if (wish.moderates) {
    await step("moderator retracts", async () => {
      const message = moderator.locator("converse-chat-message", { hasText: "Hello from Bert" });
      await message.hover();
      await message.locator("converse-message-actions button.dropdown-toggle, converse-dropdown button").first().click();
      await message.locator(".chat-msg__action-retract").click();
      await moderator.locator("converse-confirm-modal, .modal.show").locator("button[type=submit]").click();
      await line(anna, "Hello from Bert").waitFor({ state: "detached" });
      await shot(anna, "3-retracted");
    });
  }
  await step("moderator kicks", async () => {
    await say(moderator, "/kick Bertram Enough for today");
    await bert.getByText("Enough for today").first().waitFor();
    await shot(bert, "4-kicked");
    await shot(moderator, "5-moderator");
  });
}

try {
  await main();
} catch (error) {
  saw.failed ??= String(error);
  for (const [number, context] of browsers.entries()) await shot(context.pages()[0], `failed-${number}`).catch(() => {});
}
for (const context of browsers) await context.close().catch(() => {});
await rm(profiles, { recursive: true, force: true });
console.log(JSON.stringify(saw));
process.exit(0);
