// Where a request comes from. PeerTube's setting `trust_proxy` says which proxies are believed; Express has made a function of
// it, which any request that came through Express leads to, and one for a WebSocket does not.

import type { Request } from 'express'

/** Whether an address is that of a proxy which is believed; `hop` counts from the socket. */
export type Trust = (address: string, hop: number) => boolean

/** What of a request tells where it comes from. */
interface Way {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** What PeerTube believes. */
export function trustOf(request: Request): Trust | undefined {
  const trust: unknown = request.app.get('trust proxy fn')
  return typeof trust === 'function' ? (trust as Trust) : undefined
}

/** How nginx names somebody at the end of a unix socket: a proxy on its own machine. */
const LOCAL = 'unix:'

/**
 * What the program is told of the way of a request, as in `X-Forwarded-For`: the last address is the client's. Of several
 * proxies in a row, those that PeerTube believes are left out; otherwise the first of them would stand for all viewers, and
 * what is bounded for each address would be bounded for them all. A proxy that PeerTube does not know is the program's to judge.
 */
export function forwardedFor(request: Way, trust: Trust | undefined): string {
  const said = request.headers['x-forwarded-for']
  const peer = request.socket.remoteAddress ?? ''
  if (said === undefined) return peer
  const hops = [said].flat().join(',').split(',').map((hop) => hop.trim())
  if (!trust?.(peer, 0)) return hops.join(', ')
  const isProxy = (hop: string, at: number): boolean => hop === LOCAL || trust(hop, at)
  for (let at = 1; hops.length > 1 && isProxy(hops.at(-1) ?? '', at); at += 1) hops.pop()
  return hops.join(', ')
}
