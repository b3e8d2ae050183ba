import { describe, expect, it } from 'vitest'

import { END, quote, toml } from '../../src/server/configuration'
import { NAMES, needsRestart, read, time, understand } from '../../src/server/settings'

const LONG = '11111111-2222-4333-8444-555555555555'
const place = { domain: 'tube.example', dataDirectory: '/var/data', socket: '/var/data/parterre.sock', apiToken: 'a"b', tokenSecret: 's' }

describe('the configuration', () => {
  it('ends with the line that the program waits for, and holds it only there', () => {
    const lines = toml(read({}), place).split('\n')
    expect(lines.slice(-2)).toEqual([END, ''])
    expect(lines.filter((line) => line === END)).toHaveLength(1)
  })

  it('quotes what could end a text', () => {
    expect(quote('a"b\\c\nd\u007f')).toBe('"a\\"b\\\\c\\nd\\u007f"')
    expect(toml(read({}), place)).toContain('token = "a\\"b"')
  })

  it('cannot be broken out of by a setting', () => {
    const given = toml(read({ 'prosody-muc-expiration': '1d"\n[api]\ntoken = ""', 'chat-history-on-join': '20\n[x]' }), place)
    expect(given).toContain('retention = "30d"')
    expect(given).toContain('on_join = 20\n')
  })
})

describe('what the program is told', () => {
  it('leaves the time between pings as it is: short enough for nginx', () => {
    expect(toml(read({}), place)).not.toContain('ping')
  })
})

describe('the settings', () => {
  it('hold their defaults where nothing was saved, or something else', () => {
    const settings = read({ 'chat-history-on-join': 'many', 'chat-share-url': 'aliens', 'chat-per-live-video': 'no' })
    expect(settings).toEqual(read({}))
    expect(settings.perLive).toBe(true)
    expect(settings.allLives).toBe(false)
    expect(settings.share).toBe('owner')
  })

  it('have different names', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length)
  })

  it.each([
    ['1w', '1w'], ['forever', 'forever'], ['never', 'forever'], ['3600', '3600s'], ['2m', '60d'], ['1y', '365d'], ['007 h', '7h'],
    ['soon', undefined], ['', undefined], ['-1d', undefined], ['1.5d', undefined], ['1d2h', undefined],
    // What the program would not start with.
    ['0', undefined], ['0s', undefined], ['101y', undefined], ['999999w', undefined], ['99999999999999999', undefined],
  ])('take %j as %s', (written, meant) => {
    expect(time(written)).toBe(meant)
  })

  it('say which values cannot be read', () => {
    const { settings, wrong } = understand({
      'chat-slow-mode': '-3', 'chat-history-on-join': '1e2', 'prosody-muc-expiration': 'soon', 'chat-anonymous-ban': 'forever', 'chat-share-url': 'aliens',
      'chat-videos-list': 'nonsense', 'chat-all-lives': 'perhaps', 'chat-connections-per-address': '50', 'chat-auto-display': 'false',
    })
    expect(wrong).toHaveLength(7)
    expect(wrong).toContain('How long messages are kept')
    expect(settings).toEqual({ ...read({}), connectionsPerAddress: 50, autoOpen: false })
  })

  it('have their defaults again when they are emptied, and nothing is said of it', () => {
    const emptied = Object.fromEntries(NAMES.map((name) => [name, '']))
    expect(understand(emptied)).toEqual({ settings: read({}), wrong: [] })
    expect(understand({})).toEqual({ settings: read({}), wrong: [] })
  })

  it('name videos one a line', () => {
    expect(read({ 'chat-videos-list': ` ${LONG} # the first\n\n# none\nbXXTUM1bGbdzcEAjGUr2sz\nccc` }).listed).toEqual([LONG, '58cbbd8f-3b4d-4b4a-9d7a-5ea0e5a9a6d1'])
  })

  it('start the program anew only for what it is started with', () => {
    const before = read({})
    expect(needsRestart(before, read({ 'chat-all-lives': true, 'chat-share-url': 'everyone' }))).toBe(false)
    expect(needsRestart(before, read({ 'chat-no-anonymous': true }))).toBe(true)
  })
})
