// A trial of the whole way from this browser: WebSocket, login with a token, join, send, receive, history, BOSH. It speaks
// just enough XMPP for that, and waits for each answer no longer than some seconds.

import type { Check, Diagnosis } from '../shared/answers'
import { fill, line, TEXT } from '../shared/diagnosis-words'

type Trial = NonNullable<Diagnosis['trial']>

const WAIT = 8000
const FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing'
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl'

class Line {
  #heard: string[] = []
  #waiting: { test: (stanza: string) => boolean; done: (stanza: string) => void } | undefined

  constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => {
      this.#heard.push(String(data))
      this.#look()
    })
  }

  send(text: string): void {
    this.socket.send(text)
  }

  /** The next stanza that holds one of these texts. */
  expect(...texts: string[]): Promise<string> {
    return within(new Promise((done) => {
      this.#waiting = { test: (stanza) => texts.some((text) => stanza.includes(text)), done }
      this.#look()
    }))
  }

  #look(): void {
    const waiting = this.#waiting
    const at = waiting ? this.#heard.findIndex(waiting.test) : -1
    if (!waiting || at < 0) return
    const [stanza = ''] = this.#heard.splice(0, at + 1).slice(at)
    this.#waiting = undefined
    waiting.done(stanza)
  }
}

function within<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, fail) => setTimeout(() => fail(new Fault(TEXT.silent, [String(WAIT / 1000)])), WAIT)),
  ])
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${String(char.charCodeAt(0))};`)

/** What went wrong, in a sentence that can be translated. */
class Fault extends Error {
  constructor(
    readonly text: string,
    readonly values: readonly string[] = [],
  ) {
    super(fill({ text, values }))
  }
}

type Tell = (check: Check) => Promise<void>

/** Runs the steps; each is told when it is over, and the first that fails ends it. `seen` is where PeerTube sees this browser. */
export async function attempt(trial: Trial, seen: string, tell: Tell): Promise<void> {
  let socket: WebSocket | undefined
  const step = async <T>(name: string, remedy: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    try {
      const result = await work()
      await tell(line(name, 'ok', TEXT.milliseconds, [String(Math.round(performance.now() - from))]))
      return result
    } catch (error) {
      const [text, values] = error instanceof Fault ? [error.text, error.values] : [error instanceof Error ? error.message : String(error), []]
      await tell(line(name, 'wrong', text, values, remedy))
      throw error
    }
  }
  try {
    const stream = await step(TEXT.webSocket, TEXT.webSocketDo, async () => {
      socket = await connect(trial.server)
      return new Line(socket)
    })
    await step(TEXT.login, TEXT.loginDo, () => login(stream, trial))
    const check = await address(stream, seen)
    if (check) await tell(check)
    await step(TEXT.join, TEXT.log, () => join(stream, trial))
    const word = `diagnosis ${String(Date.now())}`
    await step(TEXT.message, TEXT.messageDo, async () => {
      stream.send(`<message xmlns="jabber:client" to="${escape(trial.room)}" type="groupchat" id="d1"><body>${word}</body></message>`)
      await stream.expect(word)
    })
    await step(TEXT.history, TEXT.log, async () => {
      stream.send(`<iq xmlns="jabber:client" type="set" id="d2" to="${escape(trial.room)}"><query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm"><max>5</max><before/></set></query></iq>`)
      await stream.expect(word)
    })
  } catch {
    // It has been told.
  } finally {
    socket?.close()
  }
  await step(TEXT.bosh, TEXT.boshDo, () => bosh(trial)).catch(() => undefined)
}

function connect(address: string): Promise<WebSocket> {
  return within(new Promise((done, fail) => {
    const socket = new WebSocket(address, 'xmpp')
    socket.addEventListener('open', () => done(socket))
    socket.addEventListener('error', () => fail(new Fault(TEXT.refuses, [address])))
  }))
}

const plain = (address: string): string => address.replace(/^::ffff:/, '')

/** Where the program sees this browser come from (XEP-0279), beside where PeerTube does; nothing if it does not say. */
async function address(stream: Line, seen: string): Promise<Check | undefined> {
  stream.send('<iq xmlns="jabber:client" type="get" id="a1"><address xmlns="urn:xmpp:sic:1"/></iq>')
  const found = /<ip>([^<]+)<\/ip>/.exec(await stream.expect('a1'))?.[1]
  if (!found) return undefined
  return plain(found) === plain(seen)
    ? line(TEXT.address, 'ok', found)
    : line(TEXT.address, 'wrong', TEXT.addressNot, [found, plain(seen)], TEXT.addressDo)
}

async function login(stream: Line, { accounts, token }: Trial): Promise<void> {
  const open = `<open xmlns="${FRAMING}" to="${escape(accounts)}" version="1.0"/>`
  stream.send(open)
  await stream.expect('features')
  const response = btoa(`n,,\u0001auth=Bearer ${token}\u0001\u0001`)
  stream.send(`<auth xmlns="${SASL}" mechanism="OAUTHBEARER">${response}</auth>`)
  const answer = await stream.expect('<success', '<failure', '<challenge')
  if (!answer.includes('<success')) throw new Fault(TEXT.loginNot)
  stream.send(open)
  await stream.expect('features')
  stream.send('<iq xmlns="jabber:client" type="set" id="b1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>')
  await stream.expect('b1')
}

async function join(stream: Line, { room, nick }: Trial): Promise<void> {
  stream.send(`<presence xmlns="jabber:client" to="${escape(room)}/${escape(nick)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
  const answer = await stream.expect('110', 'type="error"', "type='error'")
  if (/type=["']error/.test(answer)) throw new Fault(TEXT.joinNot, [answer])
}

async function bosh({ bosh: address, accounts }: Trial): Promise<void> {
  const body = `<body xmlns="http://jabber.org/protocol/httpbind" rid="${String(Math.floor(Math.random() * 1e9))}" to="${escape(accounts)}" ver="1.6" wait="5" hold="1" content="text/xml; charset=utf-8" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh"/>`
  const answer = await within(fetch(address, { method: 'POST', headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body }))
  const text = await answer.text()
  if (!answer.ok || !text.includes('sid=')) throw new Fault(TEXT.boshNot, [String(answer.status)])
}
