// What one is about to act on: how long the view stands still for it.

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Aim } from '../src/view/log/aim'
import type { Scroll } from '../src/view/log/scroll'

let reading: Scroll
let aim: Aim
let row: HTMLElement
let other: HTMLElement
let list: HTMLElement
let ends = 0

beforeEach(() => {
  vi.useFakeTimers()
  const scroller = document.createElement('div')
  list = document.createElement('ol')
  ;[row, other] = [document.createElement('li'), document.createElement('li')]
  list.append(row, other)
  scroller.append(list)
  document.body.replaceChildren(scroller)
  ends = 0
  reading = { scroller, pinned: true, held: undefined, toEnd: () => (ends += 1) } as unknown as Scroll
  aim = new Aim(reading, list)
})

afterEach(() => {
  vi.useRealTimers()
})

const held = (): Element | undefined => reading.held?.element

test('a row stays for a second after the pointer has moved over it', () => {
  aim.take(row)
  vi.advanceTimersByTime(900)
  aim.take(other)
  vi.advanceTimersByTime(900)
  expect([held(), ends]).toEqual([other, 0])
  vi.advanceTimersByTime(200)
  expect([held(), ends]).toEqual([undefined, 1])
})

test('it stays longer for who has reached its tools, and not for ever', () => {
  aim.take(row, true)
  vi.advanceTimersByTime(4_900)
  expect(held()).toBe(row)
  vi.advanceTimersByTime(200)
  expect(held()).toBe(undefined)
})

test('it stays as long as a menu is open, whatever the pointer does, and for a press that closes it', () => {
  aim.take(row)
  aim.keep(row)
  aim.take(row)
  aim.drop()
  vi.advanceTimersByTime(60_000)
  expect([held(), ends]).toEqual([row, 0])
  aim.closed()
  expect([held(), ends]).toEqual([row, 0])
  vi.advanceTimersByTime(1_100)
  expect([held(), ends]).toEqual([undefined, 1])
})

test('who reads further up is not taken to the end', () => {
  reading.pinned = false
  aim.take(row)
  aim.drop()
  expect([held(), ends]).toEqual([undefined, 0])
})

test('a list that is shorter than the view grows downwards meanwhile', () => {
  list.style.marginBlockStart = ''
  const computed = vi.spyOn(globalThis, 'getComputedStyle').mockReturnValue({ marginBlockStart: '120px' } as CSSStyleDeclaration)
  aim.take(row)
  expect(list.style.marginBlockStart).toBe('120px')
  aim.drop()
  expect(list.style.marginBlockStart).toBe('')
  computed.mockRestore()
})
