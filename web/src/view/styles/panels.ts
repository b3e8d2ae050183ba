// The panels that lie over the log, or beside it where there is room: their frame, and the settings in it. It comes with
// the first that is opened.

import { css } from 'lit'
import { scaled } from './sheet'

export const panels = scaled(css`
parterre-settings { display: contents }
.side { position: absolute; inset: 0; z-index: 4; display: flex; flex-direction: column; background: var(--ground) }
.side .head h2 { padding-inline: .25rem } .side-body { flex: 1 1 0; min-height: 0; display: flex; flex-direction: column }
.pc.beside { flex-direction: row } .beside .side { position: static; width: 18rem; flex: none; border-inline-start: 1px solid var(--line) }
.pc:dir(rtl) .back .i { transform: scaleX(-1) }
.sheet { flex: 1 1 0; min-height: 0; overflow: hidden auto; padding: .25rem var(--pad) .75rem } .sheet .row { display: flex; align-items: center; gap: .25rem .75rem; flex-wrap: wrap; width: 100%; padding: .375rem 0; min-height: 2.5rem; justify-content: space-between; border-bottom: 1px solid var(--line); color: var(--ink) } .sheet .row:last-child { border: 0 } .sheet .row > span:first-child { min-width: 0 } .sheet .row small { display: block; font-size: var(--t-xs); line-height: 1rem; color: var(--ink3) }
.sheet .note { padding-block: .75rem 0 } .sheet .row small.err { color: var(--danger) }
.seg { display: flex; border: 1px solid var(--edge); border-radius: var(--r-m); padding: .125rem; gap: .125rem; flex: none } .seg button { min-height: 1.625rem; padding: 0 .5rem; border-radius: .4375rem; font-size: var(--t-s); color: var(--ink2) } .seg .sel { background: var(--accent); color: var(--on-accent); font-weight: 600 }
.seg button[aria-disabled=true] { color: var(--ink3); cursor: default } .seg button:not(.sel):hover { background: var(--sunk) }
.sw { width: 2.25rem; height: 1.25rem; border-radius: 1rem; border: 1.5px solid var(--edge); position: relative; flex: none } .sw::after { content: ""; position: absolute; top: 50%; inset-inline-start: .1875rem; width: .75rem; height: .75rem; transform: translateY(-50%); border-radius: 50%; background: var(--edge) } .sw[aria-checked=true] { background: var(--accent); border-color: var(--accent) } .sw[aria-checked=true]::after { background: var(--on-accent); inset-inline-start: auto; inset-inline-end: .1875rem }
.pick { min-height: 2rem; max-width: 11rem; padding: .125rem .5rem; border: 1px solid var(--edge); border-radius: var(--r-m); background: var(--raised); color: var(--ink); font: inherit; font-size: var(--t-s) }
select.pick { appearance: none; padding-inline-end: 1.5rem; text-overflow: ellipsis; background: linear-gradient(45deg, transparent 50%, var(--ink2) 50%) no-repeat right .85rem top 52% / .3rem .3rem, linear-gradient(-45deg, transparent 50%, var(--ink2) 50%) no-repeat right .55rem top 52% / .3rem .3rem, var(--raised) } .pc:dir(rtl) select.pick { background-position: left .55rem top 52%, left .85rem top 52%, 0 0 }
.name-field { display: flex; gap: .375rem; flex: 1 1 10rem; justify-content: flex-end; min-width: 0 } .name-field .pick { flex: 1 1 0; width: 0; min-width: 4rem } .name-field .btn { font-size: var(--t-s); padding-inline: .625rem }
.coarse :is(.seg button, .pick) { min-height: 2.5rem; font-size: 1rem } .coarse .seg button { padding-inline: .75rem } .coarse .sheet .row { min-height: 3rem } .coarse .sw::before { content: ""; position: absolute; inset: -.75rem -.25rem }
@media (forced-colors: active) { .seg .sel { outline: 2px solid Highlight } .sw, .sw::after { forced-color-adjust: none; border-color: ButtonText } .sw::after { background: ButtonText } .sw[aria-checked=true] { background: Highlight; border-color: Highlight } .sw[aria-checked=true]::after { background: HighlightText } select.pick { appearance: auto } .pick { border-color: ButtonText } .pick:focus-visible { outline: 2px solid Highlight } }
`)
