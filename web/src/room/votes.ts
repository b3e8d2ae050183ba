// Who reacted with what, of one message, and how often each emoji was taken.

import type { Reaction } from './types'

/** By occupant id, or by nick where the room gives none. */
export type Votes = Map<string, { readonly emojis: readonly string[]; readonly own: boolean; readonly byModerator: boolean }>

/** The reactions as they are shown, the most frequent first. */
export function tally(votes: Votes): Reaction[] {
  const counted = new Map<string, Omit<Reaction, 'emoji'>>()
  for (const vote of votes.values()) {
    for (const emoji of vote.emojis) {
      const was = counted.get(emoji)
      counted.set(emoji, {
        count: (was?.count ?? 0) + 1,
        own: (was?.own ?? false) || vote.own,
        byModerator: (was?.byModerator ?? false) || vote.byModerator,
      })
    }
  }
  return [...counted].map(([emoji, one]) => ({ emoji, ...one })).sort((a, b) => b.count - a.count)
}
