// What is offered to be handed over and cannot be: each has another way, and nobody waits in vain. The program is played in this
// process; programs of their own are in handover.test.ts.

import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { HandOver, message, type Upgrade } from '../../src/server/handover'
import { MOST } from '../../src/server/queue'

/** A program that greets and passes the trial; what it is sent after that, it keeps. */
class Played extends EventEmitter {
  readonly sent: { id: number }[] = []

  send(said: { id: number; t?: string }, socket: Socket, done: (error: Error | null) => void): boolean {
    if (said.t === 'test') socket.end('ok')
    else this.sent.push(said)
    done(null)
    return true
  }
}

let handOver: HandOver
afterEach(() => handOver.end('the test is over'))

async function begin() {
  const child = new Played()
  const carry = vi.fn<(upgrade: Upgrade) => void>()
  handOver = new HandOver(child as unknown as ChildProcess, { carry, lost: () => undefined })
  child.emit('message', { t: 'hello', v: 1, max_fds: 100 })
  await handOver.begin()
  expect(handOver.works).toBe(true)
  return { child, carry }
}

/** A socket that is none: what is written to it can be read again. */
function upgrade(handle: object | undefined = { readStop: vi.fn(), close: vi.fn() }, head = Buffer.alloc(0)) {
  const socket = Object.assign(new PassThrough(), { _handle: handle }) as unknown as Socket & PassThrough
  const request = { url: '/xmpp-websocket', headers: {}, socket } as unknown as IncomingMessage
  return { request, socket, head, handle, from: '192.0.2.1' }
}

describe('what is offered', () => {
  it('is read from no more before it goes, and survives that its client goes', async () => {
    const { child } = await begin()
    const one = upgrade()
    expect(handOver.offer(one)).toBe(true)
    expect((one.handle as { readStop: unknown }).readStop).toHaveBeenCalledOnce()
    expect(child.sent).toHaveLength(1)
    // Without somebody to hear it, this would end PeerTube.
    one.socket.emit('error', new Error('ECONNRESET'))
    expect(one.socket.destroyed).toBe(true)
  })

  it('is carried where Node’s socket cannot be stopped', async () => {
    const { child, carry } = await begin()
    for (const handle of [{}, null]) {
      const one = upgrade(handle as object)
      expect(handOver.offer(one)).toBe(true)
      expect(carry).toHaveBeenLastCalledWith(expect.objectContaining({ socket: one.socket }))
    }
    expect(child.sent).toEqual([])
    // The next one is not held up by them.
    handOver.offer(upgrade())
    expect(child.sent).toHaveLength(1)
  })

  it('is left to the caller where more came with the request than a message takes', async () => {
    await begin()
    expect(handOver.offer(upgrade(undefined, Buffer.alloc(64 * 1024 + 1)))).toBe(false)
    expect(handOver.offer(upgrade(undefined, Buffer.alloc(64 * 1024)))).toBe(true)
  })

  it('is told to come later when too many wait', async () => {
    await begin()
    for (let n = 0; n <= MOST; n += 1) handOver.offer(upgrade())
    const late = upgrade()
    expect(handOver.offer(late)).toBe(true)
    expect(String(late.socket.read())).toMatch(/^HTTP\/1\.1 503 .*\r\nRetry-After: 5\r\n/)
    expect(handOver.waiting).toBe(MOST)
  })

  it('goes on when the program says again what it has said', async () => {
    const { child } = await begin()
    handOver.offer(upgrade())
    handOver.offer(upgrade())
    const [first] = child.sent
    for (let n = 0; n < 3; n += 1) child.emit('message', { t: 'in', id: first?.id })
    expect(handOver.handed).toBe(1)
    expect(child.sent).toHaveLength(2)
  })

  it.each([[undefined], [null], [5], ['text'], [[]], [{}], [{ t: 'in' }], [{ t: 'in', id: '1' }], [{ t: 'refused', why: 'descriptors' }]])('hears %j and thinks nothing of it', async (said) => {
    const { child } = await begin()
    handOver.offer(upgrade())
    child.emit('message', said)
    expect(handOver.works).toBe(true)
    expect(handOver.handed).toBe(0)
  })
})

describe('the message that goes with a socket', () => {
  it('has what came with the request, and where it came from', () => {
    const { request, from } = upgrade()
    expect(message(3, { request, from, head: Buffer.from([1, 2, 255]) })).toMatchObject({ v: 1, id: 3, head: 'AQL/', xff: '192.0.2.1', url: '/xmpp-websocket' })
  })
})
