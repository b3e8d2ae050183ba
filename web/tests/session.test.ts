// Whether the other end is there.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Session, type Connectivity } from '../src/xmpp/session'
import { xml } from '../src/xmpp/xml'
import { Wire } from './wire'

let session: Session
let connectivity: Connectivity | undefined

beforeEach(() => {
  Wire.play()
  session = new Session({
    url: 'wss://example/xmpp',
    identity: () => ({ kind: 'anonymous', domain: 'anon.example' }),
    early: () => [],
    listener: {
      bound: () => undefined,
      resumed: () => undefined,
      stanza: () => undefined,
      connectivity: (state) => (connectivity = state),
    },
  })
  session.start()
})

afterEach(() => {
  session.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Writes every five seconds, for so many seconds. */
async function writes(seconds: number, meanwhile: () => void = () => undefined): Promise<void> {
  for (let at = 0; at < seconds; at += 5) {
    session.send(xml`<message/>`)
    meanwhile()
    await vi.advanceTimersByTimeAsync(5_000)
  }
}

it('is found out to be gone also by whoever keeps writing', async () => {
  await Wire.login('managed')
  await writes(20)
  expect(connectivity?.is).not.toBe('online')
})

it('is there as long as it answers', async () => {
  const wire = await Wire.login('managed')
  await writes(60, () => wire.says(`<a xmlns='urn:xmpp:sm:3' h='0'/>`))
  expect(connectivity?.is).toBe('online')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(connectivity?.is).toBe('online')
})
