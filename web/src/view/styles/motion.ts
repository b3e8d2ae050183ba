// What moves, and for whom it does not.

import { css } from 'lit'

export const motion = css`
@media (prefers-reduced-motion: no-preference) {
  .send, .iconb, .react { transition: background-color var(--fast) var(--ease), color var(--fast) var(--ease) }
  .head .progress::after { animation: slide 1.4s var(--ease) infinite alternate }
  @keyframes slide { from { transform: translateX(-60%) } to { transform: translateX(160%) } }
}
`
