// The page's own colours, and what the reader sets: what is mixed from what the element reads (theme.ts, frame.ts).

import { css } from 'lit'

export const own = css`
.pc { --r-l: var(--radius, .875rem); --r-m: min(.625rem, var(--r-l)); --r-s: min(.375rem, var(--r-l)) }
.pc[data-own] {
  --raised: color-mix(in oklab, var(--ground) 94%, var(--ink));
  --sunk: color-mix(in oklab, var(--ground) 95%, var(--ink));
  --line: color-mix(in oklab, var(--ground) 86%, var(--ink));
  --edge: color-mix(in oklab, var(--ground) 50%, var(--ink));
  --ink2: color-mix(in oklab, var(--ink) 82%, var(--ground));
  --ink3: color-mix(in oklab, var(--ink) 70%, var(--ground));
  --accent-tint: color-mix(in oklab, var(--ground) 86%, var(--accent));
  --foot-tint: color-mix(in oklab, var(--ground) 86%, var(--foot));
  --danger-tint: color-mix(in oklab, var(--ground) 86%, var(--danger));
  --focus: var(--accent);
}
.pc.still, .pc.still * { animation: none !important; transition: none !important; scroll-behavior: auto !important }
.head .count button { font: inherit; color: inherit; min-height: var(--hit); text-decoration: none } .head .count button:hover { color: var(--ink); text-decoration: underline; text-underline-offset: .2em }
.big .head .count { display: none }
`
