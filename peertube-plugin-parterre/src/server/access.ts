// Who asks, and whether they may. Enters: a request with PeerTube's session. Leaves: the user, or a refusal with a status.

import type { Request, RequestHandler, Response } from 'express'

import type { Faults } from '../shared/answers'
import { roleIn } from './activation'
import type { User } from './people'
import type { Plugin } from './plugin'
import type { Channel } from './videos'

/** What was asked for is not to be had. */
export class Denied extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 503,
    message: string,
    /** What of the request is wrong, for a page that puts it into words. */
    readonly faults?: Faults,
  ) {
    super(message)
  }
}

export type Handle = (request: Request, response: Response) => Promise<unknown>

/** Answers with what the work gives, as JSON, or with why it could not be done. */
export const handler = (plugin: Plugin) => (work: Handle): RequestHandler => (request: Request, response: Response): void => {
  work(request, response).then(
    (answer) => {
      if (!response.headersSent && !response.writableEnded) response.set('Cache-Control', 'no-store').json(answer ?? {})
    },
    (error: unknown) => {
      if (error instanceof Denied) return response.status(error.status).json({ error: error.message, ...error.faults })
      plugin.log.error(`${request.method} ${request.path}: ${error instanceof Error ? error.message : String(error)}`)
      return response.headersSent ? response.end() : response.status(503).json({ error: 'The chat does not answer just now.' })
    },
  )
}

export const param = (request: Request, name: string): string => request.params[name] ?? ''

export async function user(plugin: Plugin, request: Request, response: Response): Promise<User> {
  const found = await plugin.people.ofRequest(request, response)
  if (!found) throw new Denied(401, 'Log in to PeerTube first.')
  return found
}

export async function staff(plugin: Plugin, request: Request, response: Response): Promise<User> {
  const found = await user(plugin, request, response)
  if (!found.viewer.staff) throw new Denied(403, 'Only for moderators and administrators.')
  return found
}

export async function admin(plugin: Plugin, request: Request, response: Response): Promise<User> {
  const found = await user(plugin, request, response)
  if (!found.admin) throw new Denied(403, 'Only for administrators.')
  return found
}

/** Whether somebody may set the options of a channel: its owner, its editors, and the instance's staff. */
export async function maySet(plugin: Plugin, channel: Channel, found: User | undefined): Promise<boolean> {
  if (!found || channel.owner === null) return false
  return found.viewer.staff || roleIn(channel, await plugin.videos.editors(channel.id), found.viewer) !== undefined
}

/** The channel that the request names, for somebody who may set its options. */
export async function ownChannel(plugin: Plugin, request: Request, response: Response): Promise<{ channel: Channel; found: User }> {
  const found = await user(plugin, request, response)
  const id = /^\d{1,9}$/.test(param(request, 'id')) ? Number(param(request, 'id')) : 0
  const channel = id ? await plugin.videos.channel(id) : undefined
  // Whoever may not is not told whether there is one.
  if (!channel || !(await maySet(plugin, channel, found))) throw new Denied(404, 'There is no such channel of yours.')
  return { channel, found }
}
