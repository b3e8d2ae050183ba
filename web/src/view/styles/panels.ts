// People, settings, menus, sheets.

import { css } from 'lit'

export const panels = css`
.menu { position: absolute; z-index: 5; width: 15rem; max-width: calc(100% - 1rem); background: var(--raised); border-radius: var(--r-m); box-shadow: var(--shadow); padding: .25rem; font-size: var(--t-m) }
.menu .mh { display: flex; align-items: center; gap: .5rem; padding: .375rem .5rem .4375rem; border-bottom: 1px solid var(--line); margin-block-end: .25rem; font-size: var(--t-s); color: var(--ink3); line-height: 1.125rem } .menu .mh > span:last-child { min-width: 0 } .menu .mh .name { display: block; font-size: var(--t-m); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.menu button, .sheet .row { display: flex; align-items: center; gap: .625rem; width: 100%; min-height: var(--hit); padding: .125rem .5rem; border-radius: var(--r-s); color: var(--ink) } .menu button .i { color: var(--ink3); width: 1.125rem; height: 1.125rem } .menu button kbd { margin-inline-start: auto } .menu button.on { background: var(--sunk) } .menu button.red, .menu button.red .i { color: var(--danger) } .menu hr { border: 0; height: 1px; background: var(--line); margin: .25rem .5rem }
.pc kbd { font: var(--t-xs)/1 var(--font); color: var(--ink3); border: 1px solid var(--line); border-radius: .25rem; padding: .15rem .3rem; min-width: 1.25rem; text-align: center }
.chipset { display: flex; gap: .25rem; padding: .125rem .5rem .375rem 2.25rem; flex-wrap: wrap } .chipset button { width: auto; min-height: 1.625rem; padding: 0 .5rem; border: 1px solid var(--edge); border-radius: var(--r-full); font-size: var(--t-s) } .chipset .sel { background: var(--accent-tint); border-color: var(--accent); color: var(--accent); font-weight: 600 }
.pc:dir(rtl) .chipset { padding-inline: 2.25rem .5rem }
.panel { flex: 1 1 0; min-height: 0; overflow: hidden auto; padding: .75rem var(--pad) } .panel h3 { font-size: var(--t-xs); line-height: 1rem; font-weight: 600; color: var(--ink3); padding: .75rem 0 .25rem } .panel .find { display: flex; align-items: center; gap: .5rem; min-height: 2.25rem; border: 1px solid var(--edge); border-radius: var(--r-m); padding: 0 .625rem; color: var(--ink3); background: var(--raised) }
.find input { flex: 1; min-width: 0; border: 0; outline: 0; padding: 0; background: none } .find ::placeholder { color: var(--ink3); opacity: 1 } .find:focus-within { border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus) }
.person { display: flex; align-items: center; gap: .5rem; min-height: 2.25rem } .person .av { margin: 0; flex: none } .person .nm { flex: 1; min-width: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } .person .name { overflow-wrap: normal } .person .nm .badge { margin-inline-start: .3em } .person .meta { flex: none }
.note { font-size: var(--t-s); color: var(--ink3) }
.sheet { flex: 1 1 0; min-height: 0; overflow: hidden auto; padding: .25rem var(--pad) .75rem } .sheet .row { padding: .375rem 0; min-height: 2.5rem; justify-content: space-between; border-bottom: 1px solid var(--line); border-radius: 0 } .sheet .row:last-child { border: 0 } .sheet .row > span:first-child { min-width: 0 } .sheet .row small { display: block; font-size: var(--t-xs); line-height: 1rem; color: var(--ink3) }
.seg { display: flex; border: 1px solid var(--edge); border-radius: var(--r-m); padding: .125rem; gap: .125rem; flex: none } .seg button { min-height: 1.625rem; padding: 0 .5rem; border-radius: .4375rem; font-size: var(--t-s); color: var(--ink2) } .seg .sel { background: var(--accent); color: var(--on-accent); font-weight: 600 }
.sw { width: 2.25rem; height: 1.25rem; border-radius: 1rem; border: 1.5px solid var(--edge); position: relative; flex: none } .sw::after { content: ""; position: absolute; top: 50%; inset-inline-start: .1875rem; width: .75rem; height: .75rem; transform: translateY(-50%); border-radius: 50%; background: var(--edge) } .sw[aria-checked=true] { background: var(--accent); border-color: var(--accent) } .sw[aria-checked=true]::after { background: var(--on-accent); inset-inline-start: auto; inset-inline-end: .1875rem }
.grid { display: grid; grid-template-columns: repeat(8, 1fr); gap: .125rem } .grid button { display: grid; place-items: center; height: 2rem; border-radius: var(--r-s) } .grid button.on { background: var(--sunk) } .grid .emoji { width: 1.375rem; height: 1.375rem; vertical-align: 0 }
.pop { position: absolute; inset-inline: var(--pad); inset-block-end: calc(100% - .125rem); z-index: 4; background: var(--raised); border-radius: var(--r-m); box-shadow: var(--shadow); padding: .25rem } .pop .person { padding-inline: .5rem; border-radius: var(--r-s); min-height: var(--hit) } .pop .person.on { background: var(--sunk) } .pop h3 { font-size: var(--t-xs); color: var(--ink3); padding: .25rem .375rem }
.empty { flex: 1; display: grid; place-content: center; justify-items: center; text-align: center; gap: .375rem; padding: 1.5rem; color: var(--ink2); max-width: 22rem; margin: auto } .empty b { font-size: var(--t-l); font-weight: 600; color: var(--ink) } .empty svg { color: var(--accent); margin-block-end: .25rem }
.sk { display: block; background: var(--line); border-radius: .25rem; height: .625rem; margin-block: .3125rem } .sk.av { border-radius: 50%; height: var(--av); margin-block: -.125rem 0; background: var(--line) }
.dialog { position: absolute; inset: 0; z-index: 6; display: grid; place-items: end stretch; background: #1c161099 } .dialog > div { background: var(--raised); border-radius: var(--r-l) var(--r-l) 0 0; padding: .875rem var(--pad) var(--pad); box-shadow: var(--shadow); min-width: 0 } .dialog h3 { font-size: var(--t-l); line-height: 1.5rem; font-weight: 600 } .dialog .acts { display: flex; gap: .5rem; margin-block-start: .75rem } .dialog .acts > * { flex: 1 }
.dialog .chipset { padding: .5rem 0 } .dialog .chipset button { min-height: 2rem; padding-inline: .75rem }
.grab { width: 2rem; height: .25rem; border-radius: 1rem; background: var(--edge); margin: -.25rem auto .5rem }
.picks { display: flex; justify-content: space-between; gap: .25rem; padding-block-end: .375rem } .picks button { width: 2.75rem; height: 2.75rem; display: grid; place-items: center; border-radius: 50%; background: var(--sunk) } .picks .emoji { width: 1.5rem; height: 1.5rem; vertical-align: 0 }
/* The menu of the head. */
.head-menu { inset-block-start: calc(100% - .25rem); inset-inline-end: .375rem }
.menu a { display: flex; align-items: center; gap: .625rem; min-height: var(--hit); padding: .125rem .5rem; border-radius: var(--r-s); color: var(--ink); text-decoration: none } .menu a .i { color: var(--ink3); width: 1.125rem; height: 1.125rem }
.menu :is(button, a):is(:hover, :focus) { background: var(--sunk) } .pc .menu :is(button, a):focus-visible { outline-offset: -2px }
.coarse .menu a { min-height: 2.75rem }
/* A panel lies over the chat, or stands beside it where there is room. */
.main { display: flex; flex-direction: column; flex: 1 1 0; min-width: 0; min-height: 0 }
.side { position: absolute; inset: 0; z-index: 4; display: flex; flex-direction: column; background: var(--ground) }
.side .head h2 { padding-inline: .25rem } .side-body { flex: 1 1 0; min-height: 0; display: flex; flex-direction: column }
.pc.beside { flex-direction: row } .beside .side { position: static; width: 18rem; flex: none; border-inline-start: 1px solid var(--line) }
.pc:dir(rtl) .back .i { transform: scaleX(-1) }
/* Settings. */
.sheet .row { flex-wrap: wrap; gap: .25rem .75rem } .sheet .note { padding-block: .75rem 0 } .sheet .row small.err { color: var(--danger) }
.seg button[aria-disabled=true] { color: var(--ink3); cursor: default } .seg button:not(.sel):hover { background: var(--sunk) }
.pick { min-height: 2rem; max-width: 11rem; padding: .125rem .5rem; border: 1px solid var(--edge); border-radius: var(--r-m); background: var(--raised); color: var(--ink); font: inherit; font-size: var(--t-s) }
select.pick { appearance: none; padding-inline-end: 1.5rem; text-overflow: ellipsis; background: linear-gradient(45deg, transparent 50%, var(--ink2) 50%) no-repeat right .85rem top 52% / .3rem .3rem, linear-gradient(-45deg, transparent 50%, var(--ink2) 50%) no-repeat right .55rem top 52% / .3rem .3rem, var(--raised) } .pc:dir(rtl) select.pick { background-position: left .55rem top 52%, left .85rem top 52%, 0 0 }
.name-field { display: flex; gap: .375rem; flex: 1 1 10rem; justify-content: flex-end; min-width: 0 } .name-field .pick { flex: 1 1 0; width: 0; min-width: 4rem } .name-field .btn { font-size: var(--t-s); padding-inline: .625rem }
.coarse :is(.seg button, .pick) { min-height: 2.5rem; font-size: 1rem } .coarse .seg button { padding-inline: .75rem } .coarse .sheet .row { min-height: 3rem } .coarse .sw::before { content: ""; position: absolute; inset: -.75rem -.25rem }
/* Emoji. */
.emoji-pop { display: flex; flex-direction: column; max-height: min(20rem, 60cqh); height: min(20rem, var(--tall-pop, 20rem)); padding: .375rem } .emoji-pop .find { display: block; flex: none; border: 1px solid var(--edge); border-radius: var(--r-s); padding: .125rem .5rem; background: var(--raised) } .emoji-pop .find input { width: 100%; min-height: 1.75rem; font: inherit }
.pc .emoji-pop .find input:focus-visible { outline: 0 }
.emoji-all { flex: 1 1 0; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin } .emoji-all h3 { font-weight: 600; padding-block-start: .5rem } .emoji-all .note { padding: .75rem .375rem }
.emoji-all .grid button { font-size: 1.25rem; line-height: 1; text-align: center } .emoji-all .grid button:hover { background: var(--sunk) } .pc .emoji-all .grid button:focus-visible { outline-offset: -2px }
.coarse .emoji-all .grid { grid-template-columns: repeat(auto-fill, minmax(2.75rem, 1fr)) } .coarse .emoji-all .grid button { height: 2.75rem; font-size: 1.5rem }
.coarse .emoji-pop .find input { font-size: 1rem; min-height: 2.5rem }
`
