// What a stanza of a room says, as a value (XEP-0045 and what clients send in messages).
//
// Enters: stanzas, live or out of the archive, and whether the room keeps others from speaking for it. Leaves: events. Pure;
// what cannot be understood says nothing, and what only the room may say is believed of the room alone.

import { resource } from '../xmpp/jid'
import * as ns from '../xmpp/ns'
import { attr, child, children, text } from '../xmpp/xml'
import type { Affiliation, Answered, Role } from './types'

/** Who sent a message, as far as the stanza says. */
export interface Sender {
  readonly nick: string
  readonly occupantId: string | undefined
  readonly role: Role | undefined
  readonly affiliation: Affiliation | undefined
  readonly avatar: string | undefined
}

interface Base {
  readonly sender: Sender
  readonly id: string
  readonly stanzaId: string | undefined
  /** When, if it was not just now; milliseconds since 1970. */
  readonly time: number | undefined
}

export type Said = Base & {
  readonly kind: 'said'
  readonly text: string
  readonly answers: Answered | undefined
  /** The id of the message that this one stands in place of. */
  readonly corrects: string | undefined
  /** Taken back since, as the archive says. */
  readonly removed: { by: 'author' | 'moderator'; nick: string | undefined } | undefined
  readonly announcement: 'highlight' | 'announcement' | 'warning' | undefined
}

export type RoomEvent =
  | Said
  | (Base & { readonly kind: 'reacted'; readonly target: string; readonly emojis: readonly string[] })
  | (Base & {
      readonly kind: 'retracted'
      readonly target: string
      readonly by: 'author' | 'moderator'
      readonly moderator: string | undefined
    })
  | (Base & { readonly kind: 'subject'; readonly text: string })
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'overload'; readonly step: number }
  | { readonly kind: 'settings' }

/** Longest text that is taken from anybody, in characters: what is longer is cut. */
const LONGEST = 20_000
/** Different reactions of one person on one message that count. */
const MOST_REACTIONS = 8

/**
 * What a message of that room says.
 *
 * @param vouches whether the room itself says what the author of a message is. Elsewhere anybody may write that.
 */
export function readMessage(message: Element, room: string, vouches: boolean): RoomEvent | undefined {
  const from = attr(message, 'from') ?? ''
  const nick = resource(from)
  const audience = child(message, 'audience', ns.AUDIENCE)
  if (audience && !nick) return { kind: 'count', count: count(audience) }
  const overload = child(message, 'overload', ns.OVERLOAD)
  if (overload && !nick) return { kind: 'overload', step: Number(attr(overload, 'step') ?? 0) }
  if (attr(message, 'type') !== 'groupchat') return undefined
  const base = readBase(message, room, vouches)
  return (
    readRetraction(message, base, nick) ??
    readReactions(message, base) ??
    readSaid(message, base) ??
    readSubject(message, base) ??
    readSettings(message, nick)
  )
}

function readBase(message: Element, room: string, vouches: boolean): Base {
  const id = children(message, 'stanza-id', ns.STANZA_ID).find((one) => attr(one, 'by') === room)
  const user = vouches ? child(child(message, 'x', ns.MUC_USER), 'item', ns.MUC_USER) : undefined
  const author = vouches ? child(message, 'author', ns.ROOM) : undefined
  const stamp = Date.parse(attr(child(message, 'delay', ns.DELAY), 'stamp') ?? '')
  return {
    sender: {
      nick: resource(attr(message, 'from') ?? ''),
      occupantId: attr(child(message, 'occupant-id', ns.OCCUPANT_ID), 'id'),
      role: role(attr(author, 'role') ?? attr(user, 'role')),
      affiliation: affiliation(attr(author, 'affiliation') ?? attr(user, 'affiliation')),
      avatar: webAddress(attr(author, 'avatar')),
    },
    id: attr(message, 'id') ?? '',
    stanzaId: attr(id, 'id'),
    time: Number.isNaN(stamp) ? undefined : stamp,
  }
}

/** XEP-0425 from the room, in both versions; XEP-0424 from an occupant. */
function readRetraction(message: Element, base: Base, nick: string): RoomEvent | undefined {
  const retract = child(message, 'retract', ns.RETRACT)
  const old = child(message, 'apply-to', ns.FASTEN)
  const moderated = child(retract, 'moderated', ns.MODERATE) ?? child(old, 'moderated', ns.MODERATE_0)
  const target = attr(retract, 'id') ?? (moderated ?? child(old, 'retract', ns.RETRACT_0) ? attr(old, 'id') : undefined)
  if (!target) return undefined
  if (!nick) {
    const by = attr(moderated, 'by')
    return { ...base, kind: 'retracted', target, by: 'moderator', moderator: by ? resource(by) || undefined : undefined }
  }
  return moderated ? undefined : { ...base, kind: 'retracted', target, by: 'author', moderator: undefined }
}

/** XEP-0444. */
function readReactions(message: Element, base: Base): RoomEvent | undefined {
  const reactions = child(message, 'reactions', ns.REACTIONS)
  const target = attr(reactions, 'id')
  if (!reactions || !target) return undefined
  const emojis = children(reactions, 'reaction', ns.REACTIONS).map((one) => one.textContent.trim())
  const kept = new Set(emojis.filter((emoji) => emoji !== '' && [...emoji].length <= 32))
  return { ...base, kind: 'reacted', target, emojis: [...kept].slice(0, MOST_REACTIONS) }
}

function readSaid(message: Element, base: Base): Said | undefined {
  const body = text(message, 'body')
  const tombstone = child(message, 'retracted', ns.RETRACT) ?? child(message, 'moderated', ns.MODERATE_0)
  if (body === undefined && !tombstone) return undefined
  const reply = child(message, 'reply', ns.REPLY)
  const split = splitFallback(message, body ?? '', reply ? ns.REPLY : undefined)
  const answered = attr(reply, 'id')
  return {
    ...base,
    kind: 'said',
    text: split.text.slice(0, LONGEST),
    answers: answered
      ? { id: answered, nick: resource(attr(reply, 'to') ?? '') || undefined, quote: split.quote }
      : undefined,
    corrects: attr(child(message, 'replace', ns.CORRECT), 'id'),
    removed: tombstone && readTombstone(tombstone),
    announcement: readAnnouncement(child(message, 'body')),
  }
}

function readTombstone(tombstone: Element): NonNullable<Said['removed']> {
  const moderated =
    tombstone.localName === 'moderated' ? tombstone : child(tombstone, 'moderated', ns.MODERATE)
  const by = attr(moderated, 'by')
  return { by: moderated ? 'moderator' : 'author', nick: by ? resource(by) || undefined : undefined }
}

/** As the plugin that many rooms come from marks them. */
function readAnnouncement(body: Element | undefined): Said['announcement'] {
  const type = attr(body, 'x-livechat-announcement-type')
  return type === 'highlight' || type === 'announcement' || type === 'warning' ? type : undefined
}

/** Takes the quotation that older clients need out of a body (XEP-0428), by code points as the standard counts. */
function splitFallback(message: Element, body: string, forNs: string | undefined): { text: string; quote?: string } {
  const fallback = children(message, 'fallback', ns.FALLBACK).find((one) => attr(one, 'for') === forNs)
  if (!forNs || !fallback) return { text: body }
  const part = child(fallback, 'body', ns.FALLBACK)
  const points = [...body]
  const start = part ? Number(attr(part, 'start') ?? 0) : 0
  const end = part ? Number(attr(part, 'end') ?? points.length) : points.length
  if (!(start >= 0 && end >= start && end <= points.length)) return { text: body }
  const quote = points
    .slice(start, end)
    .join('')
    .replace(/^> ?/gm, '')
    .trim()
  return { text: [...points.slice(0, start), ...points.slice(end)].join(''), quote: quote.slice(0, 500) }
}

function readSubject(message: Element, base: Base): RoomEvent | undefined {
  const subject = text(message, 'subject')
  return subject === undefined ? undefined : { ...base, kind: 'subject', text: subject.slice(0, LONGEST) }
}

/** XEP-0045 §10.2.1: something about the room has changed. */
function readSettings(message: Element, nick: string): RoomEvent | undefined {
  const codes = nick ? [] : statuses(message)
  return codes.some((code) => code >= 104 && code <= 174 && code !== 110) ? { kind: 'settings' } : undefined
}

/** What a presence of that room says. */
export interface PresenceEvent {
  readonly nick: string
  readonly here: boolean
  readonly occupantId: string | undefined
  readonly jid: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
  readonly avatar: string | undefined
  readonly own: boolean
  readonly codes: readonly number[]
  readonly newNick: string | undefined
  readonly reason: string | undefined
  /** When a mute or a ban ends. */
  readonly until: number | undefined
  readonly destroyed: { readonly reason: string | undefined } | undefined
}

/** What a presence of a room says; `vouches` as for {@link readMessage}. */
export function readPresence(presence: Element, vouches: boolean): PresenceEvent {
  const x = child(presence, 'x', ns.MUC_USER)
  const item = child(x, 'item', ns.MUC_USER)
  const codes = statuses(presence)
  const destroy = child(x, 'destroy', ns.MUC_USER)
  return {
    nick: resource(attr(presence, 'from') ?? ''),
    here: attr(presence, 'type') !== 'unavailable',
    occupantId: attr(child(presence, 'occupant-id', ns.OCCUPANT_ID), 'id'),
    jid: attr(item, 'jid'),
    role: role(attr(item, 'role')) ?? 'none',
    affiliation: affiliation(attr(item, 'affiliation')) ?? 'none',
    avatar: vouches ? webAddress(attr(child(presence, 'author', ns.ROOM), 'avatar')) : undefined,
    own: codes.includes(110),
    codes,
    newNick: codes.includes(303) ? attr(item, 'nick') : undefined,
    reason: text(item, 'reason')?.slice(0, 500) || undefined,
    until: readUntil(item),
    destroyed: destroy && { reason: text(destroy, 'reason')?.slice(0, 500) || undefined },
  }
}

/** When the sanction that an element tells of ends, in milliseconds since 1970. */
export function readUntil(element: Element | undefined): number | undefined {
  const until = Date.parse(attr(child(element, 'expiry', ns.MODERATION), 'until') ?? '')
  return Number.isNaN(until) ? undefined : until
}

function statuses(stanza: Element): number[] {
  return children(child(stanza, 'x', ns.MUC_USER), 'status', ns.MUC_USER).map((one) => Number(attr(one, 'code')))
}

function count(audience: Element): number {
  return Math.max(0, Math.trunc(Number(attr(audience, 'count') ?? 0))) || 0
}

function role(value: string | undefined): Role | undefined {
  return value === 'moderator' || value === 'participant' || value === 'visitor' || value === 'none' ? value : undefined
}

function affiliation(value: string | undefined): Affiliation | undefined {
  const known: readonly string[] = ['owner', 'admin', 'member', 'none', 'outcast']
  return value !== undefined && known.includes(value) ? (value as Affiliation) : undefined
}

/** An address that a picture may be fetched from: of the web, and nothing else. */
function webAddress(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= 2048 && /^https?:\/\//i.test(value) ? value : undefined
}
