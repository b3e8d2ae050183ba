// Puts a built program into the package of its platform: `node scripts/place-binary.mjs linux-x64 PATH`. It has to be static
// (`-C target-feature=+crt-static`), so that it runs on old and new distributions alike; another one is refused.
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MACHINES = { 'linux-x64': 62, 'linux-arm64': 183 }
const INTERPRETER = 3

const [platform, path] = process.argv.slice(2)
if (!(platform in MACHINES) || !path) throw new Error(`usage: place-binary.mjs ${Object.keys(MACHINES).join('|')} PATH`)

const elf = readFileSync(path)
if (elf.toString('latin1', 0, 4) !== '\x7fELF' || elf[4] !== 2) throw new Error(`${path} is no program for 64-bit Linux`)
if (elf.readUInt16LE(18) !== MACHINES[platform]) throw new Error(`${path} is for another machine than ${platform}`)
const [at, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)]
for (let n = 0; n < count; n += 1) {
  if (elf.readUInt32LE(at + n * size) === INTERPRETER) {
    throw new Error(`${path} is not static: build it with RUSTFLAGS="-C target-feature=+crt-static" and --target`)
  }
}

const folder = join(import.meta.dirname, '../npm', platform)
mkdirSync(join(folder, 'bin'), { recursive: true })
cpSync(path, join(folder, 'bin/parterre'))
cpSync(join(import.meta.dirname, '../LICENSE'), join(folder, 'LICENSE'))
chmodSync(join(folder, 'bin/parterre'), 0o755)
