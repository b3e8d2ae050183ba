// Scope video-edit: the checkbox that gives a live its chat. Its name is that of the plugin that this one replaces.

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

import { words } from './words'

export async function register({ registerVideoField, peertubeHelpers }: RegisterClientOptions): Promise<void> {
  const text = await words((one) => peertubeHelpers.translate(one))
  for (const type of ['go-live', 'update'] as const) {
    registerVideoField(
      {
        name: 'livechat-active',
        label: text.field,
        descriptionHTML: text.fieldNote,
        type: 'input-checkbox',
        // A live that is there already shows what was chosen for it, which PeerTube tells; without a choice it has no chat.
        default: type === 'go-live',
        hidden: ({ liveVideo }: { liveVideo?: unknown }) => type === 'update' && !liveVideo,
      },
      { type, tab: 'main' },
    )
  }
}
