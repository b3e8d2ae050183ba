// What keeps one out of a room, in words, and what can be done about it. Loaded with the first trouble.

import type { Trouble } from '../room/types'
import { troubleWords } from '../words/troubles'
import { words } from '../words/words'
import type { Notice } from './notices'

/**
 * What stands in place of the field while one is kept out.
 *
 * @param login the offer to sign in, if there is one
 */
export function ofTrouble(trouble: Trouble, login: Notice['act']): Notice {
  const again = { is: 'enter', text: words.tryAgain() } as const
  switch (trouble.is) {
    case 'banned': {
      const title = trouble.until === undefined ? troubleWords.banned() : troubleWords.bannedUntil(trouble.until)
      return { tone: 'bad', icon: 'ban', title, text: trouble.reason && troubleWords.reason(trouble.reason) }
    }
    case 'sent-out': {
      const text = trouble.reason ? troubleWords.reason(trouble.reason) : troubleWords.sentOutHint()
      return { tone: 'plain', icon: 'kick', title: troubleWords.sentOut(), text, act: { is: 'come-back', text: words.comeBack() } }
    }
    case 'full':
      return { tone: 'plain', icon: 'people', title: troubleWords.full(), text: troubleWords.fullHint() }
    case 'closed':
      return { tone: 'plain', icon: 'lock', title: troubleWords.closed(), text: trouble.reason ? troubleWords.reason(trouble.reason) : troubleWords.closedHint() }
    case 'accounts-only':
      return { tone: 'plain', icon: 'lock', title: words.accountsOnly(), act: login }
    case 'password':
      return { tone: 'plain', icon: 'lock', title: troubleWords.password(), text: troubleWords.passwordHint() }
    case 'missing':
      return { tone: 'plain', icon: 'info', title: troubleWords.missing(), text: troubleWords.missingHint(), act: again }
    case 'taken-over':
      return { tone: 'plain', icon: 'popout', title: troubleWords.takenOver(), text: troubleWords.takenOverHint(), act: { is: 'enter', text: troubleWords.goOnHere() } }
    case 'no-login':
      return { tone: 'bad', icon: 'alert', title: troubleWords.noLogin(), text: troubleWords.noLoginHint(), act: login ?? again }
    case 'other':
      return { tone: 'bad', icon: 'alert', title: troubleWords.otherTrouble(), text: trouble.text, act: again }
  }
}
