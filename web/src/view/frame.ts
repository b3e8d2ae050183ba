// How large the chat is, and what follows for its frame: classes that the styles go by. Sizes count in the reader's own
// text size, so that what is large enough for normal text is not for text at 200 %.

import type { Preferences } from '../preferences'

/** Pixels, at 100 %. */
const NARROW = 300
const WIDE = 640
const ROOM_BESIDE = 760
const LOW = 320
/** From this text size on, only words are left. */
const BIG = 150

export interface Frame {
  readonly classes: readonly string[]
  /** Whether a panel stands beside the log, instead of over it. */
  readonly beside: boolean
}

/**
 * @param width,height of the element, in pixels
 * @param touch whether the pointer is a finger
 */
export function frameOf(width: number, height: number, touch: boolean, preferences: Preferences): Frame {
  const scale = preferences.textSize / 100
  const [w, h] = [width / scale, height / scale]
  const roomy = preferences.spacing === 'auto' ? w >= WIDE : preferences.spacing === 'roomy'
  const beside = w >= ROOM_BESIDE
  const flags: Record<string, boolean> = {
    roomy,
    coarse: touch,
    short: h < LOW,
    nopic: w < NARROW || preferences.dataSaver,
    big: preferences.textSize >= BIG && w < NARROW,
    still: preferences.lessMotion,
    times: preferences.showTimes,
    beside,
  }
  return { classes: Object.keys(flags).filter((name) => flags[name]), beside }
}
