// The frame: header, stage, controls.

import { css } from 'lit'

export const frame = css`
:where(.pc, .pc *) { box-sizing: border-box }
.pc {
  container: pc / inline-size; position: relative; display: flex; flex-direction: column; min-width: 0; overflow: hidden;
  background: var(--ground); color: var(--ink); font: var(--t-m)/var(--lh) var(--font); text-align: start;
  -webkit-text-size-adjust: 100%; font-kerning: normal;
}
:where(.pc) :where(button, input, textarea) { font: inherit; color: inherit; letter-spacing: inherit }
:where(.pc) :where(button) { appearance: none; border: 0; background: none; padding: 0; margin: 0; cursor: pointer; text-align: start }
:where(.pc) :where(h2, h3, p, ul, ol) { margin: 0; padding: 0; list-style: none; font: inherit }
.pc :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; border-radius: var(--r-s) }
:where(.pc) :where(svg) { display: block; flex: none } .pc .i { width: 1.25rem; height: 1.25rem; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.main { display: flex; flex-direction: column; flex: 1 1 0; min-width: 0; min-height: 0 }
.head { display: flex; align-items: center; gap: var(--s1); flex: none; height: 2.75rem; padding-inline: var(--pad) var(--s3); border-bottom: 1px solid var(--line); position: relative }
.head:has(> .iconb:first-child) { padding-inline-start: var(--s2) } .head h2 { font-size: var(--t-m); font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; min-width: 0 }
.head .count { flex: 1 1 auto; min-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-size: var(--t-s); color: var(--ink3); padding-inline: var(--s3); font-variant-numeric: tabular-nums }
.head .count.busy { color: var(--foot) }
.iconb { display: grid; place-items: center; width: var(--hit); height: var(--hit); border-radius: var(--r-s); color: var(--ink2); flex: none; position: relative }
.iconb:hover, .iconb.on { background: var(--sunk); color: var(--ink) }
.head .progress { position: absolute; inset: auto 0 -1px 0; height: 2px; overflow: hidden } .head .progress::after { content: ""; position: absolute; inset-block: 0; inset-inline-start: 18%; width: 34%; background: var(--foot); border-radius: 2px }
`
