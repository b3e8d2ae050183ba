// Who is blocked by PeerTube is banned where anybody is; who is unblocked is what they were, and no ban of others is lifted.

import { beforeEach, describe, expect, it } from 'vitest'

import { Banishment } from '../../src/server/banishment'
import { PlayedRooms, storage } from './played-rooms'

const bob = { id: 3, username: 'Bob.B' }
const jid = 'bob.b@tube.example'

let played: PlayedRooms
let banishment: Banishment

beforeEach(() => {
  played = new PlayedRooms()
  banishment = new Banishment(played.api, storage(), (name) => `${name.toLowerCase()}@tube.example`)
})

const is = (room: string) => played.all.get(room)?.lists.get(jid) ?? 'none'

describe('a user who is blocked', () => {
  it('is out of every room, and what they were when they are unblocked', async () => {
    played.add('a')
    played.add('b').lists.set(jid, 'admin')
    await banishment.banish(bob)
    expect([is('a'), is('b'), played.ended]).toEqual(['outcast', 'outcast', [jid]])
    await banishment.recall(bob)
    expect([is('a'), is('b')]).toEqual(['none', 'admin'])
  })

  it('stays banned where a room had banned them', async () => {
    played.add('a').lists.set(jid, 'outcast')
    await banishment.banish(bob)
    await banishment.recall(bob)
    expect(is('a')).toBe('outcast')
  })

  it('is recalled from everywhere though they were blocked twice', async () => {
    played.add('a').lists.set(jid, 'member')
    await banishment.banish(bob)
    played.add('b')
    await banishment.banish(bob)
    await banishment.recall(bob)
    expect([is('a'), is('b')]).toEqual(['member', 'none'])
  })

  it('keeps what a room has given them since, and may have lost a room', async () => {
    for (const room of ['a', 'b']) played.add(room)
    await banishment.banish(bob)
    played.all.get('a')?.lists.set(jid, 'member')
    played.all.delete('b')
    await banishment.recall(bob)
    expect(is('a')).toBe('member')
    played.all.get('a')?.lists.delete(jid)
    await banishment.recall(bob)
    expect(is('a')).toBe('none')
  })
})
