// What opens at a message, at the field or at the head: the tools of a message, menus, sheets from below, lists of names,
// emoji. It comes with what first opens one.

import { css } from 'lit'
import { scaled } from './sheet'

export const popups = scaled(css`
parterre-menu, parterre-emoji { display: contents }
.tools { position: absolute; inset-block-start: -1.75rem; inset-inline-end: var(--s3); display: flex; align-items: center; background: var(--raised); border-radius: var(--r-m); box-shadow: var(--shadow); padding: .125rem; z-index: 2 }
.tools time { font-size: var(--t-xs); color: var(--ink3); padding-inline: .5rem .25rem; font-variant-numeric: tabular-nums } .tools .iconb { width: 1.75rem; height: 1.75rem } .tools .i { width: 1.125rem; height: 1.125rem }
.tools { cursor: default } .tools.inside { inset-block-start: .125rem } .tools .iconb:hover { background: var(--sunk) }
.message-menu { overflow: hidden auto } .message-menu .picks, .dialog .picks { padding: .25rem .25rem .375rem } .menu .picks button { width: 2.25rem; height: 2.25rem; min-height: 0; padding: 0; display: grid; place-items: center; border-radius: 50%; background: none } .menu .picks button:hover { background: var(--sunk) } .menu .picks button .i { width: 1.25rem; height: 1.25rem }
.menu.flat { position: static; width: auto; max-width: none; box-shadow: none; padding: 0; background: none } .menu.flat .picks button { width: 2.75rem; height: 2.75rem; background: var(--sunk) } .menu.flat .picks .em { font-size: 1.5rem }
.message-menu.picking { width: 19rem } .picking .emoji-pop { position: static; box-shadow: none; padding: 0 }
.dialog .menu button { min-height: 2.75rem }
.menu { position: absolute; z-index: 5; width: 15rem; max-width: calc(100% - 1rem); background: var(--raised); border-radius: var(--r-m); box-shadow: var(--shadow); padding: .25rem; font-size: var(--t-m) }
.menu .mh { display: flex; align-items: center; gap: .5rem; padding: .375rem .5rem .4375rem; border-bottom: 1px solid var(--line); margin-block-end: .25rem; font-size: var(--t-s); color: var(--ink3); line-height: 1.125rem } .menu .mh > span:last-child { min-width: 0 } .menu .mh .name { display: block; font-size: var(--t-m); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.menu :is(button, a) { display: flex; align-items: center; gap: .625rem; width: 100%; min-height: var(--hit); padding: .125rem .5rem; border-radius: var(--r-s); color: var(--ink); text-decoration: none } .menu :is(button, a) .i { color: var(--ink3); width: 1.125rem; height: 1.125rem } .menu button kbd { margin-inline-start: auto } .menu button.on { background: var(--sunk) } .menu button.red, .menu button.red .i { color: var(--danger) } .menu hr { border: 0; height: 1px; background: var(--line); margin: .25rem .5rem }
.head-menu { inset-block-start: calc(100% - .25rem); inset-inline-end: .375rem }
.menu :is(button, a):is(:hover, :focus) { background: var(--sunk) } .pc .menu :is(button, a):focus-visible { outline-offset: -2px }
.pc kbd { font: var(--t-xs)/1 var(--font); color: var(--ink3); border: 1px solid var(--line); border-radius: .25rem; padding: .15rem .3rem; min-width: 1.25rem; text-align: center }
.chipset { display: flex; gap: .25rem; padding: .125rem .5rem .375rem 2.25rem; flex-wrap: wrap } .chipset button { width: auto; min-height: 1.625rem; padding: 0 .5rem; border: 1px solid var(--edge); border-radius: var(--r-full); font-size: var(--t-s) } .chipset .sel { background: var(--accent-tint); border-color: var(--accent); color: var(--accent); font-weight: 600 }
.pc:dir(rtl) .chipset { padding-inline: 2.25rem .5rem }
.person { display: flex; align-items: center; gap: .5rem; min-height: 2.25rem } .person .av { margin: 0; flex: none } .person .nm { flex: 1; min-width: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } .person .name { overflow-wrap: normal } .person .nm .badge { margin-inline-start: .3em } .person .meta { flex: none }
.note { font-size: var(--t-s); color: var(--ink3) }
.grid { display: grid; grid-template-columns: repeat(8, 1fr); gap: .125rem } .grid button { display: grid; place-items: center; height: 2rem; border-radius: var(--r-s) } .grid button.on { background: var(--sunk) } .grid .emoji { width: 1.375rem; height: 1.375rem; vertical-align: 0 }
.pop { position: absolute; inset-inline: var(--pad); inset-block-end: calc(100% - .125rem); z-index: 4; background: var(--raised); border-radius: var(--r-m); box-shadow: var(--shadow); padding: .25rem } .pop .person { padding-inline: .5rem; border-radius: var(--r-s); min-height: var(--hit) } .pop .person.on { background: var(--sunk) } .pop h3 { font-size: var(--t-xs); color: var(--ink3); padding: .25rem .375rem }
.dialog { position: absolute; inset: 0; z-index: 6; display: grid; place-items: end stretch; background: #1c161099 } .dialog > div { background: var(--raised); border-radius: var(--r-l) var(--r-l) 0 0; padding: .875rem var(--pad) var(--pad); box-shadow: var(--shadow); min-width: 0 } .dialog h3 { font-size: var(--t-l); line-height: 1.5rem; font-weight: 600 } .dialog .acts { display: flex; gap: .5rem; margin-block-start: .75rem } .dialog .acts > * { flex: 1 }
.dialog .chipset { padding: .5rem 0 } .dialog .chipset button { min-height: 2rem; padding-inline: .75rem }
.grab { width: 2rem; height: .25rem; border-radius: 1rem; background: var(--edge); margin: -.25rem auto .5rem }
.picks { display: flex; justify-content: space-between; gap: .25rem; padding-block-end: .375rem } .picks button { width: 2.75rem; height: 2.75rem; display: grid; place-items: center; border-radius: 50%; background: var(--sunk) } .picks .emoji { width: 1.5rem; height: 1.5rem; vertical-align: 0 } .picks .em { font-size: 1.375rem; vertical-align: 0 }
.find input { flex: 1; min-width: 0; border: 0; outline: 0; padding: 0; background: none } .find ::placeholder { color: var(--ink3); opacity: 1 } .find:focus-within { border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus) }
/* Emoji. */
.emoji-pop { display: flex; flex-direction: column; max-height: min(20rem, 60cqh); height: min(20rem, var(--tall-pop, 20rem)); padding: .375rem } .emoji-pop .find { display: block; flex: none; border: 1px solid var(--edge); border-radius: var(--r-s); padding: .125rem .5rem; background: var(--raised) } .emoji-pop .find input { width: 100%; min-height: 1.75rem; font: inherit }
.pc .emoji-pop .find input:focus-visible { outline: 0 }
.emoji-all { flex: 1 1 0; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin } .emoji-all h3 { font-weight: 600; padding-block-start: .5rem } .emoji-all .note { padding: .75rem .375rem }
.emoji-all .grid button { font-size: 1.25rem; line-height: 1; text-align: center } .emoji-all .grid button:hover { background: var(--sunk) } .pc .emoji-all .grid button:focus-visible { outline-offset: -2px }
.coarse .emoji-all .grid { grid-template-columns: repeat(auto-fill, minmax(2.75rem, 1fr)) } .coarse .emoji-all .grid button { height: 2.75rem; font-size: 1.5rem }
.coarse .emoji-pop .find input { font-size: 1rem; min-height: 2.5rem }
.coarse .menu :is(button, a) { min-height: 2.75rem } .coarse .dialog .btn { min-height: 2.75rem } .coarse .person { min-height: 2.75rem }
@media (forced-colors: active) { .tools, .menu, .pop, .dialog > div { border: 1px solid } .menu.flat, .picking .pop { border: 0 } .menu hr { border-top: 1px solid } :is(.person, .grid button).on, .chipset .sel { outline: 2px solid Highlight; outline-offset: -2px } .find:focus-within { outline: 2px solid Highlight } }
`)
