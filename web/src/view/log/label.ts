// What is said of a row to whoever does not see it. Needed by those who come to rows one by one: it loads with the acts.

import { oneLine, safeName } from '../../text/safe'
import { words } from '../../words/words'
import type { Row } from './plan'
import { noticeText, REACTIONS } from './row'

/** What a screen reader says of a row that has the focus. */
export function labelOf(row: Row): string {
  if (row.is === 'day') return words.day(row.time)
  const { line } = row
  if (line.kind === 'notice') return noticeText(line.what)
  const { author } = line
  const role = author.affiliation === 'owner' ? words.host() : author.role === 'moderator' ? words.moderator() : ''
  const reacted = line.reactions.slice(0, REACTIONS).map((one) => words.reaction(one.emoji, one.count))
  const state = line.delivery === 'failed' ? words.notSent() : line.delivery === 'sending' ? words.sending() : ''
  const text = line.removed ? words.messageRemoved() : oneLine(line.text, 2_000)
  const parts = [safeName(author.nick), line.own ? words.you() : role, text, line.edited ? words.edited() : '', state, ...reacted, words.time(line.time)]
  return parts.filter(Boolean).join(', ')
}
