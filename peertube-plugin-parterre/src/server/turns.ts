// Work on one thing goes one after the other, lest one undoes another.

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Does the work when all that was given for the same thing before is done, well or badly. */
  take<T>(of: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(of) ?? Promise.resolve()).then(work)
    const over = done.catch(() => undefined).then(() => {
      if (this.#last.get(of) === over) this.#last.delete(of)
    })
    this.#last.set(of, over)
    return done
  }
}
