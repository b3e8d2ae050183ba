// Whether a text speaks to somebody by name.

/** Whether the nick stands in the text as a word of its own, with or without `@` before it. */
export function mentions(text: string, nick: string): boolean {
  return findMention(text, nick) !== undefined
}

/** Where the nick stands in the text, from the `@` if there is one. */
export function findMention(text: string, nick: string, from = 0): { start: number; end: number } | undefined {
  const haystack = text.toLowerCase()
  const needle = nick.toLowerCase()
  if (!needle || haystack.length !== text.length) return undefined
  for (let at = haystack.indexOf(needle, from); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const end = at + needle.length
    const start = text[at - 1] === '@' ? at - 1 : at
    if (!isWord(text.slice(0, start).slice(-2)) && !isWord(text.slice(end, end + 2), true)) return { start, end }
  }
  return undefined
}

function isWord(around: string, first = false): boolean {
  const chars = [...around]
  const char = first ? chars[0] : chars.at(-1)
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char)
}
