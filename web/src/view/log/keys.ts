// The keys of the log. Pure: which key asks for what.

export type Command =
  | { readonly is: 'move'; readonly by: number }
  | { readonly is: 'first' | 'last' | 'menu' | 'reply' | 'react' | 'edit' | 'remove' | 'leave' }

/** Messages that PageUp and PageDown go by. */
const PAGE = 8

const COMMANDS: Partial<Record<string, Command>> = {
  ArrowUp: { is: 'move', by: -1 },
  ArrowDown: { is: 'move', by: 1 },
  PageUp: { is: 'move', by: -PAGE },
  PageDown: { is: 'move', by: PAGE },
  Home: { is: 'first' },
  End: { is: 'last' },
  Enter: { is: 'menu' },
  ContextMenu: { is: 'menu' },
  r: { is: 'reply' },
  '+': { is: 'react' },
  e: { is: 'edit' },
  Delete: { is: 'remove' },
  Backspace: { is: 'remove' },
  Escape: { is: 'leave' },
}

/** What a key asks for; nothing where it is none of the log's own. */
export function commandOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): Command | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  // Some keyboards have the plus above.
  if (event.shiftKey && event.key !== '+') return undefined
  return COMMANDS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
}
