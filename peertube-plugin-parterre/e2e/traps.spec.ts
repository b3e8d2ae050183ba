// Traps of handing sockets over and of PeerTube's plugin host, each where it would hurt: on the wire.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { test, expect, lives, LIVE, type Host } from './base'

const ROUTE = '/plugins/parterre/ws/xmpp-websocket'

/** A masked text frame (RFC 6455 §5.2), of a text that is short. */
function frame(text: string): Buffer {
  const data = Buffer.from(text)
  const mask = [1, 2, 3, 4]
  return Buffer.concat([Buffer.from([0x81, 0x80 | data.length, ...mask]), data.map((byte, at) => byte ^ (mask[at % 4] ?? 0))])
}

const OPEN = frame("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>")

interface Raw {
  readonly socket: Socket
  got: string
  ended: boolean
}

/** Asks for a WebSocket, without a library in between. `behind`: what stands in the same packet. */
async function ask({ port }: Host, path = ROUTE, behind: Buffer = Buffer.alloc(0), ...lines: string[]): Promise<Raw> {
  const socket = connect(port, '127.0.0.1')
  const raw: Raw = { socket, got: '', ended: false }
  socket.on('data', (data: Buffer) => (raw.got += data.toString('latin1')))
  socket.on('error', () => undefined)
  socket.on('close', () => (raw.ended = true))
  await once(socket, 'connect')
  const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==', 'Sec-WebSocket-Protocol: xmpp', ...lines, '', '']
  socket.write(Buffer.concat([Buffer.from(head.join('\r\n')), behind]))
  return raw
}

const isIn = ({ got }: Raw): boolean => got.startsWith('HTTP/1.1 101')

test('PeerTube finds the route with and without the version, and never with a query: no address of ours has one', async ({ host }) => {
  for (const path of [ROUTE, ROUTE.replace('/ws/', '/0.1.0/ws/')]) {
    const raw = await ask(host, path)
    await expect(() => expect(isIn(raw)).toBe(true)).toPass()
    raw.socket.destroy()
  }
  const lost = await ask(host, `${ROUTE}?token=x`)
  await expect(() => expect(lost.ended).toBe(true)).toPass()
  expect(lost.got).toBe('')
  expect((await host.config())['server']).toBe(`${host.url.replace('http', 'ws')}${ROUTE}`)
})

for (const way of ['auto', 'proxy'] as const) {
  test(`behind two proxies that PeerTube believes, viewers are told apart (${way})`, async ({ host }) => {
    await host.post('/host/settings', { 'chat-transport': way, 'chat-connections-per-address': '1' })
    await host.up()
    // Every chat begins so.
    await host.config()
    const from = (address: string): Promise<Raw> => ask(host, ROUTE, undefined, `X-Forwarded-For: ${address}, 172.18.0.2`)
    for (const address of ['203.0.113.1', '203.0.113.2']) {
      const raw = await from(address)
      await expect(() => expect(isIn(raw)).toBe(true)).toPass()
    }
    const again = await from('203.0.113.1')
    await expect(() => expect(again.ended).toBe(true)).toPass()
    expect(again.got).toMatch(/^HTTP\/1\.1 503 /)
  })

  test(`what comes in the packet of the request is not lost (${way})`, async ({ host }) => {
    if (way === 'proxy') {
      await host.post('/host/settings', { 'chat-transport': way })
      await host.up()
    }
    const raw = await ask(host, ROUTE, OPEN)
    await expect(() => expect(raw.got).toContain('features')).toPass()
    raw.socket.destroy()
  })
}

test('clients that leave while they wait harm neither PeerTube nor those behind them', async ({ host }) => {
  const program = host.program()
  process.kill(program, 'SIGSTOP')
  const all = await Promise.all(Array.from({ length: 60 }, () => ask(host)))
  for (const [at, { socket }] of all.entries()) {
    if (at % 3 === 1) socket.resetAndDestroy()
    if (at % 3 === 2) socket.end()
  }
  process.kill(program, 'SIGCONT')
  const staying = all.filter((_, at) => at % 3 === 0)
  await expect(() => expect(staying.filter(isIn)).toHaveLength(staying.length)).toPass({ timeout: 20_000 })
  expect(lives(host.pid)).toBe(true)
  expect(host.program()).toBe(program)
  for (const { socket } of all) socket.destroy()
})

test('a program that is killed while sockets wait leaves none of them open', async ({ host }) => {
  const program = host.program()
  process.kill(program, 'SIGSTOP')
  const all = await Promise.all(Array.from({ length: 20 }, () => ask(host)))
  process.kill(program, 'SIGKILL')
  // Each is closed or told to come later; nobody waits for ever.
  await expect(() => expect(all.filter(({ ended }) => ended)).toHaveLength(all.length)).toPass({ timeout: 20_000 })
  expect(lives(host.pid)).toBe(true)
  await host.up()
  const later = await ask(host)
  await expect(() => expect(isIn(later)).toBe(true)).toPass()
  later.socket.destroy()
})

test('a visit asks little of PeerTube’s plugin routes, and a chat that is open goes on when they are used up', async ({ host, open }) => {
  const asked: string[] = []
  const ada = await open('about:blank')
  ada.page.on('request', (request) => {
    if (request.url().includes('/plugins/')) asked.push(request.url())
  })
  await ada.page.goto(`${host.url}/w/${LIVE}`)
  await ada.takeName('Ada')
  await ada.say('Hello')
  // 500 in 10 s from one address: a school of twenty may come at once.
  expect(asked.length, asked.join('\n')).toBeLessThan(25)
  await expect(async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => host.status('GET', '/plugins/parterre/router/ping')))
    expect(answers).toContain(429)
  }).toPass()
  await ada.say('Still here')
  const raw = await ask(host)
  await expect(() => expect(isIn(raw)).toBe(true)).toPass()
  raw.socket.destroy()
})
