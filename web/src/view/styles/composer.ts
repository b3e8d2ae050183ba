// Where one writes, and notices.

import { css } from 'lit'

export const composer = css`
.foot { flex: none; padding: var(--s2) var(--pad) var(--pad); position: relative }
.field { display: flex; align-items: flex-end; gap: .125rem; min-height: 2.5rem; padding: .1875rem .1875rem .1875rem .75rem; border: 1px solid var(--edge); border-radius: var(--r-l); background: var(--raised) }
.pc:dir(rtl) .field { padding: .1875rem .75rem .1875rem .1875rem }
.field.bad { border-color: var(--danger); box-shadow: 0 0 0 1px var(--danger) }
.field input { flex: 1; min-width: 0; border: 0; outline: 0; background: none; padding: .375rem 0; line-height: var(--lh); min-height: 2rem; max-height: 7.5rem; overflow-wrap: anywhere }
.field ::placeholder { color: var(--ink3); opacity: 1 }
.send { border-radius: .6875rem; color: var(--ink3) } .send.ready { background: var(--accent); color: var(--on-accent) } .send.wait { font-size: var(--t-xs); font-weight: 600; color: var(--ink2); font-variant-numeric: tabular-nums }
.send.wait svg { position: absolute; inset: .125rem; width: 1.75rem; height: 1.75rem; transform: rotate(-90deg); fill: none; stroke-width: 2; stroke-linecap: round }
.pc:dir(rtl) .send .i { transform: scaleX(-1) }
.btn { display: inline-flex; align-items: center; justify-content: center; gap: .375rem; min-height: 2rem; padding: .125rem .875rem; border-radius: .6875rem; font-weight: 600; background: var(--accent); color: var(--on-accent); white-space: nowrap }
.btn.ghost { background: none; color: var(--ink); border: 1px solid var(--edge) }
.hint { display: flex; flex-wrap: wrap; gap: 0 .5rem; font-size: var(--t-s); color: var(--ink3); padding: .25rem .125rem 0 } .hint.err { color: var(--danger) }
.ctx { display: flex; align-items: center; gap: .375rem; font-size: var(--t-s); color: var(--ink2); padding: 0 .125rem .25rem; min-width: 0 } .ctx span { flex: 1; min-width: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } .ctx .i { width: 1rem; height: 1rem } .ctx .iconb { width: 1.5rem; height: 1.5rem }
.bar { display: flex; align-items: flex-start; gap: .625rem; padding: .5rem .75rem; border-radius: var(--r-m); background: var(--sunk); font-size: var(--t-s); color: var(--ink2) } .bar > span { flex: 1; min-width: 0 } .bar b { font-weight: 600; color: var(--ink); display: block } .bar.warn { background: var(--foot-tint) } .bar.warn > .i { color: var(--foot) } .bar.bad { background: var(--danger-tint) } .bar.bad > .i { color: var(--danger) } .bar + .field { margin-block-start: .375rem }
.bar .linkb { white-space: nowrap; align-self: center } .bar > .i { width: 1.125rem; height: 1.125rem; margin-block-start: .0625rem }
/* What the mock draws, as real fields. */
.field textarea::placeholder { white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.field textarea { flex: 1; min-width: 0; border: 0; outline: 0; background: none; resize: none; padding: .375rem 0; line-height: var(--lh); min-height: 2rem; max-height: min(calc(6 * var(--lh) + .75rem), var(--tall, 7.5rem)); overflow: hidden auto; overflow-wrap: anywhere; field-sizing: content; display: block; scrollbar-width: thin }
.pc .field :is(input, textarea):focus-visible { outline: 0 }
.field:focus-within { border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus) } .field.bad:focus-within { border-color: var(--danger); box-shadow: 0 0 0 1px var(--danger) }
.field > .iconb { align-self: flex-end } .send[aria-disabled=true] { cursor: default } .send.wait > span { position: relative }
.send.ready:hover { background: var(--accent); color: var(--on-accent); filter: none }
.btn:hover { text-decoration: underline; text-underline-offset: .2em }
.hint bdi { font-weight: 600 } .hint .linkb { padding: 0 } .hint.err .linkb { color: var(--danger) }
.bar b + * { display: block } .bar + form .field, .bar + parterre-field .field { margin-block-start: .375rem }
.ctx b { font-weight: 600 }
.pc:dir(rtl) .ctx .i:first-child { transform: scaleX(-1) }
.coarse .field textarea { padding-block: .6875rem; font-size: 1rem; min-height: 2.75rem }
.coarse .ctx .iconb { width: 2.75rem; height: 2.75rem; margin-block: -.5rem }
.short .field textarea { max-height: 2rem } .short .foot > form > .hint { display: none }
.short .ctx { padding-block-end: .125rem }
`
