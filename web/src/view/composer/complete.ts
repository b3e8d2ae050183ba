// Completing names: which word the caret is in, and who it may be. Pure.

import type { Occupant } from '../../room/types'
import { isAnonymousNick } from '../../room/nick'

/** Most names that are offered. */
export const MOST_OFFERED = 6
/** Longest beginning of a name that is looked for. */
const LONGEST = 40

/** A part of the text that may become a name. */
export interface Beginning {
  readonly start: number
  readonly end: number
  readonly query: string
}

/** The `@…` that the caret is in. A name may hold spaces, so the beginning may, too. */
export function afterAt(text: string, caret: number): Beginning | undefined {
  const before = text.slice(Math.max(0, caret - LONGEST - 1), caret)
  const at = before.lastIndexOf('@')
  if (at < 0 || /[\p{L}\p{N}_.]$/u.test(before.slice(0, at)) || before.slice(at).includes('\n')) return undefined
  const start = caret - before.length + at
  return { start, end: caret, query: before.slice(at + 1) }
}

/** The word just before the caret, for Tab. */
export function wordBefore(text: string, caret: number): Beginning | undefined {
  const query = /[\p{L}\p{N}_-]+$/u.exec(text.slice(Math.max(0, caret - LONGEST), caret))?.[0]
  return query === undefined ? undefined : { start: caret - query.length, end: caret, query }
}

/** Folds what a keyboard may lack: case and accents. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/**
 * Who may be meant, those who spoke lately first.
 *
 * @param people in the order in which they were last heard of
 * @param me one's own nick, which nobody needs to complete
 * @param anonymous the word of those who have chosen none, where it is another than usual
 */
export function candidates(query: string, people: readonly Occupant[], me: string, anonymous?: string): Occupant[] {
  const wanted = fold(query)
  const known = people.filter((one) => one.nick !== me && !isAnonymousNick(one.nick, anonymous) && (one.here || one.said > 0)).reverse()
  const begins = known.filter((one) => fold(one.nick).startsWith(wanted))
  const within = wanted ? known.filter((one) => !begins.includes(one) && fold(one.nick).split(/\s+/).some((word) => word.startsWith(wanted))) : []
  const spoken = (one: Occupant): number => (one.said > 0 ? 0 : 1)
  return [...begins, ...within].sort((a, b) => spoken(a) - spoken(b)).slice(0, MOST_OFFERED)
}

/** The text with the name in place of its beginning, and where the caret stands then. */
export function complete(text: string, beginning: Beginning, nick: string): { text: string; caret: number } {
  const rest = text.slice(beginning.end)
  const insert = `@${nick}${rest.startsWith(' ') ? '' : ' '}`
  const caret = beginning.start + insert.length + (rest.startsWith(' ') ? 1 : 0)
  return { text: text.slice(0, beginning.start) + insert + rest, caret }
}
