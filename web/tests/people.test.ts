import { expect, test } from 'vitest'
import { People } from '../src/room/people'
import type { PresenceEvent } from '../src/room/read'

const presence = (nick: string, change: Partial<PresenceEvent> = {}): PresenceEvent => ({
  nick,
  here: true,
  occupantId: undefined,
  jid: undefined,
  role: 'participant',
  affiliation: 'none',
  avatar: undefined,
  own: false,
  codes: [],
  newNick: undefined,
  reason: undefined,
  until: undefined,
  destroyed: undefined,
  ...change,
})

test.each([undefined, 'occupant-1'])('whoever changes their nick is the same person (occupant id %s)', (occupantId) => {
  const people = new People()
  people.presence(presence('Lou', { occupantId }))
  people.author({ nick: 'Lou', occupantId, role: undefined, affiliation: undefined, avatar: undefined })
  people.presence(presence('Lou', { occupantId, here: false, codes: [303], newNick: 'Louise' }))
  people.presence(presence('Louise', { occupantId }))
  expect(people.all).toMatchObject([{ nick: 'Louise', here: true, said: 1 }])
})
