// What was typed and not sent, kept per room in the tab: a reload does not lose it.

import { keep, recall } from '../../preferences'

export interface Draft {
  readonly text: string
  /** What it is about, by stanza id, if it is an answer or other words for something. */
  readonly about?: { readonly is: 'reply' | 'edit'; readonly id: string }
  /** While something is edited: what was being written before. */
  readonly aside?: string
}

const EMPTY: Draft = { text: '' }
const storage = (): Storage => sessionStorage

export function loadDraft(room: string): Draft {
  try {
    const kept: unknown = JSON.parse(recall(`draft:${room}`, storage) ?? 'null')
    return isDraft(kept) ? kept : EMPTY
  } catch {
    return EMPTY
  }
}

export function saveDraft(room: string, draft: Draft): void {
  const empty = !draft.text && !draft.aside && !draft.about
  keep(`draft:${room}`, empty ? undefined : JSON.stringify(draft), storage)
}

function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string'
}
