// Every language says everything that it has to, in every plural that it has.

import { describe, expect, it } from 'vitest'
import { LANGUAGES } from '../src/words/words'

/** Those that have to be complete. In the others English stands in for what is missing. */
const COMPLETE = ['fr']

type Template = string | { readonly strings: readonly string[]; readonly values: readonly unknown[] }

const sources = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true })
const files = import.meta.glob<{ templates: Record<string, Template> }>('../src/words/{??,???}.ts', { eager: true })
const code = Object.entries(sources).filter(([path]) => !/\/words\/(\w{2,3}|speech)\.ts$/.test(path)).map(([, text]) => text).join('\n')

const MSG = /msg\(\s*(str)?(['"`])((?:(?!\2).)*)\2,\s*\{\s*id: '([^']+)'/gs

/** The texts of the code: an id, and how many values stand in it. */
function texts(): Map<string, number> {
  const found = [...code.matchAll(MSG)]
  return new Map(found.map(([, , , text = '', id = '']) => [id, text.split('${').length - 1]))
}

/** The ids of texts with a number. */
function plurals(): string[] {
  return [...code.matchAll(/plural\(\s*'([^']+)'/g)].map(([, id = '']) => id)
}

function expected(language: string): Map<string, number> {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  const counted = plurals().flatMap((id) => categories.map((category): [string, number] => [`${id}.${category}`, 0]))
  return new Map([...texts(), ...counted])
}

/** The places of the values in a template. */
const valuesOf = (template: Template): unknown[] => (typeof template === 'string' ? [] : [...template.values])

const textOf = (template: Template): string => (typeof template === 'string' ? template : template.strings.join(''))

const templatesOf = (language: string): Record<string, Template> => {
  const file = files[`../src/words/${language}.ts`]
  if (!file) throw new Error(`There is no file of ${language}.`)
  return file.templates
}

describe('words', () => {
  it('are found in the code', () => {
    expect(texts().size).toBeGreaterThan(80)
    expect(plurals()).toContain('here')
    expect(texts().get('write-as')).toBe(1)
  })

  it('have an id of their own', () => {
    expect([...code.matchAll(/\bmsg\(\s*(?!\w+ === )[^)]/g)].length).toBe([...code.matchAll(MSG)].length)
    const said = [...code.matchAll(MSG)].map(([, , , text = '', id = '']) => ({ id, text }))
    const twice = said.filter((one) => said.some((other) => other.id === one.id && other.text !== one.text))
    expect(twice).toEqual([])
  })

  it('are spoken in every language that has a file', () => {
    expect([...LANGUAGES].sort()).toEqual(['en', ...Object.keys(files).map((path) => /(\w+)\.ts$/.exec(path)?.[1])].sort())
  })

  it.each(COMPLETE)('are all there in %s', (language) => {
    const there = Object.keys(templatesOf(language))
    expect([...expected(language).keys()].filter((id) => !there.includes(id))).toEqual([])
  })

  describe.each(LANGUAGES.slice(1))('in %s', (language) => {
    const templates = Object.entries(templatesOf(language))
    const known = expected(language)

    it('are none that the code does not have', () => {
      expect(templates.map(([id]) => id).filter((id) => !known.has(id))).toEqual([])
    })

    it('take the values that the code gives, each once', () => {
      const wrong = templates.filter(([id, template]) => {
        const values = valuesOf(template)
        return values.length !== known.get(id) || values.some((value) => typeof value !== 'number' || value >= values.length)
      })
      expect(wrong.map(([id]) => id)).toEqual([])
    })

    it('show the number, but where its word says it', () => {
      const bare = templates.filter(
        ([id, text]) => plurals().some((plural) => id.startsWith(`${plural}.`)) && !/\.(zero|one|two)$/.test(id) && !textOf(text).includes('#'),
      )
      expect(bare.map(([id]) => id)).toEqual([])
    })

    it('name whom the code names', () => {
      const named = [...code.matchAll(MSG)].filter(([, , , text = '']) => text.includes('@')).map(([, , , , id]) => id)
      expect(templates.filter(([id, text]) => named.includes(id) && !textOf(text).includes('@')).map(([id]) => id)).toEqual([])
    })
  })

  it('have the spaces in French that keep a sign by its word', () => {
    const texts = Object.values(templatesOf('fr')).map(textOf)
    expect(texts.filter((text) => /[ \u00a0][:;?!%»]|« /.test(text) || /\p{L}[:;?!»]/u.test(text))).toEqual([])
  })
})
