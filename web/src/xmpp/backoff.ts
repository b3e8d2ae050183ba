// When to come back after a connection was lost. Pure: the random number comes in.

/** Longest wait between two attempts, in milliseconds. */
export const LONGEST = 30_000
/** Over how long a crowd that lost its server at the same moment spreads its first return, in milliseconds. */
export const SPREAD = 2_000

/**
 * How long to wait before an attempt, in milliseconds.
 *
 * @param attempt how many have failed since the connection was lost
 * @param random from 0 to 1: the first attempts of a crowd are spread by it, later ones by half of their wait
 * @param ordered what the server asked for before it closed the stream (`urn:parterre:reconnect:0`), for the first attempt
 */
export function delay(attempt: number, random: number, ordered?: number): number {
  if (attempt === 0) return ordered === undefined ? 100 + random * SPREAD : Math.min(Math.max(ordered, 0), LONGEST)
  const wait = Math.min(1_000 * 2 ** attempt, LONGEST)
  return wait / 2 + (random * wait) / 2
}
