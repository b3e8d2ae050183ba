// What a moderator did, and what went wrong with it, in words.

import type { Calm } from '../../room/orders'
import { moderatingWords as words } from '../../words/moderating'
import { StanzaError } from '../../xmpp/error'

/** For how long somebody loses their voice. `open`: where the room knows no end. */
export type MuteFor = 'ten' | 'hour' | 'tonight' | 'open'
/** For how long somebody is banned. */
export type BanFor = 'hour' | 'live' | 'good'

/** Something that a moderator did. */
export type What =
  | { readonly is: 'removed' | 'unmuted' | 'sent-out' | 'moderator'; readonly nick: string }
  | { readonly is: 'removed-all'; readonly nick: string; readonly count: number }
  | { readonly is: 'muted'; readonly nick: string; readonly how: MuteFor }
  | { readonly is: 'banned'; readonly nick: string; readonly how: BanFor }
  | { readonly is: 'set'; readonly wish: Partial<Calm> }
  | { readonly is: 'calmed' | 'announced' }

export function sayWhat(what: What): string {
  switch (what.is) {
    case 'removed':
      return words.didRemove(what.nick)
    case 'removed-all':
      return words.didRemoveAll(what.nick, what.count)
    case 'muted':
      return sayMuted(what.nick, what.how)
    case 'unmuted':
      return words.didUnmute(what.nick)
    case 'sent-out':
      return words.didSendOut(what.nick)
    case 'banned':
      return sayBanned(what.nick, what.how)
    case 'moderator':
      return words.didMakeModerator(what.nick)
    case 'set':
      return saySet(what.wish)
    case 'calmed':
      return words.didCalm()
    case 'announced':
      return words.didAnnounce()
  }
}

function sayMuted(nick: string, how: MuteFor): string {
  if (how === 'ten') return words.didMuteTenMinutes(nick)
  if (how === 'hour') return words.didMuteHour(nick)
  return how === 'tonight' ? words.didMuteTonight(nick) : words.didMute(nick)
}

function sayBanned(nick: string, how: BanFor): string {
  if (how === 'hour') return words.didBanHour(nick)
  return how === 'live' ? words.didBanLive(nick) : words.didBan(nick)
}

function saySet({ slow, accountsOnly, emojiOnly }: Partial<Calm>): string {
  if (slow !== undefined) return words.didSlow(slow)
  if (accountsOnly !== undefined) return words.didAccountsOnly(accountsOnly)
  return words.didEmojiOnly(emojiOnly ?? false)
}

/** What went wrong, and what the server says about it where it says anything. */
export function sayError(error: unknown): string {
  if (!(error instanceof StanzaError)) return words.notDone(String(error))
  if (error.text) return words.notDone(error.text)
  switch (error.condition) {
    case 'forbidden':
    case 'not-allowed':
      return words.notAllowed()
    case 'item-not-found':
      return words.notHere()
    case 'feature-not-implemented':
    case 'service-unavailable':
      return words.notPossible()
    case 'gone':
    case 'remote-server-timeout':
      return words.noAnswer()
    default:
      return words.notDone(error.condition)
  }
}

/** Seconds of a mute that is to last through the night: until six in the morning. */
export function untilMorning(now: Date): number {
  const morning = new Date(now)
  morning.setHours(6, 0, 0, 0)
  if (morning <= now) morning.setDate(morning.getDate() + 1)
  return Math.round((morning.getTime() - now.getTime()) / 1_000)
}

/** Seconds of a mute. */
export function muteSeconds(how: Exclude<MuteFor, 'open'>, now: Date): number {
  return how === 'ten' ? 600 : how === 'hour' ? 3_600 : untilMorning(now)
}

/** Seconds of a ban; none for one that has no end. A live is over when half a day has passed. */
export function banSeconds(how: BanFor): number | undefined {
  return how === 'hour' ? 3_600 : how === 'live' ? 43_200 : undefined
}
