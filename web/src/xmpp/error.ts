// A stanza error as a value (RFC 6120 §8.3).

import * as ns from './ns'
import { attr, child } from './xml'

/** Why a stanza was not accepted. */
export class StanzaError extends Error {
  constructor(
    /** The defined condition, `remote-server-timeout` for no answer, or `gone` if the session ended meanwhile. */
    readonly condition: string,
    /** What the server says for people to read. */
    readonly text: string | undefined,
    /** The `<error/>`, for what else it holds. */
    readonly element?: Element,
  ) {
    super(text ?? condition)
  }

  /** Reads the error of a stanza of type `error`. */
  static of(stanza: Element): StanzaError {
    const error = child(stanza, 'error')
    const parts = [...(error?.children ?? [])].filter((one) => one.namespaceURI === ns.STANZA_ERRORS)
    const condition = parts.find((one) => one.localName !== 'text')?.localName ?? 'undefined-condition'
    return new StanzaError(condition, parts.find((one) => one.localName === 'text')?.textContent ?? undefined, error)
  }

  /** The legacy code some servers send, or the type. */
  get type(): string {
    return attr(this.element, 'type') ?? 'cancel'
  }
}
