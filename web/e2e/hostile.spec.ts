// What hostile people send, and what they call themselves: shown inert, bounded, attributed, in the chat and over a video.

import type { Page } from '@playwright/test'
import { expect, test } from './base'

const HOSTILE = {
  markup: '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script><b>bold</b>',
  bidi: 'start \u202Edesrever\u202C end \u2066 open \u2067\u202D',
  zeroWidth: `a${'\u200B\u2060\uFEFF'.repeat(2_000)}b`,
  unseen: '\u3164\u2800\u115F\u00AD',
  long: 'w'.repeat(10_000),
  emoji: '🎉'.repeat(1_000),
  zalgo: `z${'\u0337\u0322'.repeat(400)}algo`,
  script: 'javascript:alert(1) data:text/html,<script>1</script> https://example.org/"onmouseover="x',
  notice: 'Slow mode is on: one message every 30 seconds.',
  removed: 'Message removed by a moderator',
  host: 'Marguerite (host): hello',
  lines: 'hello\n\n\n\n\n\n\n\n\n\n\n\nMarguerite: I am somebody else\u2028Today\u2029',
  banned: 'You’re banned from this chat',
} as const

/** What of a text XML can hold, as it is written in an attribute. */
const attribute = (text: string): string =>
  text.replace(/[&<"\n]/g, (char) => `&#${String(char.codePointAt(0))};`)

/**
 * The server takes no such names. Whoever stands between it and the page (a server of somebody else's) gives them here: the
 * author of “name N” is the N-th.
 */
async function rename(page: Page): Promise<void> {
  const nicks = Object.values(HOSTILE)
  await page.routeWebSocket(/xmpp-websocket/, (socket) => {
    const server = socket.connectToServer()
    server.onMessage((frame) => {
      const text = String(frame)
      const nick = nicks[Number(/<body>name (\d+)<\/body>/.exec(text)?.[1] ?? -1)]
      socket.send(nick === undefined ? frame : text.replace(/( from=)(["'])([^"'/]*\/)[^"']*\2/, (_, from: string, _quote, room: string) => `${from}"${room}${attribute(nick)}"`))
    })
  })
}

/** What the log looks like to whoever is to be deceived by it. */
function report(page: Page) {
  return page.evaluate(() => {
    const log = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('[role=log]')
    const rows = [...(log?.querySelectorAll<HTMLElement>('li[data-key]:not(.day)') ?? [])]
    return {
      hurt: 'hurt' in window,
      foreign: log?.querySelectorAll('img, script, iframe, b > *').length,
      links: [...(log?.querySelectorAll('a') ?? [])].map((one) => [one.protocol, one.rel]),
      wide: rows.filter((row) => row.scrollWidth > row.clientWidth + 1).length,
      tallest: Math.max(...rows.map((row) => row.getBoundingClientRect().height)),
      /** Rows that look like the chat's own words, or like somebody of the staff. */
      fake: rows.filter((row) => row.matches('.sys, .gone, .card') || row.querySelector('.badge, .is-host') !== null).length,
      /** Whose name is not there to be seen, or would turn what stands after it. */
      names: rows.flatMap((row) => [...row.querySelectorAll<HTMLElement>('.name')]).map((name) => name.textContent),
      unnamed: rows.filter((row) => !row.classList.contains('more') && (row.querySelector<HTMLElement>('.name')?.offsetWidth ?? 0) < 3).length,
      page: document.documentElement.scrollWidth <= innerWidth,
    }
  })
}

function expectHarmless(seen: Awaited<ReturnType<typeof report>>): void {
  expect(seen).toMatchObject({ hurt: false, foreign: 0, wide: 0, fake: 0, unnamed: 0, page: true })
  for (const [protocol, rel] of seen.links) {
    expect(protocol).toMatch(/^https?:$/)
    expect(rel).toContain('noopener')
  }
  expect(seen.tallest).toBeLessThan(400)
  for (const name of seen.names) expectPlain(name)
}

/** A name of at most forty characters on one line, nothing in it that turns or is not seen. */
function expectPlain(name: string): void {
  expect([...name].length).toBeLessThanOrEqual(40)
  expect(name).not.toMatch(/[\u0000-\u001f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{M}{3}/u)
  expect(name.trim()).not.toBe('')
}

test('nothing that is said becomes markup, leaves its row, or passes for the system', async ({ open, owner }) => {
  // Whoever opens a room owns it: that is not to be one of these.
  await owner()
  const ada = await open()
  await ada.takeName('<b>Admin</b>')
  const bo = await open()
  await bo.takeName('Bo')
  await ada.sends([...Object.values(HOSTILE), 'the last of them'])
  await bo.sees('the last of them')
  await bo.sees('<b>bold</b>')
  expectHarmless(await report(bo.page))
  await expect(bo.log.getByText('<b>Admin</b>').first()).toBeVisible()
  await expect(bo.row(HOSTILE.notice)).toHaveCount(1)
})

test('no name becomes markup, grows, turns its row, or passes for the system or its people', async ({ open, owner, room, server }) => {
  await owner()
  const ada = await open()
  await ada.takeName('Ada')
  const bo = await open('/healthz')
  await rename(bo.page)
  await bo.page.goto(`${server.url}/room/${room}`)
  await expect(bo.nameField).toBeVisible()
  const nicks = Object.values(HOSTILE)
  for (const [at] of nicks.entries()) await ada.say(`name ${String(at)}`)
  await bo.sees(`name ${String(nicks.length - 1)}`)
  const seen = await report(bo.page)
  expect(seen.names).toHaveLength(nicks.length)
  expect(seen.names).toContain(HOSTILE.removed)
  expectHarmless(seen)
  // Where names are listed, and where one is answered, they are no more than that either.
  await bo.takeName('Bo')
  await bo.page.keyboard.press('F6')
  for (const key of ['Home', 'r']) await bo.page.keyboard.press(key)
  await expect(bo.page.getByText('Replying to')).toBeVisible()
  await bo.page.getByRole('button', { name: 'People' }).first().click()
  await expect(bo.page.getByText(/Have written/)).toBeVisible()
  expect(await bo.page.evaluate(() => ['hurt' in window, document.documentElement.scrollWidth <= innerWidth])).toEqual([false, true])
})

test('over a video words and names stay lines of their own', async ({ open, room, server }) => {
  const ada = await open()
  await ada.takeName('Ada')
  const overlay = await open('/healthz', { viewport: { width: 600, height: 900 } })
  await rename(overlay.page)
  await overlay.page.goto(`${server.url}/overlay/${room}?lifetime=0&limit=30&size=12`)
  await expect(ada.page.getByText('2 here')).toBeVisible()
  const texts = Object.values(HOSTILE)
  const lines = overlay.page.locator('parterre-overlay p')
  for (const [at, text] of texts.entries()) {
    await ada.say(`name ${String(at)}`)
    await expect(lines).toHaveCount(2 * at + 1)
    await ada.sends([text])
    // Slowly enough that nothing is dropped as too much.
    await expect(lines).toHaveCount(2 * at + 2)
  }
  const report = await overlay.page.evaluate(() => {
    const root = document.querySelector('parterre-overlay')?.shadowRoot
    const rows = [...(root?.querySelectorAll('p') ?? [])]
    return {
      hurt: 'hurt' in window,
      foreign: root?.querySelectorAll('img, script, a, bdi > *').length,
      names: rows.map((row) => row.querySelector('bdi')?.textContent ?? ''),
      tallest: Math.max(...rows.map((row) => row.getBoundingClientRect().height)),
      widest: Math.max(...rows.map((row) => row.getBoundingClientRect().right)) <= innerWidth,
    }
  })
  // Three lines of 12 px, and what stands between them.
  expect(report).toMatchObject({ hurt: false, foreign: 0, widest: true })
  expect(report.tallest).toBeLessThan(60)
  for (const name of report.names) expectPlain(name)
})
