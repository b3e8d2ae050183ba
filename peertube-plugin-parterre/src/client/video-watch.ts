// Scope video-watch: puts the chat beside the player, and takes it away when one goes elsewhere.

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

import { Backend } from './backend'
import { panel, type Panel } from './panel'
import { words } from './words'

export function register({ registerHook, peertubeHelpers }: RegisterClientOptions): void {
  const backend = new Backend(peertubeHelpers)
  let shown: { uuid: string; panel: Panel | undefined } | undefined

  const hide = (): void => {
    shown?.panel?.remove()
    shown = undefined
  }
  const show = async (uuid: string): Promise<void> => {
    if (shown?.uuid === uuid) return
    hide()
    const mine: typeof shown = { uuid, panel: undefined }
    shown = mine
    const placeholder = document.getElementById('plugin-placeholder-player-next')
    if (!placeholder) return
    const chat = await backend.config(uuid)
    if (shown !== mine || !chat.active) return
    const made = panel(chat, backend, await words((text) => peertubeHelpers.translate(text)))
    mine.panel = made
    placeholder.append(made.element)
  }

  registerHook({
    target: 'action:video-watch.video.loaded',
    // A chat beside a playlist would change with each of its videos.
    handler: ({ video, playlist }: { video: { uuid: string }; playlist?: unknown }) => {
      if (playlist) hide()
      else void show(video.uuid).catch((error: unknown) => console.error('The chat could not be shown.', error))
    },
  })
  registerHook({
    target: 'action:router.navigation-end',
    handler: ({ path }: { path: string }) => {
      if (!/^\/(w|videos\/watch)\//.test(path)) hide()
    },
  })
}
