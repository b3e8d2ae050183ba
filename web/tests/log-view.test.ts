import { describe, expect, it } from 'vitest'
import type { Entry } from '../src/room/log'
import type { Message } from '../src/room/types'
import { Digest, type Heard } from '../src/view/log/digest'
import { commandOf } from '../src/view/log/keys'
import { plan } from '../src/view/log/plan'
import { distance, isPinned } from '../src/view/log/scroll'

const NOON = new Date(2026, 5, 1, 12).getTime()
let next = 0

function entry(nick: string, minutes: number, change: Partial<Message> = {}): Entry {
  const key = String(next++)
  const author = { nick, occupantId: nick, role: 'participant', affiliation: 'none', avatar: undefined } as const
  const line: Message = {
    kind: 'message',
    key,
    stanzaId: key,
    id: key,
    author,
    own: false,
    time: NOON + minutes * 60_000,
    text: 'words',
    answers: undefined,
    reactions: [],
    edited: false,
    removed: undefined,
    delivery: 'sent',
    forMe: false,
    announcement: undefined,
    old: false,
    ...change,
  }
  return { line, version: 0 }
}
const mores = (...entries: Entry[]): boolean[] => plan(entries).flatMap((row) => (row.is === 'line' ? [row.more] : []))

describe('grouping', () => {
  it('joins what one person says within three minutes', () => {
    expect(mores(entry('a', 0), entry('a', 2), entry('a', 6), entry('b', 6), entry('a', 7))).toEqual([false, true, false, false, false])
  })

  it('shows the name again after six', () => {
    expect(mores(...Array.from({ length: 8 }, () => entry('a', 0))).map(Number)).toEqual([0, 1, 1, 1, 1, 1, 0, 1])
  })

  it('lets answers, mentions, and what stands between show the name', () => {
    const notice: Entry = { line: { kind: 'notice', key: 'n', time: NOON, what: { is: 'gap' } }, version: 0 }
    expect(mores(entry('a', 0), entry('a', 0, { answers: { id: 'x', nick: 'b', quote: 'q' } }))).toEqual([false, false])
    expect(mores(entry('a', 0), entry('a', 0, { forMe: true }))).toEqual([false, false])
    expect(mores(entry('a', 0), notice, entry('a', 0))).toEqual([false, false, false])
    expect(mores(entry('a', 0), entry('a', 0, { removed: { by: 'author', nick: undefined } }), entry('a', 0))).toEqual([false, false, false])
  })

  it('separates days, and leaves out who is hidden', () => {
    const rows = plan([entry('a', 0), entry('b', 0), entry('a', 24 * 60)], (message) => message.author.nick === 'b')
    expect(rows.map((row) => row.is)).toEqual(['day', 'line', 'day', 'line'])
  })
})

describe('the end', () => {
  const place = (top: number): { top: number; height: number; client: number } => ({ top, height: 1_000, client: 400 })

  it('is left by going up, and arrived at by coming near', () => {
    expect(isPinned(place(600), { top: 0, pinned: false })).toBe(true)
    expect(isPinned(place(580), { top: 600, pinned: true })).toBe(false)
    expect(isPinned(place(570), { top: 500, pinned: false })).toBe(true)
    expect(isPinned(place(500), { top: 300, pinned: false })).toBe(false)
  })

  it('is kept where nothing moved', () => {
    expect(isPinned(place(560), { top: 560, pinned: true })).toBe(true)
    expect(isPinned(place(560), { top: 560, pinned: false })).toBe(false)
  })
})

describe('bringing a row into view', () => {
  const view = { top: 100, bottom: 500 }
  const scrolls = (top: number, bottom: number, block: 'nearest' | 'center'): number => distance({ top, bottom }, view, block)

  it('moves as little as it can, and not at all if it is there', () => {
    expect([scrolls(20, 60, 'nearest'), scrolls(480, 530, 'nearest'), scrolls(100, 140, 'nearest'), scrolls(460, 500, 'nearest')]).toEqual([-80, 30, 0, 0])
  })

  it('lets a row that is taller than the view cover it, from the edge that is nearer', () => {
    expect([scrolls(0, 900, 'nearest'), scrolls(-900, 300, 'nearest'), scrolls(300, 1_200, 'nearest')]).toEqual([0, -200, 200])
  })

  it('puts it into the middle', () => {
    expect([scrolls(20, 60, 'center'), scrolls(280, 320, 'center')]).toEqual([-260, 0])
  })
})

describe('what is read out', () => {
  const heard = (forMe = false, text = 'words'): Heard => ({ name: 'Zoë', text, forMe })

  it('is a digest every 30 seconds where many speak, and only with the focus in the chat', () => {
    const digest = new Digest()
    for (let at = 0; at < 12; at += 1) digest.said(heard(), at)
    expect(digest.next(1_000, true, 'digest').say).toEqual({ is: 'count', count: 12 })
    digest.said(heard(), 2_000)
    expect(digest.next(2_000, true, 'digest')).toEqual({ say: undefined, wait: 29_000 })
    expect(digest.next(31_000, true, 'digest').say).toEqual({ is: 'count', count: 1 })
    digest.said(heard(), 70_000)
    expect(digest.next(80_000, false, 'digest')).toEqual({ say: undefined, wait: undefined })
  })

  it('is every message in a slow room', () => {
    const digest = new Digest()
    digest.said(heard(), 0)
    expect(digest.next(0, true, 'digest').say).toEqual({ is: 'messages', messages: [heard()] })
  })

  it('is what is said to me, at once, five seconds apart', () => {
    const digest = new Digest()
    digest.said(heard(true, 'one'), 0)
    digest.said(heard(true, 'two'), 0)
    expect(digest.next(0, false, 'digest')).toEqual({ say: { is: 'to-me', message: heard(true, 'one') }, wait: 5_000 })
    expect(digest.next(4_999, false, 'to-me').say).toBeUndefined()
    expect(digest.next(5_000, false, 'to-me').say).toEqual({ is: 'to-me', message: heard(true, 'two') })
  })

  it('is my own failure, whatever is set, and nothing else if that is wished', () => {
    const digest = new Digest()
    digest.said(heard(true), 0)
    digest.failed()
    expect(digest.next(0, false, 'nothing').say).toEqual({ is: 'failed' })
    expect(digest.next(9_000, true, 'nothing')).toEqual({ say: undefined, wait: undefined })
  })

  it('is everything if that is wished, but a flood as its number', () => {
    const digest = new Digest()
    digest.said(heard(), 0)
    expect(digest.next(0, false, 'everything').say).toEqual({ is: 'messages', messages: [heard()] })
    for (let at = 0; at < 50; at += 1) digest.said(heard(), 2_000)
    expect(digest.next(2_000, false, 'everything').say).toEqual({ is: 'count', count: 50 })
  })
})

describe('keys', () => {
  const press = (key: string, more: Partial<KeyboardEvent> = {}) => commandOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more })

  it('ask for what the log does, and leave the rest to others', () => {
    expect(press('R')).toEqual({ is: 'reply' })
    expect(press('+', { shiftKey: true })).toEqual({ is: 'react' })
    expect(press('ArrowUp')).toEqual({ is: 'move', by: -1 })
    expect([press('r', { ctrlKey: true }), press('Delete', { shiftKey: true }), press('m')]).toEqual([undefined, undefined, undefined])
  })
})
