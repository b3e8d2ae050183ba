// The emoji that a page adds: pictures by names, written `:name:`.
//
// Enters: whatever the page has set. Leaves: those that can be shown, at most so many. Anything else is left out.

/** Most that a page can add. */
const MOST = 300

/** Addresses by `:name:`, absolute, of the web only. */
export function picturesOf(given: unknown, base: string): ReadonlyMap<string, string> {
  const pictures = new Map<string, string>()
  if (typeof given !== 'object' || given === null) return pictures
  for (const [written, address] of Object.entries(given)) {
    const name = /^:?([\w+-]{1,40}):?$/.exec(written)?.[1]
    if (name === undefined || typeof address !== 'string' || !URL.canParse(address, base)) continue
    const url = new URL(address, base)
    if (!/^https?:$/.test(url.protocol)) continue
    pictures.set(`:${name}:`, url.href)
    if (pictures.size >= MOST) break
  }
  return pictures
}
