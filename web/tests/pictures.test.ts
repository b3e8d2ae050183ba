// Emoji of the page: what can be shown is, and nothing else.

import { describe, expect, it, vi } from 'vitest'
import { picturesOf } from '../src/text/pictures'
import { tokenize } from '../src/text/tokens'

const BASE = 'https://video.example/w/1'

describe('the page’s emoji', () => {
  it('are found by their names, with and without colons', () => {
    const pictures = picturesOf({ tomato: '/emoji/tomato.png', ':vine:': 'https://cdn.example/vine.gif' }, BASE)
    expect([...pictures]).toEqual([
      [':tomato:', 'https://video.example/emoji/tomato.png'],
      [':vine:', 'https://cdn.example/vine.gif'],
    ])
  })

  it('are pictures of the web, under names that can be written', () => {
    const given = { 'a b': '/x.png', script: 'javascript:alert(1)', data: 'data:image/png;base64,', number: 7, broken: 'http://[', '': '/x.png' }
    expect(picturesOf(given, BASE).size).toBe(0)
    for (const nothing of [undefined, null, 'x', 7]) expect(picturesOf(nothing, BASE).size).toBe(0)
  })

  it('are found in browsers that cannot say beforehand whether an address is one', () => {
    const canParse = vi.spyOn(URL, 'canParse').mockImplementation(() => {
      throw new TypeError('URL.canParse is not a function')
    })
    expect(picturesOf({ tomato: '/t.png', broken: 'http://[' }, BASE).size).toBe(1)
    canParse.mockRestore()
  })

  it('are bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`e${String(at)}`, '/x.png']))
    expect(picturesOf(many, BASE).size).toBe(300)
  })

  it('stand in a message where their names do', () => {
    const pictures = picturesOf({ tomato: '/t.png' }, BASE)
    const { tokens, solo } = tokenize(':tomato: :onion:', { me: undefined, knows: () => false, pictures })
    expect(tokens).toEqual([
      { is: 'picture', text: ':tomato:', src: 'https://video.example/t.png' },
      { is: 'text', text: ' :onion:' },
    ])
    expect(solo).toBe(false)
    expect(tokenize(':tomato:', { me: undefined, knows: () => false, pictures }).solo).toBe(true)
  })
})
