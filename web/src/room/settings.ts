// What a room says of itself (XEP-0045 §6.4): its disco#info is asked for and read, and what has changed is noted in the log.

import * as ns from '../xmpp/ns'
import { attr, child, children, text, xml, type Markup } from '../xmpp/xml'
import { Changed } from './changed'
import type { Room } from './room'
import type { RoomSettings } from './types'

function readSettings(info: Element): { settings: RoomSettings; count: number | undefined } {
  const query = child(info, 'query', ns.DISCO_INFO)
  const features = new Set(children(query, 'feature', ns.DISCO_INFO).map((one) => attr(one, 'var')))
  const fields = new Map(
    children(child(query, 'x', ns.DATA), 'field', ns.DATA).map((one) => [attr(one, 'var'), text(one, 'value')]),
  )
  const seconds = Number(fields.get('muc#roominfo_slow_mode_duration') ?? 0)
  const count = fields.get('muc#roominfo_occupants')
  return {
    settings: {
      title: attr(child(query, 'identity', ns.DISCO_INFO), 'name')?.slice(0, 200) ?? '',
      slow: Number.isFinite(seconds) ? Math.max(0, seconds) : 0,
      accountsOnly: features.has('x_peertubelivechat_mute_anonymous'),
      emojiOnly: features.has('x_peertubelivechat_emoji_only_mode'),
      moderated: features.has('muc_moderated'),
      membersOnly: features.has('muc_membersonly'),
      vouches: features.has(ns.MODERATION),
    },
    count: count === undefined ? undefined : Number(count),
  }
}

/** What asks a room for its settings. */
export const question = (): Markup => xml`<query xmlns="${ns.DISCO_INFO}"/>`

/** Learns the room's settings, from the answer to a {@link question}, or by asking it. */
export async function learnSettings(room: Room, answer = room.session.request('get', room.jid, question())): Promise<void> {
  try {
    const before = room.settings
    const read = readSettings(await answer)
    room.settings = read.settings
    // Whoever is not in yet makes one more.
    if (read.count !== undefined) room.count ??= read.count + (room.phase === 'joined' ? 0 : 1)
    if (before) tellChanges(room, before, read.settings)
    room.options.changed(Changed.state)
  } catch {
    // A room that tells nothing of itself is a room all the same.
  }
}

function tellChanges({ log, options }: Room, before: RoomSettings, after: RoomSettings): void {
  const now = Date.now()
  if (before.slow !== after.slow) log.notice({ is: 'slow', seconds: after.slow }, now)
  if (before.accountsOnly !== after.accountsOnly) log.notice({ is: 'accounts-only', on: after.accountsOnly }, now)
  if (before.emojiOnly !== after.emojiOnly) log.notice({ is: 'emoji-only', on: after.emojiOnly }, now)
  options.changed(Changed.log)
}
