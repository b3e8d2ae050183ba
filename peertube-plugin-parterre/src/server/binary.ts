// Finds the program. Enters: what the administrator set, the platform, and how to look at files. Leaves: its path, or why
// there is none and what to do. It starts nothing but `--version`.

import { execFile } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { TEXT } from '../shared/diagnosis-words'

const PLATFORMS = ['linux-x64', 'linux-arm64']

export interface Found {
  readonly path: string
  readonly from: 'setting' | 'package' | 'PATH'
}

/** Why there is no program, and what to do. */
export class NoBinary extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message)
  }
}

/** What is asked of the machine. */
export interface Machine {
  readonly platform: string
  readonly path: string
  /** The file in the package of that platform, if it is installed. */
  packaged(platform: string): string | undefined
  exists(path: string): boolean
  /** Makes it executable if it is not; says whether it is. */
  executable(path: string): boolean
}

export const machine: Machine = {
  platform: `${process.platform}-${process.arch}`,
  path: process.env['PATH'] ?? '',
  packaged: (platform) => {
    try {
      return require.resolve(`@parterre-chat/${platform}/bin/parterre`)
    } catch {
      return undefined
    }
  },
  exists: existsSync,
  executable: (path) => {
    const may = (): boolean => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    }
    if (may()) return true
    try {
      chmodSync(path, 0o755)
    } catch {
      return false
    }
    return may()
  },
}

/**
 * Finds it: the setting, then the package of the platform, then the PATH.
 *
 * @throws NoBinary
 */
export function find(setting: string, on: Machine = machine): Found {
  if (setting) {
    if (!on.exists(setting)) {
      throw new NoBinary(`There is no file ${setting}.`, TEXT.pathDo)
    }
    return usable({ path: setting, from: 'setting' }, on)
  }
  const packaged = on.packaged(on.platform)
  if (packaged) return usable({ path: packaged, from: 'package' }, on)
  for (const folder of on.path.split(delimiter)) {
    const path = join(folder, 'parterre')
    if (folder && on.exists(path)) return usable({ path, from: 'PATH' }, on)
  }
  if (PLATFORMS.includes(on.platform)) {
    throw new NoBinary(
      `The package @parterre-chat/${on.platform}, which holds the program, is not installed.`,
      TEXT.packageDo,
    )
  }
  throw new NoBinary(
    `There is no ready-made program for ${on.platform} (only for ${PLATFORMS.join(' and ')}).`,
    TEXT.buildDo,
  )
}

function usable(found: Found, on: Machine): Found {
  if (on.executable(found.path)) return found
  throw new NoBinary(
    `${found.path} may not be executed by PeerTube’s user.`,
    `Run chmod 755 ${found.path}. If that does not help, its file system is mounted with noexec: put the program elsewhere, such as /usr/local/bin, and set “Path of the program”.`,
  )
}

/** Why a program did not start, in words, from the error of the system. */
export function startFailure(path: string, error: NodeJS.ErrnoException): NoBinary {
  switch (error.code) {
    case 'EACCES':
      return new NoBinary(
        `The system does not let PeerTube execute ${path}.`,
        TEXT.elsewhereDo,
      )
    case 'ENOENT':
      return new NoBinary(`${path} is there no more, or lacks its interpreter.`, TEXT.againDo)
    case 'ENOEXEC':
      return new NoBinary(`${path} is made for another kind of machine.`, TEXT.processorDo)
    default:
      return new NoBinary(`${path} did not start: ${error.message}.`, TEXT.log)
  }
}

/** Which version the program is. */
export function versionOf(path: string): Promise<string> {
  return new Promise((done, fail) => {
    execFile(path, ['--version'], { timeout: 5000 }, (error, out) => {
      if (error) fail(startFailure(path, error as NodeJS.ErrnoException))
      else done(out.trim().replace(/^parterre /, ''))
    })
  })
}
