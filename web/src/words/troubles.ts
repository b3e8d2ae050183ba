// The words of what keeps one out of a room.

import { msg, str } from '@lit/localize'
import { moment } from './speech'

export const troubleWords = {
  sentOut: () => msg('A moderator has sent you out', { id: 'sent-out' }),
  sentOutHint: () => msg('You can come back.', { id: 'sent-out-hint' }),
  banned: () => msg('You’re banned from this chat', { id: 'banned' }),
  bannedUntil: (time: number) => msg(str`You’re banned from this chat until ${moment(time)}`, { id: 'banned-until' }),
  reason: (reason: string) => msg(str`Reason: ${reason}`, { id: 'reason' }),
  closed: () => msg('This chat is closed', { id: 'closed' }),
  closedHint: () => msg('Thank you for being here.', { id: 'closed-hint' }),
  full: () => msg('The chat is full right now', { id: 'full' }),
  fullHint: () => msg('You’re in line and will be let in. No need to reload.', { id: 'full-hint' }),
  missing: () => msg('There is no such chat', { id: 'missing' }),
  missingHint: () => msg('It may not have begun yet, or it has been taken away.', { id: 'missing-hint' }),
  password: () => msg('This chat asks for a password', { id: 'password' }),
  passwordHint: () => msg('It can’t be entered from here.', { id: 'password-hint' }),
  takenOver: () => msg('The chat goes on in another window', { id: 'taken-over' }),
  takenOverHint: () => msg('You came in somewhere else under the same account.', { id: 'taken-over-hint' }),
  goOnHere: () => msg('Go on here', { id: 'go-on-here' }),
  noLogin: () => msg('You could not be signed in', { id: 'no-login' }),
  noLoginHint: () => msg('The page’s sign-in may have run out. Reload the page to be signed in again.', { id: 'no-login-hint' }),
  otherTrouble: () => msg('The chat did not let you in', { id: 'other-trouble' }),
}
