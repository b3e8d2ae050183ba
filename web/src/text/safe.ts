// Texts of strangers, made fit to be shown among others: bounded, kept to their line and their direction. What is copied
// or answered is the text as it was; this is for the eye.

/** Longest name that is shown, in code points. */
const NAME = 40
/** What is shown of a message before "Show all". */
const CHARACTERS = 500
const LINES = 8

/** Controls of direction: embeddings, overrides, isolates, marks (UAX #9 §2). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** Embeddings and overrides: what a message has no need of, since each is isolated. */
const FORCED = /[\u202a-\u202e]/g
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** What takes no place; the joiners stand in scripts and emoji, the others in nothing that is typed. */
const INVISIBLE = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb]/g
const JOINERS = /[\u200c\u200d]{2,}/g
/** Marks beyond the second on one letter. */
const STACKED = /([\p{Mn}\p{Me}]{2})[\p{Mn}\p{Me}]+/gu

/** A name as it is shown: on one line, at most 40 characters, nothing in it that turns or hides what follows. */
export function safeName(name: string): string {
  const seen = name
    .slice(0, NAME * 8)
    .replace(/\s+/g, ' ')
    .replace(CONTROLS, '')
    .replace(BIDI, '')
    .replace(INVISIBLE, '')
    .replace(JOINERS, '')
    .replace(STACKED, '$1')
    .trim()
  const points = [...seen]
  if (points.length > NAME) return `${points.slice(0, NAME - 1).join('').trimEnd()}…`
  // Spaces in Braille are all that is seen of a name that has nothing else.
  return /[^\s\u2800]/.test(seen) ? seen : '?'
}

/** A message's words as they are shown. Line breaks stay, at most one empty line at a time. */
export function safeText(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(CONTROLS, '')
    .replace(FORCED, '')
    .replace(INVISIBLE, '')
    .replace(JOINERS, (run) => run.charAt(0))
    .replace(STACKED, '$1')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** The part of a text that is shown at first, and whether that is all. */
export function excerpt(text: string): { readonly text: string; readonly whole: boolean } {
  let end = text.length
  let line = -1
  for (let lines = 0; lines < LINES; lines += 1) {
    line = text.indexOf('\n', line + 1)
    if (line < 0) break
  }
  if (line >= 0) end = line
  // A few characters more are shown at once, rather than asked for.
  if (end > CHARACTERS + 40) end = backToSpace(text, CHARACTERS)
  return end >= text.length ? { text, whole: true } : { text: text.slice(0, end).trimEnd(), whole: false }
}

/** The end of a word before that place, or the place itself; never between the halves of a character. */
function backToSpace(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at)
  if (space > at - 40) return space
  const half = /[\udc00-\udfff\u200d\ufe0f]/.test(text.charAt(at))
  return half ? at - 1 : at
}

/** A text on one line, of at most so many characters: for quotes and what is read out. */
export function oneLine(text: string, longest: number): string {
  const points = [...safeText(text.slice(0, longest * 4)).replace(/\s+/g, ' ')]
  return points.length > longest ? `${points.slice(0, longest - 1).join('').trimEnd()}…` : points.join('')
}
