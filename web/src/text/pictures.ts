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
    const url = typeof address === 'string' ? webAddress(address, base) : undefined
    if (name === undefined || url === undefined) continue
    pictures.set(`:${name}:`, url)
    if (pictures.size >= MOST) break
  }
  return pictures
}

function webAddress(address: string, base: string): string | undefined {
  try {
    const url = new URL(address, base)
    return /^https?:$/.test(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
