// The colour of a name over a video: the hue that XEP-0392 gives it, so that a person looks the same in every client, and
// HSLuv's lightness, which alone decides how well it stands out from its dark outline.

import type { Author } from '../room/types'

/** Saturation and lightness, in HSLuv's percent. */
const SATURATION = 75
const LIGHTNESS = 80
/** Who hosts is amber, as in the chat. */
const HOST = '#f4cc6c'
/** Names whose colour is remembered. */
const MOST_NAMES = 500

const colors = new Map<string, string>()

export function nameColor({ nick, affiliation }: Pick<Author, 'nick' | 'affiliation'>): string {
  if (affiliation === 'owner') return HOST
  const known = colors.get(nick)
  if (known !== undefined) return known
  const made = hsluv(hue(nick), SATURATION, LIGHTNESS)
  if (colors.size >= MOST_NAMES) colors.clear()
  colors.set(nick, made)
  return made
}

/** XEP-0392 §5.1, in degrees. */
export function hue(name: string): number {
  const [first = 0, second = 0] = sha1(new TextEncoder().encode(name))
  return ((first + second * 256) / 65_536) * 360
}

/** FIPS 180-4 §6.1. The browser's own has an answer only later, and none on pages without TLS. */
function sha1(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(((message.length + 72) >> 6) << 6)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 4, message.length * 8)
  const hash = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
  const words = new Uint32Array(80)
  const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by))
  for (let block = 0; block < bytes.length; block += 64) {
    for (let at = 0; at < 16; at += 1) words[at] = view.getUint32(block + at * 4)
    for (let at = 16; at < 80; at += 1) words[at] = rotate(word(words, at - 3) ^ word(words, at - 8) ^ word(words, at - 14) ^ word(words, at - 16), 1)
    let [a, b, c, d, e] = hash as unknown as [number, number, number, number, number]
    for (let at = 0; at < 80; at += 1) {
      const [mixed, constant] =
        at < 20 ? [(b & c) | (~b & d), 0x5a827999]
        : at < 40 ? [b ^ c ^ d, 0x6ed9eba1]
        : at < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
        : [b ^ c ^ d, 0xca62c1d6]
      const next = (rotate(a, 5) + mixed + e + constant + word(words, at)) | 0
      ;[e, d, c, b, a] = [d, c, rotate(b, 30), a, next]
    }
    for (const [at, value] of [a, b, c, d, e].entries()) hash[at] = word(hash, at) + value
  }
  const digest = new DataView(new ArrayBuffer(20))
  for (const [at, value] of hash.entries()) digest.setUint32(at * 4, value)
  return new Uint8Array(digest.buffer)
}

const word = (words: Uint32Array, at: number): number => words[at] ?? 0

// HSLuv: CIELUV, with chroma in parts of what sRGB can show in that hue and lightness.

const KAPPA = 903.2962962
const EPSILON = 0.0088564516
const WHITE = { u: 0.19783000664283, v: 0.46831999493879 }
const TO_RGB: readonly (readonly [number, number, number])[] = [
  [3.240969941904521, -1.537383177570093, -0.498610760293],
  [-0.96924363628087, 1.87596750150772, 0.041555057407175],
  [0.055630079696993, -0.20397695888897, 1.056971514242878],
]

/** The colour as CSS has it. */
export function hsluv(degrees: number, saturation: number, lightness: number): string {
  const radians = (degrees / 180) * Math.PI
  const chroma = (mostChroma(lightness, radians) / 100) * saturation
  const u = (Math.cos(radians) * chroma) / (13 * lightness) + WHITE.u
  const v = (Math.sin(radians) * chroma) / (13 * lightness) + WHITE.v
  const y = lightness > 8 ? ((lightness + 16) / 116) ** 3 : lightness / KAPPA
  const x = (y * 9 * u) / (4 * v)
  const z = (9 * y - 15 * v * y - v * x) / (3 * v)
  const channels = TO_RGB.map(([fromX, fromY, fromZ]) => {
    const linear = fromX * x + fromY * y + fromZ * z
    const shown = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
    return Math.round(Math.min(1, Math.max(0, shown)) * 255)
  })
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}

/** How far it is in that direction to the edge of sRGB: the nearest of six lines. */
function mostChroma(lightness: number, radians: number): number {
  const cube = (lightness + 16) ** 3 / 1_560_896
  const y = cube > EPSILON ? cube : lightness / KAPPA
  let most = Infinity
  for (const [fromX, fromY, fromZ] of TO_RGB) {
    for (const edge of [0, 1]) {
      const top1 = (284_517 * fromX - 94_839 * fromZ) * y
      const top2 = (838_422 * fromZ + 769_860 * fromY + 731_718 * fromX) * lightness * y - 769_860 * edge * lightness
      const bottom = (632_260 * fromZ - 126_452 * fromY) * y + 126_452 * edge
      const length = top2 / bottom / (Math.sin(radians) - (top1 / bottom) * Math.cos(radians))
      if (length >= 0) most = Math.min(most, length)
    }
  }
  return most
}
