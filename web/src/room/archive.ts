// Pages of a room's archive (XEP-0313 with XEP-0059). What a page holds comes as messages; this is the question and
// the last word about it.

import * as ns from '../xmpp/ns'
import type { Session } from '../xmpp/session'
import { attr, child, text, xml } from '../xmpp/xml'

/** What the archive says of a page. */
export interface Page {
  /** Whether there is nothing beyond it in that direction. */
  readonly complete: boolean
  /** The id of its last message. */
  readonly last: string | undefined
}

/** Asks for a page before or after a message; `before: ''` is the newest. */
export async function page(
  session: Session,
  room: string,
  id: string,
  bounds: { before: string } | { after: string },
  max: number,
): Promise<Page> {
  const bound = 'before' in bounds ? xml`<before>${bounds.before}</before>` : xml`<after>${bounds.after}</after>`
  const answer = await session.request(
    'set',
    room,
    xml`<query xmlns="${ns.MAM}" queryid="${id}"><set xmlns="${ns.RSM}"><max>${max}</max>${bound}</set></query>`,
  )
  const fin = child(answer, 'fin', ns.MAM)
  const set = child(fin, 'set', ns.RSM)
  return { complete: /^(true|1)$/.test(attr(fin, 'complete') ?? ''), last: text(set, 'last') }
}
