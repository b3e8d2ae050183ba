// The log and its rows.

import { css } from 'lit'

export const messages = css`
.stage { position: relative; flex: 1 1 0; min-height: 0; display: flex; flex-direction: column }
.log { flex: 1 1 0; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--edge) transparent; padding-block: var(--s3); display: flex; flex-direction: column }
.log > ol { margin-block-start: auto; position: relative }
.log { overflow-anchor: none; outline-offset: -2px } .pc .log:focus-visible { outline-offset: -2px }
/* What is far from the end is neither laid out nor painted unless it comes into view; its size is kept. The tools of a message stand out of its box. */
.msg, .card { contain: layout style; contain-intrinsic-block-size: auto 1.625rem } [data-far] { content-visibility: auto } [data-far].has-tools { content-visibility: visible }
.msg { position: relative; display: grid; grid-template-columns: var(--av) minmax(0, 1fr); column-gap: var(--gap); padding: .1875rem var(--pad) }
.msg.more { padding-block-start: 0 }
.pc .msg:focus-visible { outline-offset: -2px }
.msg:hover, .msg.has-tools { background: var(--sunk) }
.av { grid-column: 1; width: var(--av); height: var(--av); margin-block-start: -.125rem; border-radius: 50%; display: grid; place-items: center; font-size: .75rem; line-height: 1; font-weight: 600; user-select: none; overflow: hidden }
.av { position: relative; cursor: pointer } .av img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; border-radius: 50% }
.body { grid-column: 2; min-width: 0; overflow: clip; overflow-clip-margin: .375rem } .name { cursor: pointer }
.line { overflow-wrap: anywhere; hyphens: none }
.name { font-weight: 600; overflow-wrap: anywhere } .name:hover { text-decoration: underline; text-underline-offset: .15em }
.name bdi { display: inline }
.pc .who.is-host .name { color: var(--on-host); background: var(--host); border-radius: var(--r-s); padding: .03rem .35rem .05rem; margin-inline-start: -.0625rem }
.badge { display: inline-block; vertical-align: -.15rem; margin-inline-start: .2em; color: var(--accent) } .badge .i { width: .9375rem; height: .9375rem; stroke-width: 1.8 }
.tag { display: inline-block; font-size: .6875rem; line-height: .875rem; padding: 0 .3rem; border: 1px solid var(--edge); border-radius: .25rem; color: var(--ink2); margin-inline-start: .35em; vertical-align: .06rem }
.text a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: .06em }
.pc:dir(ltr) .text:dir(rtl), .pc:dir(rtl) .text:dir(ltr) { display: block; text-align: start }
.at { font-weight: 600; color: var(--ink); background: var(--line); border-radius: .25rem; padding: 0 .2em }
.editing, .editing:hover { background: var(--accent-tint) }
.mention { background: var(--foot-tint); box-shadow: inset 3px 0 var(--foot-bar) } .msg.mention, .msg.mention:hover { background: var(--foot-tint) } .msg.editing, .msg.editing:hover, .msg.highlight, .msg.shown { background: var(--accent-tint) }
.pc:dir(rtl) .mention { box-shadow: inset -3px 0 var(--foot-bar) }
.mention .at.me { background: var(--host); color: var(--on-host) }
.meta { font-size: var(--t-xs); color: var(--ink3); white-space: nowrap }
.clockdot { display: inline-block; vertical-align: -.15rem; color: var(--ink3); margin-inline-start: .25em } .clockdot .i { width: .875rem; height: .875rem }
.fail { display: flex; flex-wrap: wrap; align-items: center; column-gap: var(--s3); font-size: var(--t-s); color: var(--danger) } .fail .i { width: 1rem; height: 1rem }
.fail button, .linkb { color: var(--accent); font-weight: 600; text-decoration: underline; text-underline-offset: .2em; text-decoration-thickness: .06em; padding-block: .125rem }
.fail button.quiet { color: var(--ink2) }
.emoji { display: inline-block; width: 1.3em; height: 1.3em; vertical-align: -.28em }
.only-emoji .emoji { width: 2rem; height: 2rem; vertical-align: middle; margin-block: .0625rem } .solo > .av { align-self: center; margin: 0 }
.quote { grid-column: 1 / -1; display: grid; grid-template-columns: var(--av) minmax(0, auto) minmax(0, 1fr); align-items: center; width: 100%; font-size: var(--t-s); color: var(--ink3); min-width: 0 }
.quote .i { width: .875rem; height: .875rem; justify-self: center } .quote:hover { color: var(--ink) }
.quote b { font-weight: 600; margin-inline: var(--gap) .375rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap } .quote span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.pc:dir(rtl) .quote .i { transform: scaleX(-1) }
.reacts { display: flex; flex-wrap: wrap; gap: var(--s2); margin-block: .1875rem .125rem }
.react { display: inline-flex; align-items: center; gap: .25rem; height: 1.5rem; padding-inline: .4375rem; border-radius: var(--r-full); border: 1px solid var(--line); background: var(--raised); font-size: var(--t-xs); color: var(--ink2); font-variant-numeric: tabular-nums; position: relative }
.react::after { content: ""; position: absolute; inset: calc((1.5rem - var(--hit)) / 2) 0 }
.react[aria-pressed=true] { border-color: var(--accent); background: var(--accent-tint); color: var(--accent); font-weight: 600 } .react .emoji { width: .9375rem; height: .9375rem; vertical-align: 0 }
.gone .line, .sys .line { color: var(--ink3); font-size: var(--t-s) } .gone .ic, .sys .ic { grid-column: 1; display: grid; place-items: center; height: var(--lh); color: var(--ink3) } .gone .i, .sys .i { width: 1rem; height: 1rem }
.day { display: flex; align-items: center; gap: var(--s3); padding: .375rem var(--pad); font-size: var(--t-xs); color: var(--ink3) } .day::before, .day::after { content: ""; flex: 1; height: 1px; background: var(--line) }
.card { margin: var(--s2) var(--pad); padding: .625rem .75rem; border-radius: var(--r-m); background: var(--accent-tint); border: 1px solid color-mix(in oklab, var(--accent) 24%, transparent) }
.card h3 { display: flex; align-items: center; gap: .375rem; font-size: var(--t-s); line-height: var(--lh); font-weight: 600; color: var(--accent); margin-block-end: .125rem } .card h3 .i { width: 1rem; height: 1rem } .card h3 .meta { margin-inline-start: auto; font-weight: 400 }
.pill { position: absolute; inset-block-end: .625rem; left: 50%; transform: translateX(-50%); display: inline-flex; align-items: center; gap: .375rem; height: 2rem; padding-inline: .75rem .875rem; border-radius: var(--r-full); background: var(--ink); color: var(--ground); font-size: var(--t-s); font-weight: 600; white-space: nowrap; box-shadow: var(--shadow); z-index: 3 }
.pill .i { width: 1rem; height: 1rem; stroke-width: 2 } .pill .m { background: var(--host); color: var(--on-host); border-radius: var(--r-full); padding: 0 .4rem; margin-inline-start: .125rem }
.em { font-size: 1.3em; line-height: 1; vertical-align: -.1em; font-family: "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", var(--font) }
.only-emoji .em { font-size: 2rem; vertical-align: middle; letter-spacing: .06em } .react .em { font-size: 1.15em; vertical-align: 0 }
.only-emoji .who { vertical-align: middle }
.action .text { font-style: italic; color: var(--ink2) }
.react.rest { border-style: dashed; background: none } .react.rest::after { content: none }
.clockdot { animation: late 1ms 400ms backwards }
@keyframes late { from { visibility: hidden } }
.meta.before, .meta.after { display: none; font-variant-numeric: tabular-nums } .times .meta.before { display: inline }
.roomy .meta.after { display: inline; margin-inline-start: .5rem } .roomy .meta.before { display: none }
.text a { overflow-wrap: anywhere; unicode-bidi: isolate }
.card.warning { background: var(--foot-tint); border-color: color-mix(in oklab, var(--foot-bar) 30%, transparent) } .card.warning h3 { color: var(--foot) }
.card { position: relative }
.empty { flex: 1; display: grid; place-content: center; justify-items: center; text-align: center; gap: .375rem; padding: 1.5rem; color: var(--ink2); max-width: 22rem; margin: auto } .empty b { font-size: var(--t-l); font-weight: 600; color: var(--ink) } .empty svg { color: var(--accent); margin-block-end: .25rem }
.sk { display: block; background: var(--line); border-radius: .25rem; height: .625rem; margin-block: .3125rem } .sk.av { border-radius: 50%; height: var(--av); margin-block: -.125rem 0; background: var(--line) }
.over { position: absolute; inset: 0; pointer-events: none } .over.empty { margin: auto; max-width: 22rem; max-height: max-content } .over.waiting { padding-block: var(--s3); display: flex; flex-direction: column; justify-content: flex-end; gap: .25rem; animation: late 1ms 300ms backwards }
.sprout { width: 2.75rem; height: 2.75rem; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round }
.w0 { width: 76% } .w1 { width: 58% } .w2 { width: 82% } .w3 { width: 44% } .w4 { width: 66% } .w5 { width: 72% } .sk.half { width: 40% }
.pill .m { display: inline-block }
`
