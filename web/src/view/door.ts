// What leads out of a chat and back in, as the element and its page allow it.

import type { Place } from '../place'
import type { Door } from './chat'

/** What the page says to the element about it. */
interface Host {
  readonly ownPage: string
  readonly mode: 'chat' | 'page' | 'embed'
  readonly canLogin: boolean
}

export class ElementDoor implements Door {
  /**
   * @param login asks the page to log the person in
   * @param enter comes in anew
   */
  constructor(
    private readonly host: Host,
    private readonly place: Place,
    readonly login: () => void,
    readonly enter: () => void,
  ) {}

  get ownPage(): string | undefined {
    const { host, place } = this
    if (host.ownPage || host.mode === 'page') return host.ownPage || undefined
    // The page that is made for a frame stands beside the one that is not.
    if (host.mode !== 'embed') return place.ownPage
    return new URL(location.pathname.replace(/^.*\/embed\//, '../room/'), location.href).href
  }

  get canLogin(): boolean {
    return this.host.canLogin
  }

  get titled(): boolean {
    return this.host.mode !== 'chat'
  }
}
