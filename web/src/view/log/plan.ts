// What stands in the log, in order: days between lines, and which messages follow on from the one before.
//
// Enters: the room's lines. Leaves: rows with keys. Pure.

import type { Entry } from '../../room/log'
import type { Line, Message } from '../../room/types'

/** Most messages in a row under one name. */
const MOST_IN_A_ROW = 6
/** Between two of them, in milliseconds. */
const CLOSE = 180_000

export type Row =
  | { readonly is: 'day'; readonly key: string; readonly time: number }
  | {
      readonly is: 'line'
      readonly key: string
      readonly line: Line
      readonly version: number
      /** Whether it goes on from the line before: without avatar and name. */
      readonly more: boolean
    }

/** The rows for those lines; `hidden` says whose messages are left out. */
export function plan(entries: readonly Entry[], hidden: (message: Message) => boolean = () => false): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  let inRow = 0
  let day: Day = { start: 0, end: 0 }
  for (const { line, version } of entries) {
    if (line.kind === 'message' && hidden(line)) continue
    if (line.time < day.start || line.time >= day.end) {
      day = dayOf(line.time)
      rows.push({ is: 'day', key: `day:${day.start}`, time: line.time })
      before = undefined
    }
    const message = line.kind === 'message' ? line : undefined
    const more = message !== undefined && before !== undefined && inRow < MOST_IN_A_ROW && follows(message, before)
    inRow = more ? inRow + 1 : 1
    rows.push({ is: 'line', key: line.key, line, version, more })
    before = message && isPlain(message) ? message : undefined
  }
  return rows
}

/** From midnight to midnight, in milliseconds: told from one another without asking the calendar for each line. */
interface Day {
  readonly start: number
  readonly end: number
}

function dayOf(time: number): Day {
  const midnight = new Date(time)
  const start = midnight.setHours(0, 0, 0, 0)
  return { start, end: midnight.setDate(midnight.getDate() + 1) }
}

/** Whether a message can do without its author's name below that other one. */
function follows(message: Message, before: Message): boolean {
  return (
    isPlain(message) &&
    !message.answers &&
    !message.forMe &&
    !message.text.startsWith('/me ') &&
    message.time - before.time <= CLOSE &&
    message.time >= before.time &&
    sameAuthor(message, before)
  )
}

const isPlain = (message: Message): boolean => !message.removed && !isCard(message)

function sameAuthor(one: Message, other: Message): boolean {
  const [a, b] = [one.author, other.author]
  return a.occupantId === b.occupantId && a.nick === b.nick && a.role === b.role && a.affiliation === b.affiliation
}

/** Whether it stands as a card: announcements, of those alone who may make them. */
export function isCard(message: Message): boolean {
  const { announcement, author, removed } = message
  return !removed && (announcement === 'announcement' || announcement === 'warning') && isStaff(author)
}

export function isStaff(author: Message['author']): boolean {
  return author.role === 'moderator' || author.affiliation === 'owner' || author.affiliation === 'admin'
}
