// Finding an emoji by its name, and remembering which are used. Pure but for what is kept on the device.

import { keep, recall } from '../../preferences'
import { fold } from '../composer/complete'

/** One emoji to pick. */
export interface Emoji {
  /** What goes into the text. */
  readonly text: string
  readonly name: string
  /** All it is found by, folded. */
  readonly words: string
}

/** Emoji under one heading. */
export type Group = readonly Emoji[]

/** Most that are remembered as often used. */
const MOST_OFTEN = 16
/** Most that a search gives. */
const MOST_FOUND = 64
const KEY = 'emoji'
/** Before anything has been used. */
const FIRST = ['❤️', '😂', '👍', '🔥', '🎉', '👏', '😮', '🙏']

/** Puts emoji and their names together. What has no name is a flag: the browser knows what countries are called. */
export function groupsOf(emoji: readonly string[], names: readonly string[], language: string): Group[] {
  const countries = new Intl.DisplayNames([language], { type: 'region' })
  return emoji.map((line, at) => {
    const named = names[at]?.split('|')
    return line.split(' ').map((text, index) => {
      const [name = '', ...more] = named?.[index]?.split(',') ?? [flagName(text, countries)]
      return { text, name, words: fold([name, ...more].join(' ')) }
    })
  })
}

/** The name of a country's flag: its two letters are the flag. */
function flagName(flag: string, countries: Intl.DisplayNames): string {
  const letters = [...flag].map((char) => String.fromCharCode((char.codePointAt(0) ?? 0) - 0x1f1e6 + 65)).join('')
  return /^[A-Z]{2}$/.test(letters) ? (countries.of(letters) ?? flag) : flag
}

/** What is meant by some words: names that begin with them first. */
export function search(groups: readonly Group[], text: string): Emoji[] {
  const wanted = fold(text.trim()).split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  const found = groups.flat().filter((one) => wanted.every((word) => one.words.includes(word)))
  const rank = (one: Emoji): number => {
    const [first = ''] = wanted
    if (one.words.startsWith(first)) return 0
    return one.words.includes(` ${first}`) ? 1 : 2
  }
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_FOUND)
}

/** What this person uses, most often first. */
export function often(): string[] {
  const counts = read()
  const used = Object.keys(counts).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
  return [...used, ...FIRST.filter((one) => !used.includes(one))].slice(0, MOST_OFTEN)
}

/** Remembers a use. What was used long ago counts less with each that follows. */
export function used(emoji: string): void {
  const counts = Object.entries(read()).map(([one, count]) => [one, count * 0.98] as const)
  const next = new Map(counts)
  next.set(emoji, (next.get(emoji) ?? 0) + 1)
  const kept = [...next].sort(([, a], [, b]) => b - a).slice(0, MOST_OFTEN * 2)
  keep(KEY, JSON.stringify(Object.fromEntries(kept)))
}

function read(): Partial<Record<string, number>> & Record<string, number> {
  try {
    const kept: unknown = JSON.parse(recall(KEY) ?? '{}')
    if (typeof kept !== 'object' || kept === null) return {}
    return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
  } catch {
    return {}
  }
}
