// Moderating, and who is here: toasts, sheets, the room's controls, people. The sheet comes with what first needs it.

import { css } from 'lit'
import { panels } from './panels'
import { popups } from './popups'
import { scaled, wear as wearSheets } from './sheet'

const moderation = scaled(css`
parterre-toast, parterre-sheet, parterre-moderating, parterre-controls, parterre-people, parterre-person, parterre-actions { display: contents }
.toast { position: absolute; inset-inline: var(--pad); inset-block-end: calc(var(--foot-height) + .25rem); display: flex; align-items: center; gap: .625rem; min-height: 2.75rem; padding: .375rem .375rem .375rem .75rem; border-radius: var(--r-m); background: var(--ink); color: var(--ground); box-shadow: var(--shadow); font-size: var(--t-s); overflow: hidden; z-index: 6 }
.toast.told { padding-inline-end: .75rem; pointer-events: none } .toast span { flex: 1; min-width: 0; overflow-wrap: anywhere } .toast button { min-height: var(--hit); padding-inline: .625rem; font-weight: 600; border-radius: var(--r-s); text-decoration: underline; text-underline-offset: .2em } .pc .toast button:focus-visible { outline-color: var(--ground) }
.toast i { position: absolute; inset: auto 0 0 0; width: auto; height: 2px; background: var(--host); transform-origin: left; animation: toast 8s linear forwards } .pc:dir(rtl) .toast i { transform-origin: right } .toast i.held { animation-play-state: paused }
/* Over a panel it stands at the very end; beside one it keeps to the log. */
.pc:has(> .main[inert]) .toast { inset-block-end: .5rem }
.pc.beside:has(.side) .toast { inset-inline-end: calc(18rem + var(--pad)) }
@keyframes toast { from { transform: scaleX(1) } to { transform: scaleX(0) } }
@media (prefers-reduced-motion: reduce) { .toast i { animation: none } } .pc.still .toast i { animation: none }
.menu .meta, .menu .sw { margin-inline-start: auto } .menu .mh.controls { border: 0; padding-block-end: 0; margin: 0 } .menu .mh b { font-weight: 600 }
[aria-checked=true] > .sw { background: var(--accent); border-color: var(--accent) } [aria-checked=true] > .sw::after { background: var(--on-accent); inset-inline-start: auto; inset-inline-end: .1875rem }
.dialog .field { margin-block-start: .25rem; border-radius: var(--r-m); padding-inline-end: .75rem } .dialog .field textarea { min-height: 3.5rem; resize: none } .dialog .field:focus-within { border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus) } .dialog .field :is(input, textarea) { outline: 0 }
.dialog .btn { min-height: max(2.25rem, var(--hit)) } .btn.danger { background: var(--danger); color: var(--on-danger) }
.chip { position: relative; cursor: pointer } .chip span { display: inline-flex; align-items: center; min-height: max(2rem, var(--hit)); padding-inline: .75rem; border: 1px solid var(--edge); border-radius: var(--r-full); font-size: var(--t-s) } .chip :checked + span { background: var(--accent-tint); border-color: var(--accent); color: var(--accent); font-weight: 600 } .chip :focus-visible + span { outline: 2px solid var(--focus); outline-offset: 1px }
.people { flex: 1 1 0; min-height: 0; overflow: hidden auto; padding: .25rem var(--pad) .75rem } .people h3 { font-size: var(--t-xs); line-height: 1rem; font-weight: 600; color: var(--ink3); padding: .75rem 0 .25rem } .people .find { display: flex; align-items: center; gap: .5rem; min-height: 2.25rem; border: 1px solid var(--edge); border-radius: var(--r-m); padding: 0 .625rem; color: var(--ink3); background: var(--raised); margin-block-start: .5rem }
.people .find .i { width: 1rem; height: 1rem } .people .find input { color: var(--ink); min-height: 2rem } .people button.person { width: calc(100% + 1rem); margin-inline: -.5rem; padding-inline: .5rem; border-radius: var(--r-s); height: max(2.25rem, var(--hit)) } .people button.person:hover { background: var(--sunk) }
.people .acts { display: grid } .people .acts > button, .people parterre-moderating > button { display: flex; align-items: center; gap: .625rem; width: calc(100% + 1rem); margin-inline: -.5rem; min-height: max(2.25rem, var(--hit)); padding: .125rem .5rem; border-radius: var(--r-s) } .people .acts > button:hover, .people parterre-moderating > button:hover { background: var(--sunk) } .people .acts .i, .people parterre-moderating .i { width: 1.125rem; height: 1.125rem; color: var(--ink3) } .people .red, .people .red .i { color: var(--danger) } .people parterre-moderating :is(hr, kbd) { display: none }
.people .mh { font-size: var(--t-s); color: var(--ink3) } .people .chipset { padding-inline-start: 1.25rem } .people .chipset button { min-height: max(1.75rem, var(--hit)) }
.people .quotes li { padding: .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; display: flex; gap: .5rem } .people .quotes .meta { flex: none; padding-block-start: .125rem } .people .quotes li:last-child { border: 0 }
@media (forced-colors: active) { .toast { border: 1px solid; color: CanvasText } .toast i { border-top: 2px solid Highlight } [aria-checked=true] > .sw { background: Highlight; border-color: Highlight } [aria-checked=true] > .sw::after { background: HighlightText } .chip :checked + span { outline: 2px solid Highlight } .people .acts > button[aria-pressed=true] { outline: 2px solid Highlight } }
`)

/** Puts the sheet on the chat that the node is in, over those that it goes on from. */
export const wear = (node: Node): void => wearSheets(node, popups, panels, moderation)
