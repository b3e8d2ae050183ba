// The pages of the instance that is played: what a plugin finds in PeerTube's, laid out as there, and nothing else.

interface ClientHost {
  readonly base: string
  readonly manifest: { readonly clientScripts: readonly { script: string; scopes: readonly string[] }[] }
}

function page(host: ClientHost, scope: string, what: Record<string, unknown>, body: string): string {
  const data = JSON.stringify({ base: host.base, scripts: host.manifest.clientScripts, scope, ...what }).replaceAll('<', '\\u003c')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>PeerTube, played</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/plugins/global.css">
<style>
:root { --bg: #10243a; --fg: #f0f4f8; --primary: #ffb703; --on-primary: #10243a }
body { margin: 0; background: var(--bg); color: var(--fg); font-family: sans-serif }
#video-wrapper { display: flex; background: #000 }
#videojs-wrapper { flex-grow: 1; height: 66vh; background: #222 }
my-plugin-placeholder > div { height: 100% }
@media (max-width: 1100px) { #video-wrapper { flex-direction: column } }
</style></head><body><a href="/login">Login</a>${body}
<script type="application/json" id="host">${data}</script><script type="module" src="/client-host.js"></script></body></html>`
}

export const watchPage = (host: ClientHost, uuid: string): string =>
  page(host, 'video-watch', { uuid }, '<main id="video-wrapper"><div id="videojs-wrapper">The player</div><my-plugin-placeholder><div id="plugin-placeholder-player-next"></div></my-plugin-placeholder></main><h1>A video</h1>')

export const embedPage = (host: ClientHost, uuid: string): string =>
  page(host, 'embed', { uuid }, '<div id="video-wrapper"><div class="video-js">The player</div></div>')

export const clientPage = (host: ClientHost, route: string): string => page(host, 'common', { route }, '<nav id="menu"></nav><main id="root"></main>')
