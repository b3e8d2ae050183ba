// Every word of the client, in English, each with the id under which other languages give theirs.
//
// A language is one file in this folder: `export const templates`, by the same ids. Texts with a number have an id for
// each plural category that the language has (`count.one`, `count.other`): see {@link plural}.

import { configureLocalization, msg, str } from '@lit/localize'

/** The languages there are; the first is the one that the code is written in. */
export const LANGUAGES = ['en', 'fr', 'de', 'es', 'it', 'pt', 'ja', 'ar'] as const
export type Language = (typeof LANGUAGES)[number]

const loaders = import.meta.glob<{ templates: Record<string, unknown> }>(['./*.ts', '!./words.ts'])

const localization = configureLocalization({
  sourceLocale: 'en',
  targetLocales: LANGUAGES.slice(1),
  loadLocale: async (locale) => {
    const load = loaders[`./${locale}.ts`]
    if (!load) throw new Error(`There is no language ${locale}.`)
    return (await load()) as { templates: Record<string, string> }
  },
})

/** The language spoken now. */
export const language = (): Language => localization.getLocale() as Language

/** Speaks the first of those languages that there is, in the order of the wishes. */
export async function speak(wishes: readonly string[]): Promise<void> {
  const known = wishes.map((wish) => wish.toLowerCase().split('-')[0]).find((wish) => LANGUAGES.some((one) => one === wish))
  await localization.setLocale(known ?? 'en')
}

/** Whether the language is written from right to left. */
export const isRightToLeft = (): boolean => language() === 'ar'

const number = (value: number): string => new Intl.NumberFormat(language()).format(value)

/** A text with a number: the one of its plural category in the language spoken, under `id.category`. */
function plural(id: string, count: number, one: string, other: string): string {
  const category = new Intl.PluralRules(language()).select(count)
  const shown = number(count)
  // Texts of the source hold `#` where the number stands, since the templates take their values by place.
  const text = msg(category === 'one' ? one : other, { id: `${id}.${category}` })
  return text.replace('#', shown)
}

export const words = {
  title: () => msg('Live chat', { id: 'title' }),
  here: (count: number) => plural('here', count, '# here', '# here'),
  connecting: () => msg('Connecting…', { id: 'connecting' }),
  reconnecting: () => msg('Reconnecting…', { id: 'reconnecting' }),
  messages: () => msg('Messages', { id: 'messages' }),
  message: () => msg('Message', { id: 'message' }),
  people: () => msg('People', { id: 'people' }),
  menu: () => msg('Menu', { id: 'menu' }),
  send: () => msg('Send', { id: 'send' }),
  writeAs: (nick: string) => msg(str`Write as ${nick}`, { id: 'write-as' }),
  chooseName: () => msg('Choose a name to write', { id: 'choose-name' }),
  joinIn: () => msg('Join in', { id: 'join-in' }),
  newMessages: (count: number) => plural('new-messages', count, '# new message', '# new messages'),
}
