import { describe, expect, it, vi } from 'vitest'

import { SQL, Videos, type Query } from '../../src/server/videos'

/** A database that knows editors, or does not, and may fail at first. */
function database(there: boolean, failures = 0): { query: Query; asked: string[] } {
  const asked: string[] = []
  const query = vi.fn<Query>((sql) => {
    asked.push(sql)
    if (failures-- > 0) return Promise.reject(new Error('connection lost'))
    if (sql === SQL.editing) return Promise.resolve([{ there }])
    return Promise.resolve(sql === SQL.editors ? [{ username: 'bob' }] : [{ id: 7, name: 'Garden talk' }])
  })
  return { query, asked }
}

describe('editors of a channel', () => {
  it('are never asked for where PeerTube has none', async () => {
    const { query, asked } = database(false)
    const videos = new Videos(query)
    expect(await videos.editors(7)).toEqual([])
    expect(await videos.editors(7)).toEqual([])
    expect(await videos.channelsOf(2)).toEqual([{ id: 7, name: 'Garden talk' }])
    expect(asked).toEqual([SQL.editing, SQL.owned])
  })

  it('are asked for where it has, after a failure too', async () => {
    const videos = new Videos(database(true, 1).query)
    await expect(videos.editors(7)).rejects.toThrow('connection lost')
    expect(await videos.editors(7)).toEqual(['bob'])
  })
})
