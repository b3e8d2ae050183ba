// What one says: words, other words for them, and what else one does in a room.
//
// Enters: what a person does. Leaves: stanzas, and lines in the log that are on their way. What is not in the room yet is
// never forgotten here: it is sent when one is in again, or waits for its author as failed.

import { StanzaError } from '../xmpp/error'
import * as ns from '../xmpp/ns'
import { attr, carried, child, xml, type Markup } from '../xmpp/xml'
import { Changed } from './changed'
import type { Room } from './room'
import type { Message } from './types'

/** Longest quotation of what a message answers, in code points. */
const QUOTE = 300
/** What a room answers that is not there any more (XEP-0045 §17), or that does not know one (§7.4). */
const NOT_IN = /^(item-not-found|not-acceptable)$/
/** Most acts that wait to be reflected. */
const MOST_ACTS = 100

/** Told that something is done, or why it is not. */
export type Settled = (error?: StanzaError) => void

export class Writing {
  /** What was done, by the id under which the room will reflect it. */
  readonly #acts = new Map<string, { readonly stanza: Markup; readonly settled: Settled | undefined }>()

  constructor(private readonly room: Room) {}

  /** Says something. It stands in the log at once, on its way; gives its id. */
  say(text: string, answers?: Message): string {
    const id = this.room.session.id()
    const author = this.#author()
    const answered = answers?.stanzaId && {
      id: answers.stanzaId,
      nick: answers.author.nick,
      quote: [...answers.text].slice(0, QUOTE).join(''),
    }
    this.room.log.sending({ id, text, author, answers: answered || undefined }, Date.now())
    this.#transmit(id, text, answered || undefined)
    this.room.options.changed(Changed.log)
    return id
  }

  /** Tries again to send what failed. */
  retry(id: string): void {
    const message = this.room.log.find(id)
    if (message?.delivery !== 'failed') return
    this.room.log.delivery(id, 'sending')
    this.#transmit(message.id, message.text, message.answers)
    this.room.options.changed(Changed.log)
  }

  /** Puts other words in place of one's own (XEP-0308). */
  correct(message: Message, text: string): void {
    this.act(
      (id) =>
        xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${id}"><body>${text}</body><replace xmlns="${ns.CORRECT}" id="${message.id}"/></message>`,
    )
  }

  /** Sends what is no message of its own, and again after a lost session, until the room has reflected it. */
  act(stanza: (id: string) => Markup, settled?: Settled): void {
    const id = this.room.session.id()
    const act = { stanza: stanza(id), settled }
    this.#acts.set(id, act)
    for (const first of this.#acts.keys()) {
      if (this.#acts.size <= MOST_ACTS) break
      this.#settle(first, new StanzaError('resource-constraint', undefined))
    }
    if (this.room.settled) this.room.session.send(act.stanza)
  }

  /** A message of that id is in the room. */
  reflected(id: string): void {
    this.#settle(id)
  }

  #settle(id: string, error?: StanzaError): void {
    const act = this.#acts.get(id)
    this.#acts.delete(id)
    act?.settled?.(error)
  }

  #transmit(id: string, text: string, answers: Message['answers']): void {
    // It is counted as it arrives.
    const quote = answers?.quote === undefined ? '' : carried(`${answers.quote.replace(/^/gm, '> ')}\n`)
    const reply =
      answers &&
      xml`<reply xmlns="${ns.REPLY}" to="${this.room.jid}/${answers.nick ?? ''}" id="${answers.id}"/>${
        quote && xml`<fallback xmlns="${ns.FALLBACK}" for="${ns.REPLY}"><body start="0" end="${[...quote].length}"/></fallback>`
      }`
    const sent =
      this.room.settled &&
      this.room.session.send(
        xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${id}"><body>${quote + text}</body>${reply}</message>`,
      )
    if (sent && this.room.settings?.slow && !this.room.moderates) this.room.slowUntil = Date.now() + this.room.settings.slow * 1_000
  }

  /** A message of one's own came back as an error: it is not lost, it waits for its author to decide. */
  failed(id: string, error: StanzaError): void {
    const wait = Number(attr(child(error.element, 'slow-mode', ns.ROOM), 'wait') ?? 0)
    if (wait > 0) this.room.slowUntil = Date.now() + wait * 1_000
    if (NOT_IN.test(error.condition) && this.room.log.find(id)?.delivery === 'sending' && this.room.comeAnew()) return
    this.#settle(id, error)
    this.room.log.delivery(id, 'failed')
    this.room.options.changed(Changed.log | Changed.state)
  }

  #author(): Message['author'] {
    const known = this.room.people.byOccupantId(this.room.me.occupantId)
    const { nick, occupantId, role, affiliation } = this.room.me
    return { nick, occupantId, role, affiliation, avatar: known?.avatar }
  }

  /** What was said and done while one was not in the room. */
  sendWaiting(): void {
    if (!this.room.settled) return
    for (const message of this.room.log.unreflected) {
      if (message.delivery === 'sending') this.#transmit(message.id, message.text, message.answers)
    }
    for (const { stanza } of this.#acts.values()) this.room.session.send(stanza)
  }
}
