// Where a request comes from: what PeerTube believes of its proxies is believed, as Express reads it.

import express, { type Request } from 'express'
import { describe, expect, it } from 'vitest'

import { forwardedFor, trustOf, type Trust } from '../../src/server/hops'

/** Express's own reading of a `trust_proxy`. */
function trust(setting: unknown): Trust | undefined {
  const app = express()
  app.set('trust proxy', setting)
  return trustOf({ app } as unknown as Request)
}

const from = (peer: string, said: string | string[] | undefined, believed: Trust | undefined): string =>
  forwardedFor({ headers: { 'x-forwarded-for': said }, socket: { remoteAddress: peer } }, believed)

describe('where a request comes from', () => {
  const containers = trust(['loopback', '172.18.0.0/16', '2001:db8::/32'])

  it.each([
    ['nobody in front', '203.0.113.9', undefined, '203.0.113.9'],
    ['one proxy', '127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['a proxy before that of the container', '172.18.0.3', '203.0.113.9, 172.18.0.2', '203.0.113.9'],
    ['an address of IPv4 in one of IPv6', '::ffff:172.18.0.3', '203.0.113.9, ::ffff:172.18.0.2', '203.0.113.9'],
    ['a header that occurs twice', '172.18.0.3', ['203.0.113.9', '2001:db8::2'], '203.0.113.9'],
    ['what the client made up', '172.18.0.3', '192.0.2.66, 203.0.113.9, 172.18.0.2', '192.0.2.66, 203.0.113.9'],
    ['a viewer in the same network', '172.18.0.3', '172.18.0.50', '172.18.0.50'],
    ['nothing but proxies', '172.18.0.3', '172.18.0.9, 172.18.0.2', '172.18.0.9'],
    ['a proxy at the end of a unix socket', '172.18.0.3', '203.0.113.9, unix:, 172.18.0.2', '203.0.113.9'],
    ['no address', '172.18.0.3', '203.0.113.9, unknown, 172.18.0.2', '203.0.113.9, unknown'],
    ['a proxy that PeerTube does not know', '10.0.0.7', '203.0.113.9, 172.18.0.2', '203.0.113.9, 172.18.0.2'],
  ])('with %s', (_, peer, said, told) => {
    expect(from(peer, said, containers)).toBe(told)
  })

  it('goes by the number of proxies where that is what is set', () => {
    expect(from('172.18.0.3', '192.0.2.66, 203.0.113.9, 172.18.0.2', trust(2))).toBe('192.0.2.66, 203.0.113.9')
    expect(from('172.18.0.3', '203.0.113.9, 172.18.0.2', trust(1))).toBe('203.0.113.9, 172.18.0.2')
  })

  it('tells all as long as it is not known what PeerTube believes', () => {
    expect(from('172.18.0.3', '203.0.113.9, 172.18.0.2', undefined)).toBe('203.0.113.9, 172.18.0.2')
    expect(trustOf({ app: { get: () => undefined } } as unknown as Request)).toBeUndefined()
  })
})
