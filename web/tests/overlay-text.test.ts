import { expect, test } from 'vitest'
import { hsluv, hue, nameColor } from '../src/overlay/color'
import { plain } from '../src/overlay/text'

test('hues are those of XEP-0392', () => {
  // §13.1, the vectors without correction.
  expect(hue('Romeo')).toBeCloseTo(327.255249, 4)
  expect(hue('juliet@capulet.lit')).toBeCloseTo(209.410400, 4)
  expect(hue('😺')).toBeCloseTo(331.199341, 4)
  expect(hue('council')).toBeCloseTo(359.994507, 4)
})

test('names have the colours of the design', () => {
  expect(nameColor({ nick: 'Zoë', affiliation: 'none' })).toBe('#67dbb6')
  expect(nameColor({ nick: 'けんじ', affiliation: 'none' })).toBe('#c8c1f1')
  expect(nameColor({ nick: 'okapi', affiliation: 'none' })).toBe('#f2be63')
  expect(nameColor({ nick: 'Marguerite', affiliation: 'owner' })).toBe('#f4cc6c')
})

test('every hue is a colour, and none is darker than the others', () => {
  for (let degrees = 0; degrees < 360; degrees += 1) {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(hsluv(degrees, 75, 80).slice(at, at + 2), 16) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    expect(0.2126 * red + 0.7152 * green + 0.0722 * blue).toBeCloseTo(0.567, 1)
  }
})

test('texts are bounded, on one line, and turn nothing around them', () => {
  expect(plain('a\n\n b\tc', 40)).toBe('a b c')
  expect(plain('\u202eevil\u202c\u2066x\u200b', 40)).toBe('evilx')
  expect(plain(`Z${'\u0301'.repeat(50)}`, 40)).toBe('Z\u0301\u0301')
  expect([...plain('😺'.repeat(500), 40)]).toHaveLength(41)
  expect(plain('<b>hi</b>', 40)).toBe('<b>hi</b>')
})
