// A session that outlives its connections: it comes back by itself, resumes where the server still can, and sends again
// what was not acknowledged (XEP-0198).
//
// Enters: stanzas to send, frames of the server. Leaves: stanzas, and how the connection is. It shows nothing and knows
// nothing of rooms. It never gives up by itself, but where the server refuses the identity.

import { Acks } from './acks'
import { delay } from './backoff'
import { StanzaError } from './error'
import { Negotiation, resumableAs, type Ending, type Identity } from './negotiation'
import * as ns from './ns'
import { attr, child, parse, xml, type Markup } from './xml'

/** How the connection is. */
export type Connectivity =
  /** Connecting, for the first time or again. `since` is when it was lost, in milliseconds of the clock. */
  | { readonly is: 'connecting'; readonly since: number | undefined }
  /** Everything passes. */
  | { readonly is: 'online' }
  /** Lost; the next attempt is at `next`. */
  | { readonly is: 'waiting'; readonly since: number; readonly next: number }
  /** The server does not take the identity, or the session was ended for good. */
  | { readonly is: 'refused'; readonly condition: string; readonly text: string | undefined }
  | { readonly is: 'stopped' }

/** Who is told of what. */
export interface SessionListener {
  /** A new session, at first and whenever the old one is gone. `early`: the stanzas of {@link SessionOptions.early} were sent. */
  bound(jid: string, early: boolean): void
  /** The old session goes on, and what was missed follows. */
  resumed(): void
  /** A message or presence, or a request. */
  stanza(stanza: Element): void
  connectivity(state: Connectivity): void
}

/** What a session needs. */
export interface SessionOptions {
  /** Address of the WebSocket. */
  readonly url: string
  /** As whom; asked before every login, since tokens expire. */
  readonly identity: () => Identity | Promise<Identity>
  /** What a new session sends at once. */
  readonly early: () => readonly Markup[]
  readonly listener: SessionListener
}

/** How long an answer may take, in milliseconds. */
const PATIENCE = 15_000
/** After so long a silence the connection is tried. The server speaks every 45 s at least. */
const SILENCE = 75_000
/** Stanzas that may be sent before the server is asked to acknowledge. */
const ASK_EVERY = 5

interface Waiting {
  resolve: (answer: Element) => void
  reject: (error: StanzaError) => void
  timer: ReturnType<typeof setTimeout>
}

export class Session {
  #socket: WebSocket | undefined
  #negotiation: Negotiation | undefined
  #early: readonly Markup[] = []
  #acks: Acks | undefined
  #id: string | undefined
  #online = false
  #attempt = 0
  #lostAt: number | undefined
  #ordered: number | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #heard = 0
  /** Whether the connection is lost if nothing comes soon. */
  #expecting = false
  #stopped = false
  #hidden = false
  #csi = false
  #next = 0
  readonly #waiting = new Map<string, Waiting>()

  constructor(private readonly options: SessionOptions) {}

  /** Connects, now and whenever the connection is lost, until {@link stop}. */
  start(): void {
    addEventListener('online', this.#retryNow)
    void this.#connect()
  }

  /** Ends the session at the server and does not come back. */
  stop(): void {
    this.#stopped = true
    removeEventListener('online', this.#retryNow)
    clearTimeout(this.#retry)
    clearTimeout(this.#watch)
    this.#fail('gone')
    if (this.#socket?.readyState === WebSocket.OPEN) this.#write(xml`<close xmlns="${ns.FRAMING}"/>`)
    this.#drop()
    this.options.listener.connectivity({ is: 'stopped' })
  }

  /** Tries to connect at once, if the next attempt is still to come. */
  retry(): void {
    if (this.#stopped || this.#socket) return
    clearTimeout(this.#retry)
    void this.#connect()
  }

  /** Whether the page is hidden: then the server keeps back what can wait (XEP-0352). */
  set hidden(hidden: boolean) {
    if (this.#hidden === hidden) return
    this.#hidden = hidden
    if (this.#online && this.#csi) this.#write(hidden ? xml`<inactive xmlns="${ns.CSI}"/>` : xml`<active xmlns="${ns.CSI}"/>`)
    // A device that slept may have lost its connection without knowing.
    if (!hidden && this.#online) this.#probe()
  }

  /** A new id for a stanza. */
  id(): string {
    const random = crypto.getRandomValues(new Uint32Array(2))
    return `p${(this.#next++).toString(36)}-${[...random].map((part) => part.toString(36)).join('')}`
  }

  /** Sends a stanza. While the connection is lost it is kept, if the session may be resumed; `false` if it cannot be. */
  send(stanza: Markup): boolean {
    if (!this.#online && !this.#id) return false
    this.#acks?.sent(stanza)
    if (!this.#online) return true
    this.#write(stanza)
    if (this.#acks && this.#acks.waiting % ASK_EVERY === 1) this.#write(xml`<r xmlns="${ns.SM}"/>`)
    this.#expect()
    return true
  }

  /**
   * Sends a request (RFC 6120 §8.2.3) and gives its answer.
   *
   * @throws {@link StanzaError} what the server says, `remote-server-timeout` if it says nothing
   */
  request(type: 'get' | 'set', to: string | undefined, payload: Markup): Promise<Element> {
    const id = this.id()
    const answer = this.answer(id)
    const sent = this.send(xml`<iq xmlns="${ns.CLIENT}" type="${type}" id="${id}"${to === undefined ? '' : xml` to="${to}"`}>${payload}</iq>`)
    if (!sent) this.#settle(id)?.reject(new StanzaError('gone', undefined))
    return answer
  }

  /** The answer to a request that was sent otherwise, among the early stanzas. It rejects as that of {@link request} does. */
  answer(id: string): Promise<Element> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id)?.reject(new StanzaError('remote-server-timeout', undefined)), PATIENCE)
      this.#waiting.set(id, { resolve, reject, timer })
    })
  }

  // --- the connection ---------------------------------------------------------------------------------------

  readonly #retryNow = (): void => {
    // Many come online at the same moment when a network comes back.
    if (!this.#socket && !this.#stopped) {
      clearTimeout(this.#retry)
      this.#retry = setTimeout(() => void this.#connect(), Math.random() * 1_000)
    }
  }

  async #connect(): Promise<void> {
    this.options.listener.connectivity({ is: 'connecting', since: this.#lostAt })
    let identity
    try {
      identity = await this.options.identity()
    } catch {
      this.#again(); return;
    }
    // Whoever stopped, or connected otherwise, meanwhile.
    if (this.#stopped || this.#socket) return
    let socket
    try {
      socket = new WebSocket(this.options.url, 'xmpp')
    } catch {
      this.#refuse('bad-request', undefined); return;
    }
    this.#socket = socket
    const lost = this.#id && this.#acks?.complete ? { id: this.#id, handled: this.#acks.handled } : undefined
    this.#early = this.options.early()
    this.#negotiation = new Negotiation(identity, lost, this.#early)
    const negotiation = this.#negotiation
    socket.onopen = () => this.#write(negotiation.open())
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.#socket === socket) this.#take(String(event.data))
    }
    socket.onclose = () => {
      if (this.#socket === socket) this.#lose()
    }
    this.#watchFor(PATIENCE, () => this.#lose())
  }

  #lose(): void {
    this.#drop()
    if (!this.#stopped) this.#again()
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    this.#negotiation = undefined
    this.#online = false
    this.#expecting = false
    clearTimeout(this.#watch)
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close()
  }

  #again(): void {
    const now = Date.now()
    const wait = delay(this.#attempt, Math.random(), this.#ordered)
    this.#attempt += 1
    this.#ordered = undefined
    this.#lostAt ??= now
    this.#retry = setTimeout(() => void this.#connect(), wait)
    this.options.listener.connectivity({ is: 'waiting', since: this.#lostAt, next: now + wait })
  }

  #refuse(condition: string, why: string | undefined): void {
    this.#drop()
    this.#stopped = true
    this.#fail('gone')
    this.options.listener.connectivity({ is: 'refused', condition, text: why })
  }

  #write(markup: Markup): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(markup.text)
  }

  // --- what comes in ----------------------------------------------------------------------------------------

  #take(frame: string): void {
    this.#heard = Date.now()
    this.#expecting = false
    const element = parse(frame)
    if (!element) return
    if (element.localName === 'error' && element.namespaceURI === ns.STREAMS) return this.#streamError(element)
    if (element.localName === 'close' && element.namespaceURI === ns.FRAMING) return this.#lose()
    if (element.localName === 'features' && child(element, 'csi', ns.CSI)) this.#csi = true
    if (this.#negotiation) {
      const reply = this.#negotiation.take(element)
      for (const one of reply.send) this.#write(one)
      if (reply.end) this.#enter(reply.end)
    } else if (element.namespaceURI === ns.SM) {
      this.#management(element)
    } else if (/^(message|presence|iq)$/.test(element.localName)) {
      this.#acks?.received()
      this.#stanza(element)
    }
  }

  #enter(end: Ending): void {
    if (end.kind === 'refused') {
      // What is only for now passes.
      return end.condition === 'temporary-auth-failure' ? this.#lose() : this.#refuse(end.condition, end.text)
    }
    this.#negotiation = undefined
    this.#online = true
    this.#attempt = 0
    this.#lostAt = undefined
    if (end.kind === 'resumed') {
      this.#acks?.acknowledge(end.handled)
      for (const stanza of this.#acks?.unhandled() ?? []) this.#write(stanza)
    } else {
      this.#fail('gone')
      this.#acks = end.managed === 'none' ? undefined : new Acks()
      this.#id = typeof end.managed === 'object' ? end.managed.id : undefined
      if (end.managed === 'offered') this.#write(xml`<enable xmlns="${ns.SM}" resume="true"/>`)
      if (end.early) for (const stanza of this.#early) this.#acks?.sent(stanza)
    }
    if (this.#hidden && this.#csi) this.#write(xml`<inactive xmlns="${ns.CSI}"/>`)
    this.#listen()
    this.options.listener.connectivity({ is: 'online' })
    if (end.kind === 'resumed') this.options.listener.resumed()
    else this.options.listener.bound(end.jid, end.early)
  }

  #management(element: Element): void {
    switch (element.localName) {
      case 'r':
        return this.#write(xml`<a xmlns="${ns.SM}" h="${this.#acks?.handled ?? 0}"/>`)
      case 'a':
        return this.#acks?.acknowledge(Number(attr(element, 'h') ?? 0))
      case 'enabled':
        this.#id = resumableAs(element)
        return
      case 'failed':
        this.#acks = undefined
        this.#id = undefined
    }
  }

  #streamError(error: Element): void {
    const conditions = [...error.children].filter((one) => one.namespaceURI === ns.STREAM_ERRORS)
    const condition = conditions.find((one) => one.localName !== 'text')?.localName ?? 'undefined-condition'
    const why = conditions.find((one) => one.localName === 'text')?.textContent ?? undefined
    const after = attr(child(error, 'reconnect', ns.RECONNECT), 'after')
    this.#ordered = after === undefined ? undefined : Number(after)
    // Whoever is told that another took their place, or that there is no such host, does better not to insist.
    if (condition === 'conflict' || condition === 'host-unknown') this.#refuse(condition, why)
    else this.#lose()
  }

  #stanza(stanza: Element): void {
    const type = attr(stanza, 'type')
    if (stanza.localName !== 'iq') return this.options.listener.stanza(stanza)
    const id = attr(stanza, 'id') ?? ''
    if (type === 'result') return this.#settle(id)?.resolve(stanza)
    if (type === 'error') return this.#settle(id)?.reject(StanzaError.of(stanza))
    this.#answer(stanza, id)
  }

  /** RFC 6120 §8.2.3: every request has an answer. */
  #answer(request: Element, id: string): void {
    const to = attr(request, 'from')
    const address = to === undefined ? '' : xml` to="${to}"`
    if (child(request, 'ping', ns.PING)) {
      this.send(xml`<iq xmlns="${ns.CLIENT}" type="result" id="${id}"${address}/>`)
    } else {
      this.send(
        xml`<iq xmlns="${ns.CLIENT}" type="error" id="${id}"${address}><error type="cancel"><service-unavailable xmlns="${ns.STANZA_ERRORS}"/></error></iq>`,
      )
    }
  }

  #settle(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting) clearTimeout(waiting.timer)
    this.#waiting.delete(id)
    return waiting
  }

  #fail(condition: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new StanzaError(condition, undefined))
  }

  // --- whether the other end is there -----------------------------------------------------------------------

  #watchFor(time: number, then: () => void): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(then, time)
  }

  /** Waits for a long silence. */
  #listen(): void {
    this.#watchFor(SILENCE, () => {
      if (Date.now() - this.#heard < SILENCE) this.#listen()
      else this.#probe()
    })
  }

  /** Something has to come soon, or the connection is taken for lost. */
  #expect(): void {
    // Who waits already goes on waiting, however much is sent meanwhile.
    if (this.#expecting) return
    this.#expecting = true
    this.#watchFor(PATIENCE, () => {
      if (this.#expecting) this.#lose()
      else this.#listen()
    })
  }

  #probe(): void {
    if (this.#acks) {
      this.#write(xml`<r xmlns="${ns.SM}"/>`)
      this.#expect()
    } else {
      this.request('get', undefined, xml`<ping xmlns="${ns.PING}"/>`).catch(() => {
        // Refused or not: an answer came, or the connection is taken for lost.
      })
    }
  }
}
