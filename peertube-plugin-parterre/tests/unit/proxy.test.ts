// What is carried for the program arrives as it was, and as nothing that a browser would run on PeerTube's origin.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { pass } from '../../src/server/proxy'

let folder: string
let unix: string
let program: Server
let site: Server
/** What the played program answers with. */
let headers: Record<string, string>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parterre-proxy-'))
  unix = join(folder, 'socket')
  program = createServer((request, response) => {
    response.writeHead(200, headers)
    request.pipe(response)
  }).listen(unix)
  site = createServer((request, response) => pass(request, response, unix, '/http-bind', '192.0.2.1')).listen(0, '127.0.0.1')
  await Promise.all([once(program, 'listening'), once(site, 'listening')])
})

afterEach(async () => {
  program.close()
  site.close()
  await rm(folder, { recursive: true })
})

const post = (body: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${String((site.address() as AddressInfo).port)}/http-bind`, { method: 'POST', body })

describe('passing requests on', () => {
  it.each([
    ['says nothing of it', {}],
    ['says so itself', { 'content-security-policy': "default-src 'none'; sandbox", 'x-content-type-options': 'nosniff' }],
    ['says otherwise', { 'content-security-policy': 'sandbox allow-scripts' }],
  ])('lets no answer be a page, where the program %s', async (_, said) => {
    headers = { 'content-type': 'text/xml; charset=utf-8', ...said }
    const answer = await post('<body/>')
    expect(await answer.text()).toBe('<body/>')
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('asks to come again where no program answers', async () => {
    program.close()
    await rm(unix, { force: true })
    const answer = await post('<body/>')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })
})
