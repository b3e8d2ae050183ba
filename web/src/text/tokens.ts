// A message's words, taken apart into what is shown differently: links, mentions, emoji, line breaks.
//
// Enters: any text. Leaves: tokens, at most so many, whose texts together say what the text said. It makes no markup.

import { safeText } from './safe'

export type Token =
  | { readonly is: 'text' | 'me' | 'name' | 'emoji'; readonly text: string }
  | { readonly is: 'link'; readonly text: string; readonly href: string }
  | { readonly is: 'picture'; readonly text: string; readonly src: string }
  | { readonly is: 'break'; readonly text: '\n' }

/** What the text is read with. */
export interface Context {
  /** One's own name, if one has chosen one. */
  readonly me: string | undefined
  /** Whether somebody of that name (in small letters) is known here. */
  readonly knows: (name: string) => boolean
  /** Addresses of the room's own emoji, by `:name:`. */
  readonly pictures: ReadonlyMap<string, string>
}

export interface Words {
  readonly tokens: readonly Token[]
  /** `/me` (XEP-0245): what the author does, told with their name. */
  readonly action: boolean
  /** Nothing but one to six emoji. */
  readonly solo: boolean
}

/** Most tokens that are not text; what follows stays text. */
const MOST = 200
const LONGEST_NAME = 64
const LONGEST_LINK = 48

const PICTURED = String.raw`(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)`
const JOINED = String.raw`(?:\u200d(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\ufe0f?))`
const ONE_EMOJI = String.raw`(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f\u20e3|${PICTURED}${JOINED}{0,8}[\u{e0020}-\u{e007f}]{0,12})`
const EMOJI = new RegExp(ONE_EMOJI, 'gu')
/** What may begin a token, found in one pass. */
const START = new RegExp(String.raw`\n|https?://|@|:[\w+-]{1,40}:|(?:${ONE_EMOJI})+`, 'giu')
/** Bounded: whoever looks for an address at each of many places would read the same rest again and again. What is longer is no link. */
const LINK = /https?:\/\/[^\s<>"'`´“”«»\\^{|}]{1,2000}(?![^\s<>"'`´“”«»\\^{|}])/iy

/** Takes a text apart. */
export function tokenize(raw: string, context: Context): Words {
  let text = safeText(raw)
  const action = /^\/me\s/.test(text)
  if (action) text = text.slice(4)
  const tokens: Token[] = []
  let shown = 0
  let from = 0
  START.lastIndex = 0
  for (let found = START.exec(text); found && tokens.length < MOST * 2; found = START.exec(text)) {
    const token = read(text, found.index, found[0], context)
    if (!token) {
      // Nothing after all: the search goes on behind its first character.
      START.lastIndex = found.index + 1
      continue
    }
    if (found.index > from) tokens.push(...named(text.slice(from, found.index), context))
    tokens.push(token.token)
    from = token.end
    START.lastIndex = token.end
    shown += 1
    if (shown >= MOST) break
  }
  if (from < text.length) tokens.push(...named(text.slice(from), context))
  return { tokens, action, solo: isSolo(tokens) }
}

function read(text: string, at: number, match: string, context: Context): { token: Token; end: number } | undefined {
  const end = at + match.length
  if (match === '\n') return { token: { is: 'break', text: '\n' }, end }
  if (match === '@') return mention(text, at, context)
  if (/^https?:/i.test(match)) return link(text, at)
  if (match.startsWith(':')) {
    const src = context.pictures.get(match)
    return src === undefined ? undefined : { token: { is: 'picture', text: match, src }, end }
  }
  return { token: { is: 'emoji', text: match }, end }
}

/** An address of the web, without what only ends the sentence. */
function link(text: string, at: number): { token: Token; end: number } | undefined {
  if (isWord(text.slice(0, at), -1)) return undefined
  LINK.lastIndex = at
  const raw = trimEnd((LINK.exec(text)?.[0] ?? '').replace(/[\u061c\u200b-\u200f\u2066-\u2069].*$/s, ''))
  let url
  try {
    url = new URL(raw)
  } catch {
    return undefined
  }
  // A name before the host is how one address is made to look like another.
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || !url.hostname.includes('.')) return undefined
  return { token: { is: 'link', text: shorten(url), href: url.href }, end: at + raw.length }
}

/** The host as it is looked up (so that look-alike letters show), and the beginning of the rest. */
function shorten(url: URL): string {
  let path = url.pathname + url.search
  try {
    path = safeText(decodeURI(path)).replace(/[\u061c\u200e\u200f\u2066-\u2069\s]/g, '')
  } catch {
    // Not text: shown as it is.
  }
  const whole = url.host.replace(/^www\./, '') + (path === '/' ? '' : path)
  const points = [...whole]
  return points.length > LONGEST_LINK ? `${points.slice(0, LONGEST_LINK - 1).join('')}…` : whole
}

/** Without punctuation at its end, and brackets that it does not open itself. */
function trimEnd(raw: string): string {
  const surplus = (closes: string, opens: string): number => raw.split(closes).length - raw.split(opens).length
  const left: Record<string, number> = { ')': surplus(')', '('), ']': surplus(']', '[') }
  let end = raw.length
  for (; end > 0; end -= 1) {
    const last = raw.charAt(end - 1)
    const more = left[last]
    if (more === undefined ? !/[.,;:!?…'"*_~、。!?)」]/.test(last) : more <= 0) break
    if (more !== undefined) left[last] = more - 1
  }
  return raw.slice(0, end)
}

/** `@name` of somebody known, the longest name that fits. */
function mention(text: string, at: number, context: Context): { token: Token; end: number } | undefined {
  if (isWord(text.slice(0, at), -1)) return undefined
  const rest = text.slice(at + 1, at + 1 + LONGEST_NAME).toLowerCase()
  const me = context.me?.toLowerCase()
  for (let length = rest.length; length > 0; length -= 1) {
    const name = rest.slice(0, length)
    if ((name !== me && !context.knows(name)) || isWord(text.slice(at + 1 + length), 0)) continue
    const end = at + 1 + length
    return { token: { is: name === me ? 'me' : 'name', text: text.slice(at, end) }, end }
  }
  return undefined
}

/** One's own name where it stands without `@`. */
function named(text: string, context: Context): Token[] {
  const me = context.me?.toLowerCase()
  const lower = text.toLowerCase()
  if (!me || lower.length !== text.length) return [{ is: 'text', text }]
  const tokens: Token[] = []
  let from = 0
  for (let at = lower.indexOf(me); at >= 0; at = lower.indexOf(me, at + me.length)) {
    if (isWord(text.slice(0, at), -1) || isWord(text.slice(at + me.length), 0)) continue
    if (at > from) tokens.push({ is: 'text', text: text.slice(from, at) })
    from = at + me.length
    tokens.push({ is: 'me', text: text.slice(at, from) })
  }
  if (from < text.length) tokens.push({ is: 'text', text: text.slice(from) })
  return tokens
}

/** Whether a text ends (-1) or begins (0) with a letter or a digit. */
function isWord(text: string, side: -1 | 0): boolean {
  const char = side === 0 ? [...text.slice(0, 2)][0] : [...text.slice(-2)].at(-1)
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char)
}

function isSolo(tokens: readonly Token[]): boolean {
  let count = 0
  for (const token of tokens) {
    if (token.is === 'emoji') count += token.text.match(EMOJI)?.length ?? 0
    else if (token.is === 'picture') count += 1
    else if (token.is !== 'text' || token.text.trim() !== '') return false
  }
  return count >= 1 && count <= 6
}
