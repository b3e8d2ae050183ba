// By width, height and pointer.

import { css } from 'lit'

export const responsive = css`
@container pc (max-width: 299px) {
  .msg { display: block } .msg > .av { display: none } .quote { grid-template-columns: auto minmax(0, auto) minmax(0, 1fr) } .quote b { margin-inline-start: .3rem } .gone .ic, .sys .ic { display: inline-grid; vertical-align: top; margin-inline-end: .3rem } .gone .line, .sys .line { display: inline }
}
@container pc (min-width: 640px) { .roomy .text { max-width: 68ch } }
.roomy { --av: 2rem; --t-m: .9375rem; --lh: 1.375rem; --pad: 1.25rem; --gap: .75rem } .roomy .msg { padding-block: .375rem } .roomy .msg.more { padding-block-start: 0 } .roomy .av { margin-block-start: .125rem; font-size: .875rem } .roomy .msg .text { display: block } .roomy .only-emoji .em { vertical-align: baseline } .roomy .card { max-width: 40rem }
.nopic .msg { display: block } .nopic .msg > .av { display: none } .big .head .count { display: none } .big .head h2 { flex: 1 } .big .msg { display: block } .big .msg > .av { display: none } .big .name .i { width: 1em }
/* A coarse pointer, by a class of the frame. */
.coarse { --hit: 2.75rem; --t-m: .9375rem; --lh: 1.3125rem } .coarse .head { height: 3rem; padding-inline-end: .125rem } .coarse .field { min-height: 2.875rem; padding-block: 0; padding-inline-end: 0; font-size: 1rem } .coarse .field input { padding-block: .6875rem; font-size: 1rem; min-height: 2.75rem } .coarse .field .iconb { width: 2.75rem; height: 2.75rem } .coarse .react { height: 2rem; padding-inline: .625rem; font-size: var(--t-s) } .coarse .react::after { inset: -.375rem 0 } .coarse .foot { padding: .25rem .5rem .5rem } .coarse .field .send.ready { width: 2.25rem; height: 2.25rem; margin: .25rem } .coarse .send.ready::after { content: ""; position: absolute; inset: -.25rem } .coarse .btn { min-height: 2.25rem; position: relative } .coarse .btn::after { content: ""; position: absolute; inset: -.25rem 0 } .coarse .field .btn { margin: .1875rem } .coarse .pill { height: 2.25rem } .coarse .pill::after { content: ""; position: absolute; inset: -.25rem 0 }
.short .head { height: 2.25rem } .short .log { padding-block: .25rem } .short .foot { padding-block: 0 .375rem }
`
