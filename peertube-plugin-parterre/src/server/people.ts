// Who asks: PeerTube's user behind a request, and what the chat is to know of them.

import type { Request, Response } from 'express'
import type { MUserDefault, PeerTubeHelpers } from '@peertube/peertube-types'

import type { Viewer } from './activation'
import type { Person } from './tokens'

const USER = 2

/** A user of PeerTube as far as it is needed here. */
export interface User {
  readonly viewer: Viewer
  readonly name: string
  readonly avatar: string | undefined
  readonly admin: boolean
}

export class People {
  constructor(
    private readonly helpers: PeerTubeHelpers,
    private readonly origin: string,
  ) {}

  async ofRequest(_: Request, response: Response): Promise<User | undefined> {
    return this.#read(await this.helpers.user.getAuthUser(response as never))
  }

  async byId(id: number): Promise<User | undefined> {
    return this.#read(await this.helpers.user.loadById(id))
  }

  #read(user: MUserDefault | undefined | null): User | undefined {
    // Somebody who is blocked gets no word from us, whatever session they still have.
    if (!user || user.blocked) return undefined
    const account = user.Account as unknown as { name: string; Actor?: { preferredUsername?: string; Avatars?: Image[] } }
    return {
      viewer: { id: user.id, account: user.username, staff: user.role < USER },
      name: account.name || user.username,
      avatar: this.#avatar(account.Actor?.Avatars ?? []),
      admin: user.role === 0,
    }
  }

  /** The smallest picture that is sharp at the size of a name's. */
  #avatar(images: readonly Image[]): string | undefined {
    const byWidth = [...images].sort((one, other) => (one.width ?? 0) - (other.width ?? 0))
    const image = byWidth.find((one) => (one.width ?? 0) >= 48) ?? byWidth.at(-1)
    if (!image) return undefined
    const path = image.getStaticPath?.() ?? `/lazy-static/avatars/${image.filename}`
    return new URL(path, this.origin).href
  }
}

interface Image {
  readonly filename: string
  readonly width: number | null
  getStaticPath?: () => string
}

export function personOf(user: User, affiliations: Person['affiliations']): Person {
  return { account: user.viewer.account.toLowerCase(), name: user.name, avatar: user.avatar, affiliations }
}
