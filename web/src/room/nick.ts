// The nicks of those who have chosen none: a word, and digits.

/** The word, where the server does not say another. */
const WORD = 'Anonymous'

/** A nick that says that no name was chosen; the server counts its bearer and announces nobody. */
export function anonymousNick(word = WORD): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return `${word} ${String(100_000 + (number % 900_000))}`
}

export function isAnonymousNick(nick: string, word = WORD): boolean {
  return nick.startsWith(`${word} `) && /^\d+$/.test(nick.slice(word.length + 1))
}
