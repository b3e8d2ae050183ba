// The number of people here, as it is shown: it changes seldom enough to be read.

/** Least time between two changes of what is shown, in milliseconds. */
export const STEADY = 5_000

/** Holds a count still. Pure: the clock comes in. */
export class SteadyCount {
  /** What is shown; nothing while it is not known. */
  shown: number | undefined
  #since = -Infinity

  /**
   * Takes the latest count. Gives in how many milliseconds to ask again, if it is not shown yet.
   *
   * @param now milliseconds of any clock
   */
  take(count: number | undefined, now: number): number | undefined {
    if (count === this.shown) return undefined
    const wait = this.#since + STEADY - now
    // What is known for the first time, and what is known no more, shows at once.
    if (this.shown !== undefined && count !== undefined && wait > 0) return wait
    this.shown = count
    this.#since = now
    return undefined
  }
}
