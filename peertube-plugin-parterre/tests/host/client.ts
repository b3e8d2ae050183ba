// The part of PeerTube's client that runs plugins: hooks, routes of pages, helpers. A user is logged in by their name in
// localStorage. Most helpers throw in an embed, as PeerTube's do there.

interface Data { base: string; scope: string; uuid?: string; route?: string; scripts: { script: string; scopes: string[] }[] }

const data = JSON.parse(document.getElementById('host')?.textContent ?? '{}') as Data
const user = localStorage.getItem('user')
const words: Readonly<Record<string, string>> = await fetch(`/plugins/translations/${navigator.language.slice(0, 2)}.json`)
  .then((answer) => answer.json() as Promise<Record<string, Record<string, string>>>)
  .then((plugins) => plugins['peertube-plugin-parterre'] ?? {})
const hooks: { target: string; handler: (params: unknown) => unknown }[] = []
const routes: { route: string; onMount: (options: { rootEl: HTMLElement }) => void }[] = []

const unlessEmbedded = <T extends unknown[], R>(helper: (...given: T) => R) => (...given: T): R => {
  if (data.scope === 'embed') throw new Error('This helper is not implemented in embed.')
  return helper(...given)
}

const options = {
  registerHook: (hook: (typeof hooks)[number]) => void hooks.push(hook),
  registerClientRoute: (route: (typeof routes)[number]) => void routes.push(route),
  registerVideoField: () => undefined,
  registerSettingsScript: () => undefined,
  peertubeHelpers: {
    getBaseRouterRoute: unlessEmbedded(() => `${data.base}/router`),
    getBaseStaticRoute: unlessEmbedded(() => `${data.base}/static`),
    getBaseWebSocketRoute: unlessEmbedded(() => `${data.base}/ws`),
    isLoggedIn: () => user !== null,
    getAuthHeader: () => (user === null ? undefined : { Authorization: `Bearer ${user}` }),
    notifier: { info: unlessEmbedded(console.log), success: unlessEmbedded(console.log), error: unlessEmbedded(console.error) },
    translate: (text: string) => Promise.resolve(words[text] ?? text),
  },
}

const run = (target: string, params: unknown): void => {
  for (const hook of hooks) if (hook.target === target) hook.handler(params)
}

for (const { script, scopes } of data.scripts) {
  if (!scopes.includes(data.scope)) continue
  const module = (await import(`${data.base}/client-scripts/${script}`)) as { register: (given: typeof options) => unknown }
  await module.register(options)
}
if (data.scope === 'video-watch') run('action:video-watch.video.loaded', { video: { uuid: data.uuid } })
if (data.scope === 'embed') run('action:embed.player.loaded', { video: { uuid: data.uuid } })
const root = document.getElementById('root')
if (root) routes.find(({ route }) => route === data.route)?.onMount({ rootEl: root })
const menu = document.getElementById('menu')
if (menu) {
  // As PeerTube's menu is since 7: sections with links.
  const sections = [{ key: 'my-video-space', title: 'My video space', links: [] as { path: string; label: string }[] }]
  for (const hook of hooks) if (hook.target === 'filter:left-menu.links.create.result') await hook.handler(sections)
  for (const { path, label } of sections.flatMap(({ links }) => links)) menu.append(Object.assign(document.createElement('a'), { href: path, textContent: label }))
}
Object.assign(window, { leaveVideo: () => run('action:router.navigation-end', { path: '/' }) })

export {}
