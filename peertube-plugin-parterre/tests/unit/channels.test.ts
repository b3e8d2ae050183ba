import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { addLink } from '../../src/client/common'
import { nameOf } from '../../src/client/pictures'
import { Channels, fieldsOf, initial, readOptions } from '../../src/server/channels'
import { Emoji, kindOf, MOST_BYTES, MOST_EMOJI } from '../../src/server/emoji'
import { Livechat, shared } from '../../src/server/livechat'
import { read } from '../../src/server/settings'

const PNG = Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')
const usual = initial(read({}))

describe('the options of a channel', () => {
  it('are those of the instance until they are set', async () => {
    const kept = new Map<string, unknown>()
    const storage = { getData: (key: string) => Promise.resolve(kept.get(key)), storeData: (key: string, data: unknown) => Promise.resolve(kept.set(key, data)) }
    const channels = new Channels(storage, () => read({ 'chat-slow-mode': '7' }))
    expect((await channels.of(3)).slowMode).toBe(7)
    expect(await channels.isSet(3)).toBe(false)
    await channels.keep(3, { ...usual, slowMode: 0 })
    expect((await channels.of(3)).slowMode).toBe(0)
    await channels.forget(3)
    expect(await channels.isSet(3)).toBe(false)
  })

  it.each([
    [{ slowMode: 1001 }, 'slowMode'], [{ slowMode: 1.5 }, 'slowMode'], [{ slowMode: '5' }, 'slowMode'], [{ history: -1 }, 'history'],
    [{ muteAnonymous: 'yes' }, 'muteAnonymous'], [{ welcome: 'x'.repeat(401) }, 'welcome'], [{ moderators: 'bob' }, 'moderators'],
    [{ moderators: ['bob@elsewhere.example'] }, 'moderators'], [{ moderators: ['x'.repeat(51)] }, 'moderators'],
  ])('refuse %j', (offered, name) => {
    expect(readOptions(offered, usual)).toEqual({ options: usual, wrong: [name] })
  })

  it('take names as people write them, each once', () => {
    expect(readOptions({ moderators: [' @Bob', 'bob', '', 'ada.l', 'jean-luc'] }, usual).options.moderators).toEqual(['bob', 'ada.l', 'jean-luc'])
  })

  it.each([[undefined], [null], ['x'], [[]], [{ unknown: 1 }]])('stay as they are when %j is offered', (offered) => {
    expect(readOptions(offered, usual)).toEqual({ options: usual, wrong: [] })
  })

  it('never make a room tell newcomers more than it may', () => {
    const fields = fieldsOf({ ...usual, history: 5 }, read({}))
    expect([fields['muc#roomconfig_historylength'], fields['muc#roomconfig_defaulthistorymessages']]).toEqual([5, 5])
  })
})

describe('pictures of a channel', () => {
  const directory = mkdtempSync(join(tmpdir(), 'parterre-emoji-'))
  afterEach(() => rmSync(join(directory, 'emoji'), { recursive: true, force: true }))

  it('are known by how they begin', () => {
    expect(kindOf(PNG)).toBe('png')
    expect(kindOf(Buffer.from('GIF89a....'))).toBe('gif')
    expect(kindOf(Buffer.from('RIFF....WEBPVP8 '))).toBe('webp')
    for (const bytes of ['', '<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html>', 'RIFF....WAVE']) expect(kindOf(Buffer.from(bytes))).toBeUndefined()
  })

  it('are kept under their name, and another one takes its place', async () => {
    const emoji = new Emoji(directory)
    expect(await emoji.add(7, 'rose', PNG)).toBe('kept')
    const first = (await emoji.of(7)).get('rose') ?? ''
    expect(await emoji.file(7, first)).toEqual({ bytes: PNG, type: 'image/png' })
    expect(await emoji.add(7, 'rose', Buffer.from('GIF89a....'))).toBe('kept')
    expect(readdirSync(join(directory, 'emoji/7'))).toEqual([(await emoji.of(7)).get('rose')])
    await emoji.remove(7, 'rose')
    expect([...(await emoji.of(7))]).toEqual([])
  })

  it('are refused by name, size, kind and number', async () => {
    const emoji = new Emoji(directory)
    expect(await emoji.add(7, '../rose', PNG)).toBe('name')
    expect(await emoji.add(7, 'rose', Buffer.alloc(MOST_BYTES + 1))).toBe('size')
    expect(await emoji.add(7, 'rose', Buffer.from('<svg/>'))).toBe('picture')
    for (let n = 0; n < MOST_EMOJI; n += 1) expect(await emoji.add(7, `e${String(n)}`, PNG)).toBe('kept')
    expect(await emoji.add(7, 'one_more', PNG)).toBe('many')
    expect(await emoji.add(7, 'e1', Buffer.from('GIF89a....'))).toBe('kept')
  })

  it('are no way to other files', async () => {
    for (const file of ['../../passwd', 'rose.png', 'rose.0123456789abcdef.svg', '']) expect(await new Emoji(directory).file(7, file)).toBeUndefined()
  })

  it('have the names of their files', () => {
    expect([nameOf('red rose.png'), nameOf('Éclair.GIF'), nameOf('a'.repeat(80))]).toEqual(['red_rose', 'E_clair', 'a'.repeat(40)])
  })
})

describe('what peertube-plugin-livechat has kept', () => {
  it('is taken where it is a setting of ours with a value that we take', () => {
    expect(shared({
      'chat-auto-display': false, 'chat-all-lives': 'yes', 'prosody-room-type': 'channel', 'chat-share-url': 'aliens', 'prosody-muc-expiration': '1w', 'prosody-port': '52800',
    })).toEqual({ 'chat-auto-display': false, 'prosody-room-type': 'channel', 'prosody-muc-expiration': '1w' })
    for (const nothing of [undefined, null, 'x', []]) expect(shared(nothing)).toEqual({})
  })

  it.each([['true', true], ['false', false], ['null', false], [null, undefined], ['perhaps', undefined]])('of a video as %j means %s', async (value, meant) => {
    expect(await new Livechat(() => Promise.resolve([{ value }])).choice(5)).toBe(meant)
  })

  it('is not asked for again where there is nothing', async () => {
    const query = vi.fn(() => Promise.resolve([]))
    const livechat = new Livechat(query)
    await livechat.choice(5)
    await livechat.choice(5)
    expect(query).toHaveBeenCalledOnce()
  })
})

describe('the link in PeerTube’s menu', () => {
  it('stands with what is one’s own, before and since PeerTube 7', () => {
    for (const key of ['in-my-library', 'my-video-space']) {
      const sections = [{ key: 'other', links: [] }, { key, links: [{ path: '/x' }] }]
      addLink(sections, 'Chats')
      expect(sections[1]?.links).toHaveLength(2)
      expect(sections[0]?.links).toHaveLength(0)
    }
  })

  it('leaves PeerTube’s button the last', () => {
    const sections = [{ key: 'my-video-space', links: [{ path: '/x' }, { path: '/publish', isPrimaryButton: true }] }]
    addLink(sections, 'Chats')
    expect(sections[0]?.links.map(({ path }) => path)).toEqual(['/x', '/p/parterre/channel', '/publish'])
  })

  it('is left out of a menu that is not as we know it', () => {
    for (const strange of [undefined, null, {}, [{}], [{ key: 'my-video-space' }], [{ key: 'my-video-space', links: 5 }]]) {
      expect(() => addLink(strange, 'Chats')).not.toThrow()
    }
  })
})
