// In which language the client speaks, and how that language counts, tells the time and runs.
//
// A language is one file in this folder, named by its tag: `export const templates`. That is all it takes to add one.

import { configureLocalization, msg } from '@lit/localize'
import { attempt } from '../attempt'

/** A language's texts by their ids. */
type Templates = Record<string, unknown>

const loaders = import.meta.glob<{ templates: Templates }>('./{??,???}.ts')

/** The languages there are; the first is the one that the code is written in. */
export const LANGUAGES: readonly string[] = ['en', ...Object.keys(loaders).map((path) => path.slice(2, -3))]

const RIGHT_TO_LEFT = /^(ar|fa|he|ps|ur|yi)$/

const localization = configureLocalization({
  sourceLocale: 'en',
  targetLocales: LANGUAGES.slice(1),
  loadLocale: async (locale) => {
    const load = loaders[`./${locale}.ts`]
    const loaded = load && (await attempt(load))
    if (!loaded) throw new Error(`The language ${locale} is not to be had.`)
    return loaded as { templates: Record<string, string> }
  },
})

/** The language spoken now. */
export const language = (): string => localization.getLocale()

/** The first of those wishes (language tags) that can be met, or English. */
export function choose(wishes: readonly string[]): string {
  const tags = wishes.map((wish) => wish.toLowerCase().split('-')[0] ?? '')
  return tags.find((tag) => LANGUAGES.includes(tag)) ?? 'en'
}

/**
 * Speaks the first of those languages that there is, in the order of the wishes. Gives false if its file did not come:
 * what was spoken before goes on being spoken.
 */
export async function speak(wishes: readonly string[]): Promise<boolean> {
  return localization.setLocale(choose(wishes)).then(
    () => true,
    () => false,
  )
}

/** Whether the language is written from right to left. */
export const isRightToLeft = (): boolean => RIGHT_TO_LEFT.test(language())

/** What a language calls itself. */
export function nameOf(tag: string): string {
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1)
}

/** The language as it is spoken where the reader is: what o'clock it is is not said alike in London and in New York. */
const region = (): string => navigator.languages.find((tag) => tag.split('-')[0] === language()) ?? language()

type Format = Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules | Intl.RelativeTimeFormat

const formats = new Map<string, Format>()

/** One of each kind and language: making them is what costs. */
function format<One extends Format>(kind: string, make: (tag: string) => One): One {
  const tag = region()
  const key = `${tag} ${kind}`
  const known = formats.get(key)
  if (known) return known as One
  const made = make(tag)
  formats.set(key, made)
  return made
}

/** A number as the language writes it. */
export const number = (value: number): string => format('number', (tag) => new Intl.NumberFormat(tag)).format(value)

/** A large number, shortened: 12.4k. It is cut, not rounded up, so that it never says more than there are. */
export function short(value: number): string {
  const options = { notation: 'compact', maximumFractionDigits: 1, roundingMode: 'trunc' } as const
  const text = format('short', (tag) => new Intl.NumberFormat(tag, options)).format(value)
  return language() === 'en' ? text.toLowerCase() : text
}

/** The time of day, with the day where that is another one than today. */
export function moment(time: number, now = Date.now()): string {
  const today = new Date(time).toDateString() === new Date(now).toDateString()
  const options = today ? { timeStyle: 'short' as const } : { dateStyle: 'medium' as const, timeStyle: 'short' as const }
  return format(today ? 'time' : 'day', (tag) => new Intl.DateTimeFormat(tag, options)).format(time)
}

/** The time of day. */
export const clock = (time: number): string =>
  format('clock', (tag) => new Intl.DateTimeFormat(tag, { hour: '2-digit', minute: '2-digit' })).format(time)

/** A day: today and yesterday by their words, others by their date. */
export function day(time: number, now = Date.now()): string {
  const start = (moment: number): number => new Date(moment).setHours(0, 0, 0, 0)
  const days = Math.round((start(time) - start(now)) / 86_400_000)
  if (days === 0 || days === -1) {
    const text = format('relative', (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })).format(days, 'day')
    return text.charAt(0).toLocaleUpperCase(language()) + text.slice(1)
  }
  return format('date', (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'long' })).format(time)
}

/**
 * A text with a number: the one of its plural category in the language spoken, under `id.category`.
 *
 * @param one,other the English texts; `#` stands where the number does
 * @param shown the number as it is shown, if not whole
 */
export function plural(id: string, count: number, one: string, other: string, shown = number(count)): string {
  const category = format('plural', (tag) => new Intl.PluralRules(tag)).select(count)
  // The number takes its place here, and not as a value of the template, since the template is one of several.
  return msg(category === 'one' ? one : other, { id: `${id}.${category}` }).replace('#', () => shown)
}
