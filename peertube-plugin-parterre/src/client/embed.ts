// Scope embed: the chat beside an embedded player, where the address of the embed asks for it (`parterre-chat=1`).

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

import { Backend } from './backend'
import { chatElement } from './chat'
import { make } from './dom'

export function register({ registerHook, peertubeHelpers }: RegisterClientOptions): void {
  if (new URLSearchParams(location.search).get('parterre-chat') !== '1') return
  const backend = new Backend(peertubeHelpers)
  registerHook({
    target: 'action:embed.player.loaded',
    handler: ({ video }: { video: { uuid: string } }) => void show(video.uuid),
  })
  const show = async (uuid: string): Promise<void> => {
    const chat = await backend.config(uuid)
    if (!chat.active || document.querySelector('.parterre-embed')) return
    const side = make('div', { class: 'parterre-embed' }, await chatElement(chat, backend, 'embed'))
    document.documentElement.classList.add('parterre-beside')
    document.body.append(side)
  }
}
