// Rooms and their videos: what PeerTube changes reaches the room, told or not, and what somebody set in the room stays.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { Channels, initial } from '../../src/server/channels'
import { appointments, Notes, STRANGE, untold } from '../../src/server/notes'
import { Rooms, type Subject } from '../../src/server/rooms'
import { read } from '../../src/server/settings'
import { Turns } from '../../src/server/turns'
import { Privacy, Videos } from '../../src/server/videos'
import { answer, FIRST, LIVE, VIDEOS, type HostVideo } from '../host/world'
import { PlayedRooms, storage } from './played-rooms'

const folder = mkdtempSync(join(tmpdir(), 'parterre-rooms-'))
afterAll(() => rmSync(folder, { recursive: true }))

const CLOSED = 'muc#roomconfig_membersonly'
const TITLE = 'muc#roomconfig_roomname'
const SECOND = '99999999-2222-4333-8444-555555555555'
const owner = 'marguerite@tube.example'

let played: PlayedRooms
let rooms: Rooms
let channels: Channels
let settings: Record<string, string>
let directory = 0

beforeEach(() => {
  played = new PlayedRooms()
  settings = {}
  directory += 1
  VIDEOS.splice(0, VIDEOS.length, { ...FIRST }, { ...FIRST, id: 2, uuid: SECOND, name: 'Another' })
  channels = new Channels(storage(), () => read(settings))
  again()
})

/** The plugin begins anew, with what is kept. */
function again(): void {
  const videos = new Videos((sql, { replacements }) => Promise.resolve(answer(sql, replacements)))
  const livechat = { choice: () => Promise.resolve(true) }
  rooms = new Rooms(played.api, videos, storage(), channels, livechat, new Notes(join(folder, String(directory))), () => read(settings), 'tube.example')
}

const change = (what: Partial<HostVideo>, uuid = LIVE) => Object.assign(VIDEOS.find((video) => video.uuid === uuid) ?? {}, what)
const found = async (name = LIVE): Promise<Subject> => {
  const subject = await rooms.find(name)
  if (!subject) throw new Error('there is no such video')
  return subject
}
const visit = async (name = LIVE) => rooms.ensure(await found(name))
const field = (name: string, room = LIVE) => played.all.get(room)?.fields[name]

describe('a room', () => {
  it('is made once, however many come', async () => {
    const subject = await found()
    await Promise.all(Array.from({ length: 50 }, () => rooms.ensure(subject)))
    await visit()
    expect(played.orders).toEqual([`create ${LIVE}`, `affiliate ${LIVE}`])
    expect(played.all.get(LIVE)?.lists.get(owner)).toBe('owner')
  })

  it('follows what PeerTube has changed without a word when somebody comes', async () => {
    change({ privacy: Privacy.internal })
    await visit()
    expect(field(CLOSED)).toBe(true)
    change({ privacy: Privacy.public, name: 'Published' })
    await visit()
    expect([field(CLOSED), field(TITLE)]).toEqual([false, 'Published'])
    change({ blocked: true })
    await rooms.keepUp(await found())
    expect(field(CLOSED)).toBe(true)
  })

  it('follows when the settings have changed', async () => {
    change({ state: 5 })
    await visit()
    expect(field('muc#roomconfig_moderatedroom')).toBe(false)
    settings['chat-after-live'] = 'readonly'
    await visit()
    expect(field('muc#roomconfig_moderatedroom')).toBe(true)
  })

  it('keeps what was set in it, also over a new start', async () => {
    await visit()
    await played.configure(LIVE, { [CLOSED]: true, [TITLE]: 'Ours' })
    await played.affiliate(LIVE, 'ada@tube.example', 'admin')
    again()
    change({ language: 'fr' })
    await visit()
    expect([field(CLOSED), field(TITLE), field('muc#roomconfig_lang')]).toEqual([true, 'Ours', 'fr'])
    expect(played.all.get(LIVE)?.lists.get('ada@tube.example')).toBe('admin')
  })

  it('is told the newest, whatever somebody read before', async () => {
    await visit()
    const old = await found()
    change({ privacy: Privacy.private })
    await rooms.follow(LIVE)
    await rooms.ensure(old)
    expect(field(CLOSED)).toBe(true)
  })

  it('is not made by what only follows', async () => {
    await rooms.follow(LIVE)
    expect(played.all.size).toBe(0)
    await visit()
    expect(played.all.size).toBe(1)
  })

  it('that came from elsewhere is closed with its video, and never opened', async () => {
    played.add(LIVE, { [CLOSED]: false })
    played.add(SECOND, { [CLOSED]: true })
    change({ privacy: Privacy.private })
    await rooms.close()
    expect(played.orders).toEqual([`configure ${LIVE}`, `affiliate ${LIVE}`])
    expect(field(CLOSED)).toBe(true)
    await visit(SECOND)
    expect(field(CLOSED, SECOND)).toBe(true)
    change({ privacy: Privacy.public })
    await visit()
    expect(field(CLOSED)).toBe(false)
  })

  it('is made anew with all that belongs to it', async () => {
    await visit()
    await rooms.destroy(LIVE)
    expect(played.all.size).toBe(0)
    await visit()
    expect(played.all.get(LIVE)?.lists.get(owner)).toBe('owner')
  })
})

describe('the room of a channel', () => {
  beforeEach(() => (settings['prosody-room-type'] = 'channel'))

  it('is not touched by a video of the channel', async () => {
    await visit()
    const before = [...played.orders]
    change({ privacy: Privacy.private, name: 'A draft', language: 'de' }, SECOND)
    await rooms.follow(SECOND)
    change({ language: 'it' })
    await rooms.follow(LIVE)
    await visit()
    expect(played.orders).toEqual(before)
    await visit(SECOND)
    expect([field(CLOSED, 'channel.7'), field(CLOSED, SECOND)]).toEqual([false, true])
  })
})

describe('the lists of a room', () => {
  it('lose who had the video before, and only them', async () => {
    await channels.keep(7, { ...initial(read({})), moderators: ['bob', 'ann.lee'] })
    await channels.keep(9, { ...initial(read({})), moderators: ['bob'] })
    await visit()
    await played.affiliate(LIVE, 'root@tube.example', 'owner')
    await played.affiliate(LIVE, 'ann.lee@tube.example', 'outcast')
    change({ channelId: 9 })
    await visit()
    expect(Object.fromEntries(played.all.get(LIVE)?.lists ?? [])).toEqual({
      'jean-luc@tube.example': 'owner', 'bob@tube.example': 'admin', 'root@tube.example': 'owner', 'ann.lee@tube.example': 'outcast',
    })
  })

  it('are as the channel’s owner saves them, again and again', async () => {
    const channel = (await found()).channel
    const options = { ...initial(read({})), moderators: ['bob'] }
    await visit()
    await rooms.applyOptions(channel, initial(read({})), options)
    await played.affiliate(LIVE, 'bob@tube.example', 'none')
    await rooms.applyOptions(channel, options, options)
    expect(played.all.get(LIVE)?.lists.get('bob@tube.example')).toBe('admin')
    await rooms.applyOptions(channel, options, initial(read({})))
    expect([...(played.all.get(LIVE)?.lists.keys() ?? [])]).toEqual([owner])
  })

  it('are told what has changed, and never take more than was given', () => {
    const [none, bob, constructor] = [new Map(), new Map([['bob', 'admin' as const]]), new Map([['constructor', 'admin' as const]])]
    expect(appointments(none, bob, () => 'member')).toEqual([['bob', 'admin']])
    expect(appointments(none, bob, () => 'owner')).toEqual([])
    expect(appointments(bob, none, () => 'admin')).toEqual([['bob', 'none']])
    for (const given of ['owner', 'member', 'outcast', 'none'] as const) expect(appointments(bob, none, () => given)).toEqual([])
    expect(appointments(new Map([['bob', 'owner' as const]]), bob, () => 'owner')).toEqual([['bob', 'admin']])
    expect(appointments(constructor, none, () => 'admin')).toEqual([['constructor', 'none']])
  })
})

describe('notes', () => {
  it('are of nothing where there are none, and of what was told', async () => {
    const notes = new Notes(join(folder, 'notes'))
    expect(await notes.of('channel.7')).toBe(STRANGE)
    const note = { fields: { [TITLE]: 'A' }, staff: new Map([['bob', 'admin' as const]]) }
    await notes.keep('channel.7', note)
    expect(await notes.of('channel.7')).toEqual(note)
    expect(untold({ [TITLE]: 'B', [CLOSED]: false }, STRANGE.fields)).toEqual({ [TITLE]: 'B' })
    await notes.forget('channel.7')
    expect(await notes.of('channel.7')).toBe(STRANGE)
  })
})

describe('turns', () => {
  it('come one after the other for one thing, also after one that failed', async () => {
    const turns = new Turns()
    const done: string[] = []
    const work = (name: string) => async () => {
      done.push(`${name} begins`)
      await Promise.resolve()
      done.push(`${name} ends`)
    }
    const failed = turns.take('room', () => Promise.reject(new Error('no')))
    await Promise.all([expect(failed).rejects.toThrow('no'), turns.take('room', work('one')), turns.take('room', work('two'))])
    expect(done).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
  })
})
