// What stands in place of the field, or above it: why one can't write, what is kept, and what to do. Pure but for the
// words.

import { html, nothing, type TemplateResult } from 'lit'
import type { Room } from '../room/room'
import { words } from '../words/words'
import { icon, type IconName } from './icons'
import { secondsUntil, type Outage } from './outage'

/** What a notice offers to do. */
export type Act = 'come-back' | 'enter' | 'login' | 'reload' | 'retry'

export interface Notice {
  readonly tone: 'plain' | 'warn' | 'bad'
  readonly icon: IconName
  readonly title: string
  readonly text?: string | undefined
  readonly act?: { readonly is: Act; readonly text: string } | undefined
}

/** What a room has to be for a notice. */
export type Standing = Pick<Room, 'phase' | 'me' | 'settings' | 'moderates'>

/** The offer to sign in, where the page can and nobody is. */
export const signIn = (room: Standing, canLogin: boolean): Notice['act'] =>
  canLogin && !room.me.account ? { is: 'login', text: words.signIn() } : undefined

/** What stands in place of the field; nothing if one may write, or take a name to write. For troubles see troubles.ts. */
export function instead(room: Standing, canLogin: boolean): Notice | undefined {
  const login = signIn(room, canLogin)
  if (room.phase === 'out') {
    return { tone: 'plain', icon: 'kick', title: words.youLeft(), act: { is: 'enter', text: words.comeBack() } }
  }
  if (room.phase !== 'joined' || room.moderates) return undefined
  const { me, settings } = room
  // Who lost their voice with everybody else without an account was muted by nobody.
  const forAll = me.role === 'visitor' && settings?.accountsOnly === true && !me.account
  if (me.muted && !(forAll && me.muted.until === undefined)) {
    const title = me.muted.until === undefined ? words.muted() : words.mutedUntil(me.muted.until)
    return { tone: 'plain', icon: 'mute', title, text: words.mutedHint() }
  }
  if (me.role !== 'visitor') return undefined
  if (forAll) {
    return { tone: 'plain', icon: 'lock', title: words.accountsOnly(), act: login }
  }
  // Where only those who were given a voice may write, a name would be taken in vain.
  const mayTakeName = me.anonymous && settings?.moderated !== true
  return mayTakeName ? undefined : { tone: 'plain', icon: 'mute', title: words.noVoice(), text: words.noVoiceHint() }
}

/** What stands above the field while there is no connection. */
export function offline(outage: Outage, now: number): Notice | undefined {
  if (outage.is !== 'offline') return undefined
  const text = outage.next === undefined ? words.offlineNow() : words.offlineHint(secondsUntil(outage.next, now))
  const act = outage.next === undefined ? undefined : ({ is: 'retry', text: words.tryNow() } as const)
  return { tone: 'warn', icon: 'off', title: words.offline(), text, act }
}

/** What stands above the field when a part of the chat could not be loaded: most often there is a newer chat by now. */
export const lacking = (): Notice => ({ tone: 'warn', icon: 'alert', title: words.lacking(), text: words.lackingHint(), act: { is: 'reload', text: words.reload() } })

/** Draws a notice. Its words are said once; the seconds that run are not. */
export function drawNotice(notice: Notice, act: (what: Act) => void): TemplateResult {
  const tone = notice.tone === 'plain' ? 'bar' : `bar ${notice.tone}`
  const todo = notice.act
  return html`<div class=${tone}>${icon(notice.icon)}<span><b role="status">${notice.title}</b>${notice.text ?? nothing}</span>${
    todo ? html`<button class="linkb" type="button" @click=${() => act(todo.is)}>${todo.text}</button>` : nothing
  }</div>`
}
