// From what a page says to where the room is.

import { afterEach, expect, test, vi } from 'vitest'
import { find, type Wish } from '../src/place'
import { anonymousNick, isAnonymousNick } from '../src/room/nick'

const wish = (change: Partial<Wish>): Wish => ({ server: '', room: '', domain: '', accounts: '', ...change })
const found = (change: Partial<Wish>) => find(wish(change), 'https://page.example/', 'https://chat.example/parterre-chat.js')

/** What the server says of itself. */
function tells(properties: Record<string, string>): void {
  const meta = { properties, links: [{ rel: 'urn:xmpp:alt-connections:websocket', href: 'wss://chat.example/xmpp-websocket' }] }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(meta))))
}

const DOMAINS = { 'urn:parterre:domain:0': 'chat.example', 'urn:parterre:anonymous:0': 'anon.chat.example', 'urn:parterre:rooms:0': 'room.chat.example' }

afterEach(() => vi.unstubAllGlobals())

test('a room is called as servers write it, however the page does', async () => {
  tells(DOMAINS)
  for (const room of ['Hall', 'HALL@Room.Chat.Example']) {
    expect(await found({ room })).toMatchObject({ room: 'hall@room.chat.example', ownPage: 'https://chat.example/room/hall' })
  }
  const socket = { server: 'wss://xmpp.example/ws', room: 'Hall@Conference.example' }
  expect(await found(socket)).toMatchObject({ room: 'hall@conference.example', accounts: 'example' })
  expect(await found({ ...socket, domain: 'anon.example' })).toMatchObject({ room: 'hall@conference.example', anonymous: 'anon.example' })
})

test('the word for those who have no name is the server’s, where it says one', async () => {
  tells({ ...DOMAINS, 'urn:parterre:room:0#anonymous-nick': 'Invité' })
  const { anonymousNick: word } = await found({ room: 'hall' })
  expect(word).toBe('Invité')
  expect(anonymousNick(word)).toMatch(/^Invité \d{6}$/)
  const socket = { server: 'wss://chat.example/xmpp-websocket', room: 'hall@room.chat.example', domain: 'anon.chat.example' }
  expect((await found({ ...socket, anonymousNick: 'Gast' })).anonymousNick).toBe('Gast')
  tells(DOMAINS)
  const place = await found({ room: 'hall' })
  expect(anonymousNick(place.anonymousNick)).toMatch(/^Anonymous \d{6}$/)
  const anonymous = (nick: string): boolean => isAnonymousNick(nick, word)
  expect(['Invité 7', 'Anonymous 7', 'Invité', 'Invité 7b', 'Invité ', 'un Invité 7'].filter(anonymous)).toEqual(['Invité 7'])
})
