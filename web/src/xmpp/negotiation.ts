// From an open WebSocket to a session: RFC 7395 framing, SASL2 with Bind 2 (XEP-0388, 0386) where offered, else SASL
// and resource binding (RFC 6120), and resumption (XEP-0198) with either.
//
// Enters: the server's frames, one at a time. Leaves: the frames to send, and in the end a session or the reason why
// there is none. No socket here, no clock: the same frames give the same answers.

import * as ns from './ns'
import { attr, child, children, text, xml, type Markup } from './xml'

/** As whom to log in. */
export type Identity =
  | { readonly kind: 'anonymous'; readonly domain: string }
  | { readonly kind: 'token'; readonly domain: string; readonly token: string }

/** A session that was lost: its id, and how many of its stanzas came in. */
export interface Lost {
  readonly id: string
  readonly handled: number
}

/** How a negotiation ended. */
export type Ending =
  /** A new session. `early`: the stanzas given for it went along with the login. `enabled`: it can be resumed as that. */
  | { readonly kind: 'bound'; readonly jid: string; readonly early: boolean; readonly managed: Managed }
  /** The lost session goes on; the server had `handled` of what was sent in it. */
  | { readonly kind: 'resumed'; readonly handled: number }
  /** There is no way in as that identity. */
  | { readonly kind: 'refused'; readonly condition: string; readonly text?: string | undefined }

/** What is known of stream management: it is on, as that session; it can be asked for; there is none. */
export type Managed = { readonly id: string | undefined } | 'offered' | 'none'

/** What follows from a frame. */
export interface Reply {
  readonly send: readonly Markup[]
  readonly end?: Ending
}

type State = 'opening' | 'sasl2' | 'sasl' | 'reopening' | 'resuming' | 'binding'

const SOFTWARE = 'Parterre'
const BIND_ID = 'bind'

/** One login. */
export class Negotiation {
  #state: State = 'opening'
  #managed: Managed = 'none'
  #early = false

  /**
   * @param identity as whom
   * @param lost a session to go on with, if the server still has it
   * @param stanzas what is sent along with the login where the server's offer allows that: it answers after the login
   */
  constructor(
    private readonly identity: Identity,
    private readonly lost: Lost | undefined,
    private readonly stanzas: readonly Markup[],
  ) {}

  /** The stream header, sent as soon as the socket is open. */
  open(): Markup {
    return xml`<open xmlns="${ns.FRAMING}" to="${this.identity.domain}" version="1.0"/>`
  }

  /** Takes a frame of the server. */
  take(frame: Element): Reply {
    const name = frame.localName
    if (name === 'open') return { send: [] }
    switch (this.#state) {
      case 'opening':
        return name === 'features' ? this.#authenticate(frame) : unexpected(frame)
      case 'sasl2':
        return this.#sasl2(frame)
      case 'sasl':
        return this.#sasl(frame)
      case 'reopening':
        return name === 'features' ? this.#enter(frame) : unexpected(frame)
      case 'resuming':
        if (name === 'resumed') return { send: [], end: resumed(frame) }
        return name === 'failed' ? this.#bind() : unexpected(frame)
      case 'binding':
        return this.#bound(frame)
    }
  }

  #authenticate(features: Element): Reply {
    const two = child(features, 'authentication', ns.SASL2)
    const inline = child(two, 'inline', ns.SASL2)
    const choice = choose(this.identity, children(two, 'mechanism', ns.SASL2))
    if (choice && child(inline, 'bind', ns.BIND2)) {
      this.#state = 'sasl2'
      this.#early = !this.lost
      const login = xml`<authenticate xmlns="${ns.SASL2}" mechanism="${choice.mechanism}"><initial-response>${choice.response}</initial-response><user-agent><software>${SOFTWARE}</software></user-agent>${
        this.lost && resume(this.lost)
      }<bind xmlns="${ns.BIND2}"><tag>${SOFTWARE}</tag><enable xmlns="${ns.SM}" resume="true"/></bind></authenticate>`
      return { send: this.lost ? [login] : [login, ...this.stanzas] }
    }
    const offered = child(features, 'mechanisms', ns.SASL)
    const old = choose(this.identity, children(offered, 'mechanism', ns.SASL))
    if (!old) return refuse('invalid-mechanism')
    this.#state = 'sasl'
    return { send: [xml`<auth xmlns="${ns.SASL}" mechanism="${old.mechanism}">${old.response || '='}</auth>`] }
  }

  #sasl2(frame: Element): Reply {
    switch (frame.localName) {
      case 'success': {
        const again = child(frame, 'resumed', ns.SM)
        if (again) return { send: [], end: resumed(again) }
        const enabled = child(child(frame, 'bound', ns.BIND2), 'enabled', ns.SM)
        const managed: Managed = enabled ? { id: resumableAs(enabled) } : 'none'
        const jid = text(frame, 'authorization-identifier') ?? ''
        return { send: [], end: { kind: 'bound', jid, early: this.#early, managed } }
      }
      case 'challenge':
        // RFC 7628 §3.2.3: the only challenge there is says that the token is refused. What follows would be a failure; but
        // where stanzas went along with the login, the server meets these first, and ends the stream for them.
        return { ...refuse('not-authorized'), send: [xml`<response xmlns="${ns.SASL2}">AQ==</response>`] }
      case 'failure':
        return failure(frame)
      default:
        return unexpected(frame)
    }
  }

  #sasl(frame: Element): Reply {
    switch (frame.localName) {
      case 'success':
        this.#state = 'reopening'
        return { send: [this.open()] }
      case 'challenge':
        return { send: [xml`<response xmlns="${ns.SASL}">AQ==</response>`] }
      case 'failure':
        return failure(frame)
      default:
        return unexpected(frame)
    }
  }

  #enter(features: Element): Reply {
    if (child(features, 'sm', ns.SM)) this.#managed = 'offered'
    if (this.lost && this.#managed === 'offered') {
      this.#state = 'resuming'
      return { send: [resume(this.lost)] }
    }
    return this.#bind()
  }

  #bind(): Reply {
    this.#state = 'binding'
    return { send: [xml`<iq xmlns="${ns.CLIENT}" type="set" id="${BIND_ID}"><bind xmlns="${ns.BIND}"/></iq>`] }
  }

  #bound(frame: Element): Reply {
    if (frame.localName !== 'iq' || frame.getAttribute('id') !== BIND_ID) return unexpected(frame)
    const jid = text(child(frame, 'bind', ns.BIND), 'jid')
    if (!jid) return refuse(child(frame, 'error')?.firstElementChild?.localName ?? 'undefined-condition')
    return { send: [], end: { kind: 'bound', jid, early: false, managed: this.#managed } }
  }
}

interface Choice {
  mechanism: string
  response: string
}

/** The mechanism for that identity among those offered, with its first message in base64. */
function choose(identity: Identity, offered: readonly Element[]): Choice | undefined {
  const names = new Set(offered.map((one) => one.textContent))
  if (identity.kind === 'anonymous') {
    return names.has('ANONYMOUS') ? { mechanism: 'ANONYMOUS', response: '' } : undefined
  }
  if (names.has('OAUTHBEARER')) {
    return { mechanism: 'OAUTHBEARER', response: base64(`n,,\u0001auth=Bearer ${identity.token}\u0001\u0001`) }
  }
  const user = claims(identity.token)['sub']
  // Servers that know no OAUTHBEARER take a token in place of a password.
  if (names.has('PLAIN') && typeof user === 'string') {
    const local = user.split('@')[0] ?? user
    return { mechanism: 'PLAIN', response: base64(`\u0000${local}\u0000${identity.token}`) }
  }
  return undefined
}

/** What a token (JWT, RFC 7519) says of its bearer; nothing if it is none. It is not checked: the server does that. */
export function claims(token: string): Record<string, unknown> {
  try {
    const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')
    const bytes = Uint8Array.from(atob(part), (char) => char.charCodeAt(0))
    const read: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function resume(lost: Lost): Markup {
  return xml`<resume xmlns="${ns.SM}" previd="${lost.id}" h="${lost.handled}"/>`
}

function resumed(element: Element): Ending {
  return { kind: 'resumed', handled: Number(attr(element, 'h') ?? 0) }
}

/** As what a session can be resumed, by its `<enabled/>`. */
export function resumableAs(enabled: Element): string | undefined {
  return /^(1|true)$/.test(attr(enabled, 'resume') ?? '') ? attr(enabled, 'id') : undefined
}

function refuse(condition: string, why?: string): Reply {
  return { send: [], end: { kind: 'refused', condition, text: why } }
}

function failure(frame: Element): Reply {
  const condition = [...frame.children].find((one) => one.localName !== 'text')?.localName
  return refuse(condition ?? 'not-authorized', text(frame, 'text'))
}

function unexpected(frame: Element): Reply {
  return refuse('undefined-condition', `The server sent an unexpected <${frame.localName}/> during the login.`)
}
