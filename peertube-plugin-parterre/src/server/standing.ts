// How the program stands, at the top of the settings page. PeerTube keeps what was registered and shows it as it is when somebody
// opens the page, so that this one is written anew each time.

import type { RegisterServerSettingOptions } from '@peertube/peertube-types'

import type { Check } from '../shared/answers'
import { escape } from './pages'

const SIGNS = { ok: '✓', warning: '!', wrong: '✗' } as const

/** A line of the settings page that says what `check` finds at that moment. */
export function standing(check: () => Check | undefined): RegisterServerSettingOptions {
  return {
    type: 'html',
    private: true,
    get html() {
      const found = check()
      if (!found) return ''
      const { name, verdict, detail, remedy } = found
      const text = [`${SIGNS[verdict]} ${escape(name)}: ${escape(detail)}`, ...(remedy ? [`<strong>${escape(remedy)}</strong>`] : [])]
      return `<p>${text.join('<br>')}</p>`
    },
  }
}
