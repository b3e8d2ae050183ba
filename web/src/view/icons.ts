// The icons: line drawings on a grid of 20, coloured by the text around them. They are hidden from screen readers; a
// button that shows only an icon has a name of its own.

import { html, svg, type TemplateResult } from 'lit'

const drawings = {
  people: svg`<circle cx="7.5" cy="7" r="2.75"/><path d="M2.5 16c.3-3 2.3-4.5 5-4.5s4.7 1.5 5 4.5M13 4.6a2.6 2.6 0 0 1 0 4.9M14.6 11.9c1.7.6 2.7 2 2.9 4.1"/>`,
  more: svg`<g fill="currentColor" stroke="none"><circle cx="4.5" cy="10" r="1.4"/><circle cx="10" cy="10" r="1.4"/><circle cx="15.5" cy="10" r="1.4"/></g>`,
  send: svg`<path d="M3.5 10h12M10.5 5l5 5-5 5"/>`,
  smile: svg`<circle cx="10" cy="10" r="6.75"/><path d="M7.3 11.8c.6 1 1.5 1.5 2.7 1.5s2.1-.5 2.7-1.5M7.7 8.2v.3M12.3 8.2v.3"/>`,
  reply: svg`<path d="M7.5 5 3.5 9l4 4M4 9h7c3.5 0 5.5 2 5.5 6"/>`,
  shield: svg`<path d="M10 2.8 15.8 5v4.5c0 3.5-2.3 6-5.8 7.7-3.5-1.7-5.8-4.2-5.8-7.7V5Z"/><path d="m7.5 9.8 1.8 1.8 3.2-3.4"/>`,
  close: svg`<path d="m5.5 5.5 9 9M14.5 5.5l-9 9"/>`,
  down: svg`<path d="M10 4v11.5M5.5 11l4.5 4.5 4.5-4.5"/>`,
  search: svg`<circle cx="9" cy="9" r="5"/><path d="m12.8 12.8 3.7 3.7"/>`,
  gear: svg`<circle cx="10" cy="10" r="2.5"/><path d="M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.5 1.5M6.5 13.5 5 15"/>`,
  clock: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 6.3V10l2.5 1.6"/>`,
  info: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 9.3v4M10 6.6v.2"/>`,
  minus: svg`<circle cx="10" cy="10" r="6.75"/><path d="M7 10h6"/>`,
  alert: svg`<circle cx="10" cy="10" r="6.75"/><path d="M10 6.5v4M10 13.3v.2"/>`,
  horn: svg`<path d="M3.5 8.5v3h2.5l7.5 4v-11l-7.5 4ZM16 8.5c.7.9.7 2.1 0 3M7 12v4"/>`,
  poll: svg`<path d="M4.5 16V10.5M10 16V4M15.5 16V7.5"/>`,
  trash: svg`<path d="M4 5.5h12M8 5.5V3.8h4v1.7M5.5 5.5l.7 10.7h7.6l.7-10.7M8.5 8.8v4.4M11.5 8.8v4.4"/>`,
  broom: svg`<path d="M4 5.5h12M4 9h9M4 12.5h5M12 12l4.5 4.5M16.5 12 12 16.5"/>`,
  mute: svg`<path d="M4 4.5h12v8.5H9.5L6 16v-3H4ZM7.8 6.8l4.4 4M12.2 6.8l-4.4 4"/>`,
  kick: svg`<path d="M11 3.5H4.5v13H11M8.5 10h8M13.5 7l3 3-3 3"/>`,
  ban: svg`<circle cx="10" cy="10" r="6.75"/><path d="m5.3 5.3 9.4 9.4"/>`,
  lock: svg`<rect x="4.5" y="9" width="11" height="7.5" rx="1.5"/><path d="M7 9V6.5a3 3 0 0 1 6 0V9"/>`,
  off: svg`<path d="M3 8c1.3-1.2 2.8-2 4.5-2.4M17 8c-1.5-1.4-3.3-2.3-5.3-2.6M6 11.3c.8-.7 1.8-1.2 2.8-1.4M10 15v.2M4 3.5l12 13"/>`,
  undo: svg`<path d="M4 5v4h4M4.3 9c1-2.8 3.3-4.5 6-4.5a5.8 5.8 0 1 1-5.3 8"/>`,
  hand: svg`<path d="M6.5 10.5V5.7a1.2 1.2 0 0 1 2.4 0V9M8.9 9V4.3a1.2 1.2 0 0 1 2.4 0V9M11.3 9V5.3a1.2 1.2 0 0 1 2.4 0v5.2c0 4-1.5 6.5-4.6 6.5-2.7 0-3.7-1.5-5.3-4.7a1.2 1.2 0 0 1 2.1-1.1l.6.9"/>`,
  popout: svg`<path d="M8 4.5H4.5v11h11V12M11.5 4h4.5v4.5M16 4l-6.5 6.5"/>`,
  back: svg`<path d="M12 4.5 6.5 10l5.5 5.5"/>`,
  copy: svg`<rect x="7" y="7" width="9" height="9" rx="1.5"/><path d="M13 7V4H4v9h3"/>`,
  eyeoff: svg`<path d="M2.8 10c1.7-3 4.1-4.7 7.2-4.7S15.5 7 17.2 10c-1.7 3-4.1 4.7-7.2 4.7S4.5 13 2.8 10ZM4 16 16 4"/>`,
  flag: svg`<path d="M5 17V3.5h9.5l-2 3.5 2 3.5H5"/>`,
  pencil: svg`<path d="m4 16 .8-3.3 8.7-8.7 2.5 2.5-8.7 8.7Z"/>`,
} as const

export type IconName = keyof typeof drawings

/** An icon; `size` is a class beside `i` (`i-s` is a small one). */
export function icon(name: IconName, size = ''): TemplateResult {
  return html`<svg class="i ${size}" viewBox="0 0 20 20" aria-hidden="true" focusable="false">${drawings[name]}</svg>`
}
