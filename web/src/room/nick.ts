// The nicks of those who have chosen none: a word, and digits.

/** The word, where the server does not say another. */
const WORD = 'Anonymous'

/** A nick that says that no name was chosen; the server counts its bearer and announces nobody. */
export function anonymousNick(word?: string): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return `${word || WORD} ${String(100_000 + (number % 900_000))}`
}

export function isAnonymousNick(nick: string, word?: string): boolean {
  const said = nick.replace(/ \d+$/, '')
  return said === (word || WORD) && said !== nick
}
