// Where the system's colours take the place of all others (high contrast): grounds and shadows are gone, so that what they
// said needs a line. Sheets that come later have the same for what they bring.

import { css } from 'lit'

export const forced = css`
@media (forced-colors: active) {
  .mention { border-inline-start: 3px solid Highlight } .at.me, .pill .m { outline: 1px solid Highlight } .editing { outline: 1px dashed; outline-offset: -1px } .has-tools, .shown, .highlight { outline: 1px solid Highlight; outline-offset: -1px } .iconb.on, .react[aria-pressed=true] { outline: 2px solid Highlight }
  .pill, .card, .bar, .av, .tag, .btn, .iconb, .who.is-host .name { border: 1px solid } .bar.warn, .bar.bad { border-inline-start-width: 4px } .at { text-decoration: underline } .who.is-host .name { margin-inline-start: 1px }
  .pill { color: ButtonText } .pc .i { color: inherit !important }
  .field:focus-within { outline: 2px solid Highlight } .field.bad { border: 3px double }
  .day::before, .day::after { border-top: 1px solid }
  .send.ready { forced-color-adjust: none; background: Highlight; color: HighlightText }
}
`
