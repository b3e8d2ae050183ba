// The two questions of moderating: why and for how long somebody is banned, and what to announce.

import { html } from 'lit'
import type { Person } from '../../room/moderation'
import { moderatingWords as words } from '../../words/moderating'
import type { Chat } from '../chat'
import { deskOf } from './desk'
import type { BanFor } from './say'
import { ask } from './sheet'

/** A choice of one, drawn as chips. */
function chips(name: string, label: string, chosen: string, options: readonly (readonly [value: string, text: string])[]) {
  return html`<div class="chipset" role="radiogroup" aria-label=${label}>${options.map(
    ([value, text]) => html`<label class="chip"><input class="vh" type="radio" name=${name} value=${value} ?checked=${value === chosen} /><span>${text}</span></label>`,
  )}</div>`
}

/** Asks why and for how long; whether is settled. */
export function askBan(chat: Chat, person: Person, ends: boolean): void {
  const lengths: [BanFor, string][] = ends
    ? [['hour', words.banHour()], ['live', words.banLive()], ['good', words.banForGood()]]
    : [['good', words.banForGood()]]
  ask(chat, {
    title: words.banWhom(person.nick),
    body: () => html`<p class="note">${words.banHint()}</p>
      ${chips('for', words.banFor(), 'good', lengths)}
      <div class="field"><input name="reason" maxlength="300" autocomplete="off" dir="auto" autofocus placeholder=${words.banReason()} aria-label=${words.banReason()} /></div>
      <div class="acts"><button class="btn ghost" type="button" data-close>${words.cancel()}</button><button class="btn danger">${words.banNow()}</button></div>`,
    submit: (form) => {
      const how = lengths.find(([one]) => one === form.get('for'))?.[0] ?? 'good'
      const reason = form.get('reason')
      void deskOf(chat).ban(person, how, typeof reason === 'string' ? reason : '')
    },
  })
}

/** Asks what to announce. */
export function askAnnouncement(chat: Chat): void {
  ask(chat, {
    title: words.announceTitle(),
    body: () => html`<p class="note">${words.announceHint()}</p>
      ${chips('kind', words.kindOfAnnouncement(), 'announcement', [
        ['announcement', words.kindAnnouncement()],
        ['warning', words.kindWarning()],
      ])}
      <div class="field"><textarea name="text" rows="2" maxlength="2000" required dir="auto" autofocus placeholder=${words.announceText()} aria-label=${words.announceText()}></textarea></div>
      <div class="acts"><button class="btn ghost" type="button" data-close>${words.cancel()}</button><button class="btn">${words.announceNow()}</button></div>`,
    submit: (form) => {
      const text = form.get('text')
      if (typeof text !== 'string' || !text.trim()) return
      void deskOf(chat).announce(text.trim(), form.get('kind') === 'warning' ? 'warning' : 'announcement')
    },
  })
}
