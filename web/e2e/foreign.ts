// XMPP servers from elsewhere, Debian's, and a page of somebody else's that embeds the client.

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './server'

// Prosody 0.12 takes a nick change for the old nick's leave: a temporary room is destroyed when whoever is alone in it takes
// a name, and the next to come makes another one. Rooms here last, as those of a live do.
const PROSODY = (directory: string, port: number): string => `
run_as_root = true
pidfile = "${directory}/prosody.pid"
data_path = "${directory}/data"
certificates = "${directory}"
log = { { levels = { min = "warn" }, to = "console" } }
c2s_ports = { }
http_ports = { ${port} }
http_interfaces = { "127.0.0.1" }
https_ports = { }
http_default_host = "localhost"
c2s_require_encryption = false
consider_websocket_secure = true
cross_domain_websocket = true
default_storage = "memory"
modules_enabled = { "saslauth", "disco", "ping", "websocket", "smacks", "csi" }
modules_disabled = { "s2s", "offline" }
VirtualHost "anon.localhost"
  authentication = "anonymous"
Component "room.localhost" "muc"
  modules_enabled = { "muc_mam" }
  muc_room_locking = false
  muc_room_default_persistent = true
  muc_log_by_default = true
`

const EJABBERD = (directory: string, port: number): string => `
hosts: [localhost, anon.localhost]
loglevel: warning
sql_type: sqlite
sql_database: "${directory}/archive.db"
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /xmpp-websocket: ejabberd_http_ws
host_config:
  anon.localhost:
    auth_method: [anonymous]
    anonymous_protocol: sasl_anon
    allow_multiple_connections: true
modules:
  mod_disco: {}
  mod_ping: {}
  mod_stream_mgmt: {}
  mod_mam:
    db_type: sql
  mod_muc:
    hosts: ["room.localhost"]
    access_create: all
    access_mam: all
    default_room_options:
      mam: true
`

/** A server that nobody here wrote. */
export class Foreign {
  private constructor(
    readonly name: 'Prosody' | 'ejabberd',
    readonly port: number,
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly mapper: number,
  ) {}

  static async start(name: 'Prosody' | 'ejabberd'): Promise<Foreign> {
    const directory = mkdtempSync(join(tmpdir(), 'parterre-foreign-'))
    mkdirSync(join(directory, 'data'))
    const [port, mapper] = [await freePort(), await freePort()]
    const child = name === 'Prosody' ? prosody(directory, port) : ejabberd(directory, port, mapper)
    const server = new Foreign(name, port, directory, child, mapper)
    await server.#answers()
    return server
  }

  get websocket(): string {
    return `ws://127.0.0.1:${this.port}/xmpp-websocket`
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((done) => this.child.once('exit', done))
      this.child.kill('SIGKILL')
      await gone
    }
    if (this.name === 'ejabberd') await new Promise((done) => execFile('epmd', ['-port', String(this.mapper), '-kill'], done))
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #answers(): Promise<void> {
    for (let left = 900; left > 0; left -= 1) {
      if (this.child.exitCode !== null) throw new Error(`${this.name} ended with ${this.child.exitCode}`)
      try {
        await fetch(`http://127.0.0.1:${this.port}/xmpp-websocket`)
        return
      } catch {
        await new Promise((done) => setTimeout(done, 100))
      }
    }
    throw new Error(`${this.name} does not answer`)
  }
}

function prosody(directory: string, port: number): ChildProcess {
  const config = join(directory, 'prosody.cfg.lua')
  writeFileSync(config, PROSODY(directory, port))
  return spawn('prosody', ['-F', '--config', config], { cwd: directory, stdio: 'ignore' })
}

function ejabberd(directory: string, port: number, mapper: number): ChildProcess {
  const config = join(directory, 'ejabberd.yml')
  writeFileSync(config, EJABBERD(directory, port))
  const base = readdirSync('/usr/lib', { withFileTypes: true }).filter((one) => one.isDirectory() && readdirSync(join('/usr/lib', one.name)).some((entry) => entry.startsWith('ejabberd-')))
  const node = `parterre${port}@localhost`
  const data = join(directory, 'data')
  return spawn('erl', ['-noinput', '-sname', node, '-mnesia', 'dir', `"${data}"`, '-s', 'ejabberd'], {
    cwd: directory,
    stdio: 'ignore',
    env: {
      ...process.env,
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
      ERL_CRASH_DUMP: join(directory, 'crash'),
      ERL_LIBS: join('/usr/lib', base[0]?.name ?? ''),
      ERL_EPMD_PORT: String(mapper),
    },
  })
}

/** A site of its own origin with one page. */
export class Site {
  private constructor(
    private readonly server: HttpServer,
    readonly url: string,
  ) {}

  /** Serves the markup, with those headers. */
  static start(html: string, headers: Record<string, string> = {}): Promise<Site> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers })
      response.end(html)
    })
    return new Promise((done) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        done(new Site(server, `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`))
      }),
    )
  }

  stop(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}
