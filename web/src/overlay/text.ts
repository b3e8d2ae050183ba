// Texts of strangers as they may stand over somebody's video: on one line, bounded, without what turns or stacks letters.

/** What changes the direction of all that follows, or shows nothing at all (UAX #9 §2; zero width). */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
/** Marks beyond the second on one letter. */
const STACKED = /(\p{M}{2})\p{M}+/gu

/** The text, of at most so many characters. */
export function plain(text: string, longest: number): string {
  // Four times as much is plenty to find enough that is seen, and bounds the work.
  const seen = text.slice(0, longest * 4).replace(/\s+/g, ' ').replace(CONTROLS, '').replace(STACKED, '$1').trim()
  const points = [...seen]
  return points.length > longest ? `${points.slice(0, longest).join('')}…` : seen
}
