// What a lost connection looks like, by how long it has been lost. Pure: the clock comes in.

import type { Connectivity } from '../xmpp/session'

/** For so long nothing is said: it resumes. Milliseconds. */
export const QUIET = 3_000
/** After so long it is no hiccup any more. */
export const LONG = 15_000

export interface Outage {
  readonly is: 'none' | 'reconnecting' | 'offline'
  /** When the next attempt begins, in milliseconds of the clock, if one is waited for. */
  readonly next?: number | undefined
  /** In how many milliseconds this may be something else. */
  readonly again?: number | undefined
}

export function outage(connectivity: Connectivity, now: number): Outage {
  if (connectivity.is !== 'waiting' && connectivity.is !== 'connecting') return { is: 'none' }
  if (connectivity.since === undefined) return { is: 'none' }
  const lasted = now - connectivity.since
  if (lasted < QUIET) return { is: 'none', again: QUIET - lasted }
  if (lasted < LONG) return { is: 'reconnecting', again: LONG - lasted }
  const next = connectivity.is === 'waiting' ? connectivity.next : undefined
  return { is: 'offline', next, again: next === undefined ? undefined : 1_000 }
}

/** Whole seconds until then, at least 0. */
export const secondsUntil = (time: number, now: number): number => Math.max(0, Math.ceil((time - now) / 1_000))
