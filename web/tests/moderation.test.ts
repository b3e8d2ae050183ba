import { describe, expect, test } from 'vitest'
import { Acts, MOST_ACTS } from '../src/room/acts'
import {
  affiliationOrder,
  announcement,
  askPeople,
  changedForm,
  readForm,
  readMeans,
  readPeople,
  readRemoval,
  removal,
  retraction,
  roleOrder,
} from '../src/room/orders'
import { banSeconds, muteSeconds, untilMorning } from '../src/view/moderation/say'
import { parse, type Markup } from '../src/xmpp/xml'

const element = (markup: string): Element => {
  const read = parse(markup)
  if (!read) throw new Error(`not well-formed: ${markup}`)
  return read
}
const sent = (markup: Markup): Element => element(markup.text)

describe('what moderators ask', () => {
  test('a retraction, in both versions of XEP-0425', () => {
    expect(retraction('s"1', 1).text).toBe(
      '<moderate xmlns="urn:xmpp:message-moderate:1" id="s&quot;1"><retract xmlns="urn:xmpp:message-retract:1"/></moderate>',
    )
    const old = sent(retraction('s1', 0))
    expect([old.localName, old.namespaceURI, old.getAttribute('id')]).toEqual(['apply-to', 'urn:xmpp:fasten:0', 's1'])
    expect(old.firstElementChild?.namespaceURI).toBe('urn:xmpp:message-moderate:0')
    expect(old.firstElementChild?.firstElementChild?.namespaceURI).toBe('urn:xmpp:message-retract:0')
  })

  test('a mute that ends, as docs/protocol.md has it', () => {
    expect(roleOrder({ nick: 'Lou' }, 'visitor', { seconds: 600, reason: 'Calm down' }).text).toBe(
      '<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="Lou" role="visitor"><reason>Calm down</reason><expiry xmlns="urn:parterre:moderation:0" seconds="600"/></item></query>',
    )
  })

  test('a plain kick and a plain ban, without what other servers do not know', () => {
    const kick = sent(roleOrder({ nick: `"<&'` }, 'none')).firstElementChild
    expect([kick?.getAttribute('nick'), kick?.getAttribute('role'), kick?.children.length]).toEqual([`"<&'`, 'none', 0])
    const ban = sent(affiliationOrder('lou@example.org', 'outcast', { reason: '  ' })).firstElementChild
    expect([ban?.getAttribute('jid'), ban?.getAttribute('affiliation'), ban?.children.length]).toEqual(['lou@example.org', 'outcast', 0])
  })

  test('a reason is bounded', () => {
    expect(sent(roleOrder({ nick: 'a' }, 'none', { reason: 'x'.repeat(5_000) })).textContent).toHaveLength(300)
  })

  test('an announcement is a message whose body says so', () => {
    const body = sent(announcement('hall@room.x', 'i1', 'Break <5 min', 'warning')).firstElementChild
    expect([body?.getAttribute('x-livechat-announcement-type'), body?.textContent]).toEqual(['warning', 'Break <5 min'])
  })

  test('removing all, and how many that were', () => {
    expect(sent(removal('o1')).getAttribute('occupant-id')).toBe('o1')
    const answer = '<iq xmlns="jabber:client" type="result"><removed xmlns="urn:parterre:moderation:0" count="12"/></iq>'
    expect(readRemoval(element(answer))).toBe(12)
    expect(readRemoval(element('<iq xmlns="jabber:client"/>'))).toBeUndefined()
  })
})

describe('what the room can do', () => {
  const info = (...features: string[]) =>
    element(`<iq xmlns="jabber:client"><query xmlns="http://jabber.org/protocol/disco#info">${features.map((one) => `<feature var="${one}"/>`).join('')}</query></iq>`)

  test('the newer retraction is taken where there are both', () => {
    expect(readMeans(info('urn:xmpp:message-moderate:0', 'urn:xmpp:message-moderate:1'))).toEqual({ retraction: 1, parterre: false })
    expect(readMeans(info('urn:xmpp:message-moderate:0'))).toEqual({ retraction: 0, parterre: false })
    expect(readMeans(info('urn:parterre:moderation:0'))).toEqual({ retraction: undefined, parterre: true })
  })
})

describe("the owner's form", () => {
  const form = (...fields: string[]) =>
    readForm(
      element(
        `<iq xmlns="jabber:client"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="form">${fields.map((one) => `<field var="${one}"><value>0</value></field>`).join('')}</x></query></iq>`,
      ),
    )

  test('only what changes is submitted, with its FORM_TYPE', () => {
    const markup = changedForm(form('muc#roomconfig_roomname', 'muc#roomconfig_slow_mode_duration'), { slow: 30 })
    expect(markup?.text).toBe(
      '<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var="muc#roomconfig_slow_mode_duration"><value>30</value></field></x></query>',
    )
  })

  test('a field goes by the name that the room has for it', () => {
    const markup = changedForm(form('muc#roomconfig_x_peertubelivechat_mute_anonymous'), { accountsOnly: true, emojiOnly: true })
    const fields = [...(markup ? sent(markup).getElementsByTagName('field') : [])].map((one) => one.getAttribute('var'))
    expect(fields).toEqual(['FORM_TYPE', 'muc#roomconfig_x_peertubelivechat_mute_anonymous'])
  })

  test('a room that has none of them is not written to', () => {
    expect(changedForm(form('muc#roomconfig_roomname'), { slow: 30, accountsOnly: true })).toBeUndefined()
  })
})

describe('who is here', () => {
  const answer = (items: string, set = '') =>
    element(`<iq xmlns="jabber:client"><query xmlns="http://jabber.org/protocol/muc#admin">${items}${set}</query></iq>`)
  const item = (nick: string, more = '') => `<item nick="${nick}" role="visitor" affiliation="none">${more}</item>`
  const set = (index: number, last: string, count: number) =>
    `<set xmlns="http://jabber.org/protocol/rsm"><first index="${index}">x</first><last>${last}</last><count>${count}</count></set>`

  test('a page says what to ask next, and the last one does not', () => {
    expect(readPeople(answer(item('a') + item('b'), set(0, 'b', 3)), 'visitor')).toMatchObject({ count: 3, after: 'b' })
    expect(readPeople(answer(item('c'), set(2, 'c', 3)), 'visitor')).toMatchObject({ count: 3, after: undefined })
  })

  test('a room without pages has said all', () => {
    expect(readPeople(answer(item('a') + item('b')), 'visitor')).toMatchObject({ count: 2, after: undefined })
  })

  test('since when, how much, and whether muted', () => {
    const more = '<seen xmlns="urn:parterre:moderation:0" arrived="2026-11-23T21:00:00Z" said="12"/><expiry xmlns="urn:parterre:moderation:0"/>'
    expect(readPeople(answer(item('lou', more)), 'visitor').people[0]).toMatchObject({
      nick: 'lou',
      arrived: Date.UTC(2026, 10, 23, 21),
      said: 12,
      muted: { until: undefined },
    })
  })

  test('what is asked, with and without pages', () => {
    const asked = sent(askPeople('visitor', { max: 50, after: 'Lou<', search: 'l&' }))
    expect([...asked.children].map((one) => one.textContent)).toEqual(['', 'l&', '50Lou<'])
    expect(sent(askPeople('visitor', undefined)).children).toHaveLength(1)
  })
})

describe('what was done of late', () => {
  test('is undone once, and can be tried again if that failed', async () => {
    const acts = new Acts<string>()
    let attempts = 0
    const act = acts.add('ban', 1, () => (++attempts === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve()))
    await expect(acts.undo(act.id)).rejects.toThrow('no answer')
    expect(acts.find(act.id)?.state).toBe('undoable')
    expect(await acts.undo(act.id)).toBe(true)
    expect(await acts.undo(act.id)).toBe(false)
    expect([attempts, acts.find(act.id)?.state]).toEqual([2, 'undone'])
  })

  test('is not undone twice at a time', async () => {
    const acts = new Acts<string>()
    let done = 0
    const act = acts.add('mute', 1, () => Promise.resolve(void (done += 1)))
    expect(await Promise.all([acts.undo(act.id), acts.undo(act.id)])).toEqual([true, false])
    expect(done).toBe(1)
  })

  test('the last that can be undone is not the last that was done', () => {
    const acts = new Acts<string>()
    const ban = acts.add('ban', 1, () => Promise.resolve())
    acts.add('removed', 2)
    expect(acts.lastUndoable?.id).toBe(ban.id)
    expect(acts.undoable).toBe(1)
  })

  test('is bounded, and what is forgotten is not undone', async () => {
    const acts = new Acts<number>()
    const first = acts.add(0, 0, () => Promise.resolve())
    for (let at = 1; at <= MOST_ACTS; at += 1) acts.add(at, at, () => Promise.resolve())
    expect(acts.all).toHaveLength(MOST_ACTS)
    expect(acts.all[0]?.what).toBe(MOST_ACTS)
    expect(await acts.undo(first.id)).toBe(false)
  })
})

test('tonight lasts until six in the morning', () => {
  expect(untilMorning(new Date(2026, 10, 23, 22, 30))).toBe(7.5 * 3_600)
  expect(untilMorning(new Date(2026, 10, 24, 2, 0))).toBe(4 * 3_600)
  expect(untilMorning(new Date(2026, 10, 24, 6, 0))).toBe(24 * 3_600)
  expect(muteSeconds('ten', new Date())).toBe(600)
  expect(banSeconds('good')).toBeUndefined()
})
