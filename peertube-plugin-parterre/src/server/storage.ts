// What PeerTube keeps for the plugin, by key. A key has no dot in it: PeerTube finds none that has, though it keeps it.

export interface Storage {
  getData(key: string): Promise<unknown>
  storeData(key: string, data: unknown): Promise<unknown>
}
