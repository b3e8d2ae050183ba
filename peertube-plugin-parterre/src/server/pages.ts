// Pages of their own that hold nothing but a chat or an overlay: for frames, for broadcast software, for a dock. Pure: text
// in, HTML out. They hold no script but those of the plugin, and nothing of a visitor becomes markup.

import type { ServerResponse } from 'node:http'

import type { ActiveChat } from '../shared/answers'

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${String(char.charCodeAt(0))};`)
}

export interface Files {
  readonly chat: string
  readonly overlay: string
  readonly chatStyle: string
  readonly overlayStyle: string
  readonly dock: string
  readonly emoji: string
}

export type Kind = 'embed' | 'overlay' | 'dock'

export function page(kind: Kind, chat: ActiveChat, files: Files, language: string): string {
  const where = `server="${escape(chat.server)}" room="${escape(chat.room)}" domain="${escape(chat.domain)}" accounts="${escape(chat.accounts)}"`
  const emoji = kind !== 'overlay' && Object.keys(chat.emoji).length > 0 ? ` data-emoji="${escape(JSON.stringify(chat.emoji))}"` : ''
  const body =
    kind === 'overlay'
      ? `<parterre-overlay ${where}></parterre-overlay>`
      : `<parterre-chat ${where} mode="embed"${kind === 'dock' ? ` data-dock="${escape(chat.name)}"` : ''}${emoji}></parterre-chat>`
  // A dock has to know its bearer before the chat logs in: what furnishes the chat goes first.
  const scripts = [...(kind === 'dock' ? [files.dock] : []), ...(emoji ? [files.emoji] : []), kind === 'overlay' ? files.overlay : files.chat]
  return `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escape(chat.title)}</title>
<link rel="stylesheet" href="${escape(kind === 'overlay' ? files.overlayStyle : files.chatStyle)}">
${scripts.map((script) => `<script type="module" src="${escape(script)}"></script>`).join('\n')}
</head>
<body>
${body}
</body>
</html>
`
}

/** Sends a page that any site may frame. */
export function send(response: ServerResponse, html: string, origin: string): void {
  const socket = origin.replace(/^http/, 'ws')
  response.removeHeader('X-Frame-Options')
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self' ${socket}; base-uri 'none'; form-action 'none'; frame-ancestors *`,
  })
  response.end(html)
}

/**
 * Sends what stands in the place of a page while the chat's program starts: nothing, asked for again until it is there. Nobody
 * sits before an overlay to reload it, and what is laid over a stream says nothing of troubles.
 */
export function sendLater(response: ServerResponse): void {
  response.removeHeader('X-Frame-Options')
  response.writeHead(503, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'retry-after': '5',
    refresh: '5',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *",
  })
  response.end('<!doctype html><title>Chat</title>')
}

/** Where an address of the plugin that is replaced leads: `webchat/room/NAME?_readonly=…&_transparent=…`. */
export function fromLivechat(name: string, query: Readonly<Record<string, unknown>>): string {
  const readOnly = query['_readonly'] === 'true' || query['_readonly'] === 'noscroll'
  return `../../${readOnly ? 'overlay' : 'embed'}/${encodeURIComponent(name)}`
}
