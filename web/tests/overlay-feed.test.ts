import { expect, test } from 'vitest'
import { Feed } from '../src/overlay/feed'
import { readLook } from '../src/overlay/look'
import type { Message } from '../src/room/types'

const NOW = 1_000_000_000

function message(key: string, change: Partial<Message> = {}): Message {
  return {
    kind: 'message', key, stanzaId: key, id: key, own: false, time: NOW, text: `words of ${key}`, answers: undefined,
    author: { nick: key, occupantId: key, role: 'participant', affiliation: 'none', avatar: undefined },
    reactions: [], edited: false, removed: undefined, delivery: 'sent', forMe: false, announcement: undefined, old: false,
    ...change,
  }
}

const texts = (feed: Feed, now = NOW): string[] => feed.queue.at(now).map(({ item }) => item.message.text)

function feed(query = ''): Feed {
  const made = new Feed(readLook(query))
  made.reach(true)
  return made
}

test('what is older than it may be never shows, not even later', () => {
  const shown = feed('?fresh=10')
  shown.take([message('old', { time: NOW - 10_001, text: 'old' }), message('new', { time: NOW - 9_000, text: 'new' })], NOW)
  expect(texts(shown)).toEqual(['new'])
})

test('a message shows once, in its present words, until it is removed', () => {
  const shown = feed()
  shown.take([message('a', { text: 'one' })], NOW)
  shown.take([message('a', { text: 'two', edited: true })], NOW)
  expect(texts(shown)).toEqual(['two'])
  shown.take([message('a', { text: '', removed: { by: 'moderator', nick: undefined } })], NOW)
  expect(texts(shown)).toEqual([])
})

test('nothing survives a lost connection', () => {
  const shown = feed()
  shown.take([message('a')], NOW)
  shown.reach(false)
  expect(texts(shown)).toEqual([])
  shown.take([message('a'), message('b')], NOW)
  shown.reach(true)
  shown.take([message('a'), message('b'), message('c', { text: 'c' })], NOW)
  expect(texts(shown)).toEqual(['c'])
})

test('commands stay out', () => {
  const shown = feed('?hide=!')
  shown.take([message('a', { text: '!drop' }), message('b', { text: 'hello!' })], NOW)
  expect(texts(shown)).toEqual(['hello!'])
})

test('with approved=1 a moderator speaks, and approves by a reaction, whenever that comes', () => {
  const shown = feed('?approved=1')
  const moderator = { nick: 'm', occupantId: 'm', role: 'moderator' as const, affiliation: 'admin' as const, avatar: undefined }
  const reaction = (byModerator: boolean) => [{ emoji: '✅', count: 1, own: false, byModerator }]
  const question = message('q', { text: 'a question' })
  shown.take([question, message('m', { text: 'welcome', author: moderator })], NOW)
  expect(texts(shown)).toEqual(['welcome'])
  shown.take([{ ...question, reactions: reaction(false) }], NOW + 20_000)
  expect(texts(shown, NOW + 20_000)).not.toContain('a question')
  shown.take([{ ...question, reactions: reaction(true) }], NOW + 60_000)
  expect(texts(shown, NOW + 60_000)).toContain('a question')
})
