// Writes src/view/emoji/data.ts and names-XX.ts out of the package emojibase-data (Unicode's list, CLDR's names), which is
// only needed for that: npm pack emojibase-data, unpack it, and `node build/emoji.mjs PACKAGE`.
//
// What is left out: skin tones, parts of emoji, those of one gender where there is one of none, and what is too new to be
// drawn everywhere. Flags have no names here: the browser knows those of countries.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [source = '.'] = process.argv.slice(2)
const read = (path) => JSON.parse(readFileSync(join(source, path), 'utf8'))
const NEWEST = 14
const FLAGS = 9
const LANGUAGES = ['en', 'fr']
/** Words beside the name that are kept: for faces and hands, whose names say little. */
const tagsOf = (group) => (group <= 1 ? 2 : 0)

const all = read('en/data.json')
  .filter((one) => one.group !== undefined && one.group !== 2 && one.version <= NEWEST)
  // A sign of gender, or a person of one, within a sequence.
  .filter((one) => !/(200D-264[02])|^1F46[89]-200D|^1F3F4-E/.test(one.hexcode.replace(/-FE0F/g, '')) && one.group !== FLAGS + 1)
  .sort((a, b) => a.order - b.order)
const groups = [...new Set(all.map((one) => one.group))].sort((a, b) => a - b)
const sorted = groups.map((group) => all.filter((one) => one.group === group))

const folder = new URL('../src/view/emoji/', import.meta.url).pathname
const head = '// Written by build/emoji.mjs out of Unicode’s list of emoji and CLDR’s names.\n\n'
const lines = sorted.map((group) => `  '${group.map((one) => one.emoji.replace(/\ufe0e/g, '')).join(' ')}',`)
writeFileSync(join(folder, 'data.ts'), `${head}/** The emoji of each group, in their order. The last group is that of the flags. */\nexport const GROUPS = [\n${lines.join('\n')}\n]\n`)

for (const language of LANGUAGES) {
  const named = new Map(read(`${language}/data.json`).map((one) => [one.hexcode, one]))
  const names = sorted.filter((group) => group[0].group !== FLAGS).map((group) =>
    group.map((one) => {
      const { label, tags = [] } = named.get(one.hexcode)
      const more = tags.filter((tag) => !label.toLowerCase().includes(tag.toLowerCase())).slice(0, tagsOf(one.group))
      return [label.replace(/[|,']/g, (mark) => (mark === "'" ? '’' : ' ')), ...more.map((tag) => tag.replace(/[|,']/g, ' '))].join(',')
    }),
  )
  const text = names.map((group) => `  '${group.join('|')}',`).join('\n')
  writeFileSync(
    join(folder, `names-${language}.ts`),
    `${head}/** Of each emoji that is no flag: its name, and other words to find it by. */\nexport const NAMES = [\n${text}\n]\n`,
  )
}
