// What a moderator has done of late, the newest first, and how each is undone. Bounded; told by the client that did it.

/** Something done. `what` is for the view to put into words. */
export interface Act<What> {
  readonly id: number
  readonly what: What
  /** Milliseconds since 1970. */
  readonly time: number
  /** Whether it can be undone, was, or is just being. */
  readonly state: 'final' | 'undoable' | 'undoing' | 'undone'
}

/** Most acts that are remembered. */
export const MOST_ACTS = 30

export class Acts<What> {
  #acts: Act<What>[] = []
  readonly #undo = new Map<number, () => Promise<unknown>>()
  #next = 1

  get all(): readonly Act<What>[] {
    return this.#acts
  }

  /** The last one that can still be undone. */
  get lastUndoable(): Act<What> | undefined {
    return this.#acts.find((act) => act.state === 'undoable')
  }

  /** How many can still be undone. */
  get undoable(): number {
    return this.#acts.filter((act) => act.state === 'undoable').length
  }

  find(id: number): Act<What> | undefined {
    return this.#acts.find((act) => act.id === id)
  }

  /** Notes what was done; `undo` sends what takes it back. */
  add(what: What, time: number, undo?: () => Promise<unknown>): Act<What> {
    const act: Act<What> = { id: this.#next++, what, time, state: undo ? 'undoable' : 'final' }
    if (undo) this.#undo.set(act.id, undo)
    this.#acts.unshift(act)
    for (const dropped of this.#acts.splice(MOST_ACTS)) this.#undo.delete(dropped.id)
    return act
  }

  /**
   * Takes an act back, once. If that fails it can be tried again.
   *
   * @returns whether there was anything to take back
   * @throws what taking it back throws
   */
  async undo(id: number): Promise<boolean> {
    const undo = this.#undo.get(id)
    if (!undo || this.find(id)?.state !== 'undoable') return false
    this.#set(id, 'undoing')
    try {
      await undo()
    } catch (error) {
      this.#set(id, 'undoable')
      throw error
    }
    this.#undo.delete(id)
    this.#set(id, 'undone')
    return true
  }

  #set(id: number, state: Act<What>['state']): void {
    this.#acts = this.#acts.map((act) => (act.id === id ? { ...act, state } : act))
  }
}
