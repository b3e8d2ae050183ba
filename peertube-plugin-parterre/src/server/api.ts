// The program's HTTP API, over its unix socket.

import { request } from 'node:http'

export type Affiliation = 'owner' | 'admin' | 'member' | 'none' | 'outcast'

export interface Summary {
  readonly name: string
  readonly jid: string
  readonly title: string
  readonly occupants: number
  readonly last_activity?: string | null
}

export interface Status {
  readonly version: string
  readonly domain: string
  readonly sessions: number
  readonly rooms: number
  readonly occupants: number
}

export type Fields = Readonly<Record<string, string | number | boolean>>

/** The program said no. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail)
  }
}

/** Gives an order about a room, or asks of it; `undefined`: there is no such room, which needs nothing then. */
export async function ifThere<T>(order: () => Promise<T>): Promise<T | undefined> {
  try {
    return await order()
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined
    throw error
  }
}

const TIME = 5000

export class Api {
  constructor(
    private readonly socket: string,
    private readonly token: string,
  ) {}

  status(): Promise<Status> {
    return this.#ask('GET', 'status')
  }

  /** All rooms. */
  async rooms(): Promise<Summary[]> {
    const all: Summary[] = []
    let after: string | null = ''
    while (after !== null) {
      const page: { rooms: Summary[]; next: string | null } = await this.#ask('GET', `rooms?limit=1000${after && `&after=${encodeURIComponent(after)}`}`)
      all.push(...page.rooms)
      after = page.next
    }
    return all
  }

  /** Makes a room; false: there is one. */
  async create(room: string, configuration: Fields): Promise<boolean> {
    try {
      await this.#ask('PUT', `rooms/${encodeURIComponent(room)}`, { configuration })
      return true
    } catch (error) {
      if (error instanceof Refused && error.status === 409) return false
      throw error
    }
  }

  configure(room: string, configuration: Fields): Promise<void> {
    return this.#ask('PATCH', `rooms/${encodeURIComponent(room)}`, { configuration })
  }

  /** Sets what everybody reads who comes. */
  subject(room: string, subject: string): Promise<void> {
    return this.#ask('PUT', `rooms/${encodeURIComponent(room)}/subject`, { subject })
  }

  destroy(room: string, reason: string): Promise<void> {
    return this.#ask('DELETE', `rooms/${encodeURIComponent(room)}`, { reason })
  }

  async affiliations(room: string): Promise<{ jid: string; affiliation: Affiliation }[]> {
    const answer: { affiliations: { jid: string; affiliation: Affiliation }[] } = await this.#ask('GET', `rooms/${encodeURIComponent(room)}/affiliations`)
    return answer.affiliations
  }

  affiliate(room: string, jid: string, affiliation: Affiliation): Promise<void> {
    return this.#ask('PUT', `rooms/${encodeURIComponent(room)}/affiliations/${encodeURIComponent(jid)}`, { affiliation })
  }

  expel(room: string, jid: string, reason: string): Promise<void> {
    return this.#ask('POST', `rooms/${encodeURIComponent(room)}/expulsions`, { jid, reason })
  }

  /** Ends the sessions of an account; the tokens that it has are taken no more. */
  disconnect(jid: string): Promise<unknown> {
    return this.#ask('DELETE', `accounts/${encodeURIComponent(jid)}/sessions`)
  }

  #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return new Promise((done, fail) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${this.token}`,
        host: 'localhost',
        ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      }
      const asked = request({ socketPath: this.socket, method, path: `/api/v1/${path}`, headers, timeout: TIME }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.once('error', fail)
        answer.once('end', () => {
          const said = Buffer.concat(parts).toString()
          const status = answer.statusCode ?? 0
          let parsed: unknown
          try {
            parsed = said ? JSON.parse(said) : undefined
          } catch {
            parsed = undefined
          }
          if (status >= 200 && status < 300) return done(parsed as T)
          const detail = (parsed as { detail?: string } | undefined)?.detail
          fail(new Refused(status, `${method} ${path}: ${String(status)} ${detail ?? said}`))
        })
      })
      asked.once('timeout', () => asked.destroy(new Error('the program did not answer in time')))
      asked.once('error', fail)
      asked.end(text)
    })
  }
}
