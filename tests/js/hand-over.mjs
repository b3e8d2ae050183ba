// Plays a site in Node that starts the server and hands WebSockets over to it: `node hand-over.mjs '{"scene": …, …}'`.
// Says what it saw as one line of JSON. A scene that Node does not survive says nothing, and that is what it says.

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import { once } from 'node:events'

const wish = JSON.parse(process.argv[2])

/** The server as a child: what it says on the channel and on its output. */
async function start() {
  const child = spawn(wish.shell ? '/bin/sh' : wish.binary, wish.shell ? ['-c', wish.shell] : wish.arguments, {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  })
  const said = []
  child.on('message', (message) => said.push(message))
  child.log = ''
  child.stderr.on('data', (data) => (child.log += data))
  child.output = ''
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      child.output += data
      if (child.output.includes('\n')) resolve()
    })
    child.on('exit', (code) => reject(new Error(`the server ended (${code}): ${child.log}`)))
  })
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  child.stdin.write(wish.config + '\n# end\n')
  await ready
  await until(() => said.some((message) => message.t === 'hello'))
  return { child, said }
}

async function until(condition, within = 20_000) {
  const end = Date.now() + within
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A web server that hands every upgrade over, one at a time, as `docs/hand-over.md` says. */
async function site({ child, said }, change = (message) => message) {
  const server = http.createServer((_, response) => response.end('a page'))
  const queue = []
  let [next, waiting] = [1, null]
  const kept = new Map()
  const send = () => {
    while (!waiting && queue.length > 0) {
      const { request, socket, head } = queue.shift()
      if (socket.destroyed) continue
      const id = next++
      kept.set(id, socket._handle)
      socket._handle.readStop()
      waiting = id
      const message = {
        v: 1,
        id,
        url: request.url,
        key: request.headers['sec-websocket-key'],
        protocol: request.headers['sec-websocket-protocol'],
        origin: request.headers.origin,
        host: request.headers.host,
        xff: request.headers['x-forwarded-for'],
        head: head.toString('base64'),
      }
      child.send(change(message), socket, () => {})
    }
  }
  child.on('message', (message) => {
    if ((message.t === 'in' || message.t === 'refused') && message.id === waiting) {
      waiting = null
      send()
    }
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {})
    queue.push({ request, socket, head })
    send()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, said, kept, queue, port: server.address().port, held: () => waiting }
}

/** A client's connection: its request sent, and what came back. */
function client(port, { behind = Buffer.alloc(0), headers = '', protocol = 'xmpp' } = {}) {
  const key = randomBytes(16).toString('base64')
  const socket = net.connect(port, '127.0.0.1')
  const it = { socket, got: '', ended: false }
  it.accept = createHash('sha1').update(key + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.on('data', (data) => (it.got += data.toString('latin1')))
  socket.on('error', () => (it.ended = true))
  socket.on('end', () => (it.ended = true))
  socket.on('close', () => (it.ended = true))
  socket.write(
    Buffer.concat([
      Buffer.from(
        `GET /plugins/parterre/ws/xmpp HTTP/1.1\r\nHost: tube.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: ${protocol}\r\n${headers}\r\n`,
      ),
      behind,
    ]),
  )
  return it
}

/** A masked text frame. */
function frame(text) {
  const data = Buffer.from(text)
  const mask = Buffer.from([1, 2, 3, 4])
  return Buffer.concat([Buffer.from([0x81, 0x80 | data.length]), mask, data.map((byte, at) => byte ^ mask[at % 4])])
}

const OPEN = frame(`<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>`)
const isIn = (it) => it.got.startsWith('HTTP/1.1 101') && it.got.includes(it.accept)
const features = (it) => it.got.includes('features')

const scenes = {
  /** Some come, also with their first frame in the packet of the request; the site goes on serving pages. */
  async taken() {
    const server = await start()
    const web = await site(server)
    const clients = Array.from({ length: wish.clients }, (_, n) => client(web.port, n % 2 ? { behind: OPEN } : {}))
    await until(() => clients.every(isIn))
    clients.forEach((it, n) => n % 2 || it.socket.write(OPEN))
    await until(() => clients.every(features))
    const page = await (await fetch(`http://127.0.0.1:${web.port}/`)).text()
    const connections = await new Promise((resolve) => web.server.getConnections((_, count) => resolve(count)))
    clients.forEach((it) => it.socket.end())
    await until(() => clients.every((it) => it.ended))
    web.server.closeAllConnections()
    await new Promise((resolve) => web.server.close(resolve))
    return { server, page, connections, ids: server.said.filter((m) => m.t === 'in').map((m) => m.id) }
  },

  /** What is not taken: each is answered on its socket and on the channel. */
  async refused() {
    const server = await start()
    const web = await site(server, (message) => ({ ...message, ...wish.message }))
    const it = client(web.port, wish.client)
    await until(() => it.ended)
    return { server, answer: it.got }
  },

  /** A socket that nobody has asked for, to see that sockets arrive. */
  async test() {
    const server = await start()
    const listener = net.createServer((socket) => server.child.send({ t: 'test' }, socket)).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const it = { got: '', ended: false }
    const socket = net.connect(listener.address().port, '127.0.0.1')
    socket.on('data', (data) => (it.got += data)).on('end', () => (it.ended = true))
    await until(() => it.ended)
    return { server, answer: it.got }
  },

  /** Sockets that Node queues by itself, and one that dies in its queue. */
  async queued() {
    const server = await start()
    const clients = []
    let id = 1
    const listener = net.createServer({ pauseOnConnect: true }, (socket) => {
      const message = { v: 1, id: id++, key: randomBytes(16).toString('base64'), protocol: 'xmpp', head: '' }
      server.child.send(message, socket, () => {})
      // The last one of Node's own queue is gone before its turn.
      if (message.id === 3) socket.destroy()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    for (let n = 0; n < 3; n++) {
      const it = { got: '', ended: false }
      net.connect(listener.address().port, '127.0.0.1').on('data', (data) => (it.got += data)).on('error', () => {})
      clients.push(it)
    }
    await until(() => server.said.filter((m) => m.id).length === 3)
    await until(() => clients.filter((it) => it.got.startsWith('HTTP/1.1 101')).length >= 2)
    return { server, said: server.said }
  },

  /** The server is killed while sockets wait: with their handles kept, none stays behind in Node. */
  async killed() {
    const server = await start()
    const web = await site(server)
    const served = client(web.port)
    await until(() => isIn(served))
    server.child.kill('SIGSTOP')
    const waiting = Array.from({ length: 10 }, () => client(web.port))
    await until(() => web.queue.length === 9 && web.held())
    server.child.kill('SIGKILL')
    await server.child.ended
    web.kept.get(web.held()).close()
    web.queue.forEach(({ socket }) => socket.destroy())
    await until(() => served.ended && waiting.every((it) => it.ended))
    const page = await (await fetch(`http://127.0.0.1:${web.port}/`)).text()
    return { server, page, ended: waiting.length }
  },

  /** The server may open few files: it says so, and takes sockets again when there is room. */
  async files() {
    const server = await start()
    const web = await site(server)
    const clients = Array.from({ length: 100 }, () => client(web.port))
    await until(() => clients.every((it) => it.got !== '' || it.ended))
    const turned = clients.filter((it) => !isIn(it))
    clients.filter(isIn).forEach((it) => it.socket.destroy())
    await until(() => turned.every((it) => it.ended))
    const later = client(web.port)
    let tries = later
    await until(() => {
      if (tries.ended) tries = client(web.port)
      return isIn(tries)
    })
    return { server, taken: clients.length - turned.length, why: [...new Set(server.said.map((m) => m.why))], answer: turned[0].got }
  },

  /** The channel is closed: who is in stays, and the server says why it takes nobody more. */
  async disconnected() {
    const server = await start()
    const web = await site(server)
    const it = client(web.port)
    await until(() => isIn(it))
    server.child.disconnect()
    it.socket.write(OPEN)
    await until(() => features(it))
    await until(() => server.child.log.includes('channel'))
    return { server, alive: server.child.exitCode === null && !it.ended }
  },

  /** The parent closes the server's standard input, and no more: the server stops and takes its leave. */
  async input() {
    const server = await start()
    const web = await site(server)
    const it = client(web.port, { behind: OPEN })
    await until(() => features(it))
    server.child.stdin.end()
    const ended = await server.child.ended
    await until(() => it.ended)
    return { server, ...ended, farewell: it.got.includes('system-shutdown') }
  },
}

const { server, ...saw } = await scenes[wish.scene]()
if (server.child.exitCode === null && server.child.signalCode === null) {
  server.child.stdin.end()
  saw.exit = await server.child.ended
}
console.log(JSON.stringify({ ...saw, hello: server.said[0], ready: server.child.output.trim() }))
process.exit(0)
