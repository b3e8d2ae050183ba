import { expect, test } from 'vitest'
import { nameColor } from '../src/overlay/color'

test('names have the colours of the design', () => {
  expect(nameColor({ nick: 'Zoë', affiliation: 'none' })).toBe('#67dbb6')
  expect(nameColor({ nick: 'けんじ', affiliation: 'none' })).toBe('#c8c1f1')
  expect(nameColor({ nick: 'okapi', affiliation: 'none' })).toBe('#f2be63')
  expect(nameColor({ nick: 'Marguerite', affiliation: 'owner' })).toBe('#f4cc6c')
})
