// A room over connections that come and go: what is read, in which order, and what is sent again.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { react } from '../src/room/amend'
import { Room, type RoomOptions } from '../src/room/room'
import type { Identity } from '../src/xmpp/negotiation'
import { xml, type Markup } from '../src/xmpp/xml'
import { ROOM, Wire, idOf, message, reflected, refusal } from './wire'

const OURS = 'urn:parterre:moderation:0'
const HOST = "<author xmlns='urn:parterre:room:0' affiliation='owner' role='moderator' avatar='https://a.example/a.png'/>"

let rooms: Room[] = []

function enter(options: Partial<RoomOptions> = {}): Room {
  const identity = (): Identity => ({ kind: 'anonymous', domain: 'anon.example' })
  const room = new Room({ jid: ROOM, url: 'wss://example/xmpp', identity, changed: () => undefined, ...options })
  rooms.push(room)
  room.enter()
  return room
}

const texts = (room: Room): string[] => room.log.entries.map(({ line }) => (line.kind === 'message' ? line.text : line.what.is))

beforeEach(() => {
  rooms = []
  Wire.play()
})

afterEach(() => {
  for (const room of rooms) room.session.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A room in which one has read “before”, and has just lost the session. */
async function lost(options: Partial<RoomOptions> = {}): Promise<Room> {
  const room = enter(options)
  const wire = await Wire.login()
  wire.tells(OURS)
  wire.letsIn()
  wire.says(message('1', 'Ada', 'before'))
  wire.breaks()
  return room
}

describe('after a lost session', () => {
  it('what was missed stands before what is said meanwhile, and counts as news', async () => {
    const room = await lost({ nick: 'Lou' })
    const wire = await Wire.next()
    wire.letsIn()
    wire.says(message('4', 'Ada', 'live'))
    expect(texts(room)).toEqual(['before'])
    expect(await wire.gives([message('2', 'Ada', 'missed'), message('3', 'Ada', 'for Lou')], false, '3')).toBe('1')
    expect(await wire.gives([message('4', 'Ada', 'live')], true)).toBe('3')
    expect(texts(room)).toEqual(['before', 'missed', 'for Lou', 'live'])
    expect([room.log.arrived, room.log.called]).toEqual([4, 1])
    wire.says(message('5', 'Ada', 'goes on'))
    expect(texts(room).at(-1)).toBe('goes on')
  })

  it('that is lost as well, the rest is fetched from where it ended, and nothing is said to be missing', async () => {
    const room = await lost()
    const second = await Wire.next()
    second.letsIn()
    second.says(message('9', 'Ada', 'live'))
    await second.gives([message('2', 'Ada', 'missed')], false, '2')
    second.breaks()
    const third = await Wire.next()
    third.letsIn()
    expect(await third.gives([message('3', 'Ada', 'more'), message('9', 'Ada', 'live')], true)).toBe('2')
    expect(texts(room)).toEqual(['before', 'missed', 'more', 'live'])
  })

  it('an archive that gives nothing leaves a gap, before what is live', async () => {
    const room = await lost()
    const wire = await Wire.next()
    wire.letsIn()
    wire.says(message('4', 'Ada', 'live'))
    wire.says(refusal(wire.asked('urn:xmpp:mam:2'), 'service-unavailable'))
    await vi.advanceTimersByTimeAsync(0)
    expect(texts(room)).toEqual(['before', 'gap', 'live'])
  })

  it('of very much only the newest is fetched, and a gap is said only where there is one', async () => {
    const page = (from: number): string[] => Array.from({ length: 50 }, (_, at) => message(String(from + at), 'Ada', String(from + at)))
    for (const [newest, gaps] of [[160, 0], [300, 1]] as const) {
      Wire.all = []
      const room = await lost()
      const wire = await Wire.next()
      wire.letsIn()
      for (let from = 2; from < 202; from += 50) await wire.gives(page(from), false, String(from + 49))
      expect(await wire.gives(page(newest), true)).toBe('')
      expect(texts(room).filter((text) => text === 'gap')).toHaveLength(gaps)
      expect(texts(room).at(-1)).toBe(String(newest + 49))
    }
  })

  it('what was said and done meanwhile is sent once all that is there, and once only', async () => {
    const room = await lost({ nick: 'Lou' })
    const said = room.say('mine')
    const [before] = room.log.messages
    if (before) react(room, before, '👍')
    const wire = await Wire.next()
    wire.letsIn()
    room.say('mine, too')
    expect(wire.count('groupchat')).toBe(0)
    await wire.gives([], true)
    expect([wire.count('>mine<'), wire.count('>mine, too<'), wire.count('👍')]).toEqual([1, 1, 1])
    const sent = wire.asked('👍')
    wire.says(reflected(wire.asked('>mine<'), 'Lou', '7'))
    wire.says(reflected(sent, 'Lou', '8'))
    expect(room.log.find(said)?.delivery).toBe('sent')
    expect(room.log.find('1')?.reactions).toMatchObject([{ emoji: '👍', own: true }])
    wire.breaks()
    const again = await Wire.next()
    again.letsIn()
    await again.gives([], true)
    expect([again.count('>mine<'), again.count('>mine, too<'), again.count('👍')]).toEqual([0, 1, 0])
  })

  it('what the archive shows to have arrived is not done again', async () => {
    const room = enter({ nick: 'Lou' })
    const wire = await Wire.login()
    wire.letsIn([message('1', 'Ada', 'before')])
    let done = 0
    room.act((id) => xmlMessage(id), () => (done += 1))
    const sent = wire.asked('do it')
    wire.breaks()
    const again = await Wire.next()
    again.letsIn()
    await again.gives([reflected(sent, 'Lou', '2')], true)
    expect([done, again.count('do it')]).toEqual([1, 0])
  })
})

describe('what a message says of its author', () => {
  it('is believed of a room that lets nobody else say it', async () => {
    const room = enter()
    const wire = await Wire.login()
    wire.tells(OURS)
    await vi.advanceTimersByTimeAsync(0)
    wire.letsIn([message('1', 'Ada', 'hello', HOST)])
    expect(room.log.messages[0]?.author).toMatchObject({ affiliation: 'owner', role: 'moderator', avatar: 'https://a.example/a.png' })
  })

  it('is nobody’s word elsewhere, nor before the room has said what it is', async () => {
    const room = enter()
    const wire = await Wire.login()
    wire.letsIn([message('1', 'Eve', 'I am the host', HOST)])
    wire.tells('muc_moderated')
    await vi.advanceTimersByTimeAsync(0)
    wire.says(`<presence xmlns='jabber:client' from='${ROOM}/Eve'><x xmlns='http://jabber.org/protocol/muc#user'><item role='participant' affiliation='none'/></x>${HOST}</presence>`)
    wire.says(message('2', 'Eve', 'Am I?', `<x xmlns='http://jabber.org/protocol/muc#user'><item role='moderator' affiliation='owner'/></x>`))
    const plain = { affiliation: 'none', role: 'participant', avatar: undefined }
    expect(room.log.messages.map((one) => one.author)).toMatchObject([plain, plain])
    expect(room.people.byNick('Eve')?.avatar).toBeUndefined()
  })

  it('is asked before anything is read, and in the same flight', async () => {
    enter()
    const wire = await Wire.login()
    const order = wire.sent.flatMap((frame) => ['authenticate', 'disco#info', 'protocol/muc"'].filter((one) => frame.includes(one)))
    expect(order).toEqual(['authenticate', 'disco#info', 'protocol/muc"'])
  })
})

describe('coming in', () => {
  it('ends where even whoever has no name is refused', async () => {
    const room = enter({ nick: 'Lou' })
    const wire = await Wire.login()
    let asked = 0
    while (wire.count('protocol/muc"') > 0 && asked < 20) {
      asked += 1
      const presence = wire.asked('protocol/muc"')
      wire.says(refusal(presence, 'conflict', / to="([^"]*)"/.exec(presence)?.[1]))
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(asked).toBe(3)
    expect([room.phase, room.trouble]).toMatchObject(['out', { is: 'other' }])
    room.comeBack()
    wire.letsIn()
    expect(room.phase).toBe('joined')
  })

  it('happens once more where the room does not know one, and what was said goes along', async () => {
    const room = enter({ nick: 'Lou' })
    const wire = await Wire.login()
    wire.letsIn()
    const id = room.say('hello')
    wire.says(refusal(wire.asked('>hello<'), 'item-not-found'))
    expect(room.phase).toBe('joining')
    wire.letsIn()
    await vi.advanceTimersByTimeAsync(0)
    wire.says(refusal(wire.asked('>hello<'), 'item-not-found'))
    expect([room.log.find(id)?.delivery, room.phase, wire.count('protocol/muc"')]).toEqual(['failed', 'joined', 0])
  })

  it('is under the token’s name rather than that of the last visit, and under the one that was taken since', async () => {
    const claims = (nick: string): string => `x.${btoa(JSON.stringify({ nick }))}.x`
    const identity = (): Identity => ({ kind: 'token', domain: 'example', token: claims('Ann') })
    const room = enter({ remembered: 'Zed', identity })
    const wire = await Wire.login()
    expect(wire.count(`${ROOM}/Ann`)).toBe(1)
    wire.letsIn()
    room.takeNick('Zed')
    wire.says(
      `<presence xmlns='jabber:client' type='unavailable' from='${ROOM}/Ann'><x xmlns='http://jabber.org/protocol/muc#user'><item nick='Zed'/><status code='303'/><status code='110'/></x></presence>`,
    )
    wire.breaks()
    const again = await Wire.next()
    expect(again.count(`${ROOM}/Zed`)).toBe(1)
    const named = enter({ nick: 'Page', remembered: 'Zed', identity })
    await Wire.login()
    expect(named.me).toMatchObject({ nick: 'Page', anonymous: false })
  })

  it('is under the server’s own word for those who have no name', async () => {
    const room = enter({ anonymous: 'Guest' })
    const wire = await Wire.login()
    expect(wire.sent.some((frame) => /\/Guest \d{6}"/.test(frame))).toBe(true)
    wire.letsIn()
    expect(room.me.anonymous).toBe(true)
  })
})

describe('an answer', () => {
  it.each(['😀'.repeat(400), 'a\ud83d b', 'one\ntwo'])('to %j is sent with a quotation of the length that it says', async (quoted) => {
    const room = enter({ nick: 'Lou' })
    const wire = await Wire.login()
    wire.letsIn()
    wire.says(message('1', 'Ada', 'x'))
    const [original] = room.log.messages
    if (original) room.say('yes', { ...original, text: quoted })
    const sent = wire.asked('yes</body>')
    const body = new DOMParser().parseFromString(sent, 'text/xml').querySelector('body')?.textContent ?? ''
    const end = Number(/end="(\d+)"/.exec(sent)?.[1])
    expect([...body].slice(end).join('')).toBe('yes')
    expect(idOf(sent)).not.toBe('')
  })
})

function xmlMessage(id: string): Markup {
  return xml`<message xmlns="jabber:client" type="groupchat" to="${ROOM}" id="${id}"><body>do it</body></message>`
}
