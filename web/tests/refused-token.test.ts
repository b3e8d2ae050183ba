// A token that the server does not take is a refusal, also where stanzas were sent along with the login.

import { expect, it } from 'vitest'
import { Negotiation } from '../src/xmpp/negotiation'
import { parse, xml } from '../src/xmpp/xml'

function frame(text: string): Element {
  const element = parse(text)
  if (!element) throw new Error('not well-formed')
  return element
}

it('ends the login at the challenge of RFC 7628, and does not wait for what the early stanzas bring', () => {
  const login = new Negotiation({ kind: 'token', domain: 'example.org', token: 'no.good.token' }, undefined, [xml`<presence/>`])
  login.open()
  login.take(
    frame(
      `<stream:features xmlns:stream='http://etherx.jabber.org/streams'><authentication xmlns='urn:xmpp:sasl:2'><mechanism>OAUTHBEARER</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline></authentication></stream:features>`,
    ),
  )
  const reply = login.take(frame(`<challenge xmlns='urn:xmpp:sasl:2'>eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=</challenge>`))
  expect(reply.send.map(String)).toHaveLength(1)
  expect(reply.end).toMatchObject({ kind: 'refused', condition: 'not-authorized' })
})
