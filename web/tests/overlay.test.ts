import { describe, expect, test } from 'vitest'
import { isHidden, readLook } from '../src/overlay/look'
import { FADE, Queue, type Item } from '../src/overlay/queue'

const item = (key: string, by = key): Item => ({ key, by })
const keys = (queue: Queue<Item>, now: number): string[] => queue.at(now).filter((one) => !one.leaving).map((one) => one.item.key)

describe('the parameters', () => {
  test('without any, the design holds', () => {
    expect(readLook('')).toEqual({
      size: 24, font: '', weight: 500, limit: 7, lifetime: 30, fresh: 10, align: 'left', style: 'outline',
      color: '#ffffff', names: 'colors', avatars: false, hide: ['!'], approved: false,
    })
  })

  test('numbers stay within their bounds, and what is none counts for nothing', () => {
    const look = readLook('?size=5000&limit=0&lifetime=-3&fresh=1e9&weight=abc')
    expect(look).toMatchObject({ size: 96, limit: 1, lifetime: 0, fresh: 600, weight: 500 })
    expect(readLook('?size=NaN&limit=Infinity&lifetime=')).toMatchObject({ size: 24, limit: 7, lifetime: 30 })
  })

  test('nothing becomes style that is not a font or a colour', () => {
    expect(readLook('?font=Fira+Sans&color=FfE08a')).toMatchObject({ font: 'Fira Sans', color: '#ffe08a' })
    expect(readLook('?font=x%22;background:url(//evil)&color=red;x:y')).toMatchObject({ font: '', color: '#ffffff' })
    expect(readLook(`?font=${'a'.repeat(65)}&style=huge&align=up&names=no`)).toMatchObject({
      font: '', style: 'outline', align: 'left', names: 'colors',
    })
  })

  test('hides by prefix, whatever the case, and hides nothing if nothing is given', () => {
    const look = readLook('?hide=!,/me ,Bot:')
    expect(['!so', ' !so', '/ME waves', 'bot: hi'].map((text) => isHidden(look, text))).toEqual([true, true, true, true])
    expect(isHidden(look, 'well!')).toBe(false)
    expect(isHidden(readLook('?hide='), '!so')).toBe(false)
  })
})

describe('the queue', () => {
  test('shows what comes, in its order, up to the limit', () => {
    const queue = new Queue({ limit: 2, lifetime: 0 })
    for (const key of ['a', 'b', 'c']) queue.add(item(key), 1_000)
    expect(keys(queue, 1_000)).toEqual(['b', 'c'])
    expect(queue.at(1_000 + FADE).map((one) => one.item.key)).toEqual(['b', 'c'])
  })

  test('a line leaves after its lifetime, and is gone when it has faded', () => {
    const queue = new Queue({ limit: 7, lifetime: 30_000 })
    queue.add(item('a'), 0)
    queue.at(0)
    expect(queue.next(0)).toBe(30_000)
    expect(queue.at(29_999)).toMatchObject([{ leaving: false, calm: true }])
    expect(queue.at(30_000)).toMatchObject([{ leaving: true }])
    expect(queue.next(30_000)).toBe(30_000 + FADE)
    expect(queue.at(30_000 + FADE)).toEqual([])
    expect(queue.next(30_300)).toBeUndefined()
  })

  test('what is taken back is gone at once, shown or not', () => {
    const queue = new Queue({ limit: 7, lifetime: 0 })
    queue.add(item('a'), 0)
    queue.at(0)
    queue.add(item('b'), 1)
    queue.remove('a')
    queue.remove('b')
    expect(queue.at(2)).toEqual([])
  })

  test('above four a second nothing moves', () => {
    const queue = new Queue({ limit: 30, lifetime: 0 })
    for (let at = 0; at < 5; at += 1) queue.add(item(`m${at}`), 100 + at)
    expect(queue.at(110).every((one) => !one.calm)).toBe(true)
    queue.add(item('later'), 2_000)
    expect(queue.at(2_000).at(-1)).toMatchObject({ calm: true })
  })

  test('above ten a second the newest are sampled, and nobody is shown twice before all are once', () => {
    const queue = new Queue({ limit: 30, lifetime: 0 })
    for (let at = 0; at < 40; at += 1) queue.add(item(`flood${at}`, 'flooder'), 0)
    for (const name of ['ann', 'bob', 'cem']) queue.add(item(name), 0)
    const shown = keys(queue, 0)
    expect(shown).toHaveLength(10)
    expect(shown.slice(-3)).toEqual(['ann', 'bob', 'cem'])
    expect(shown).toContain('flood39')
    expect(shown).not.toContain('flood0')
  })

  test('under a flood it shows ten a second, the newest each time, and never lags', () => {
    const queue = new Queue({ limit: 30, lifetime: 500 })
    const seen = new Set<string>()
    for (let now = 0; now < 5_000; now += 10) {
      queue.add(item(String(now)), now)
      for (const key of keys(queue, now)) {
        if (!seen.has(key)) expect(now - Number(key)).toBeLessThanOrEqual(100)
        seen.add(key)
      }
    }
    expect(seen.size).toBeGreaterThanOrEqual(55)
    expect(seen.size).toBeLessThanOrEqual(61)
  })

  test('keeps nothing when it is cleared', () => {
    const queue = new Queue({ limit: 7, lifetime: 0 })
    queue.add(item('a'), 0)
    queue.clear()
    expect(queue.at(0)).toEqual([])
    expect(queue.next(0)).toBeUndefined()
  })
})
