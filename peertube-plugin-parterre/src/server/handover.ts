// Hands accepted sockets to the program, over Node's own channel to a child: the kernel passes the descriptor, and this
// process carries none of the chat's bytes. What waits and when is `queue.ts`; here are the sockets.
//
// Three things must hold, lest PeerTube is harmed: a queued socket has an `error` listener; `_handle` is kept, since after the
// program's death nobody else can close the socket that was under way; and it is read from no more before it goes.

import type { ChildProcess, Serializable } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

import { Queue } from './queue'

export const VERSION = 1
const TURN = 100
const HELLO_TURNS = 30
const HEAD_MOST = 64 * 1024
const TEST_TIME = 2000

/** A socket with what the request for a WebSocket said. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  /** Where it came from (`hops.ts`). */
  readonly from: string
}

interface Handle {
  readStop?: () => unknown
  close?: () => void
}

interface Waiting extends Upgrade {
  handle: Handle | undefined
}

export interface Outcome {
  /** Hand-over does not work (any more), and why. */
  lost(reason: string): void
  /** It has to be carried by other means. */
  carry(upgrade: Upgrade): void
}

const text = (value: string | string[] | undefined): string => (Array.isArray(value) ? value.join(', ') : value) ?? ''

/** The message that goes with a socket. */
export function message(id: number, { request, head, from }: Omit<Upgrade, 'socket'>): Record<string, Serializable> {
  return {
    v: VERSION,
    id,
    url: request.url ?? '',
    key: text(request.headers['sec-websocket-key']),
    protocol: text(request.headers['sec-websocket-protocol']),
    origin: text(request.headers.origin),
    host: text(request.headers.host),
    xff: from,
    proto: text(request.headers['x-forwarded-proto']),
    head: head.toString('base64'),
  }
}

/** The channel to one child, from its start to its end. */
export class HandOver {
  readonly #queue = new Queue<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #ready = false
  #over = false
  #maxFiles = 0
  #hello: ((arrived: boolean) => void) | undefined
  #turns = 0
  handed = 0

  constructor(
    private readonly child: ChildProcess,
    private readonly outcome: Outcome,
  ) {
    child.on('message', (said) => this.#hear(said))
    child.once('disconnect', () => this.end('the program closed its channel'))
    child.once('exit', () => this.end('the program ended'))
    this.#watch()
  }

  get works(): boolean {
    return this.#ready && !this.#over
  }

  get waiting(): number {
    return this.#queue.length
  }

  get maxFiles(): number {
    return this.#maxFiles
  }

  /** Waits for the program's greeting and tries one socket. */
  async begin(): Promise<void> {
    this.#turns = 0
    const greeted = this.#maxFiles > 0 || (await new Promise<boolean>((done) => (this.#hello = done)))
    const fault = greeted ? await this.#test() : 'the program did not greet: it does not know this way'
    if (fault) this.end(fault)
    this.#ready = !this.#over
  }

  /** Takes a socket; false: carry it yourself. */
  offer(upgrade: Upgrade): boolean {
    if (!this.works || upgrade.head.length > HEAD_MOST) return false
    upgrade.socket.on('error', () => upgrade.socket.destroy())
    if (!this.#queue.offer({ ...upgrade, handle: undefined })) {
      upgrade.socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return true
    }
    this.#next()
    return true
  }

  /** Nothing is handed over any more. The socket under way is closed, since nobody knows where it is; the others are carried. */
  end(reason: string): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    this.#hello?.(false)
    const { flight, waiting } = this.#queue.empty()
    if (flight) {
      flight.handle?.close?.()
      flight.socket.destroy()
    }
    for (const upgrade of waiting) if (!upgrade.socket.destroyed) this.outcome.carry(upgrade)
    this.outcome.lost(reason)
  }

  #hear(said: unknown): void {
    if (typeof said !== 'object' || said === null) return
    const { t, id, v, max_fds: files, why } = said as { t?: unknown; id?: unknown; v?: unknown; max_fds?: unknown; why?: unknown }
    if (t === 'hello') {
      if (v !== VERSION) return this.end(`the program speaks version ${String(v)} of the hand-over, not ${String(VERSION)}`)
      this.#maxFiles = typeof files === 'number' ? files : 1
      this.#hello?.(true)
    } else if ((t === 'in' || t === 'refused') && typeof id === 'number' && this.#queue.answered(id)) {
      if (t === 'in') this.handed += 1
      this.#next()
    } else if (t === 'refused' && typeof id !== 'number' && why === 'descriptors') {
      // It cannot say which one: the turns that run tell.
      return
    }
  }

  #next(): void {
    if (!this.works) return
    const next = this.#queue.take(({ socket }) => !socket.destroyed)
    if (!next) return
    this.#watch()
    const { id, item } = next
    item.handle = (item.socket as unknown as { _handle?: Handle })._handle
    if (typeof item.handle?.readStop !== 'function') {
      this.#queue.answered(id)
      this.outcome.carry(item)
      return this.#next()
    }
    item.handle.readStop()
    this.child.send(message(id, item), item.socket, (error) => {
      if (error) this.end(`the channel to the program broke (${error.message})`)
    })
  }

  /** Turns run while something is waited for, and no longer: a chat in which nobody comes does not wake PeerTube. */
  #watch(): void {
    this.#timer ??= setInterval(() => this.#turn(), TURN).unref()
  }

  #turn(): void {
    this.#turns += 1
    if (this.#turns === HELLO_TURNS && this.#maxFiles === 0) this.#hello?.(false)
    if (this.#queue.turn()) this.end('the program did not take a socket in two seconds')
    if (!this.#ready || this.#queue.inFlight) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Hands over one end of a connection to ourselves. Gives what went wrong. */
  #test(): Promise<string | undefined> {
    return new Promise((done) => {
      let heard = ''
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        socket.on('error', () => socket.destroy())
        this.child.send({ v: VERSION, t: 'test' }, socket, (error) => {
          if (error) finish(`a socket could not be sent (${error.message})`)
        })
      })
      const timer = setTimeout(() => finish('the program did not answer on the socket that it was handed for a trial'), TEST_TIME)
      const finish = (fault: string | undefined): void => {
        clearTimeout(timer)
        client?.destroy()
        server.close()
        done(fault)
      }
      let client: Socket | undefined
      server.once('error', (error) => finish(`no port could be opened for a trial (${error.message})`))
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        if (typeof address !== 'object' || !address) return finish('no port could be opened for a trial')
        client = connect(address.port, '127.0.0.1')
        client.on('error', () => undefined)
        client.on('data', (bytes) => {
          heard += bytes.toString()
          if (heard.includes('ok')) finish(undefined)
        })
      })
    })
  }
}
