// Handing over to programs that behave well and badly: nothing may be lost or left open, and nothing may be thrown.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { HandOver, type Upgrade } from '../../src/server/handover'

let server: Server
let child: ChildProcess
const open: Socket[] = []

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
  child.kill('SIGKILL')
  server.close()
})

/** A connection that asks for a WebSocket: what the client holds, and what the plugin gets. */
async function arrival(): Promise<{ client: Socket; closed: Promise<unknown>; upgrade: Upgrade }> {
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  const closed = new Promise((done) => client.once('close', done))
  client.resume()
  const [socket] = await accepted
  open.push(client, socket)
  const request = { url: '/xmpp-websocket', headers: { 'sec-websocket-key': 'k' }, socket } as unknown as IncomingMessage
  return { client, closed, upgrade: { request, socket, head: Buffer.alloc(0), from: '' } }
}

function start(how: string) {
  child = fork(new URL('played-program.mjs', import.meta.url), [how])
  const lost = vi.fn<(reason: string) => void>()
  const carry = vi.fn<(upgrade: Upgrade) => void>()
  return { handOver: new HandOver(child, { lost, carry }), lost, carry }
}

const LONG = { timeout: 15_000 }

describe('handing sockets over', () => {
  it('hands over one after the other to a program that takes them, whatever else it says', async () => {
    const { handOver, lost, carry } = start('well')
    await handOver.begin()
    expect(handOver.works).toBe(true)
    const arrivals = [await arrival(), await arrival(), await arrival()]
    for (const { upgrade } of arrivals) expect(handOver.offer(upgrade)).toBe(true)
    await vi.waitFor(() => expect(handOver.handed).toBe(3), 5_000)
    // They are the program's now: nothing of them is open here, and the client has not noticed.
    for (const { upgrade, client } of arrivals) {
      expect((upgrade.socket as unknown as { _handle: unknown })._handle).toBeNull()
      expect(client.readyState).toBe('open')
    }
    expect(lost).not.toHaveBeenCalled()
    expect(carry).not.toHaveBeenCalled()
  })

  it('leaves it to a program that does not greet', LONG, async () => {
    const { handOver, lost } = start('silent')
    await handOver.begin()
    expect(handOver.works).toBe(false)
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('did not greet'))
    const { upgrade } = await arrival()
    expect(handOver.offer(upgrade)).toBe(false)
    expect(upgrade.socket.destroyed).toBe(false)
  })

  it('speaks to no program of another version', async () => {
    const { handOver, lost } = start('newer')
    await handOver.begin()
    expect(handOver.works).toBe(false)
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('version 2'))
  })

  it('does not begin where the trial fails', LONG, async () => {
    const { handOver, lost } = start('deaf')
    await handOver.begin()
    expect(handOver.works).toBe(false)
    expect(lost).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('did not answer on the socket'))
  })

  it('closes the socket that was under way when the program died, and carries those that waited', LONG, async () => {
    const { handOver, lost, carry } = start('dies')
    await handOver.begin()
    const [first, second] = [await arrival(), await arrival()]
    handOver.offer(first.upgrade)
    handOver.offer(second.upgrade)
    // `disconnect` may be withheld while a handle waits for its answer: `exit` is heeded as well.
    await first.closed
    await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce(), 5_000)
    expect(carry).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ socket: second.upgrade.socket }))
    expect(second.upgrade.socket.destroyed).toBe(false)
    expect(second.client.readyState).toBe('open')
  })

  it('gives up a program that takes too long, and heeds no answer that comes later', LONG, async () => {
    const { handOver, lost, carry } = start('late')
    await handOver.begin()
    const [first, second] = [await arrival(), await arrival()]
    handOver.offer(first.upgrade)
    handOver.offer(second.upgrade)
    await vi.waitFor(() => expect(lost).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('two seconds')), 10_000)
    expect(carry).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ socket: second.upgrade.socket }))
    const late = once(child, 'message')
    await late
    expect(handOver.handed).toBe(0)
    expect(lost).toHaveBeenCalledOnce()
  })

  it('goes on after a refusal', async () => {
    const { handOver, lost } = start('refuses')
    await handOver.begin()
    const [first, second] = [await arrival(), await arrival()]
    handOver.offer(first.upgrade)
    handOver.offer(second.upgrade)
    await first.closed
    await vi.waitFor(() => expect(handOver.handed).toBe(1), 5_000)
    expect(second.client.readyState).toBe('open')
    expect(lost).not.toHaveBeenCalled()
  })

  it('has no timer while nobody is handed over', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const { handOver, lost } = start('well')
      await handOver.begin()
      vi.advanceTimersByTime(100)
      expect(vi.getTimerCount()).toBe(0)
      const { upgrade } = await arrival()
      handOver.offer(upgrade)
      expect(vi.getTimerCount()).toBe(1)
      while (handOver.handed === 0) await once(child, 'message')
      vi.advanceTimersByTime(100)
      expect(vi.getTimerCount()).toBe(0)
      expect(lost).not.toHaveBeenCalled()
    } finally {
      vi.useRealTimers()
    }
  })

  it('passes over a client that left while it waited', async () => {
    const { handOver } = start('well')
    await handOver.begin()
    const [gone, here] = [await arrival(), await arrival()]
    gone.upgrade.socket.destroy()
    handOver.offer(gone.upgrade)
    handOver.offer(here.upgrade)
    await vi.waitFor(() => expect(handOver.handed).toBe(1), 5_000)
    expect(here.client.readyState).toBe('open')
  })
})
