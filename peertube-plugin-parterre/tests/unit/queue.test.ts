import { describe, expect, it } from 'vitest'

import { Losses, MOST, Queue, TURNS } from '../../src/server/queue'

const always = (): boolean => true

describe('the queue of those who wait to be handed over', () => {
  it('has one under way at a time, in order', () => {
    const queue = new Queue<string>()
    queue.offer('a')
    queue.offer('b')
    expect(queue.take(always)).toEqual({ id: 1, item: 'a' })
    expect(queue.take(always)).toBeUndefined()
    expect(queue.answered(1)).toBe(true)
    expect(queue.take(always)).toEqual({ id: 2, item: 'b' })
  })

  it('heeds no answer but that for the one under way', () => {
    const queue = new Queue<string>()
    queue.offer('a')
    queue.take(always)
    expect(queue.answered(7)).toBe(false)
    expect(queue.inFlight).toBe('a')
    expect(queue.answered(1)).toBe(true)
    expect(queue.answered(1)).toBe(false)
  })

  it('passes over those who are gone', () => {
    const queue = new Queue<string>()
    for (const item of ['gone', 'gone too', 'here']) queue.offer(item)
    expect(queue.take((item) => item === 'here')?.item).toBe('here')
    expect(queue.length).toBe(0)
  })

  it('is bounded', () => {
    const queue = new Queue<number>()
    for (let n = 0; n < MOST; n += 1) expect(queue.offer(n)).toBe(true)
    expect(queue.offer(MOST)).toBe(false)
    queue.take(always)
    expect(queue.offer(MOST)).toBe(true)
  })

  it('keeps the order over thousands', () => {
    const queue = new Queue<number>()
    const seen: number[] = []
    for (let n = 0; n < 10_000; n += 1) {
      queue.offer(n)
      if (n % 3 === 0) continue
      const next = queue.take(always)
      if (next) {
        seen.push(next.item)
        queue.answered(next.id)
      }
    }
    expect(seen).toEqual(seen.map((_, n) => n))
  })

  it('counts turns that ran, for the one under way alone', () => {
    const queue = new Queue<string>()
    for (let n = 0; n < TURNS * 2; n += 1) expect(queue.turn()).toBe(false)
    queue.offer('a')
    queue.take(always)
    for (let n = 1; n < TURNS; n += 1) expect(queue.turn()).toBe(false)
    expect(queue.turn()).toBe(true)
  })

  it('gives back all when the channel is lost', () => {
    const queue = new Queue<string>()
    for (const item of ['a', 'b', 'c']) queue.offer(item)
    queue.take(always)
    expect(queue.empty()).toEqual({ flight: 'a', waiting: ['b', 'c'] })
    expect(queue.empty()).toEqual({ flight: undefined, waiting: [] })
  })
})

describe('losses of the channel', () => {
  it('are too many at the third within ten minutes', () => {
    const losses = new Losses()
    expect([0, 1000, 2000].map((at) => losses.note(at))).toEqual([false, false, true])
  })

  it('are forgotten after ten minutes', () => {
    const losses = new Losses()
    expect([0, 400_000, 700_000, 1_200_000].map((at) => losses.note(at))).toEqual([false, false, false, false])
  })
})
