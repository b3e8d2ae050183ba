// The overlay's one sheet. Sizes count in the size that the address asks for.

export const style = `
:host { position: fixed; inset: 0; display: flex; flex-direction: column; justify-content: flex-end; align-items: flex-start; gap: .3em; overflow: hidden; padding: .5em; box-sizing: border-box; pointer-events: none; background: transparent; color: var(--words); font: var(--weight) var(--size)/1.3 var(--font) }
:host([align=center]) { align-items: center } :host([align=right]) { align-items: flex-end }
p { margin: 0; max-width: 100%; box-sizing: border-box; flex: none; text-align: left; overflow-wrap: anywhere; paint-order: stroke fill; -webkit-text-stroke: .16em #0f0c09; stroke-linejoin: round; text-shadow: 0 .06em .25em #0009; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; padding-inline: .1em; transition: opacity 240ms linear; contain: layout }
:host([align=center]) p { text-align: center } :host([align=right]) p { text-align: right }
p.out { opacity: 0 }
b { font-weight: 700; color: var(--name) }
img { width: 1.2em; height: 1.2em; vertical-align: -.22em; margin-inline-end: .3em; border-radius: 50%; object-fit: cover }
:host([plate]) p { -webkit-text-stroke: 0; text-shadow: none; background: #14110ec7; border-radius: .4em; padding: .2em .5em }
p.in { animation: in 160ms cubic-bezier(.2, .7, .2, 1) }
@keyframes in { from { opacity: 0; transform: translateY(.3em) } }
@media (prefers-reduced-motion: reduce) { p { transition: none } p.in { animation: none } }
`
