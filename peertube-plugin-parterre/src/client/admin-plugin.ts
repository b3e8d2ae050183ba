// Scope admin-plugin: hides settings that mean nothing beside others.

import type { RegisterClientOptions } from '@peertube/peertube-types/client'

/** Which settings have no meaning, given the values of the others. Pure. */
export function isHidden(name: string | undefined, values: Readonly<Record<string, unknown>>): boolean {
  switch (name) {
    case 'chat-mute-anonymous':
    case 'chat-anonymous-ban':
      return values['chat-no-anonymous'] === true
    case 'livechat-token-disabled':
      return values['chat-share-url'] === 'nobody'
    default:
      return false
  }
}

export function register({ registerSettingsScript }: RegisterClientOptions): void {
  registerSettingsScript({ isSettingHidden: ({ setting, formValues }) => isHidden(setting.name, formValues) })
}
