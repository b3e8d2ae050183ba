// What the client costs: bytes, round trips, elements.

import { expect, test } from './base'
import type { CDPSession, Page } from '@playwright/test'
import { Server } from './server'

/** All that a first visit downloads, in bytes as they come over the wire, headers and page included. */
const FIRST_VISIT = 45_000
/** The same for the overlay. */
const OVERLAY = 24_000

/** Adds up what comes over HTTP, by address. */
async function meter(page: Page): Promise<{ session: CDPSession; bytes: Map<string, number> }> {
  const session = await page.context().newCDPSession(page)
  const bytes = new Map<string, number>()
  const urls = new Map<string, string>()
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const url = urls.get(requestId)
    // What was asked for before is of another page.
    if (url !== undefined) bytes.set(url, (bytes.get(url) ?? 0) + encodedDataLength)
  })
  return { session, bytes }
}

const sum = (bytes: Map<string, number>): number => [...bytes.values()].reduce((one, other) => one + other, 0)

test('a first visit downloads no more than its budget, and a reload no script', async ({ open, server, room }) => {
  const person = await open('/healthz')
  const { bytes } = await meter(person.page)
  await person.page.goto(`${server.url}/room/${room}`)
  await expect(person.nameField).toBeVisible()
  // What is fetched by and by belongs to the visit as well.
  await person.page.waitForLoadState('networkidle')
  expect([...bytes.keys()].filter((url) => url.endsWith('.js')).length).toBeGreaterThan(0)
  expect(sum(bytes), JSON.stringify([...bytes])).toBeLessThanOrEqual(FIRST_VISIT)
  bytes.clear()
  await person.page.reload()
  await expect(person.nameField).toBeVisible()
  const scripts = [...bytes].filter(([url, size]) => /\.(js|css)$/.test(url) && size > 0)
  expect(scripts).toEqual([])
})

test('a first visit that meets with trouble keeps to the same budget', async ({ browser, open }) => {
  const server = await Server.start('[limits]\nroom_occupants = 1')
  const first = await open('/healthz')
  await first.page.goto(`${server.url}/room/small`)
  await expect(first.nameField).toBeVisible()
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.goto(`${server.url}/healthz`)
  const { bytes } = await meter(page)
  await page.goto(`${server.url}/room/small`)
  await expect(page.getByText('The chat is full right now')).toBeVisible()
  expect([...bytes.keys()].filter((url) => url.includes('/troubles-'))).toHaveLength(1)
  expect(sum(bytes), JSON.stringify([...bytes])).toBeLessThanOrEqual(FIRST_VISIT)
  await context.close()
  await server.discard()
})

test('the overlay downloads a few kilobytes', async ({ open, server, room }) => {
  const person = await open('/healthz')
  const { bytes } = await meter(person.page)
  const connected = person.page.waitForEvent('websocket')
  await person.page.goto(`${server.url}/overlay/${room}`)
  await connected
  expect(sum(bytes), JSON.stringify([...bytes])).toBeLessThanOrEqual(OVERLAY)
})

test('the first message is two round trips away from an open socket', async ({ open, room, server }) => {
  const ada = await open()
  await ada.takeName('Ada')
  await ada.say('already said')
  await ada.sees('already said')
  const late = await open('/healthz')
  // Each time that something is sent after something came in, a round trip has passed.
  const frames: { sent: boolean; payload: string }[] = []
  late.page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => frames.push({ sent: true, payload: String(payload) }))
    socket.on('framereceived', ({ payload }) => frames.push({ sent: false, payload: String(payload) }))
  })
  await late.page.goto(`${server.url}/room/${room}`)
  await late.sees('already said')
  const join = frames.findIndex(({ sent, payload }) => sent && payload.includes('http://jabber.org/protocol/muc'))
  const flights = frames.slice(0, join + 1).filter(({ sent }, at) => sent && !frames[at - 1]?.sent).length
  expect(flights).toBe(2)
})

test('an idle viewer receives next to nothing', async ({ open, room, server }) => {
  const person = await open('/healthz')
  let received = 0
  person.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (received += payload.length)))
  await person.page.goto(`${server.url}/room/${room}`)
  await expect(person.nameField).toBeVisible()
  // What comes with joining is over when the settings of the room have come; a window of time is what is measured.
  await person.page.waitForTimeout(2_000)
  received = 0
  await person.page.waitForTimeout(6_000)
  expect(received / 6).toBeLessThanOrEqual(50)
})

test('a flood leaves at most three hundred messages in the page, and a hidden page is left alone', async ({ open }) => {
  test.setTimeout(120_000)
  const ada = await open()
  await ada.takeName('Ada')
  const reader = await open()
  await expect(reader.nameField).toBeVisible()
  const flood = (from: number, to: number): Promise<void> =>
    ada.sends(Array.from({ length: to - from }, (_, at) => `message ${from + at}`))
  await flood(0, 400)
  await expect(reader.row(/message 399\b/)).toBeVisible({ timeout: 60_000 })
  const rows = (): Promise<number> => reader.log.getByRole('listitem').count()
  expect(await rows()).toBeLessThanOrEqual(310)
  await reader.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })
    document.dispatchEvent(new Event('visibilitychange'))
    const log = document.querySelector('parterre-chat')?.shadowRoot?.querySelector('[role=log]')
    const seen = { changes: 0 }
    Object.assign(window, { seen })
    if (log) new MutationObserver((changes) => (seen.changes += changes.length)).observe(log, { subtree: true, childList: true })
  })
  await flood(400, 420)
  await expect(ada.row(/message 419\b/)).toBeVisible({ timeout: 30_000 })
  expect(await reader.page.evaluate(() => (window as unknown as { seen: { changes: number } }).seen.changes)).toBe(0)
  await reader.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => false })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await expect(reader.row(/message 419\b/)).toBeVisible()
})
