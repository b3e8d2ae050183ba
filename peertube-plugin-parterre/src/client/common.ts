// Scope common: the plugin's own pages. The chat's stays small here; the administrators' are loaded when they are opened.

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

import { Backend } from './backend'
import { chatElement } from './chat'
import { make } from './dom'
import { words, type Words } from './words'

type Show = (root: HTMLElement, backend: Backend, text: Words) => Promise<void>

export function register({ registerClientRoute, peertubeHelpers }: RegisterClientOptions): void {
  const backend = new Backend(peertubeHelpers)
  const page = (route: string, title: string, show: () => Promise<Show> | Show): void => {
    registerClientRoute({
      route,
      title,
      onMount: ({ rootEl }) => {
        void (async () => {
          const text = await words((one) => peertubeHelpers.translate(one))
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
  page('parterre/room', 'Chat', () => room)
  page('parterre/rooms', 'Rooms of the chat', () => load('rooms-page'))
  page('parterre/diagnosis', 'Diagnosis of the chat', () => load('diagnosis-page'))
}

const room: Show = async (root, backend, text) => {
  const chat = await backend.config(new URLSearchParams(location.search).get('room') ?? '')
  if (chat.active) {
    const element = await chatElement(chat, backend, 'page')
    root.replaceChildren(make('div', { class: 'parterre-page' }, element))
    return
  }
  const login = make('a', { class: 'parterre-button', href: '/login' }, text.loginDo)
  const why = { off: text.off, unknown: text.off, down: text.down, login: text.login }[chat.why]
  root.replaceChildren(make('p', { class: 'parterre-note' }, why, ' ', ...(chat.why === 'login' ? [login] : [])))
}
