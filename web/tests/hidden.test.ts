// Whom one does not want to see: kept room by room, bounded, and no trouble where nothing can be kept.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Hidden, MOST_HIDDEN } from '../src/hidden'

const ROOM = 'hall@room.example.org'
const somebody = (occupantId: string | undefined, nick = 'Troll') => ({ occupantId, nick })

describe('hidden people', () => {
  beforeEach(() => localStorage.clear())
  afterEach(() => vi.restoreAllMocks())

  it('stay hidden at the next visit, in their room only, under whatever name', () => {
    new Hidden(ROOM).set(somebody('o1'), true)
    expect(new Hidden(ROOM).has(somebody('o1', 'Other'))).toBe(true)
    expect(new Hidden(ROOM).has(somebody('o2'))).toBe(false)
    expect(new Hidden('yard@room.example.org').has(somebody('o1'))).toBe(false)
  })

  it('are known by their nick where the room gives no other id', () => {
    new Hidden(ROOM).set(somebody(undefined), true)
    expect(new Hidden(ROOM).has(somebody(undefined))).toBe(true)
  })

  it('are shown again, and leave nothing behind', () => {
    const hidden = new Hidden(ROOM)
    hidden.set(somebody('o1'), true)
    hidden.set(somebody('o1'), false)
    expect(hidden.has(somebody('o1'))).toBe(false)
    expect(localStorage).toHaveLength(0)
  })

  it('are bounded: whoever was hidden longest ago is seen again', () => {
    const hidden = new Hidden(ROOM)
    for (let number = 0; number <= MOST_HIDDEN; number += 1) hidden.set(somebody(`o${String(number)}`), true)
    const next = new Hidden(ROOM)
    expect([next.has(somebody('o0')), next.has(somebody('o1'))]).toEqual([false, true])
  })

  it('hold for the visit where storage is refused', () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('refused', 'SecurityError')
    })
    const hidden = new Hidden(ROOM)
    hidden.set(somebody('o1'), true)
    expect(hidden.has(somebody('o1'))).toBe(true)
    expect(new Hidden(ROOM).has(somebody('o1'))).toBe(false)
  })

  it.each(['{', '7', '[["a"], [1, 2], null]'])('make nothing of what is no list (%s)', (kept) => {
    localStorage.setItem('parterre:hidden', kept)
    expect(new Hidden(ROOM).has(somebody('a', 'a'))).toBe(false)
  })
})
