import { describe, expect, it } from 'vitest'
import { excerpt, oneLine, safeName, safeText } from '../src/text/safe'
import { tokenize, type Context, type Token } from '../src/text/tokens'

const context = (me?: string, ...names: string[]): Context => ({
  me,
  knows: (name) => names.some((one) => one.toLowerCase() === name),
  pictures: new Map([[':owl:', 'https://emoji.example/owl.webp']]),
})
const tokens = (text: string, around = context()): readonly Token[] => tokenize(text, around).tokens
const links = (text: string): string[] => tokens(text).flatMap((token) => (token.is === 'link' ? [token.href] : []))
const seen = (text: string, around = context()): string => tokens(text, around).map((token) => token.text).join('')

describe('names', () => {
  it('lose what turns, hides or stacks', () => {
    expect(safeName('\u202eadmin\u202c')).toBe('admin')
    expect(safeName(`a${'\u200b'.repeat(5_000)}`)).toBe('a')
    expect(safeName(`z${'\u0337\u0322'.repeat(40)}`)).toBe('z\u0337\u0322')
    expect(safeName('a\n\tb')).toBe('a b')
    for (const nothing of ['\u2066\u200b', '\u3164', '\u2800 \u2800']) expect(safeName(nothing)).toBe('?')
  })

  it('are at most 40 characters, whole ones, and stay text', () => {
    expect([...safeName('😺'.repeat(60))]).toHaveLength(40)
    expect(safeName('<b>Admin</b>')).toBe('<b>Admin</b>')
  })
})

describe('texts', () => {
  it('keep what scripts and emoji need', () => {
    expect(safeText('नमस्ते می\u200cخواهم 👩‍🚀')).toBe('नमस्ते می\u200cخواهم 👩‍🚀')
  })

  it('are cut to 500 characters or 8 lines, between words', () => {
    expect(excerpt('word '.repeat(80)).whole).toBe(true)
    const { text, whole } = excerpt('word '.repeat(300))
    expect([whole, text.length <= 500, text.endsWith('word')]).toEqual([false, true, true])
    expect(excerpt('a\n'.repeat(20)).text.split('\n')).toHaveLength(8)
    expect(excerpt(`x${'😺'.repeat(400)}`).text).not.toMatch(/[\ud800-\udbff]$/)
  })

  it('fit on one line', () => expect(oneLine('a\n\nb  c', 4)).toBe('a b…'))
})

describe('links', () => {
  it.each([
    ['see https://garden.example/notes/42.', 'https://garden.example/notes/42'],
    ['(https://en.example/wiki/A_(b))', 'https://en.example/wiki/A_(b)'],
    ['HTTP://EXAMPLE.org/?a=1&b=2!', 'http://example.org/?a=1&b=2'],
    ['«https://a.example»', 'https://a.example/'],
    ['https://a.example/"onmouseover="x', 'https://a.example/'],
  ])('in %s', (text, href) => expect(links(text)).toEqual([href]))

  it.each(['javascript:alert(1)', 'data:text/html,x', 'https://user:pass@bank.example', 'xhttps://a.example', 'https://', 'ftp://a.example'])(
    'are not made of %s',
    (text) => expect(links(text)).toEqual([]),
  )

  it('end where the sentence goes on, and brackets where they were opened', () => {
    expect(links('[see https://a.example/x_(y)_[z]).]')).toEqual(['https://a.example/x_(y)_[z]'])
    expect(links('https://a.example/(a)(b))!?')).toEqual(['https://a.example/(a)(b)'])
  })

  it('are bounded: what is longer stays text, whole', () => {
    const long = `https://a.example/${'x'.repeat(3_000)}`
    expect([links(long), seen(long)]).toEqual([[], long])
    const short = `https://a.example/${'x'.repeat(1_900)}`
    expect(links(`${short} and`)).toEqual([short])
    expect(links(`https://a.example/${')'.repeat(1_500)}`)).toEqual(['https://a.example/'])
    expect(links(`${'https://'.repeat(2_400)}${')'.repeat(800)}`)).toEqual([])
  })

  it('show the host as it is looked up, nothing that turns, and not too much', () => {
    expect(tokens('https://аpple.com/')[0]?.text.startsWith('xn--')).toBe(true)
    expect(seen('https://a.example/%E2%80%AEtxt')).not.toMatch(/\u202e/)
    expect([...(tokens(`https://www.a.example/${'x'.repeat(100)}`)[0]?.text ?? '')]).toHaveLength(48)
  })
})

describe('mentions', () => {
  it('are of me with and without @, of others with', () => {
    expect(tokens('@Lou and lou, not louder, @Zoë but Zoë', context('Lou', 'Zoë')).filter((token) => token.is !== 'text')).toEqual([
      { is: 'me', text: '@Lou' },
      { is: 'me', text: 'lou' },
      { is: 'name', text: '@Zoë' },
    ])
  })

  it('take the longest name, also with spaces', () => {
    expect(tokens('hi @Awa Ndiaye!', context('me', 'Awa', 'Awa Ndiaye'))[1]).toEqual({ is: 'name', text: '@Awa Ndiaye' })
  })

  it('are not in addresses', () => expect(tokens('lou@example.org @nobody', context('me', 'example.org'))).toHaveLength(1))
})

describe('emoji', () => {
  it.each(['😂🔥❤️', '👩‍🚀', '🇫🇷 🇨🇭', '1️⃣', '👍🏽', ':owl:'])('%s stands alone', (text) => expect(tokenize(text, context()).solo).toBe(true))
  it.each(['😂'.repeat(7), 'a 😂', '7', ''])('%s does not', (text) => expect(tokenize(text, context()).solo).toBe(false))
  it('a thousand are one token', () => expect(tokens('🎉'.repeat(1_000))).toHaveLength(1))
  it('of the room are pictures, others stay text', () => {
    expect(tokens('hi :owl: :no:')[1]).toEqual({ is: 'picture', text: ':owl:', src: 'https://emoji.example/owl.webp' })
    expect(seen('hi :owl: :no:')).toBe('hi :owl: :no:')
  })
})

describe('taking apart', () => {
  it('tells what one does', () => {
    expect(tokenize('/me waves', context())).toMatchObject({ action: true, tokens: [{ is: 'text', text: 'waves' }] })
    expect(tokenize('/men', context()).action).toBe(false)
  })

  it('loses nothing of what is not shortened, and is bounded', () => {
    const text = 'a\nb @x :owl: 😂 <img src=x onerror=alert(1)> &amp; http:// @'
    expect(seen(text, context('lou', 'x'))).toBe(text)
    expect(tokens('@x '.repeat(5_000), context('lou', 'x')).length).toBeLessThanOrEqual(401)
  })
})
