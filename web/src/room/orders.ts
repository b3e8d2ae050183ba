// What moderators ask of a room, as markup, and what the room answers, as values.
//
// Enters: whom, what, for how long and why. Leaves: the payload of a request (XEP-0045 §8 to §10, XEP-0425, and Parterre's
// own as docs/protocol.md has it). Pure: it sends nothing and knows no room.

import * as ns from '../xmpp/ns'
import { attr, child, children, text, xml, type Markup } from '../xmpp/xml'
import { readUntil } from './read'
import type { Affiliation, Role } from './types'

/** What a room can do for its moderators, as its disco#info says. */
export interface Means {
  /** Which version of XEP-0425 it knows. */
  readonly retraction: 1 | 0 | undefined
  /** Whether it knows `urn:parterre:moderation:0`: sanctions that end, pages of the audience, removing all. */
  readonly parterre: boolean
}

/** Longest reason that is sent, in characters. */
const LONGEST_REASON = 300

export function readMeans(info: Element): Means {
  const query = child(info, 'query', ns.DISCO_INFO)
  const features = new Set(children(query, 'feature', ns.DISCO_INFO).map((one) => attr(one, 'var')))
  const retraction = features.has(ns.MODERATE) ? 1 : features.has(ns.MODERATE_0) ? 0 : undefined
  return { retraction, parterre: features.has(ns.MODERATION) }
}

/** Takes somebody's message back (XEP-0425 §4). */
export function retraction(stanzaId: string, version: 1 | 0): Markup {
  return version === 1
    ? xml`<moderate xmlns="${ns.MODERATE}" id="${stanzaId}"><retract xmlns="${ns.RETRACT}"/></moderate>`
    : xml`<apply-to xmlns="${ns.FASTEN}" id="${stanzaId}"><moderate xmlns="${ns.MODERATE_0}"><retract xmlns="${ns.RETRACT_0}"/></moderate></apply-to>`
}

/** Takes back all that somebody said of late. */
export function removal(occupantId: string): Markup {
  return xml`<remove-all xmlns="${ns.MODERATION}" occupant-id="${occupantId}"/>`
}

/** How many messages a removal took back. */
export function readRemoval(answer: Element): number | undefined {
  const count = Number(attr(child(answer, 'removed', ns.MODERATION), 'count'))
  return Number.isSafeInteger(count) ? count : undefined
}

/** For how long, and why. */
export interface Terms {
  /** Seconds until it ends by itself; absent: until it is lifted. */
  readonly seconds?: number | undefined
  readonly reason?: string | undefined
}

function terms({ seconds, reason }: Terms): Markup {
  const why = reason?.trim().slice(0, LONGEST_REASON)
  return xml`${why ? xml`<reason>${why}</reason>` : ''}${
    seconds === undefined ? '' : xml`<expiry xmlns="${ns.MODERATION}" seconds="${Math.max(1, Math.round(seconds))}"/>`
  }`
}

/** Gives a role to somebody who is here, by nick, or by bare address (XEP-0045 §8). */
export function roleOrder(whom: { nick: string } | { jid: string }, role: Role, why: Terms = {}): Markup {
  const who = 'nick' in whom ? xml`nick="${whom.nick}"` : xml`jid="${whom.jid}"`
  return xml`<query xmlns="${ns.MUC_ADMIN}"><item ${who} role="${role}">${terms(why)}</item></query>`
}

/** Gives an affiliation to an account, by bare address (XEP-0045 §9). */
export function affiliationOrder(jid: string, affiliation: Affiliation, why: Terms = {}): Markup {
  return xml`<query xmlns="${ns.MUC_ADMIN}"><item jid="${jid}" affiliation="${affiliation}">${terms(why)}</item></query>`
}

/** An announcement: a message that the clients of moderated rooms show as a card. */
export function announcement(room: string, id: string, words: string, type: 'announcement' | 'warning'): Markup {
  return xml`<message xmlns="${ns.CLIENT}" type="groupchat" to="${room}" id="${id}"><body x-livechat-announcement-type="${type}">${words}</body></message>`
}

// --- the owner's form ---------------------------------------------------------------------------------------------

/** What of a room's form is changed from here, each by the fields under which servers may have it. */
export const FIELDS = {
  slow: ['muc#roomconfig_slow_mode_duration'],
  accountsOnly: ['muc#roomconfig_mute_anonymous', 'muc#roomconfig_x_peertubelivechat_mute_anonymous'],
  emojiOnly: ['muc#roomconfig_x_peertubelivechat_emoji_only_mode'],
} as const

/** What calms a room: seconds between messages, whether only accounts write, whether only emoji are written. */
export interface Calm {
  readonly slow: number
  readonly accountsOnly: boolean
  readonly emojiOnly: boolean
}

/** Asks for the room's form (XEP-0045 §10.2). */
export const askForm = (): Markup => xml`<query xmlns="${ns.MUC_OWNER}"/>`

/** The form's fields and their values. */
export function readForm(answer: Element): Map<string, readonly string[]> {
  const form = child(child(answer, 'query', ns.MUC_OWNER), 'x', ns.DATA)
  const fields = children(form, 'field', ns.DATA).map((field): [string, string[]] => [
    attr(field, 'var') ?? '',
    children(field, 'value', ns.DATA).map((value) => value.textContent),
  ])
  return new Map(fields)
}

/**
 * The form as it is sent back: what changes and nothing else, so that what another owner changes meanwhile stays.
 *
 * @returns `undefined` where the room has none of these fields
 */
export function changedForm(form: ReadonlyMap<string, readonly string[]>, wish: Partial<Calm>): Markup | undefined {
  const changes: Markup[] = []
  for (const [name, value] of Object.entries(wish)) {
    const field = FIELDS[name as keyof Calm].find((one) => form.has(one))
    if (field === undefined) continue
    const written = typeof value === 'number' ? String(value) : value ? '1' : '0'
    changes.push(xml`<field var="${field}"><value>${written}</value></field>`)
  }
  if (changes.length === 0) return undefined
  return xml`<query xmlns="${ns.MUC_OWNER}"><x xmlns="${ns.DATA}" type="submit"><field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#roomconfig</value></field>${changes}</x></query>`
}

// --- who is here --------------------------------------------------------------------------------------------------

/** Somebody on the room's list of those who have a role. */
export interface Listed {
  readonly nick: string
  /** Full address, where the room tells it. */
  readonly jid: string | undefined
  readonly role: Role
  readonly affiliation: Affiliation
  /** Since when they are here. */
  readonly arrived: number | undefined
  /** How much they have said since. */
  readonly said: number | undefined
  /** Whether they are muted, and until when. */
  readonly muted: { readonly until: number | undefined } | undefined
}

/** A part of such a list. */
export interface ListedPage {
  readonly people: readonly Listed[]
  /** How many there are in all. */
  readonly count: number
  /** What to ask for next; none: this was all. */
  readonly after: string | undefined
}

/** Asks for those who have a role (XEP-0045 §8.5); what else is asked, rooms that do not know it ignore. */
export function askPeople(role: Role, page: { max: number; after: string | undefined; search: string } | undefined): Markup {
  const search = page?.search ? xml`<search xmlns="${ns.MODERATION}">${page.search}</search>` : ''
  const after = page?.after === undefined ? '' : xml`<after>${page.after}</after>`
  const set = page ? xml`<set xmlns="${ns.RSM}"><max>${page.max}</max>${after}</set>` : ''
  return xml`<query xmlns="${ns.MUC_ADMIN}"><item role="${role}"/>${search}${set}</query>`
}

export function readPeople(answer: Element, asked: Role): ListedPage {
  const query = child(answer, 'query', ns.MUC_ADMIN)
  const people = children(query, 'item', ns.MUC_ADMIN).flatMap((item) => {
    const nick = attr(item, 'nick')
    return nick === undefined ? [] : [readListed(item, nick, asked)]
  })
  const set = child(query, 'set', ns.RSM)
  const count = Number(text(set, 'count') ?? people.length)
  const index = Number(attr(child(set, 'first', ns.RSM), 'index') ?? 0)
  const more = set !== undefined && people.length > 0 && index + people.length < count
  return { people, count: Number.isSafeInteger(count) ? count : people.length, after: more ? text(set, 'last') : undefined }
}

function readListed(item: Element, nick: string, asked: Role): Listed {
  const seen = child(item, 'seen', ns.MODERATION)
  const arrived = Date.parse(attr(seen, 'arrived') ?? '')
  const said = attr(seen, 'said')
  return {
    nick,
    jid: attr(item, 'jid'),
    role: asked,
    affiliation: (attr(item, 'affiliation') as Affiliation | undefined) ?? 'none',
    arrived: Number.isNaN(arrived) ? undefined : arrived,
    said: said === undefined ? undefined : Number(said),
    muted: child(item, 'expiry', ns.MODERATION) && { until: readUntil(item) },
  }
}
