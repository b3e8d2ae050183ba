// What was sent and what came in, counted (XEP-0198 §4), so that a lost connection loses nothing.
//
// Enters: every stanza sent, the fact that one came in, the server's counts. Leaves: what has to be sent again.

import type { Markup } from './xml'

/** Counts are unsigned 32-bit and wrap. */
const WRAP = 2 ** 32

/** Stanzas kept for a server that never acknowledges; more than that cannot be resumed. */
const MOST = 1000

/** The counters of one session. */
export class Acks {
  /** How many stanzas of the server were handled. */
  handled = 0
  #waiting: Markup[] = []
  #acknowledged = 0
  #overflowed = false

  /** Whether what waits is all that may be lost. */
  get complete(): boolean {
    return !this.#overflowed
  }

  /** How many stanzas the server has not acknowledged. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** A stanza was sent. */
  sent(stanza: Markup): void {
    this.#waiting.push(stanza)
    if (this.#waiting.length > MOST) {
      this.#waiting.shift()
      this.#acknowledged = (this.#acknowledged + 1) % WRAP
      this.#overflowed = true
    }
  }

  /** A stanza came in. */
  received(): void {
    this.handled = (this.handled + 1) % WRAP
  }

  /** The server has handled that many. A count that cannot be is not believed: then it has handled all. */
  acknowledge(count: number): void {
    const news = (count - this.#acknowledged + WRAP) % WRAP
    this.#waiting.splice(0, news)
    this.#acknowledged = count % WRAP
    if (this.#waiting.length === 0) this.#overflowed = false
  }

  /** What the server has not handled, to be sent again in the same order. It stays counted. */
  unhandled(): readonly Markup[] {
    return this.#waiting
  }
}
