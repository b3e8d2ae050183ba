import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ENGLISH } from '../../src/client/words'
import { delay } from '../../src/server/child'
import { head } from '../../src/server/proxy'
import { escape, fromLivechat, page } from '../../src/server/pages'
import { REGISTERED } from '../../src/server/settings'
import { LASTS, sign } from '../../src/server/tokens'
import { TEXT } from '../../src/shared/diagnosis-words'

const languages = join(__dirname, '../../languages')

describe('languages', () => {
  const ofSettings = REGISTERED.flatMap(({ label, html, descriptionHTML, options = [] }) => [label, html, descriptionHTML, ...options.map((one) => one.label)])
  const shown = [...Object.values(ENGLISH), ...ofSettings].filter((text): text is string => Boolean(text))
  for (const file of readdirSync(languages)) {
    it(`${file} has all that is shown, and nothing else`, () => {
      const words = JSON.parse(readFileSync(join(languages, file), 'utf8')) as Record<string, string>
      const all = [...shown, ...Object.values(TEXT)]
      expect(all.filter((text) => !words[text])).toEqual([])
      expect(Object.keys(words).filter((text) => !all.includes(text))).toEqual([])
    })
  }
})

describe('a token', () => {
  it('is signed, for this domain, and soon over', () => {
    const token = sign({ account: 'ada', name: 'Ada', avatar: undefined, affiliations: { r: 'owner' } }, 'tube.example', 'secret', 1000.7)
    const [header = '', claims = '', signature = ''] = token.split('.')
    expect(signature).toBe(createHmac('sha256', 'secret').update(`${header}.${claims}`).digest('base64url'))
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      sub: 'ada', aud: 'tube.example', iat: 1000, exp: 1000 + LASTS, nick: 'Ada', affiliations: { r: 'owner' },
    })
  })
})

describe('starting again', () => {
  it('waits twice as long each time, up to a minute', () => {
    expect([0, 1, 2, 3].map(delay)).toEqual([500, 1000, 2000, 4000])
    expect(delay(100)).toBe(60_000)
  })
})

describe('what is carried', () => {
  it('says where it came from, once', () => {
    const direct = head({ rawHeaders: ['Host', 'tube.example'] } as never, '/x', '10.0.0.1')
    expect(direct).toBe('GET /x HTTP/1.1\r\nHost: tube.example\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n')
    const proxied = head({ rawHeaders: ['X-Forwarded-For', '198.51.100.7, 192.0.2.1'] } as never, '/x', '192.0.2.1')
    expect(proxied.match(/X-Forwarded-For: (.*)\r/gi)).toEqual(['X-Forwarded-For: 192.0.2.1\r'])
  })
})

describe('pages of their own', () => {
  const chat = {
    active: true, name: 'r', room: 'r@room.x', title: '<script>"&\'', server: 'wss://x/', accounts: 'x', domain: 'anon.x', script: '/s', autoOpen: true,
    ownPage: undefined, themeColours: true, chosenByPeople: true, share: undefined, mayTakeRole: false,
    emoji: {}, settings: undefined,
  } as const
  const files = { chat: '/chat.js', overlay: '/overlay.js', chatStyle: '/chat.css', overlayStyle: '/overlay.css', dock: '/dock.js', emoji: '/emoji.js' }

  it('make no markup of a title', () => {
    expect(escape('<a b="c">')).toBe('&#60;a b=&#34;c&#34;&#62;')
    expect(page('embed', chat, files, 'en')).not.toContain('<script>"')
  })

  it('know a dock before its chat logs in', () => {
    const html = page('dock', chat, files, 'en')
    expect(html.indexOf('/dock.js')).toBeGreaterThan(0)
    expect(html.indexOf('/dock.js')).toBeLessThan(html.indexOf('/chat.js'))
  })

  it('take over the addresses of the plugin that is replaced', () => {
    expect(fromLivechat('r', { _readonly: 'true', _transparent: 'true' })).toBe('../../overlay/r')
    expect(fromLivechat('r', { _readonly: 'noscroll' })).toBe('../../overlay/r')
    expect(fromLivechat('r', {})).toBe('../../embed/r')
  })
})
