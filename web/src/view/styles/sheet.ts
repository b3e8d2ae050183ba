// Sheets of styles: lengths that follow the reader, and sheets that come later than the first.

import { unsafeCSS, type CSSResult } from 'lit'

/**
 * Makes lengths in rem follow the text size that the reader sets in the chat, and the one that the page does: their unit is
 * `--unit` then. It has to be done here, since rem itself counts in the text size of the page alone.
 */
export function scaled(sheet: CSSResult): CSSResult {
  return unsafeCSS(sheet.cssText.replace(/(?<![\w-])(-?\d*\.?\d+)rem\b/g, 'calc($1 * var(--unit))'))
}

/** Puts sheets on the chat that the node is in, once each. To be called before what they style is drawn. */
export function wear(node: Node, ...sheets: readonly CSSResult[]): void {
  const root = node.getRootNode()
  if (!(root instanceof ShadowRoot)) return
  for (const { styleSheet } of sheets) {
    if (styleSheet && !root.adoptedStyleSheets.includes(styleSheet)) root.adoptedStyleSheets.push(styleSheet)
  }
}
