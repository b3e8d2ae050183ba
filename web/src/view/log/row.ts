// One line of the log as a template. What others wrote goes in as text alone.

import { html, nothing, type TemplateResult } from 'lit'
import { initial } from '../../text/colour'
import { excerpt, oneLine, safeName } from '../../text/safe'
import { tokenize, type Context, type Token } from '../../text/tokens'
import type { Author, Message, Notice, Reaction } from '../../room/types'
import { words } from '../../words/words'
import { icon, type IconName } from '../icons'
import { isCard, type Row } from './plan'

/** What a row is drawn with. */
export interface Surroundings extends Context {
  readonly pictured: boolean
  /** Whether I moderate: then I see whose message is gone. */
  readonly moderates: boolean
  readonly editing: string | undefined
  readonly expanded: ReadonlySet<string>
  /** The message with that id, if it is here. */
  readonly find: (id: string) => Message | undefined
}

/** Kinds of reactions that are shown. */
export const REACTIONS = 5

/** The classes of a row. */
export function classesOf(row: Row, around: Surroundings, solo: boolean): string {
  if (row.is === 'day') return 'day'
  const { line } = row
  if (line.kind === 'notice') return 'msg sys'
  if (line.removed) return 'msg gone'
  if (isCard(line)) return `card${line.announcement === 'warning' ? ' warning' : ''}`
  const flags: [string, boolean][] = [
    ['more', row.more],
    ['mention', line.forMe],
    ['highlight', line.announcement === 'highlight'],
    ['editing', line.key === around.editing],
    ['solo', solo],
  ]
  return ['msg', ...flags.filter(([, is]) => is).map(([name]) => name)].join(' ')
}

/** A message with its words taken apart, once. */
export interface Drawn {
  readonly template: TemplateResult
  readonly solo: boolean
}

export function draw(row: Row, around: Surroundings): Drawn {
  if (row.is === 'day') return { template: html`${words.day(row.time)}`, solo: false }
  const { line } = row
  if (line.kind === 'notice') return { template: notice(line), solo: false }
  if (line.removed) return { template: removed(line, around), solo: false }
  if (isCard(line)) return { template: card(line, around), solo: false }
  return message(line, row.more, around)
}

function message(line: Message, more: boolean, around: Surroundings): Drawn {
  const part = around.expanded.has(line.key) ? { text: line.text, whole: true } : excerpt(line.text)
  const said = tokenize(part.text, around)
  const solo = said.solo && part.whole && !said.action
  const time = words.time(line.time)
  const template = html`${quote(line, around)}${more ? nothing : avatar(line, around)}<div class="body">
      <p class="line ${solo ? 'only-emoji' : ''} ${said.action ? 'action' : ''}"><time class="meta before">${time} </time>${who(line, more, said.action)}${
        more ? nothing : html`<time class="meta after">${time}</time>`
      } <span class="text" part="message" dir=${solo ? nothing : 'auto'}>${said.tokens.map(piece)}</span>${part.whole ? nothing : html`… <button type="button" class="linkb" tabindex="-1" data-do="expand">${words.showAll()}</button>`}${
        line.edited ? html` <span class="meta">${words.edited()}</span>` : nothing
      }${line.delivery === 'sending' ? html`<span class="clockdot" title=${words.sending()}>${icon('clock')}<span class="vh">${words.sending()}</span></span>` : nothing}</p>
      ${reactions(line.reactions)}${line.delivery === 'failed' ? failed() : nothing}
    </div>`
  return { template, solo }
}

function piece(token: Token) {
  switch (token.is) {
    case 'text':
      return token.text
    case 'break':
      return html`<br />`
    case 'link':
      return html`<a href=${token.href} target="_blank" rel="noopener noreferrer nofollow ugc" tabindex="-1" dir="ltr" title=${token.href}>${token.text}</a>`
    case 'me':
      return html`<span class="at me">${token.text}</span>`
    case 'name':
      return html`<span class="at">${token.text}</span>`
    case 'emoji':
      return html`<span class="em">${token.text}</span>`
    case 'picture':
      return html`<img class="emoji" src=${token.src} alt=${token.text} title=${token.text} loading="lazy" decoding="async" referrerpolicy="no-referrer" />`
  }
}

function avatar(line: Message, around: Surroundings) {
  if (!around.pictured) return nothing
  return html`<span class="av" aria-hidden="true" data-do="person">${face(line.author)}</span>`
}

/** What is in an avatar: the letter, and over it the picture if there is one. */
export function face({ avatar: address, nick }: Pick<Author, 'avatar' | 'nick'>) {
  return html`${initial(safeName(nick))}${
    address === undefined ? nothing : html`<img src=${address} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" data-fallback />`
  }`
}

function who(line: Message, more: boolean, action: boolean) {
  const { author } = line
  const name = safeName(author.nick)
  const end = html`<span class="vh">${action ? ' ' : ': '}</span>`
  if (more) return html`<span class="vh">${name}${end}</span>`
  const host = author.affiliation === 'owner'
  return html`<span class="who ${host ? 'is-host' : ''}"><bdi class="name" part="name" data-do="person">${name}</bdi>${
    host
      ? html`<span class="vh"> (${words.host()})</span>`
      : author.role === 'moderator'
        ? html`<span class="badge" title=${words.moderator()}>${icon('shield')}<span class="vh">${words.moderator()}</span></span>`
        : nothing
  }${line.own ? html`<span class="tag">${words.you()}</span>` : nothing}${end}</span>`
}

function quote(line: Message, around: Surroundings) {
  const { answers } = line
  if (!answers) return nothing
  const original = around.find(answers.id)
  const text = original?.removed ? words.messageRemoved() : oneLine(original?.text ?? answers.quote ?? '', 160)
  const nick = original?.author.nick ?? answers.nick
  return html`<button type="button" class="quote" tabindex="-1" data-do="original" data-id=${answers.id} aria-label=${words.answerTo(nick === undefined ? '' : safeName(nick), text)}>${icon('reply')}${
    nick === undefined ? html`<b></b>` : html`<b dir="auto">${safeName(nick)}</b>`
  }<span dir="auto">${text}</span></button>`
}

function reactions(all: readonly Reaction[]) {
  if (all.length === 0) return nothing
  const shown = all.slice(0, REACTIONS)
  // One's own is shown, however rare.
  for (const own of all.slice(REACTIONS).filter((one) => one.own)) shown[REACTIONS - 1] = own
  return html`<ul class="reacts">${shown.map(
    ({ emoji, count, own }) =>
      html`<li><button type="button" class="react" tabindex="-1" aria-pressed=${own ? 'true' : 'false'} aria-label=${words.reaction(emoji, count)} data-do="react" data-emoji=${emoji}><span class="em">${oneLine(emoji, 12)}</span>${words.count(count)}</button></li>`,
  )}${all.length > REACTIONS ? html`<li class="react rest">+${words.count(all.length - REACTIONS)}</li>` : nothing}</ul>`
}

const failed = () =>
  html`<div class="fail">${icon('alert')}<span>${words.notSent()}</span><button type="button" tabindex="-1" data-do="retry">${words.tryAgain()}</button><button type="button" class="quiet" tabindex="-1" data-do="discard">${words.discard()}</button></div>`

function removed(line: Message, around: Surroundings) {
  const by = line.removed?.by
  const text =
    by === 'moderator' && around.moderates
      ? words.removedOf(safeName(line.author.nick), line.removed?.nick === undefined ? undefined : safeName(line.removed.nick))
      : by === 'moderator'
        ? words.removedByModerator()
        : words.messageRemoved()
  return html`<span class="ic">${icon('minus')}</span><p class="line">${text}</p>`
}

function card(line: Message, around: Surroundings) {
  const warning = line.announcement === 'warning'
  return html`<h3>${icon(warning ? 'alert' : 'horn')}<span>${words.announcedBy(safeName(line.author.nick))}</span><time class="meta">${words.time(line.time)}</time></h3>
    <p class="line"><span class="text" dir="auto">${tokenize(line.text, around).tokens.map(piece)}</span>${line.edited ? html` <span class="meta">${words.edited()}</span>` : nothing}</p>
    ${reactions(line.reactions)}`
}

const ICONS: Partial<Record<Notice['what']['is'], IconName>> = { slow: 'clock', locked: 'lock', 'accounts-only': 'lock', 'emoji-only': 'smile', gap: 'alert' }

function notice(line: Notice) {
  return html`<span class="ic">${icon(ICONS[line.what.is] ?? 'info')}</span><p class="line">${noticeText(line.what)}</p>`
}

export function noticeText(what: Notice['what']): string {
  switch (what.is) {
    case 'gap':
      return words.gap()
    case 'joined':
      return words.hasCome(safeName(what.nick))
    case 'left':
      return words.hasGone(safeName(what.nick))
    case 'slow':
      return what.seconds > 0 ? words.slowOn(what.seconds) : words.slowOff()
    case 'accounts-only':
      return what.on ? words.accountsOnlyOn() : words.accountsOnlyOff()
    case 'emoji-only':
      return what.on ? words.emojiOnlyOn() : words.emojiOnlyOff()
    case 'locked':
      return what.on ? words.lockedOn() : words.lockedOff()
    case 'subject':
      // Somebody's words: in quotes, lest they pass for ours.
      return `“${oneLine(what.text, 400)}”`
  }
}
