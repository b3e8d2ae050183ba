// What moves, and for whom it does not.

import { css } from 'lit'

export const motion = css`
@media (prefers-reduced-motion: no-preference) {
  .send, .iconb, .react { transition: background-color var(--fast) var(--ease), color var(--fast) var(--ease) }
  .head .progress::after { animation: slide 1.4s var(--ease) infinite alternate }
  @keyframes slide { from { transform: translateX(-60%) } to { transform: translateX(160%) } }
}
@media (forced-colors: active) { .mention { border-inline-start: 3px solid Highlight } .at.me { outline: 1px solid Highlight } .tag, .who.is-host .name { border: 1px solid } .pill, .card { border: 1px solid } .has-tools, .shown { outline: 1px solid Highlight; outline-offset: -1px } .react[aria-pressed=true] { outline: 2px solid Highlight } }
`
