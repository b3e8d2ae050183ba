// Themes, sizes, notices, emoji: what is worked out before anything is drawn.

import { beforeEach, describe, expect, it } from 'vitest'
import type { Preferences } from '../src/preferences'
import { load } from '../src/preferences'
import type { Me, Trouble } from '../src/room/types'
import { GROUPS } from '../src/view/emoji/data'
import { NAMES as ENGLISH } from '../src/view/emoji/names-en'
import { NAMES as FRENCH } from '../src/view/emoji/names-fr'
import { groupsOf, often, search, used } from '../src/view/emoji/search'
import { frameOf } from '../src/view/frame'
import { instead, offline, type Standing } from '../src/view/notices'
import { ofTrouble } from '../src/view/troubles'
import { contrast, isDark, moved, type Rgb } from '../src/view/own-colours'
import { meant } from '../src/view/theme'
import { choose, nameOf, short } from '../src/words/speech'
import { words } from '../src/words/words'

describe('the theme', () => {
  it('is the reader’s first, then the page’s, and the page’s colours where nothing else is said', () => {
    expect(meant('dark', 'light')).toBe('dark')
    expect(meant('auto', 'light')).toBe('light')
    expect(meant('auto', 'auto')).toBe('auto')
    expect(meant('auto', '')).toBe('host')
  })

  it('measures contrast as WCAG does', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21)
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2)
    expect(isDark([27, 34, 54])).toBe(true)
    expect(isDark([255, 247, 214])).toBe(false)
  })

  it('moves a colour as far as it has to, and no further', () => {
    const white: Rgb = [255, 255, 255]
    const towardsBlack = (from: number) => (share: number): Rgb => [from * (1 - share), from * (1 - share), from * (1 - share)]
    expect(moved(towardsBlack(100), [white])).toBe(0)
    const share = moved(towardsBlack(200), [white])
    expect(contrast(towardsBlack(200)(share), white)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(towardsBlack(200)(share - 0.1), white)).toBeLessThan(4.5)
  })
})

describe('the frame', () => {
  const preferences: Preferences = { ...load(), spacing: 'auto', textSize: 100 }
  const classes = (width: number, height: number, change: Partial<Preferences> = {}) =>
    frameOf(width, height, false, { ...preferences, ...change }).classes

  it('goes by the width', () => {
    expect(classes(280, 600)).toEqual(['nopic'])
    expect(classes(420, 600)).toEqual([])
    expect(classes(640, 600)).toEqual(['roomy'])
    expect(classes(800, 600)).toEqual(['roomy', 'beside'])
  })

  it('goes by the height, so that 400 % zoom keeps the log', () => expect(classes(320, 256)).toEqual(['short']))

  it('does as the reader says, and counts in their text size', () => {
    expect(classes(420, 600, { spacing: 'roomy' })).toEqual(['roomy'])
    expect(classes(800, 600, { spacing: 'compact' })).toEqual(['beside'])
    expect(classes(1200, 1200, { textSize: 200 })).toEqual([])
    expect(classes(420, 700, { textSize: 200 })).toEqual(['nopic', 'big'])
  })
})

describe('what stands in place of the field', () => {
  const me: Me = { nick: 'Lou', occupantId: '1', role: 'participant', affiliation: 'none', anonymous: false, account: false, muted: undefined }
  const settings = { title: '', slow: 0, accountsOnly: false, emojiOnly: false, moderated: false, membersOnly: false, vouches: true }
  const room = (change: Partial<Standing> = {}): Standing => ({ phase: 'joined', me, settings, moderates: false, ...change })
  const title = (change: Partial<Standing>, canLogin = false) => instead(room(change), canLogin)?.title

  it('is nothing for who may write or may choose a name', () => {
    expect(instead(room(), false)).toBeUndefined()
    expect(instead(room({ me: { ...me, role: 'visitor', anonymous: true } }), false)).toBeUndefined()
    const reader = { ...me, role: 'visitor', anonymous: true } as const
    expect(title({ me: reader, settings: { ...settings, moderated: true } })).toBe('Only people invited to speak can write here')
    expect(instead(room({ phase: 'joining', me: { ...me, role: 'none' } }), false)).toBeUndefined()
  })

  it('says for every trouble what it is', () => {
    const troubles: Trouble[] = [
      { is: 'banned', reason: 'advertising', until: undefined },
      { is: 'sent-out', reason: undefined },
      { is: 'full' },
      { is: 'closed', reason: undefined },
      { is: 'accounts-only' },
      { is: 'password' },
      { is: 'missing' },
      { is: 'taken-over' },
      { is: 'no-login' },
      { is: 'other', text: 'The room burns.' },
    ]
    const titles = troubles.map((trouble) => ofTrouble(trouble, undefined).title)
    expect(new Set(titles).size).toBe(troubles.length)
    expect(troubles.map((trouble) => ofTrouble(trouble, undefined).text)).toContain('Reason: advertising')
  })

  it('lets who was sent out come back, and who left', () => {
    expect(ofTrouble({ is: 'sent-out', reason: undefined }, undefined).act?.is).toBe('come-back')
    expect(instead(room({ phase: 'out' }), false)?.act?.is).toBe('enter')
  })

  it('says until when one is muted', () => {
    const muted = { ...me, role: 'visitor' as const, muted: { until: undefined } }
    expect(title({ me: muted })).toBe(words.muted())
    expect(title({ me: { ...muted, muted: { until: Date.now() } } })).toMatch(/^You’re muted until .*\d/)
  })

  it('offers to sign in only where the page can', () => {
    const visitor = { me: { ...me, role: 'visitor' as const, anonymous: true }, settings: { ...settings, accountsOnly: true } }
    expect(instead(room(visitor), false)).toMatchObject({ title: words.accountsOnly(), act: undefined })
    expect(instead(room(visitor), true)?.act?.is).toBe('login')
  })

  it('counts the seconds to the next attempt above the field', () => {
    expect(offline({ is: 'reconnecting' }, 0)).toBeUndefined()
    expect(offline({ is: 'offline', next: 8_000 }, 0)).toMatchObject({ text: 'We try again in 8 s. Your text is kept.', act: { is: 'retry' } })
    expect(offline({ is: 'offline' }, 0)?.act).toBeUndefined()
  })
})

describe('emoji', () => {
  const groups = groupsOf(GROUPS, ENGLISH, 'en')

  it.each([ENGLISH, FRENCH])('have as many names as there are emoji', (...names) => {
    expect(names.map((line) => line.split('|').length)).toEqual(GROUPS.slice(0, -1).map((line) => line.split(' ').length))
  })

  it('are found by their names, in the language spoken, flags among them', () => {
    expect(search(groups, 'owl')[0]?.text).toBe('🦉')
    expect(search(groups, 'red heart')[0]?.text).toBe('❤️')
    expect(search(groupsOf(GROUPS, FRENCH, 'fr'), 'drapeau')).not.toEqual([])
    expect(search(groupsOf(GROUPS, FRENCH, 'fr'), 'etats-unis').map((one) => one.text)).toContain('🇺🇸')
    expect(search(groups, 'no such thing')).toEqual([])
  })

  describe('that are often used', () => {
    beforeEach(() => localStorage.clear())

    it('come first', () => {
      used('🦉')
      used('🎉')
      used('🦉')
      expect(often().slice(0, 2)).toEqual(['🦉', '🎉'])
      expect(new Set(often()).size).toBe(often().length)
    })
  })
})

describe('a language', () => {
  it('is the first wish that can be met', () => {
    expect(choose(['xx', 'fr-CA', 'en'])).toBe('fr')
    expect(choose([])).toBe('en')
  })

  it('has its own name for itself', () => expect(['fr', 'ja'].map(nameOf)).toEqual(['Français', '日本語']))

  it('shortens a count without making more of it', () => {
    expect(words.here(9_999)).toBe('9,999 here')
    expect(words.here(12_499)).toBe('12.4k here')
    expect(short(19_999)).toBe('19.9k')
  })
})
