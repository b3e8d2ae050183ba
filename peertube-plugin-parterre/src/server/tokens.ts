// Signed tokens (JWT, HS256) by which people of this PeerTube log in to the chat. Pure but for the clock that it is given.

import { createHmac, randomBytes } from 'node:crypto'

/** Whom the token is for, and what they are in which room. */
export interface Person {
  readonly account: string
  readonly name: string
  readonly avatar: string | undefined
  readonly affiliations: Readonly<Record<string, 'owner' | 'admin' | 'member'>>
}

/** How long a token lasts. It is asked for before each login, so that minutes are enough. */
export const LASTS = 300

/** Signs a token for a person, for the domain, as of `now` in seconds. */
export function sign(person: Person, domain: string, secret: string, now: number): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    sub: person.account,
    aud: domain,
    iat: Math.floor(now),
    exp: Math.floor(now) + LASTS,
    nick: person.name,
    ...(person.avatar === undefined ? {} : { avatar: person.avatar }),
    affiliations: person.affiliations,
  }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A secret that nobody guesses. */
export function secret(): string {
  return randomBytes(32).toString('hex')
}
