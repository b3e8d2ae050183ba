// Loading a part of the client that comes when it is first needed, over connections and servers that come and go.

/** Pauses before it is tried again, in milliseconds: a server that restarts is back by then. */
const PAUSES = [400, 1_600]

/** Loads a part; gives nothing if it is not to be had. */
export async function attempt<Loaded>(load: () => Promise<Loaded>, pauses = PAUSES): Promise<Loaded | undefined> {
  try {
    return await load()
  } catch {
    const [pause, ...rest] = pauses
    if (pause === undefined) return undefined
    await new Promise((done) => setTimeout(done, pause))
    return attempt(load, rest)
  }
}
