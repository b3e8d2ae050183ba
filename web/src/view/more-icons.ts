// The icons of menus and panels, beside those that are there from the start.

import { svg, type TemplateResult } from 'lit'
import { drawings as first, drawn } from './icons'

const drawings = {
  ...first,
  search: svg`<circle cx="9" cy="9" r="5"/><path d="m12.8 12.8 3.7 3.7"/>`,
  gear: svg`<circle cx="10" cy="10" r="2.5"/><path d="M10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.5 1.5M6.5 13.5 5 15"/>`,
  trash: svg`<path d="M4 5.5h12M8 5.5V3.8h4v1.7M5.5 5.5l.7 10.7h7.6l.7-10.7M8.5 8.8v4.4M11.5 8.8v4.4"/>`,
  broom: svg`<path d="M4 5.5h12M4 9h9M4 12.5h5M12 12l4.5 4.5M16.5 12 12 16.5"/>`,
  undo: svg`<path d="M4 5v4h4M4.3 9c1-2.8 3.3-4.5 6-4.5a5.8 5.8 0 1 1-5.3 8"/>`,
  hand: svg`<path d="M6.5 10.5V5.7a1.2 1.2 0 0 1 2.4 0V9M8.9 9V4.3a1.2 1.2 0 0 1 2.4 0V9M11.3 9V5.3a1.2 1.2 0 0 1 2.4 0v5.2c0 4-1.5 6.5-4.6 6.5-2.7 0-3.7-1.5-5.3-4.7a1.2 1.2 0 0 1 2.1-1.1l.6.9"/>`,
  copy: svg`<rect x="7" y="7" width="9" height="9" rx="1.5"/><path d="M13 7V4H4v9h3"/>`,
  eyeoff: svg`<path d="M2.8 10c1.7-3 4.1-4.7 7.2-4.7S15.5 7 17.2 10c-1.7 3-4.1 4.7-7.2 4.7S4.5 13 2.8 10ZM4 16 16 4"/>`,
  back: svg`<path d="M12 4.5 6.5 10l5.5 5.5"/>`,
} as const

export type IconName = keyof typeof drawings

/** An icon. */
export const icon = (name: IconName): TemplateResult => drawn(drawings[name])
