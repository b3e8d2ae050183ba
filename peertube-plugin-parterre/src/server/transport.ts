// How the bytes reach the program: handed over where that works, else carried. Tried anew with each start of the program.

import type { ChildProcess } from 'node:child_process'

import type { Logger } from './child'
import { HandOver, type Upgrade } from './handover'
import { carry, refuse } from './proxy'
import { Losses } from './queue'

export interface Standing {
  readonly way: 'hand-over' | 'proxy'
  /** Why it is not the best way. */
  readonly why: string | undefined
  readonly handed: number
  readonly carried: number
  readonly maxFiles: number
}

const WANTED = 'the program was stopped'

export class Transport {
  #handOver: HandOver | undefined
  #handed = 0
  #carried = 0
  #why: string | undefined = 'the program has not started yet'
  #givenUp = false
  #losses = new Losses()

  constructor(
    private readonly unix: string,
    private readonly log: Logger,
  ) {}

  get standing(): Standing {
    const now = this.#handOver
    return {
      way: now?.works ? 'hand-over' : 'proxy',
      why: now?.works ? undefined : this.#why,
      handed: this.#handed + (now?.handed ?? 0),
      carried: this.#carried,
      maxFiles: now?.maxFiles ?? 0,
    }
  }

  /** A program has been started; its channel is tried unless only the proxy is wanted. */
  began(child: ChildProcess, wanted: boolean): void {
    this.#retire()
    if (!wanted || this.#givenUp) {
      if (!wanted) this.#why = 'the settings want it so'
      return
    }
    const handOver: HandOver = new HandOver(child, {
      carry: (upgrade) => this.#carry(upgrade),
      lost: (reason) => this.#lost(handOver, reason),
    })
    this.#handOver = handOver
  }

  /** The program is ready: tries one socket. */
  async ready(): Promise<void> {
    const handOver = this.#handOver
    if (!handOver) return
    await handOver.begin()
    if (handOver.works) this.log.info('Connections of the chat are handed over to its program.')
  }

  /** Takes an upgraded socket of a client. */
  take(upgrade: Upgrade, up: boolean): void {
    if (!up) return refuse(upgrade.socket)
    if (!this.#handOver?.offer(upgrade)) this.#carry(upgrade)
  }

  /** The program is ended by us: that is no loss, and the next one is a new trial. What is under way goes. */
  end(): void {
    this.#handOver?.end(WANTED)
    this.#retire()
    this.#losses = new Losses()
    this.#givenUp = false
  }

  #retire(): void {
    this.#handed += this.#handOver?.handed ?? 0
    this.#handOver = undefined
  }

  #carry(upgrade: Upgrade): void {
    this.#carried += 1
    carry(upgrade, this.unix)
  }

  #lost(handOver: HandOver, reason: string): void {
    if (this.#handOver !== handOver) return
    this.#retire()
    this.#why = reason
    if (reason === WANTED) return
    this.#givenUp = this.#losses.note(Date.now())
    const more = this.#givenUp ? ' It is not tried again until PeerTube starts anew or somebody restarts the chat’s program.' : ''
    this.log.warn(`Connections of the chat are carried by PeerTube now: ${reason}.${more}`)
  }
}
