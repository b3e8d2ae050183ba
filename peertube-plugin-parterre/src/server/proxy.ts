// Carries what is not handed over to the program's unix socket: WebSockets as bytes, BOSH as requests.

import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'

import type { Upgrade } from './handover'

const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
const HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'])
/**
 * What every answer bears on PeerTube's own origin. Another site can lead a browser to post a body and to open the answer, with
 * what people said in it: it must be no page in which a script runs. The program says so as well; here it does not depend on it.
 */
const NO_PAGE = { 'content-security-policy': "default-src 'none'; sandbox", 'x-content-type-options': 'nosniff' }

/** The head of the request as the program gets it. Pure. */
export function head(request: IncomingMessage, path: string, from: string): string {
  const lines = [`GET ${path} HTTP/1.1`]
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? ''
    if (name.toLowerCase() !== 'x-forwarded-for') lines.push(`${name}: ${request.rawHeaders[at + 1] ?? ''}`)
  }
  return [...lines, `X-Forwarded-For: ${from}`, '', ''].join('\r\n')
}

/** Carries a WebSocket for as long as it lasts. */
export function carry({ request, socket, head: read, from }: Upgrade, unix: string): void {
  const up = connect(unix)
  socket.on('error', () => up.destroy())
  up.once('error', () => {
    if (up.bytesRead === 0) socket.end(UNAVAILABLE)
    else socket.destroy()
  })
  up.once('connect', () => {
    up.write(head(request, '/xmpp-websocket', from))
    if (read.length > 0) up.write(read)
    socket.setNoDelay(true)
    socket.setTimeout(0)
    socket.pipe(up).pipe(socket)
  })
  socket.once('close', () => up.destroy())
  up.once('close', () => socket.end())
}

/** Answers a socket that nobody takes. */
export function refuse(socket: Upgrade['socket']): void {
  socket.on('error', () => socket.destroy())
  socket.end(UNAVAILABLE)
}

/** Passes an HTTP request on. The body has to be unread. */
export function pass(request: IncomingMessage, response: ServerResponse, unix: string, path: string, from: string): void {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined && !HOP.has(name)) headers[name] = value
  headers['x-forwarded-for'] = from
  const onward = ask({ socketPath: unix, path, method: request.method, headers }, (answer) => {
    const kept = Object.entries(answer.headers).filter(([name, value]) => value !== undefined && !HOP.has(name))
    response.writeHead(answer.statusCode ?? 502, { ...Object.fromEntries(kept), ...NO_PAGE })
    answer.pipe(response)
  })
  onward.once('error', () => {
    if (response.headersSent) response.destroy()
    else response.writeHead(503, { 'retry-after': '5' }).end()
  })
  response.once('close', () => onward.destroy())
  request.pipe(onward)
}
