// SHA-1 (FIPS 180-4), at once: the one of the browser answers later, and on pages without TLS not at all. It picks
// colours here, nothing that has to be safe.

const encoder = new TextEncoder()

/** The digest of a text's UTF-8, as five words of 32 bits. */
export function sha1(text: string): readonly [number, number, number, number, number] {
  const bytes = encoder.encode(text)
  const blocks = (bytes.length + 8) >> 6
  const words = new Uint32Array((blocks + 1) * 16)
  for (const [at, byte] of bytes.entries()) words[at >> 2] = (words[at >> 2] ?? 0) | (byte << (24 - (at & 3) * 8))
  words[bytes.length >> 2] = (words[bytes.length >> 2] ?? 0) | (0x80 << (24 - (bytes.length & 3) * 8))
  words[words.length - 1] = bytes.length * 8
  let state: [number, number, number, number, number] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]
  for (let block = 0; block < words.length; block += 16) state = round(state, words.subarray(block, block + 16))
  return state
}

function round(state: [number, number, number, number, number], block: Uint32Array): typeof state {
  const schedule = new Uint32Array(80)
  schedule.set(block)
  const at = (index: number): number => schedule[index] ?? 0
  let [a, b, c, d, e] = state
  for (let step = 0; step < 80; step += 1) {
    if (step >= 16) schedule[step] = turn(at(step - 3) ^ at(step - 8) ^ at(step - 14) ^ at(step - 16), 1)
    const [mixed, constant] =
      step < 20
        ? [(b & c) | (~b & d), 0x5a827999]
        : step < 40
          ? [b ^ c ^ d, 0x6ed9eba1]
          : step < 60
            ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
            : [b ^ c ^ d, 0xca62c1d6]
    const next = (turn(a, 5) + mixed + e + constant + at(step)) >>> 0
    ;[e, d, c, b, a] = [d, c, turn(b, 30), a, next]
  }
  return [(state[0] + a) >>> 0, (state[1] + b) >>> 0, (state[2] + c) >>> 0, (state[3] + d) >>> 0, (state[4] + e) >>> 0]
}

const turn = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0
