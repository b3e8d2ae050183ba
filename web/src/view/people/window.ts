// Which rows of a long list are drawn: those in view and a few beside them. Pure.

export interface Window {
  readonly first: number
  /** Past the last. */
  readonly end: number
}

/** Rows drawn beyond each edge. */
const MARGIN = 8

/**
 * @param top how far the list's own start lies above the visible part, in pixels; negative: below its top
 * @param height of the visible part
 * @param row height of one row
 */
export function windowOf(count: number, top: number, height: number, row: number): Window {
  if (!(row > 0)) return { first: 0, end: Math.min(count, MARGIN) }
  const first = Math.min(count, Math.max(0, Math.floor(top / row) - MARGIN))
  const end = Math.min(count, Math.max(first, Math.ceil((top + height) / row) + MARGIN))
  return { first, end }
}
