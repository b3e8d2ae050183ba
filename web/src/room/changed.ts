/** What of a room has changed; a bit each, so that changes add up. */
export const Changed = { log: 1, state: 2, people: 4 } as const
