import { describe, expect, it } from 'vitest'

import { END, quote, toml } from '../../src/server/configuration'
import { NAMES, needsRestart, read, time } from '../../src/server/settings'

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
    ['1w', '1w'], ['forever', 'forever'], ['never', 'forever'], ['3600', '3600s'], ['2m', '60d'], ['1y', '365d'], ['soon', '30d'], ['', '30d'],
  ])('take %j as %s', (written, meant) => {
    expect(time(written, '30d')).toBe(meant)
  })

  it('name videos one a line', () => {
    expect(read({ 'chat-videos-list': ' aaa # the first\n\n# none\nbbb' }).listed).toEqual(['aaa', 'bbb'])
  })

  it('start the program anew only for what it is started with', () => {
    const before = read({})
    expect(needsRestart(before, read({ 'chat-all-lives': true, 'chat-share-url': 'everyone' }))).toBe(false)
    expect(needsRestart(before, read({ 'chat-no-anonymous': true }))).toBe(true)
  })
})
