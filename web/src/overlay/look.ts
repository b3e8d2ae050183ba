// How the overlay looks and what it leaves out, as the address of its page says (docs/overlay.md has the table).
//
// Enters: the query of an address, written by whoever streams. Leaves: values, each within its bounds; what makes no sense
// is as if it were not there. Pure.

export interface Look {
  /** Pixels. */
  readonly size: number
  /** A font's name, without quotes; empty: the system's. */
  readonly font: string
  readonly weight: number
  /** Most messages at a time. */
  readonly limit: number
  /** Seconds that a message stays; 0: until others push it out. */
  readonly lifetime: number
  /** Seconds that a message may be old when it comes. */
  readonly fresh: number
  readonly align: 'left' | 'center' | 'right'
  readonly style: 'outline' | 'plate'
  /** Of the words, as CSS has it. */
  readonly color: string
  readonly names: 'colors' | 'white' | 'off'
  readonly avatars: boolean
  /** A message that begins with one of these is not shown. */
  readonly hide: readonly string[]
  /** Only what moderators say or approve. */
  readonly approved: boolean
}

/** Most prefixes, and the longest, in characters. */
const MOST_PREFIXES = 12
const LONGEST_PREFIX = 16

export function readLook(query: string): Look {
  const values = new URLSearchParams(query)
  const number = (name: string, least: number, most: number, otherwise: number): number => {
    const given = values.get(name)?.trim()
    const value = given ? Number(given) : Number.NaN
    return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise
  }
  const oneOf = <Value extends string>(name: string, [otherwise, ...others]: readonly [Value, ...Value[]]): Value =>
    others.find((one) => one === values.get(name)) ?? otherwise
  return {
    size: number('size', 12, 96, 24),
    font: fontName(values.get('font') ?? ''),
    weight: Math.round(number('weight', 100, 900, 500)),
    limit: Math.round(number('limit', 1, 30, 7)),
    lifetime: number('lifetime', 0, 600, 30),
    fresh: number('fresh', 1, 600, 10),
    align: oneOf('align', ['left', 'center', 'right']),
    style: oneOf('style', ['outline', 'plate']),
    color: color(values.get('color') ?? ''),
    names: oneOf('names', ['colors', 'white', 'off']),
    avatars: isOn(values.get('avatars')),
    hide: (values.get('hide') ?? '!')
      .split(',')
      .map((prefix) => prefix.trim().toLowerCase())
      .filter((prefix) => prefix !== '' && prefix.length <= LONGEST_PREFIX)
      .slice(0, MOST_PREFIXES),
    approved: isOn(values.get('approved')),
  }
}

/** Whether a message is a command, or whatever else is to be hidden. */
export function isHidden(look: Look, text: string): boolean {
  const said = text.trimStart().toLowerCase()
  return look.hide.some((prefix) => said.startsWith(prefix))
}

const isOn = (value: string | null): boolean => value !== null && /^(1|true|yes|on)$/i.test(value)

/** A name that can end no string and begin no function. */
const fontName = (value: string): string => (/^[\p{L}\p{N} _.-]{1,64}$/u.test(value.trim()) ? value.trim() : '')

/** Hexadecimal only, with or without the sign that an address would take for its own. */
function color(value: string): string {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())?.[1]
  return digits === undefined ? '#ffffff' : `#${digits.toLowerCase()}`
}
