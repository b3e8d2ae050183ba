// Every text that a person reads in PeerTube's pages. The English text is the key by which PeerTube translates it; other
// languages are in languages/.

export const ENGLISH = {
  chat: 'Chat',
  open: 'Open the chat',
  close: 'Close',
  hide: 'Close the chat',
  ownPage: 'On a page of its own',
  share: 'Share the chat',
  takeRole: 'Moderate this chat',
  roleTaken: 'You own this chat now. It is shown anew.',
  down: 'The chat is not running just now. Try again in a moment.',
  login: 'This chat is for people with an account.',
  loginDo: 'Log in',
  off: 'There is no chat here.',
  copy: 'Copy',
  copied: 'Copied.',
  sharePage: 'Page',
  sharePageNote: 'The chat on a page of its own.',
  shareEmbed: 'Embed code',
  shareEmbedNote: 'For any other website.',
  shareOverlay: 'Overlay',
  shareOverlayNote: 'The newest messages on a transparent ground, as a browser source of broadcast software.',
  dock: 'Docks',
  dockNote: 'The chat inside broadcast software, where you write under your account. Whoever has the address writes as you.',
  dockAdd: 'Make the address of a dock',
  dockNew: 'Address of the new dock',
  dockNewNote: 'It is shown this once.',
  revoke: 'Revoke',
  field: 'Chat',
  fieldNote: 'People can write to each other beside the video.',
  rooms: 'Rooms of the chat',
  roomsNone: 'There is no room yet. A room is made when somebody first opens its chat.',
  room: 'Room',
  people: 'People',
  last: 'Last message',
  live: 'Live',
  watch: 'Watch',
  openRoom: 'Open',
  moderate: 'Moderate',
  diagnosis: 'Diagnosis of the chat',
  again: 'Try again',
  restart: 'Restart the chat’s program',
  staffOnly: 'This page is for moderators and administrators.',
  all: 'Everything works.',
  some: 'Not everything works; what to do stands beside it.',
} as const

export type Words = { readonly [K in keyof typeof ENGLISH]: string }

export async function words(translate: (text: string) => Promise<string>): Promise<Words> {
  const pairs = await Promise.all(Object.entries(ENGLISH).map(async ([key, text]) => [key, await translate(text)] as const))
  return Object.fromEntries(pairs) as unknown as Words
}
