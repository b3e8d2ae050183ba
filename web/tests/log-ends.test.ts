import { describe, expect, it } from 'vitest'
import { MessageLog } from '../src/room/log'
import { mentions } from '../src/room/mentions'
import type { RoomEvent } from '../src/room/read'

const said = (number: number, text = 'words', nick = 'Zoë'): RoomEvent => ({
  kind: 'said',
  sender: { nick, occupantId: nick, role: undefined, affiliation: undefined, avatar: undefined },
  id: `id${String(number)}`,
  stanzaId: `s${String(number)}`,
  time: number,
  text,
  answers: undefined,
  corrects: undefined,
  removed: undefined,
  announcement: undefined,
})
const author = (nick: string) => ({ nick, occupantId: nick, role: 'participant' as const, affiliation: 'none' as const, avatar: undefined })

function log(limit: number): MessageLog {
  const authors = {
    author: ({ nick }: { nick: string }) => author(nick),
    isOwn: ({ nick }: { nick: string }) => nick === 'Lou',
    isModerator: () => false,
    mentionsMe: (text: string) => mentions(text, 'Lou'),
    isHidden: ({ nick }: { nick: string }) => nick === 'Troll',
  }
  return new MessageLog(authors, limit)
}
const keys = (one: MessageLog): string[] => one.messages.map((message) => message.key)

describe('a log whose end was dropped', () => {
  it('counts what comes, and takes it only when its end is here again', () => {
    const one = log(3)
    for (let number = 0; number < 5; number += 1) one.take(said(number), number, false)
    one.trim('end')
    expect([keys(one), one.detached, one.arrived]).toEqual([['s0', 's1', 's2'], true, 5])
    one.take(said(5, 'hello Lou'), 5, false)
    expect([keys(one), one.arrived, one.called, one.calls]).toEqual([['s0', 's1', 's2'], 6, 1, ['s5']])
    one.hold()
    one.take(said(6), 6, false)
    for (const number of [3, 4, 5]) one.take(said(number), 6, true)
    one.attach(true, 6)
    expect(keys(one)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6'])
    one.take(said(7), 7, false)
    expect(keys(one).at(-1)).toBe('s7')
  })

  it('counts nothing of people who are hidden, whether their messages are here or not', () => {
    const one = log(3)
    one.take(said(0, 'hello Lou', 'Troll'), 0, false)
    expect([keys(one), one.arrived, one.called]).toEqual([['s0'], 0, 0])
    for (let number = 1; number < 5; number += 1) one.take(said(number), number, false)
    one.trim('end')
    one.take(said(5, 'hello Lou', 'Troll'), 5, false)
    expect([one.detached, one.arrived, one.called]).toEqual([true, 4, 0])
  })

  it('stays so if too much came while the page was on its way', () => {
    const one = log(3)
    for (let number = 0; number < 4; number += 1) one.take(said(number), number, false)
    one.trim('end')
    one.hold()
    for (let number = 4; number < 9; number += 1) one.take(said(number), number, false)
    one.attach(true, 9)
    expect(one.detached).toBe(true)
  })

  it('keeps what is on its way to the room', () => {
    const one = log(2)
    for (let number = 0; number < 3; number += 1) one.take(said(number), number, false)
    one.sending({ id: 'mine', text: 'kept', author: author('Lou'), answers: undefined }, 3)
    one.trim('end')
    expect(one.messages.map((message) => message.text)).toContain('kept')
    one.clear()
    expect([keys(one), one.detached]).toEqual([['own:mine'], false])
  })
})
