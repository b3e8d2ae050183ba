// Where the room is: from what a page says about it to addresses. A page may name a Parterre server and a room, and the
// rest is asked for (XEP-0156); or it gives everything, and any XMPP server will do.

import { domain as domainOf, local as localOf } from './xmpp/jid'

/** What a page says. */
export interface Wish {
  /** Address of the server's site or of its WebSocket, absolute or relative to the page; empty: where the script came from. */
  readonly server: string
  /** A room's address, or its name alone. */
  readonly room: string
  /** Where people without an account log in; empty: what the server says. */
  readonly domain: string
  /** Where accounts log in; empty: what the server says. */
  readonly accounts: string
  /** The word of nicks that nobody has chosen, where it is another than usual; else what the server says. */
  readonly anonymousNick?: string
}

export interface Place {
  /** Address of the WebSocket. */
  readonly url: string
  /** Address of the room. */
  readonly room: string
  /** Where people without an account log in, if they may. */
  readonly anonymous: string | undefined
  /** Where accounts log in. */
  readonly accounts: string
  /** The page that holds nothing but this chat, where the server has one. */
  readonly ownPage?: string
  /** The word of nicks that nobody has chosen, where the server says another than usual. */
  readonly anonymousNick: string | undefined
}

const WEBSOCKET = 'urn:xmpp:alt-connections:websocket'

/** Thrown where what the page says leads nowhere. Its message is for whoever made the page. */
export class NoPlace extends Error {}

/**
 * Finds the room. Asks the server only for what the page leaves open.
 *
 * @param base the page's address
 * @param script the script's address, by which a server is found that no page names
 */
export async function find(wish: Wish, base: string, script: string): Promise<Place> {
  if (!wish.room) throw new NoPlace('Say which room: <parterre-chat room="name">.')
  // As every server writes it in what it sends.
  const named = wish.room.toLowerCase()
  const server = new URL(wish.server || '/', wish.server ? base : script)
  const isSocket = /^wss?:$/.test(server.protocol) || server.pathname.endsWith("websocket")
  const { anonymousNick } = wish
  const known = named.includes('@') && (wish.domain !== '' || wish.accounts !== '')
  if (isSocket && known) {
    return { url: socketAddress(server), room: named, anonymous: wish.domain || undefined, accounts: wish.accounts || wish.domain, anonymousNick }
  }
  if (isSocket && named.includes('@')) {
    const accounts = domainOf(named).replace(/^[^.]+\./, '')
    return { url: socketAddress(server), room: named, anonymous: `anon.${accounts}`, accounts, anonymousNick }
  }
  return ask(server, wish, named)
}

async function ask(server: URL, wish: Wish, named: string): Promise<Place> {
  const site = /^wss?:$/.test(server.protocol) ? new URL(server.href.replace(/^ws/, 'http')) : server
  const answer = await fetch(new URL('/.well-known/host-meta.json', site), { credentials: 'omit' })
  if (!answer.ok) throw new NoPlace(`${site.origin} does not say where its chat is (${String(answer.status)}).`)
  const meta = (await answer.json()) as { links?: { rel: string; href: string }[]; properties?: Record<string, string> }
  const url = meta.links?.find((link) => link.rel === WEBSOCKET)?.href
  const property = (name: string): string | undefined => meta.properties?.[`urn:parterre:${name}`]
  const rooms = property('rooms:0')
  if (!url || (!named.includes('@') && !rooms)) {
    throw new NoPlace(`${site.origin} is no Parterre server: give the room's whole address and the WebSocket's.`)
  }
  const room = named.includes('@') ? named : `${named}@${rooms ?? ''}`
  const accounts = wish.accounts || property('domain:0') || domainOf(room).replace(/^[^.]+\./, '')
  const page = rooms && room.endsWith(`@${rooms}`) ? { ownPage: new URL(`/room/${encodeURIComponent(localOf(room))}`, site).href } : {}
  return { url, room, anonymous: wish.domain || property('anonymous:0'), accounts, anonymousNick: wish.anonymousNick || property('room:0#anonymous-nick'), ...page }
}

function socketAddress(server: URL): string {
  return server.href.replace(/^http/, 'ws')
}
