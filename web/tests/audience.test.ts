import { expect, test } from 'vitest'
import type { Listed, ListedPage } from '../src/room/orders'
import type { Role } from '../src/room/types'
import { Audience } from '../src/view/people/audience'
import { windowOf } from '../src/view/people/window'

const somebody = (nick: string): Listed => ({
  nick, jid: undefined, role: 'visitor', affiliation: 'none', arrived: undefined, said: undefined, muted: undefined,
})

/** A room of so many, two a page, in the order of their nicks. */
function room(all: Record<string, string[]>) {
  const asked: string[] = []
  const ask = (role: Role, search: string, after: string | undefined): Promise<ListedPage> => {
    asked.push(`${role}/${search}/${after ?? ''}`)
    const found = (all[role] ?? []).filter((nick) => nick.includes(search))
    const from = after === undefined ? 0 : found.indexOf(after) + 1
    const people = found.slice(from, from + 2).map(somebody)
    const more = from + 2 < found.length
    return Promise.resolve({ people, count: found.length, after: more ? people.at(-1)?.nick : undefined })
  }
  return { asked, ask }
}

test('pages follow each other, role after role, until all are there', async () => {
  const { asked, ask } = room({ visitor: ['a', 'b', 'c'], participant: ['x'] })
  const audience = new Audience(ask, () => undefined)
  await audience.search('')
  expect([audience.people.map((one) => one.nick), audience.count]).toEqual([['a', 'b'], 3])
  await audience.more()
  await audience.more()
  await audience.more()
  expect(audience.people.map((one) => one.nick)).toEqual(['a', 'b', 'c', 'x'])
  expect([audience.count, audience.complete]).toEqual([4, true])
  expect(asked).toEqual(['visitor//', 'visitor//b', 'participant//'])
})

test('an empty list does not keep the next one waiting', async () => {
  const { ask } = room({ visitor: [], participant: ['x'] })
  const audience = new Audience(ask, () => undefined)
  await audience.search('')
  expect(audience.people.map((one) => one.nick)).toEqual(['x'])
})

test('what an older search is answered does not count', async () => {
  const answers: ((page: ListedPage) => void)[] = []
  const audience = new Audience(() => new Promise((resolve) => answers.push(resolve)), () => undefined)
  const first = audience.search('l')
  const second = audience.search('lou')
  answers[1]?.({ people: [somebody('lou')], count: 1, after: undefined })
  answers[0]?.({ people: [somebody('lena')], count: 9, after: 'lena' })
  await Promise.all([first, second])
  expect(audience.people.map((one) => one.nick)).toEqual(['lou'])
  expect(audience.count).toBe(1)
})

test('one page at a time, and a failure can be tried again', async () => {
  let asked = 0
  let fails = true
  const audience = new Audience(() => {
    asked += 1
    return fails ? Promise.reject(new Error('no answer')) : Promise.resolve({ people: [somebody('a')], count: 1, after: undefined })
  }, () => undefined)
  await Promise.all([audience.search(''), audience.more(), audience.more()])
  expect([asked, audience.failed]).toEqual([1, true])
  fails = false
  await audience.more()
  expect([audience.failed, audience.people.length]).toEqual([false, 1])
})

test('the rows in view are drawn, with a few beside them', () => {
  expect(windowOf(1_000, 0, 360, 36)).toEqual({ first: 0, end: 18 })
  expect(windowOf(1_000, 3_600, 360, 36)).toEqual({ first: 92, end: 118 })
  expect(windowOf(1_000, -200, 360, 36)).toEqual({ first: 0, end: 13 })
  expect(windowOf(5, 0, 360, 36)).toEqual({ first: 0, end: 5 })
  expect(windowOf(1_000, 100_000, 360, 36)).toEqual({ first: 1_000, end: 1_000 })
  expect(windowOf(3, 0, 0, 0)).toEqual({ first: 0, end: 3 })
})
