import { describe, expect, it } from 'vitest'
import { Palette, PROPERTIES, hueOf, initial, lightnessOn, standard } from '../src/text/colour'
import { hex, hsluv, luminanceOf, relativeLuminance, type Rgb } from '../src/text/hsluv'
import { sha1 } from '../src/text/sha1'

const parse = (colour: string): Rgb => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb
const contrast = (one: Rgb, other: Rgb): number => {
  const [low = 0, high = 0] = [relativeLuminance(one), relativeLuminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

it.each([
  ['', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
])('SHA-1 of %j', (text, digest) => {
  expect(sha1(text).map((word) => word.toString(16).padStart(8, '0')).join('')).toBe(digest)
})

it.each([
  ['Romeo', 327.255249],
  ['juliet@capulet.lit', 209.410400],
  ['😺', 331.199341],
  ['council', 359.994507],
])('the hue of %s is that of XEP-0392 §13', (name, hue) => {
  expect(hueOf(name)).toBeCloseTo(hue, 5)
})

describe('HSLuv', () => {
  it.each([
    [12.177050630061776, 100, 53.23711559542933, '#ff0000'],
    [127.71501294924047, 100, 87.73551910965973, '#00ff00'],
    [265.8743202181779, 100, 32.30087290398002, '#0000ff'],
    [0, 0, 100, '#ffffff'],
    [0, 0, 0, '#000000'],
  ])('%d %d %d', (hue, saturation, lightness, colour) => {
    expect(hex(hsluv(hue, saturation, lightness))).toBe(colour)
  })

  it('has the luminance of its lightness alone', () => {
    for (let hue = 0; hue < 360; hue += 1) expect(relativeLuminance(hsluv(hue, 70, 60))).toBeCloseTo(luminanceOf(60), 2)
  })
})

describe('names', () => {
  const light = ['#fcfaf6', '#f4f1ea', '#fcf0d3', '#ffffff', '#e4f0e8'].map(parse)
  const dark = ['#171512', '#211e1a', '#312812', '#23201b', '#1d2f26'].map(parse)

  it('can be read on every surface, whatever their hue', () => {
    for (let hue = 0; hue < 360; hue += 1) {
      for (const ground of light) expect(contrast(hsluv(hue, 72, 43), ground)).toBeGreaterThanOrEqual(4.5)
      for (const ground of dark) expect(contrast(hsluv(hue, 68, 72), ground)).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('have drawn avatars whose letter can be read', () => {
    for (let number = 0; number < 500; number += 1) {
      const [, , ground, letter, groundDark, letterDark] = standard.of(`person ${String(number)}`)
      expect(contrast(parse(ground), parse(letter))).toBeGreaterThanOrEqual(4.5)
      expect(contrast(parse(groundDark), parse(letterDark))).toBeGreaterThanOrEqual(4.5)
    }
  })

  it('can be read on grounds that the page sets, or are written in its ink', () => {
    for (let level = 0; level <= 255; level += 5) {
      const ground: Rgb = [level, level, level]
      for (const onDark of [false, true]) {
        const lightness = lightnessOn([relativeLuminance(ground)], onDark)
        if (lightness === undefined) continue
        for (let hue = 0; hue < 360; hue += 15) expect(contrast(hsluv(hue, 70, lightness), ground)).toBeGreaterThanOrEqual(4.5)
      }
    }
    expect(new Palette([relativeLuminance([128, 128, 128])]).of('Zoë')[1]).toBe('var(--ink)')
  })

  it('set their properties by script', () => {
    const element = document.createElement('li')
    standard.paint(element, 'Zoë')
    expect(PROPERTIES.map((name) => element.style.getPropertyValue(name))).toEqual([...standard.of('Zoë')])
    expect(standard.of('Zoë').slice(0, 2)).toEqual(['#35705d', '#67c1a3'])
  })

  it('have a letter', () => {
    expect(['zoë', '  <b>', 'けんじ', '😺', 'ß'].map(initial)).toEqual(['Z', 'B', 'け', '😺', 'ß'])
  })
})
