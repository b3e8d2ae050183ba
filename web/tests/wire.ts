// The other end of the client's WebSocket, played by a test: what was sent, and what comes back.

import { vi } from 'vitest'

export const ROOM = 'hall@room.example'
const SM = "<enabled xmlns='urn:xmpp:sm:3' id='lasting' resume='true'/>"

/** A WebSocket that leads to nobody. */
export class Wire {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  /** All that were opened, the newest last. */
  static all: Wire[] = []
  readyState = Wire.CONNECTING
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  /** What the client sent and {@link asked} has not taken. */
  sent: string[] = []

  constructor(readonly url: string) {
    Wire.all.push(this)
  }

  /** Puts it in place of the browser's, with clocks that stand still. */
  static play(): void {
    vi.useFakeTimers()
    vi.stubGlobal('WebSocket', Wire)
    Wire.all = []
  }

  /** The connection that comes after so many milliseconds at most, logged in. */
  static async next(managed = ''): Promise<Wire> {
    const known = Wire.all.length
    for (let left = 100; left > 0 && Wire.all.length === known; left -= 1) await vi.advanceTimersByTimeAsync(100)
    return Wire.login(managed)
  }

  /** Logs in over the newest connection; `managed` with stream management. */
  static async login(managed = ''): Promise<Wire> {
    await vi.advanceTimersByTimeAsync(0)
    const wire = Wire.all.at(-1)
    if (!wire) throw new Error('nobody has connected')
    wire.readyState = Wire.OPEN
    wire.onopen?.()
    wire.says(
      `<stream:features xmlns:stream='http://etherx.jabber.org/streams'><authentication xmlns='urn:xmpp:sasl:2'><mechanism>ANONYMOUS</mechanism><mechanism>OAUTHBEARER</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication></stream:features>`,
    )
    wire.says(
      `<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>one@anon.example/1</authorization-identifier><bound xmlns='urn:xmpp:bind:0'>${managed && SM}</bound></success>`,
    )
    return wire
  }

  send(frame: string): void {
    this.sent.push(frame)
  }

  close(): void {
    this.readyState = 3
  }

  /** The server sends that. */
  says(frame: string): void {
    this.onmessage?.({ data: frame })
  }

  /** The connection breaks. */
  breaks(): void {
    this.readyState = 3
    this.onclose?.()
  }

  /** What was sent that holds that text: the first, which is taken. */
  asked(text: string): string {
    const at = this.sent.findIndex((frame) => frame.includes(text))
    const [found] = at < 0 ? [] : this.sent.splice(at, 1)
    if (found === undefined) throw new Error(`nothing with ${text} was sent: ${this.sent.join('\n')}`)
    return found
  }

  /** How many stanzas with that text were sent. */
  count(text: string): number {
    return this.sent.filter((frame) => frame.includes(text)).length
  }

  // --- what a room says -------------------------------------------------------------------------------------

  /** Lets in whoever asks, and tells what the room is about; `history` goes between. */
  letsIn(history: readonly string[] = []): void {
    const nick = /to="[^/]*\/([^"]*)"/.exec(this.asked('http://jabber.org/protocol/muc'))?.[1] ?? ''
    this.says(
      `<presence xmlns='jabber:client' from='${ROOM}/${nick}'><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant' affiliation='none'/><status code='110'/></x></presence>`,
    )
    for (const message of history) this.says(message)
    this.says(`<message xmlns='jabber:client' type='groupchat' from='${ROOM}'><subject/></message>`)
  }

  /** Answers the question for what the room is. */
  tells(...features: readonly string[]): void {
    const id = idOf(this.asked('disco#info'))
    this.says(
      `<iq xmlns='jabber:client' type='result' id='${id}' from='${ROOM}'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='Hall'/>${features.map((one) => `<feature var='${one}'/>`).join('')}</query></iq>`,
    )
  }

  /** Answers the question for a page of the archive. Gives after what, or before what, it was asked for. */
  async gives(messages: readonly string[], complete: boolean, last = ''): Promise<string> {
    const question = this.asked('urn:xmpp:mam:2')
    const query = /queryid="([^"]*)"/.exec(question)?.[1] ?? ''
    for (const message of messages) {
      const id = /<stanza-id[^>]* id='([^']*)'/.exec(message)?.[1] ?? ''
      this.says(
        `<message xmlns='jabber:client' from='${ROOM}'><result xmlns='urn:xmpp:mam:2' queryid='${query}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-06-01T20:00:00Z'/>${message}</forwarded></result></message>`,
      )
    }
    this.says(
      `<iq xmlns='jabber:client' type='result' id='${idOf(question)}' from='${ROOM}'><fin xmlns='urn:xmpp:mam:2' complete='${String(complete)}'><set xmlns='http://jabber.org/protocol/rsm'><last>${last}</last></set></fin></iq>`,
    )
    await vi.advanceTimersByTimeAsync(0)
    return /<(?:after|before)>([^<]*)</.exec(question)?.[1] ?? ''
  }
}

export const idOf = (stanza: string): string => / id="([^"]*)"/.exec(stanza)?.[1] ?? ''

/** A message of somebody's, as a room passes it on; `more` stands in it as well. */
export function message(id: string, nick: string, text: string, more = ''): string {
  return `<message xmlns='jabber:client' type='groupchat' from='${ROOM}/${nick}' id='of-${id}'><body>${text}</body><stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${id}'/>${more}</message>`
}

/** What was sent comes back from the room, as that nick's. */
export function reflected(stanza: string, nick: string, id: string): string {
  return stanza
    .replace(/ to="[^"]*"/, ` from="${ROOM}/${nick}"`)
    .replace('</message>', `<stanza-id xmlns='urn:xmpp:sid:0' by='${ROOM}' id='${id}'/></message>`)
}

/** An error in place of a stanza. */
export function refusal(stanza: string, condition: string, from = ROOM): string {
  const name = /^<(\w+)/.exec(stanza)?.[1] ?? 'message'
  return `<${name} xmlns='jabber:client' type='error' id='${idOf(stanza)}' from='${from}'><error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></${name}>`
}
