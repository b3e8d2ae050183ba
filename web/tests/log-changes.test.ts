// What becomes of messages: reactions, corrections and retractions, also those that are told before what they are about.

import { describe, expect, it } from 'vitest'
import { MessageLog } from '../src/room/log'
import type { Deed } from '../src/room/early'
import type { Said } from '../src/room/read'

const base = (number: number, nick: string, occupantId: string | undefined = nick) => ({
  sender: { nick, occupantId, role: undefined, affiliation: undefined, avatar: undefined },
  id: `id${String(number)}`,
  stanzaId: `s${String(number)}`,
  time: number,
})
const said = (number: number, change: Partial<Said> = {}, nick = 'Zoë'): Said => ({
  ...base(number, nick),
  kind: 'said',
  text: `words ${String(number)}`,
  answers: undefined,
  corrects: undefined,
  removed: undefined,
  announcement: undefined,
  ...change,
})
const reacted = (number: number, target: string, emojis: string[], nick = 'Bo'): Deed => ({ ...base(number, nick), kind: 'reacted', target, emojis })
const retracted = (number: number, target: string, nick = 'Zoë'): Deed => ({
  ...base(number, nick),
  kind: 'retracted',
  target,
  by: nick === '' ? 'moderator' : 'author',
  moderator: undefined,
})

function log(limit = 300): MessageLog {
  return new MessageLog(
    {
      author: ({ nick, occupantId }) => ({ nick, occupantId, role: 'participant', affiliation: 'none', avatar: undefined }),
      isOwn: () => false,
      isModerator: () => false,
      mentionsMe: () => false,
      isHidden: () => false,
    },
    limit,
  )
}
const texts = (one: MessageLog): string[] => one.messages.map((message) => message.text)
const emojis = (one: MessageLog, id: string): string[] => one.find(id)?.reactions.map(({ emoji, count }) => `${emoji}${String(count)}`) ?? []

describe('what is told of a message that an older page brings', () => {
  it('holds against what that page tells of it', () => {
    const one = log()
    one.take(reacted(10, 's1', []), 0, true)
    one.take(retracted(11, 's2', ''), 0, true)
    one.take(said(12), 0, true)
    one.prepend([said(1), reacted(3, 's1', ['👍']), reacted(4, 's1', ['🎉'], 'Ada'), said(2), reacted(5, 's2', ['👍'])], 0)
    expect(texts(one)).toEqual(['words 1', '', 'words 12'])
    expect([emojis(one, 's1'), emojis(one, 's2')]).toEqual([['🎉1'], []])
  })

  it('holds through pages that do not have it', () => {
    const one = log()
    one.take(said(9), 0, true)
    one.take(reacted(10, 's1', ['🎉']), 0, true)
    one.prepend([reacted(3, 's1', ['👍']), said(4)], 0)
    one.prepend([said(1)], 0)
    expect(emojis(one, 's1')).toEqual(['🎉1'])
  })

  it('corrects it, and does not stand beside it any more', () => {
    const one = log()
    one.take(said(8, { corrects: 'id1', text: 'once' }), 0, true)
    one.take(said(9, { corrects: 'id1', text: 'twice' }), 0, true)
    one.take(said(10, { corrects: 'id1', text: 'by another' }, 'Eve'), 0, true)
    expect(texts(one)).toEqual(['once', 'twice', 'by another'])
    one.prepend([said(1)], 0)
    expect(texts(one)).toEqual(['twice', 'by another'])
    expect(one.find('s1')?.edited).toBe(true)
  })

  it('is one reaction of each, and so many at most, but that it was taken back is not forgotten', () => {
    const one = log()
    one.take(retracted(2, 's1', ''), 0, false)
    for (let number = 3; number < 1_003; number += 1) one.take(reacted(number, 's2', [number % 2 ? '👍' : '🎉']), 0, false)
    for (let number = 1_003; number < 2_003; number += 1) {
      for (const target of ['s1', 's2']) one.take(reacted(number, target, ['❤️'], `person ${String(number)}`), 0, false)
    }
    one.prepend([said(1), said(2)], 0)
    expect(one.find('s1')?.removed).toMatchObject({ by: 'moderator' })
    expect(one.find('s2')?.reactions).toMatchObject([{ emoji: '❤️', count: 100 }])
  })

  it('is forgotten of what nobody brings', () => {
    const one = log(3)
    for (let number = 10; number < 20; number += 1) one.take(reacted(number, `s${String(number - 10)}`, ['👍']), 0, false)
    one.prepend([said(0), said(8)], 0)
    expect([emojis(one, 's0'), emojis(one, 's8')]).toEqual([[], ['👍1']])
  })
})

describe('a room without stanza ids', () => {
  const plain = (number: number, text: string): Said => said(number, { stanzaId: undefined, text })

  it('brings nothing twice with its history', () => {
    const one = log()
    one.take(plain(1, 'hello'), 0, false)
    one.take(plain(1, 'hello'), 0, true)
    one.take({ ...plain(1, 'hello, too'), ...base(1, 'Ada'), stanzaId: undefined }, 0, true)
    // Live, two messages are two, whatever a client calls them.
    one.take(plain(1, 'again'), 0, false)
    one.take({ ...plain(2, 'no id'), id: '' }, 0, true)
    one.take({ ...plain(2, 'nor here'), id: '' }, 0, true)
    expect(texts(one)).toEqual(['hello', 'hello, too', 'again', 'no id', 'nor here'])
  })
})

describe('what is dropped', () => {
  it('is found no more under any of its names, and comes again as new', () => {
    const one = log(2)
    for (let number = 0; number < 6; number += 1) one.take(said(number), number, false)
    one.take(reacted(9, 's1', ['👍']), 9, false)
    one.trim('start')
    expect([one.find('s1'), one.find('Zoë/id1'), one.find('s4')?.text]).toEqual([undefined, undefined, 'words 4'])
    one.prepend([said(0), said(1)], 9)
    expect(texts(one)).toEqual(['words 0', 'words 1', 'words 4', 'words 5'])
    expect(emojis(one, 's1')).toEqual([])
  })
})
