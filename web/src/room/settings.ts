// What a room says of itself (XEP-0045 §6.4), read out of its disco#info.

import * as ns from '../xmpp/ns'
import { attr, child, children, text } from '../xmpp/xml'
import type { RoomSettings } from './types'

export function readSettings(info: Element): { settings: RoomSettings; count: number | undefined } {
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
    },
    count: count === undefined ? undefined : Number(count),
  }
}
