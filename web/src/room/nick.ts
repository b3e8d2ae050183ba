// The nicks of those who have chosen none.

/** A nick that says that no name was chosen; the server counts its bearer and announces nobody. */
export function anonymousNick(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return `Anonymous ${String(100_000 + (number % 900_000))}`
}

export function isAnonymousNick(nick: string): boolean {
  return /^Anonymous \d+$/.test(nick)
}
