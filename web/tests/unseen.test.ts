// A tab that nobody looks at.

import { afterEach, expect, it, vi } from 'vitest'
import { MessageLog } from '../src/room/log'
import { Changed, type Room } from '../src/room/room'
import { Chat, type Door } from '../src/view/chat'

afterEach(() => vi.restoreAllMocks())

it('keeps its log within bounds, and tells nobody until it is seen', () => {
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  const frames = vi.spyOn(globalThis, 'requestAnimationFrame').mockReturnValue(1)
  const author = { nick: 'Zoë', occupantId: 'z', role: 'participant', affiliation: 'none', avatar: undefined } as const
  const log = new MessageLog(
    { author: () => author, isOwn: () => false, isModerator: () => false, mentionsMe: () => false, isHidden: () => false },
    10,
  )
  const room = { jid: 'hall@room.example', log, session: { hidden: true } } as unknown as Room
  const chat = new Chat(room, document.createElement('div'), {} as Door)
  chat.trim = () => log.trim('start')
  for (let number = 0; number < 1_000; number += 1) {
    const stanzaId = String(number)
    log.take(
      { kind: 'said', sender: author, id: stanzaId, stanzaId, time: number, text: stanzaId, answers: undefined, corrects: undefined, removed: undefined, announcement: undefined },
      number,
      false,
    )
    chat.changed(Changed.log)
    expect(log.entries.length).toBeLessThanOrEqual(21)
  }
  expect([log.messages.at(-1)?.text, log.arrived]).toEqual(['999', 1_000])
  expect(frames).not.toHaveBeenCalled()
  hidden.mockReturnValue(false)
  chat.seen()
  expect(frames).toHaveBeenCalledOnce()
})
