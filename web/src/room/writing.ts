// What one says: words, other words for them, taking them back, reactions.
//
// Enters: what a person does. Leaves: stanzas, and lines in the log that are on their way. What is not in the room yet is
// never forgotten here: it is sent when one is in again, or waits for its author as failed.

import type { StanzaError } from '../xmpp/error'
import * as ns from '../xmpp/ns'
import { attr, child, xml } from '../xmpp/xml'
import { Changed } from './changed'
import type { Room } from './room'
import type { Message } from './types'

export class Writing {
  constructor(private readonly room: Room) {}

  /** Says something. It stands in the log at once, on its way; gives its id. */
  say(text: string, answers?: Message): string {
    const id = this.room.session.id()
    const author = this.#author()
    const answered = answers?.stanzaId && {
      id: answers.stanzaId,
      nick: answers.author.nick,
      quote: answers.text.slice(0, 300),
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
    this.room.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${this.room.session.id()}"><body>${text}</body><replace xmlns="${ns.CORRECT}" id="${message.id}"/></message>`,
    )
  }

  /** Takes back one's own message (XEP-0424). */
  retract(message: Message): void {
    if (!message.stanzaId) return
    this.room.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${this.room.session.id()}"><retract xmlns="${ns.RETRACT}" id="${message.stanzaId}"/><fallback xmlns="${ns.FALLBACK}" for="${ns.RETRACT}"/><body>/me retracted a message</body></message>`,
    )
  }

  /** Adds or takes away a reaction of one's own (XEP-0444: all of one's reactions, each time). */
  react(message: Message, emoji: string): void {
    if (!message.stanzaId) return
    const own = message.reactions.filter((one) => one.own).map((one) => one.emoji)
    const next = own.includes(emoji) ? own.filter((one) => one !== emoji) : [...own, emoji]
    this.room.session.send(
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${this.room.session.id()}"><reactions xmlns="${ns.REACTIONS}" id="${message.stanzaId}">${next.map(
        (one) => xml`<reaction>${one}</reaction>`,
      )}</reactions></message>`,
    )
  }

  #transmit(id: string, text: string, answers: Message['answers']): void {
    const quote = answers?.quote === undefined ? '' : `${answers.quote.replace(/^/gm, '> ')}\n`
    const reply =
      answers &&
      xml`<reply xmlns="${ns.REPLY}" to="${this.room.jid}/${answers.nick ?? ''}" id="${answers.id}"/>${
        quote && xml`<fallback xmlns="${ns.FALLBACK}" for="${ns.REPLY}"><body start="0" end="${[...quote].length}"/></fallback>`
      }`
    const sent =
      this.room.phase === 'joined' &&
      this.room.session.send(
        xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${this.room.jid}" id="${id}"><body>${quote + text}</body>${reply}</message>`,
      )
    if (sent && this.room.settings?.slow && !this.room.moderates) this.room.slowUntil = Date.now() + this.room.settings.slow * 1_000
  }

  /** A message of one's own came back as an error: it is not lost, it waits for its author to decide. */
  failed(id: string, error: StanzaError): void {
    const wait = Number(attr(child(error.element, 'slow-mode', ns.ROOM), 'wait') ?? 0)
    if (wait > 0) this.room.slowUntil = Date.now() + wait * 1_000
    this.room.log.delivery(id, 'failed')
    this.room.options.changed(Changed.log | Changed.state)
  }

  #author(): Message['author'] {
    const known = this.room.people.byOccupantId(this.room.me.occupantId)
    const { nick, occupantId, role, affiliation } = this.room.me
    return { nick, occupantId, role, affiliation, avatar: known?.avatar }
  }

  /** What was said while one was not in the room. */
  sendWaiting(): void {
    for (const message of this.room.log.unreflected) {
      if (message.delivery === 'sending') this.#transmit(message.id, message.text, message.answers)
    }
  }
}
