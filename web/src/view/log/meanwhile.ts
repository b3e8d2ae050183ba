// Keys pressed while what answers to them still loads. They are kept for the place they were pressed at: whoever has gone
// elsewhere by other means since has dropped them, so that nothing is done to a message that nobody pointed at.

export class Meanwhile {
  #at: EventTarget | null = null
  #keys: KeyboardEvent[] = []

  readonly keep = (event: KeyboardEvent, at = event.target): void => {
    if (at !== this.#at) this.#keys = []
    this.#at = at
    this.#keys.push(event)
  }

  /** The keys to answer to now, in their order; `at` has the focus. */
  take(at: Element | null): readonly KeyboardEvent[] {
    return at === this.#at ? this.#keys : []
  }
}
