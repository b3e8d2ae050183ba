// The icons: line drawings on a grid of 20, coloured by the text around them. They are hidden from screen readers; a
// button that shows only an icon has a name of its own. Those of menus and panels stand in more-icons.ts, and load with them.

import { html, svg, type TemplateResult } from 'lit'

export const drawings = {
  people: svg`<circle cx="7.5" cy="7" r="2.75"/><path d="M2.5 16c.3-3 2.3-4.5 5-4.5s4.7 1.5 5 4.5M13 4.6a2.6 2.6 0 0 1 0 4.9M14.6 11.9c1.7.6 2.7 2 2.9 4.1"/>`,
  more: svg`<g fill="currentColor" stroke="none"><circle cx="4.5" cy="10" r="1.4"/><circle cx="10" cy="10" r="1.4"/><circle cx="15.5" cy="10" r="1.4"/></g>`,
  send: svg`<path d="M3.5 10h12M10.5 5l5 5-5 5"/>`,
  smile: svg`<circle cx="10" cy="10" r="6.75"/><path d="M7.3 11.8c.6 1 1.5 1.5 2.7 1.5s2.1-.5 2.7-1.5M7.7 8.2v.3M12.3 8.2v.3"/>`,
  reply: svg`<path d="M7.5 5 3.5 9l4 4M4 9h7c3.5 0 5.5 2 5.5 6"/>`,
  shield: svg`<path d="M10 2.8 15.8 5v4.5c0 3.5-2.3 6-5.8 7.7-3.5-1.7-5.8-4.2-5.8-7.7V5Z"/><path d="m7.5 9.8 1.8 1.8 3.2-3.4"/>`,
  close: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9"/>`,
  down: svg`<path d="M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5"/>`,
  clock: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 6.3V10l2.5 1.6"/>`,
  info: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 9.3v4M10 6.6v.2"/>`,
  minus: svg`<circle cx="10" cy="10" r="6.75"/><path d="M7 10h6"/>`,
  alert: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 6.5v4M10 13.3v.2"/>`,
  horn: svg`<path d="M3.5 8.5v3h2.5l7.5 4v-11l-7.5 4ZM16 8.5c.7.9.7 2.1 0 3M7 12v4"/>`,
  mute: svg`<path d="M4 4.5h12v8.5H9.5L6 16v-3H4ZM7.8 6.8l4.4 4M12.2 6.8l-4.4 4"/>`,
  kick: svg`<path d="M11 3.5H4.5v13H11M8.5 10h8M13.5 7l3 3-3 3"/>`,
  ban: svg`<circle cx="10" cy="10" r="6.75"/><path d="m5.3 5.3 9.4 9.4"/>`,
  lock: svg`<rect x="4.5" y="9" width="11" height="7.5" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>`,
  off: svg`<path d="M3 8c1.3-1.2 2.8-2 4.5-2.4M17 8c-1.5-1.4-3.3-2.3-5.3-2.6M6 11.3c.8-.7 1.8-1.2 2.8-1.4M10 15v.2M4 3.5l12 13"/>`,
  popout: svg`<path d="M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-6.5 6.5"/>`,
  pencil: svg`<path d="m4 16 .8-3.3 8.7-8.7 2.5 2.5-8.7 8.7Z"/>`,
} as const

export type IconName = keyof typeof drawings

/** An icon. */
export const icon = (name: IconName): TemplateResult => drawn(drawings[name])

/** An icon of that drawing. */
export function drawn(drawing: TemplateResult<2>): TemplateResult {
  return html`<svg class="i" viewBox="0 0 20 20" aria-hidden="true" focusable="false">${drawing}</svg>`
}
