// A trial of the whole way from this browser: WebSocket, login with a token, join, send, receive, history, BOSH. It speaks
// just enough XMPP for that, and waits for each answer no longer than some seconds.

import type { Check, Diagnosis } from '../shared/answers'

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
    new Promise<never>((_, fail) => setTimeout(() => fail(new Error(`No answer within ${String(WAIT / 1000)} s.`)), WAIT)),
  ])
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${String(char.charCodeAt(0))};`)

/** Runs the steps; each is told when it is over, and the first that fails ends it. */
export async function attempt(trial: Trial, tell: (check: Check) => void): Promise<void> {
  let socket: WebSocket | undefined
  const step = async <T>(name: string, remedy: string, work: () => Promise<T>): Promise<T> => {
    try {
      const from = performance.now()
      const result = await work()
      tell({ name, verdict: 'ok', detail: `${String(Math.round(performance.now() - from))} ms` })
      return result
    } catch (error) {
      tell({ name, verdict: 'wrong', detail: error instanceof Error ? error.message : String(error), remedy })
      throw error
    }
  }
  try {
    const line = await step('A WebSocket through the public address', UPGRADE, async () => {
      socket = await connect(trial.server)
      return new Line(socket)
    })
    await step('Login with a token', 'Are the clocks of this machine and the browser right? Restart the chat’s program.', () => login(line, trial))
    await step('Join', 'See PeerTube’s log.', () => join(line, trial))
    const word = `diagnosis ${String(Date.now())}`
    await step('Send and receive', 'See whether there is room on the disk.', async () => {
      line.send(`<message xmlns="jabber:client" to="${escape(trial.room)}" type="groupchat" id="d1"><body>${word}</body></message>`)
      await line.expect(word)
    })
    await step('History', 'See PeerTube’s log.', async () => {
      line.send(`<iq xmlns="jabber:client" type="set" id="d2" to="${escape(trial.room)}"><query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm"><max>5</max><before/></set></query></iq>`)
      await line.expect(word)
    })
  } catch {
    // It has been told.
  } finally {
    socket?.close()
  }
  await step('BOSH, for networks without WebSocket', 'nginx has to pass POST requests to /plugins/ to PeerTube.', () => bosh(trial)).catch(() => undefined)
}

const UPGRADE =
  'The proxy in front of PeerTube has to pass WebSockets below /plugins/…/ws/, as PeerTube’s nginx template does: proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_http_version 1.1.'

function connect(address: string): Promise<WebSocket> {
  return within(new Promise((done, fail) => {
    const socket = new WebSocket(address, 'xmpp')
    socket.addEventListener('open', () => done(socket))
    socket.addEventListener('error', () => fail(new Error(`${address} refuses a WebSocket.`)))
  }))
}

async function login(line: Line, { accounts, token }: Trial): Promise<void> {
  const open = `<open xmlns="${FRAMING}" to="${escape(accounts)}" version="1.0"/>`
  line.send(open)
  await line.expect('features')
  const response = btoa(`n,,\u0001auth=Bearer ${token}\u0001\u0001`)
  line.send(`<auth xmlns="${SASL}" mechanism="OAUTHBEARER">${response}</auth>`)
  const answer = await line.expect('<success', '<failure', '<challenge')
  if (!answer.includes('<success')) throw new Error('The program does not take the token.')
  line.send(open)
  await line.expect('features')
  line.send('<iq xmlns="jabber:client" type="set" id="b1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>')
  await line.expect('b1')
}

async function join(line: Line, { room, nick }: Trial): Promise<void> {
  line.send(`<presence xmlns="jabber:client" to="${escape(room)}/${escape(nick)}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`)
  const answer = await line.expect('110', 'type="error"', "type='error'")
  if (/type=["']error/.test(answer)) throw new Error(`The room refused: ${answer}`)
}

async function bosh({ bosh: address, accounts }: Trial): Promise<void> {
  const body = `<body xmlns="http://jabber.org/protocol/httpbind" rid="${String(Math.floor(Math.random() * 1e9))}" to="${escape(accounts)}" ver="1.6" wait="5" hold="1" content="text/xml; charset=utf-8" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh"/>`
  const answer = await within(fetch(address, { method: 'POST', headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body }))
  const text = await answer.text()
  if (!answer.ok || !text.includes('sid=')) throw new Error(`Answered ${String(answer.status)} without a session.`)
}
