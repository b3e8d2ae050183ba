// How much may be written at once, and what may be written where only emoji may.

/** Most characters (code points) of a message. In UTF-8 and escaped they stay well below the server's bound of a stanza. */
export const MOST = 2_000
/** From this share on it is said how much is left. */
const TELL = 0.8

/** How many characters are left; below zero are too many; nothing while there is plenty of room. */
export function left(text: string): number | undefined {
  // Code points are never more than UTF-16 units: counting them is only needed near the end.
  if (text.length <= MOST * TELL) return undefined
  const count = [...text].length
  return count > MOST * TELL ? MOST - count : undefined
}

const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[0-9#*]\ufe0f?\u20e3|[\u200d\ufe0f\u{e0020}-\u{e007f}\s])+$/u

/** Whether a text holds nothing but emoji, names of custom emoji, and white space. */
export function isOnlyEmoji(text: string): boolean {
  const rest = text.replace(/:[\w+-]+:/g, ' ')
  return rest.trim() === '' || EMOJI.test(rest)
}
