import { describe, expect, it } from 'vitest'

import { find, NoBinary, startFailure, type Machine } from '../../src/server/binary'

const machine = (with_: Partial<Machine> = {}): Machine => ({
  platform: 'linux-x64',
  path: '/usr/bin:/usr/local/bin',
  packaged: () => undefined,
  exists: () => false,
  executable: () => true,
  ...with_,
})

function fault(work: () => unknown): NoBinary {
  try {
    work()
  } catch (error) {
    if (error instanceof NoBinary) return error
  }
  throw new Error('a program was found')
}

describe('the program', () => {
  it('is that of the setting, else of the package, else of the PATH', () => {
    const everywhere = machine({ exists: () => true, packaged: () => '/modules/parterre' })
    expect(find('/opt/parterre', everywhere)).toEqual({ path: '/opt/parterre', from: 'setting' })
    expect(find('', everywhere)).toEqual({ path: '/modules/parterre', from: 'package' })
    expect(find('', machine({ exists: (path) => path === '/usr/local/bin/parterre' }))).toEqual({ path: '/usr/local/bin/parterre', from: 'PATH' })
  })

  it('is not looked for elsewhere where the setting is wrong', () => {
    expect(fault(() => find('/opt/parterre', machine({ packaged: () => '/modules/parterre' }))).remedy).toContain('Path of the program')
  })

  it('that may not be executed is told with what to do', () => {
    const error = fault(() => find('', machine({ packaged: () => '/modules/parterre', executable: () => false })))
    expect(error.remedy).toContain('chmod 755 /modules/parterre')
    expect(error.remedy).toContain('noexec')
  })

  it('that there is none of for this machine is told', () => {
    expect(fault(() => find('', machine({ platform: 'darwin-arm64' }))).message).toContain('darwin-arm64')
    expect(fault(() => find('', machine())).message).toContain('@parterre-chat/linux-x64')
  })

  it.each([['EACCES', 'noexec'], ['ENOENT', 'again'], ['ENOEXEC', 'processor'], ['EMFILE', 'log']])('that does not start with %s has a remedy', (code, word) => {
    expect(startFailure('/p', Object.assign(new Error('no'), { code })).remedy).toContain(word)
  })
})
