// Whether text is selected in an element: what is selected must not be taken away.

/** Blink keeps the selection of a shadow tree with its root. */
type WithSelection = ShadowRoot & { getSelection?: () => Selection | null }

export function hasSelection(element: Element): boolean {
  const root = element.getRootNode()
  const selection = (root instanceof ShadowRoot ? (root as WithSelection).getSelection?.() : undefined) ?? document.getSelection()
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return false
  return selection.anchorNode !== null && element.contains(selection.anchorNode)
}
