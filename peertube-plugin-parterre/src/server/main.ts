// PeerTube's door into the plugin: what it calls when it loads the plugin, and when it takes it away.

import type { RegisterServerOptions } from '@peertube/peertube-types'

import { stands } from './diagnosis'
import { registerHooks } from './hooks'
import { Plugin } from './plugin'
import { route } from './routes'
import { REGISTERED } from './settings'
import { standing } from './standing'

let running: Plugin | undefined

export async function register(options: RegisterServerOptions): Promise<void> {
  options.registerSetting(standing(() => running && stands(running)))
  for (const setting of REGISTERED) options.registerSetting(setting)
  const plugin = await Plugin.make(options)
  running = plugin
  registerHooks(options, plugin)
  route(options.getRouter(), plugin)
  options.registerWebSocketRoute({
    route: '/xmpp-websocket',
    handler: (request, socket, head) => plugin.takeSocket(request, socket, head),
  })
  options.settingsManager.onSettingsChange((entries) => plugin.apply(entries))
  // Not awaited: PeerTube's start waits for nothing of ours.
  plugin.child.start()
}

export async function unregister(): Promise<void> {
  const plugin = running
  running = undefined
  await plugin?.stop()
}
