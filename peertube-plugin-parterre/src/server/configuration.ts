// The program's configuration from the plugin's settings. Pure: settings in, TOML out. It holds secrets, so it goes through
// the standard input only.

import type { Settings } from './settings'

export interface Place {
  /** The instance's host name, without a port. */
  readonly domain: string
  readonly dataDirectory: string
  readonly socket: string
  readonly apiToken: string
  readonly tokenSecret: string
}

/** The line that ends the configuration on the standard input, which stays open behind it. */
export const END = '# end'

/** A text as TOML writes it. */
export function quote(text: string): string {
  // JSON escapes what TOML wants escaped, in the same way, but for DEL.
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f')
}

export function toml(settings: Settings, place: Place): string {
  const lines = [
    `domain = ${quote(place.domain)}`,
    `data_dir = ${quote(place.dataDirectory)}`,
    '[http]',
    `listen = ${quote(`unix:${place.socket}`)}`,
    '[auth]',
    `anonymous = ${String(!settings.accountsOnly)}`,
    `token_secret = ${quote(place.tokenSecret)}`,
    // Tokens stand in the place of passwords here, and SCRAM cannot prove one.
    'mechanisms = ["OAUTHBEARER", "PLAIN"]',
    '[rooms]',
    // The plugin makes them, by the API.
    'create = "admins"',
    `anonymous_ban = ${quote(settings.anonymousBan)}`,
    '[history]',
    `retention = ${quote(settings.retention)}`,
    `on_join = ${String(settings.historyOnJoin)}`,
    '[api]',
    `token = ${quote(place.apiToken)}`,
    '[limits]',
    `connections_per_address = ${String(settings.connectionsPerAddress)}`,
    END,
  ]
  return lines.join('\n') + '\n'
}
