// Scope common: the plugin's own pages. The chat's stays small here; the administrators' are loaded when they are opened.

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

import { Backend } from './backend'
import { chatElement, logIn } from './chat'
import { button, make } from './dom'
import { ENGLISH, words, type Words } from './words'

type Show = (root: HTMLElement, backend: Backend, text: Words) => Promise<void>

export async function register({ registerClientRoute, registerHook, peertubeHelpers }: RegisterClientOptions): Promise<void> {
  const backend = new Backend(peertubeHelpers)
  const translate = (text: string): Promise<string> => peertubeHelpers.translate(text)
  const page = async (route: string, title: string, show: () => Promise<Show> | Show): Promise<void> => {
    registerClientRoute({
      route,
      title: await translate(title),
      onMount: ({ rootEl }) => {
        void (async () => {
          const text = await words(translate)
          const display = await show()
          await display(rootEl, backend, text)
        })().catch((error: unknown) => {
          rootEl.replaceChildren(make('p', { role: 'alert' }, error instanceof Error ? error.message : String(error)))
        })
      },
    })
  }
  // PeerTube serves no scripts but those that it was told of; the rest are static files.
  const load = async (name: string): Promise<Show> => {
    const loaded = (await import(`${peertubeHelpers.getBaseStaticRoute()}/pages/${name}.js`)) as { show: Show }
    return loaded.show
  }
  await page('parterre/room', ENGLISH.chat, () => room)
  await page('parterre/rooms', ENGLISH.rooms, () => load('rooms-page'))
  await page('parterre/channel', ENGLISH.channels, () => load('channel-page'))
  await page('parterre/diagnosis', ENGLISH.diagnosis, () => load('diagnosis-page'))
  registerHook({
    target: 'filter:left-menu.links.create.result',
    handler: async (sections: unknown) => {
      if (peertubeHelpers.isLoggedIn()) addLink(sections, await translate(ENGLISH.channels))
      return sections
    },
  })
}

/** Where people find what is theirs: the section of that key since PeerTube 7, and before. */
const SECTIONS = ['my-video-space', 'in-my-library']

/** Adds a link to the settings of the channels to PeerTube's menu, if that is as we know it. */
export function addLink(sections: unknown, label: string): void {
  if (!Array.isArray(sections)) return
  const known = (sections as { key?: unknown; links?: unknown }[]).find(({ key, links }) => SECTIONS.includes(String(key)) && Array.isArray(links))
  const links = known?.links as { icon: string; label: string; shortLabel: string; path: string; isPrimaryButton?: boolean }[] | undefined
  // The last one is a button since PeerTube 7, and stays the last.
  const at = links?.findIndex((link) => (link as typeof link | null)?.isPrimaryButton === true) ?? -1
  links?.splice(at < 0 ? links.length : at, 0, { icon: 'message-circle', label, shortLabel: label, path: '/p/parterre/channel' })
}

const room: Show = async (root, backend, text) => {
  const chat = await backend.config(new URLSearchParams(location.search).get('room') ?? '')
  if (chat.active) {
    const element = await chatElement(chat, backend, 'page')
    root.replaceChildren(make('div', { class: 'parterre-page' }, element))
    return
  }
  const login = button(text.loginDo, logIn)
  const why = { off: text.off, unknown: text.off, down: text.down, login: text.login }[chat.why]
  root.replaceChildren(make('p', { class: 'parterre-note' }, why, ' ', ...(chat.why === 'login' ? [login] : [])))
}
