// Addresses (RFC 7622), as far as a client takes them apart. Whether one is valid is the server's to say.

/** The address without its resource. */
export function bare(jid: string): string {
  const slash = jid.indexOf('/')
  return slash < 0 ? jid : jid.slice(0, slash)
}

/** What follows the first slash: in a room, the nick. */
export function resource(jid: string): string {
  const slash = jid.indexOf('/')
  return slash < 0 ? '' : jid.slice(slash + 1)
}

/** What stands before the `@`, if anything does. */
export function local(jid: string): string {
  const at = bare(jid).indexOf('@')
  return at < 0 ? '' : jid.slice(0, at)
}

/** What stands after the `@`. */
export function domain(jid: string): string {
  const whole = bare(jid)
  return whole.slice(whole.indexOf('@') + 1)
}
