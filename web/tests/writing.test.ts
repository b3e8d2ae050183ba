// What stands behind the field: limits, names, drafts, what a lost connection looks like.

import { beforeEach, describe, expect, it } from 'vitest'
import type { Occupant } from '../src/room/types'
import { afterAt, candidates, complete, wordBefore } from '../src/view/composer/complete'
import { loadDraft, saveDraft } from '../src/view/composer/draft'
import { MOST, isOnlyEmoji, left } from '../src/view/composer/limit'
import { STEADY, SteadyCount } from '../src/view/header/count'
import { LONG, QUIET, outage, secondsUntil } from '../src/view/outage'

describe('the length of a message', () => {
  it('is not spoken of while there is plenty of room', () => {
    expect(left('a'.repeat(MOST * 0.8))).toBeUndefined()
    expect(left('a'.repeat(MOST * 0.8 + 1))).toBe(MOST * 0.2 - 1)
  })

  it('goes below zero rather than cutting', () => {
    expect(left('a'.repeat(MOST + 7))).toBe(-7)
  })

  it('counts characters, not the units of UTF-16', () => {
    expect(left('🎈'.repeat(MOST))).toBe(0)
  })
})

describe('emoji only', () => {
  it.each(['🎉', '👩🏽‍🚀 👍🏿', '🇫🇷🇯🇵', '1️⃣ #️⃣', ':owl: 🦉', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', ' '])('lets %j through', (text) => expect(isOnlyEmoji(text)).toBe(true))
  it.each(['ok 👍', '12', '!', 'a:owl:', '#'])('keeps %j', (text) => expect(isOnlyEmoji(text)).toBe(false))
})

function person(nick: string, said = 0, here = true): Occupant {
  return { nick, said, here, occupantId: nick, jid: undefined, role: 'participant', affiliation: 'none', avatar: undefined }
}

describe('completing a name', () => {
  const people = [person('Prudence', 3), person('Élodie', 1), person('Priya', 2), person('Pablo'), person('Anonymous 123456'), person('Lou', 9)]
  const names = (query: string) => candidates(query, people, 'Lou').map((one) => one.nick)

  it('offers those who spoke lately first, and never oneself or who has no name', () => {
    expect(names('p')).toEqual(['Priya', 'Prudence', 'Pablo'])
    expect(names('')).toEqual(['Priya', 'Élodie', 'Prudence', 'Pablo'])
  })

  it('finds a name without its accents, and by a later word of it', () => {
    expect(names('elo')).toEqual(['Élodie'])
    expect(candidates('berg', [person('Anna Bergenhout')], 'Lou')).toHaveLength(1)
  })

  it('finds the @ that the caret is in, but not that of an address', () => {
    expect(afterAt('hi @pr', 6)).toEqual({ start: 3, end: 6, query: 'pr' })
    expect(afterAt('@', 1)).toEqual({ start: 0, end: 1, query: '' })
    expect(afterAt('me@example', 10)).toBeUndefined()
    expect(afterAt('@a\nb', 4)).toBeUndefined()
    expect(afterAt('@pr and', 3)).toEqual({ start: 0, end: 3, query: 'pr' })
  })

  it('takes the word before the caret for Tab, and none after a space', () => {
    expect(wordBefore('so Pri', 6)).toEqual({ start: 3, end: 6, query: 'Pri' })
    expect(wordBefore('so ', 3)).toBeUndefined()
  })

  it('puts the name, one space, and the caret after it', () => {
    expect(complete('hi @pr', { start: 3, end: 6, query: 'pr' }, 'Priya')).toEqual({ text: 'hi @Priya ', caret: 10 })
    expect(complete('@pr there', { start: 0, end: 3, query: 'pr' }, 'Priya')).toEqual({ text: '@Priya there', caret: 7 })
  })
})

describe('a draft', () => {
  beforeEach(() => sessionStorage.clear())

  it('comes back as it was, each room its own', () => {
    saveDraft('a@rooms', { text: 'half a th', about: { is: 'edit', id: '7' }, aside: 'before' })
    expect(loadDraft('a@rooms')).toEqual({ text: 'half a th', about: { is: 'edit', id: '7' }, aside: 'before' })
    expect(loadDraft('b@rooms')).toEqual({ text: '' })
  })

  it('leaves nothing behind once it is sent', () => {
    saveDraft('a@rooms', { text: 'x' })
    saveDraft('a@rooms', { text: '' })
    expect(sessionStorage.length).toBe(0)
  })

  it('is empty where what is kept makes no sense', () => {
    sessionStorage.setItem('parterre:draft:a@rooms', '[1]')
    expect(loadDraft('a@rooms')).toEqual({ text: '' })
    sessionStorage.setItem('parterre:draft:a@rooms', '{')
    expect(loadDraft('a@rooms')).toEqual({ text: '' })
  })
})

describe('a lost connection', () => {
  const waiting = (lasted: number, next = 100_000) => outage({ is: 'waiting', since: 50_000 - lasted, next }, 50_000)

  it('is no matter at first, then said in the head, then said in full', () => {
    expect(waiting(QUIET - 1)).toEqual({ is: 'none', again: 1 })
    expect(waiting(QUIET)).toMatchObject({ is: 'reconnecting', again: LONG - QUIET })
    expect(waiting(LONG)).toMatchObject({ is: 'offline', next: 100_000 })
  })

  it('has no seconds to count while it is being tried', () => {
    expect(outage({ is: 'connecting', since: 0 }, LONG)).toEqual({ is: 'offline', next: undefined, again: undefined })
  })

  it('is none before there ever was a connection', () => {
    expect(outage({ is: 'connecting', since: undefined }, 1e9)).toEqual({ is: 'none' })
    expect(outage({ is: 'online' }, 1e9)).toEqual({ is: 'none' })
  })

  it('counts whole seconds, to zero', () => {
    expect(secondsUntil(7_001, 0)).toBe(8)
    expect(secondsUntil(0, 5)).toBe(0)
  })
})

describe('the count of people', () => {
  it('shows at once, and then stands still for a while', () => {
    const count = new SteadyCount()
    expect(count.take(10, 0)).toBeUndefined()
    expect(count.take(11, 1_000)).toBe(STEADY - 1_000)
    expect(count.shown).toBe(10)
    expect(count.take(12, STEADY)).toBeUndefined()
    expect(count.shown).toBe(12)
  })

  it('pretends nothing: what is not known any more is gone at once', () => {
    const count = new SteadyCount()
    count.take(10, 0)
    count.take(undefined, 1)
    expect(count.shown).toBeUndefined()
  })
})
