// Coming in and leaving, as the page asks for it.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ParterreChat } from '../src/chat'
import { Wire } from './wire'

const META = {
  links: [{ rel: 'urn:xmpp:alt-connections:websocket', href: 'wss://chat.example/xmpp-websocket' }],
  properties: { 'urn:parterre:domain:0': 'chat.example', 'urn:parterre:rooms:0': 'room.chat.example' },
}
let answers: (() => void)[] = []

beforeEach(() => {
  Wire.play()
  answers = []
  const ask = (): Promise<unknown> => new Promise((done) => answers.push(() => done({ ok: true, json: () => Promise.resolve(META) })))
  vi.stubGlobal('fetch', ask)
})

afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('who turns back on the way in does not come in, and may come in later', async () => {
  const chat = new ParterreChat()
  chat.server = 'https://chat.example'
  chat.room = 'hall'
  document.body.append(chat)
  await vi.advanceTimersByTimeAsync(0)
  expect(answers).toHaveLength(1)
  chat.leave()
  answers[0]?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(Wire.all).toHaveLength(0)
  chat.enter()
  answers[1]?.()
  await vi.advanceTimersByTimeAsync(0)
  expect(Wire.all).toHaveLength(1)
})
