// The program that is tested: PARTERRE_BIN, or what `make build` leaves where cargo puts it. One that is older than what it
// is built from is refused: its tests would fail, or pass, for reasons that are gone.

import { readFileSync, readdirSync, statSync, type Stats } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export const binary = process.env['PARTERRE_BIN'] ?? join(process.env['CARGO_TARGET_DIR'] ?? join(root, 'target'), 'debug/parterre')

/** Run once, before all tests. */
export default function built(): void {
  const made = at(binary)?.mtimeMs
  if (made === undefined) throw new Error(`There is no ${binary}: run \`make build\`, or say in PARTERRE_BIN which program to test.`)
  console.log(`Testing ${binary}`)
  if (process.env['PARTERRE_BIN']) return
  const newer = [...sources(), ...client()].find((path) => (at(path)?.mtimeMs ?? Infinity) > made)
  if (newer) throw new Error(`${binary} is older than ${newer}: run \`make build\`, with the CARGO_TARGET_DIR that the tests have.`)
}

/** What cargo says the program was made of. */
function sources(): string[] {
  const [, list = ''] = readFileSync(`${binary}.d`, 'utf8').split(/:\s(.*)/s)
  return list.trim().split(/(?<!\\)\s+/).map((path) => path.replaceAll('\\ ', ' '))
}

/** The client that is in it, and what that is made of. */
function client(): string[] {
  const web = join(root, 'web')
  const files = readdirSync(join(web, 'src'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return [join(web, 'dist/manifest.json'), ...files.map((file) => join(file.parentPath, file.name))]
}

const at = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })
