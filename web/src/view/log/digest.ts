// What a screen reader is told, and when: a crowd must not be read out, and what is meant for one must not be lost.
//
// Enters: what happened, and the time. Leaves: what to say now, and when to ask again. Pure but for what it remembers.

import type { Preferences } from '../../preferences'

export interface Heard {
  readonly name: string
  readonly text: string
  readonly forMe: boolean
}

export type Utterance =
  | { readonly is: 'failed' }
  | { readonly is: 'to-me'; readonly message: Heard }
  | { readonly is: 'messages'; readonly messages: readonly Heard[] }
  | { readonly is: 'count'; readonly count: number }

/** Milliseconds between two messages to oneself. */
const BETWEEN_CALLS = 5_000
/** Milliseconds between two digests. */
const BETWEEN_DIGESTS = 30_000
/** Milliseconds between two readings of everything. */
const BETWEEN_READINGS = 1_000
/** A room with at most so many messages a minute is read in full. */
const SLOW = 4
const MINUTE = 60_000
/** Most messages that wait to be read in full; of more, only the number is said. */
const MOST_WAITING = 3
const MOST_CALLS = 5

export class Digest {
  #failed = false
  #calls: Heard[] = []
  #waiting: Heard[] = []
  #count = 0
  /** When the last messages came, as many as tell whether the room is slow. */
  #times: number[] = []
  #lastCall = -Infinity
  #lastDigest = -Infinity

  /** A message came in; without its words if it is not here. */
  said(message: Heard | undefined, now: number): void {
    this.#times.push(now)
    if (this.#times.length > SLOW + 1) this.#times.shift()
    if (message?.forMe && this.#calls.length < MOST_CALLS) return void this.#calls.push(message)
    this.#count += 1
    if (message && this.#waiting.length <= MOST_WAITING) this.#waiting.push(message)
  }

  failed(): void {
    this.#failed = true
  }

  /** What is to be said now, if anything, and after how many milliseconds there may be more. */
  next(now: number, focused: boolean, mode: Preferences['readAloud']): { say: Utterance | undefined; wait: number | undefined } {
    const say = this.#say(now, focused, mode)
    return { say, wait: this.#wait(now, focused, mode) }
  }

  #say(now: number, focused: boolean, mode: Preferences['readAloud']): Utterance | undefined {
    if (this.#failed) {
      this.#failed = false
      return { is: 'failed' }
    }
    if (mode === 'nothing') this.#forget()
    else if (now - this.#lastCall >= BETWEEN_CALLS) {
      const message = this.#calls.shift()
      if (message) {
        this.#lastCall = now
        return { is: 'to-me', message }
      }
    }
    if (mode === 'to-me' || (mode === 'digest' && !focused)) this.#dropWaiting()
    if (this.#count === 0 || now - this.#lastDigest < this.#pace(now, mode)) return undefined
    this.#lastDigest = now
    const [messages, count] = [this.#waiting, this.#count]
    const inFull = (mode === 'everything' || this.#isSlow(now)) && messages.length === count && count <= MOST_WAITING
    this.#dropWaiting()
    return inFull ? { is: 'messages', messages } : { is: 'count', count }
  }

  #wait(now: number, focused: boolean, mode: Preferences['readAloud']): number | undefined {
    if (mode === 'nothing') return undefined
    const calls = this.#calls.length > 0 ? this.#lastCall + BETWEEN_CALLS - now : Infinity
    const reads = mode === 'everything' || (mode === 'digest' && focused)
    const rest = reads && this.#count > 0 ? this.#lastDigest + this.#pace(now, mode) - now : Infinity
    const wait = Math.min(calls, rest)
    return wait === Infinity ? undefined : Math.max(0, wait)
  }

  #pace(now: number, mode: Preferences['readAloud']): number {
    return mode === 'everything' || this.#isSlow(now) ? BETWEEN_READINGS : BETWEEN_DIGESTS
  }

  #isSlow(now: number): boolean {
    return this.#times.filter((time) => now - time < MINUTE).length <= SLOW
  }

  #dropWaiting(): void {
    this.#waiting = []
    this.#count = 0
  }

  #forget(): void {
    this.#calls = []
    this.#dropWaiting()
  }
}
