// What one does about what was said before: taking back one's own words (XEP-0424), reactions (XEP-0444). Other words for
// one's own are written where one writes.

import * as ns from '../xmpp/ns'
import { xml } from '../xmpp/xml'
import type { Room } from './room'
import type { Message } from './types'

/** Takes back one's own message. */
export function retract(room: Room, { stanzaId }: Message): void {
  if (!stanzaId) return
  room.act(
    (id) =>
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${room.jid}" id="${id}"><retract xmlns="${ns.RETRACT}" id="${stanzaId}"/><fallback xmlns="${ns.FALLBACK}" for="${ns.RETRACT}"/><body>/me retracted a message</body></message>`,
  )
}

/** Adds or takes away a reaction of one's own: all of one's reactions are said, each time. */
export function react(room: Room, { stanzaId, reactions }: Message, emoji: string): void {
  if (!stanzaId) return
  const own = reactions.filter((one) => one.own).map((one) => one.emoji)
  const next = own.includes(emoji) ? own.filter((one) => one !== emoji) : [...own, emoji]
  room.act(
    (id) =>
      xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${room.jid}" id="${id}"><reactions xmlns="${ns.REACTIONS}" id="${stanzaId}">${next.map(
        (one) => xml`<reaction>${one}</reaction>`,
      )}</reactions></message>`,
  )
}
