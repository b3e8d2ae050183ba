// From the room's log to the overlay's queue: what of it may be seen over a video at all.
//
// Enters: the messages of a room as they stand, and whether the room is in reach. Leaves: a queue that holds what is new,
// fresh and not hidden, in its present words. Nothing older is ever let in, and nothing survives a lost connection.

import type { Message } from '../room/types'
import { isHidden, type Look } from './look'
import { Queue, type Item } from './queue'

/** A message over the video. */
export interface Line extends Item {
  readonly message: Message
}

/** A moderator's reaction that approves of a message. */
export const APPROVAL = '✅'
/** Oldest message that can still be approved, in milliseconds: as long as a glance back may take. */
const APPROVABLE = 600_000

export class Feed {
  readonly queue: Queue<Line>
  /** Messages that have been let in or are not to be, by key: those of the log only, so it is bounded by it. */
  #decided = new Set<string>()
  /** Whether the room is in reach. */
  connected = false

  constructor(private readonly look: Look) {
    this.queue = new Queue({ limit: look.limit, lifetime: look.lifetime * 1_000 })
  }

  /** The room is in reach, or not any more; then nothing is kept. */
  reach(connected: boolean): void {
    if (!connected) this.queue.clear()
    this.connected = connected
  }

  /** Takes the log as it stands. */
  take(messages: readonly Message[], now: number): void {
    const present = new Map(messages.map((message) => [message.key, message]))
    for (const { key, message } of this.queue.items) {
      const latest = present.get(key)
      if (latest?.removed) this.queue.remove(key)
      else if (latest && latest !== message) this.queue.replace(line(latest))
    }
    for (const message of messages) this.#consider(message, now)
    this.#decided = new Set([...this.#decided].filter((key) => present.has(key)))
  }

  #consider(message: Message, now: number): void {
    if (this.#decided.has(message.key)) return
    const age = now - message.time
    const waits = this.look.approved && !isApproved(message) && !message.removed && age <= APPROVABLE
    if (waits) return
    this.#decided.add(message.key)
    // What was approved has come with the approval, not when it was said.
    const oldest = this.look.approved && !isStaff(message) ? APPROVABLE : this.look.fresh * 1_000
    const seen = this.connected && age <= oldest && !message.removed && message.text.trim() !== ''
    if (seen && !isHidden(this.look, message.text)) this.queue.add(line(message), now)
  }
}

const line = (message: Message): Line => ({ key: message.key, by: message.author.occupantId ?? message.author.nick, message })

const isStaff = ({ author }: Message): boolean =>
  author.role === 'moderator' || author.affiliation === 'owner' || author.affiliation === 'admin'

const isApproved = (message: Message): boolean =>
  isStaff(message) || message.reactions.some((one) => one.emoji.startsWith(APPROVAL) && one.byModerator)
