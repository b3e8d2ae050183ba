// The words of the panels: their titles, and what one sets for oneself.

import { msg, str } from '@lit/localize'
import { number } from './speech'

const titles = {
  recentActions: () => msg('Recent actions', { id: 'recent-actions' }),
  settings: () => msg('Settings', { id: 'settings' }),
}

const settings = {
  name: () => msg('Name', { id: 'set-name' }),
  nameHint: () => msg('What others see', { id: 'set-name-hint' }),
  change: () => msg('Change', { id: 'set-change' }),
  theme: () => msg('Theme', { id: 'set-theme' }),
  auto: () => msg('Auto', { id: 'set-auto' }),
  light: () => msg('Light', { id: 'set-light' }),
  dark: () => msg('Dark', { id: 'set-dark' }),
  textSize: () => msg('Text size', { id: 'set-text-size' }),
  percent: (value: number) => msg(str`${number(value)}%`, { id: 'set-percent' }),
  smaller: () => msg('Smaller', { id: 'set-smaller' }),
  larger: () => msg('Larger', { id: 'set-larger' }),
  usualSize: () => msg('Usual size', { id: 'set-usual-size' }),
  spacing: () => msg('Spacing', { id: 'set-spacing' }),
  compact: () => msg('Compact', { id: 'set-compact' }),
  roomy: () => msg('Roomy', { id: 'set-roomy' }),
  showTimes: () => msg('Show times', { id: 'set-times' }),
  lessMotion: () => msg('Less motion', { id: 'set-motion' }),
  lessMotionHint: () => msg('Your device asks for it anyway', { id: 'set-motion-hint' }),
  dataSaver: () => msg('Data saver', { id: 'set-data' }),
  dataSaverHint: () => msg('No pictures, fewer updates', { id: 'set-data-hint' }),
  readAloud: () => msg('Read aloud', { id: 'set-read' }),
  readAloudHint: () => msg('For screen readers', { id: 'set-read-hint' }),
  digest: () => msg('Digest', { id: 'set-digest' }),
  everything: () => msg('Everything', { id: 'set-everything' }),
  onlyToMe: () => msg('Only to me', { id: 'set-to-me' }),
  nothing: () => msg('Nothing', { id: 'set-nothing' }),
  showComings: () => msg('Show who comes and goes', { id: 'set-comings' }),
  showComingsHint: () => msg('For moderators', { id: 'set-comings-hint' }),
  language: () => msg('Language', { id: 'set-language' }),
  asPage: () => msg('As the page', { id: 'set-as-page' }),
  kept: () => msg('Kept on this device.', { id: 'set-kept' }),
}

export const panelWords = { ...titles, ...settings }
