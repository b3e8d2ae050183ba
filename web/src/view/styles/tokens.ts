// Colours, sizes and type, as the design fixes them.

import { css } from 'lit'

export const tokens = css`
/* Lengths are rem, so that the reader's own text size counts; 1 rem is 16 px in the comments. */
.pc {
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --t-xs: .75rem;      /* 12  time, counters, tags            */
  --t-s:  .8125rem;    /* 13  quotes, notices, secondary text */
  --t-m:  .875rem;     /* 14  messages                        */
  --t-l:  1rem;        /* 16  titles; every field on touch    */
  --lh:   1.25rem;     /* 20  the line that everything sits on */
  --s1: .125rem; --s2: .25rem; --s3: .5rem; --s4: .75rem; --s5: 1rem; --s6: 1.5rem;
  --r-s: .375rem; --r-m: .625rem; --r-l: .875rem; --r-full: 99rem;
  --hit: 2rem;         /* 32 on a fine pointer, 44 on a coarse one */
  --av: 1.5rem;        /* avatar 24; 32 when roomy */
  --pad: .75rem; --gap: .5rem;
  --fast: 120ms; --calm: 200ms; --ease: cubic-bezier(.2, .7, .2, 1);
}
.pc[data-theme=light] {
  color-scheme: light;
  --ground: #fcfaf6;
  --raised: #ffffff;
  --sunk: #f4f1ea;
  --line: #e4ded3;
  --edge: #8b8375;
  --ink: #241f19;
  --ink2: #544d43;
  --ink3: #6a6256;
  --accent: #1f6a4c;
  --on-accent: #ffffff;
  --accent-tint: #e4f0e8;
  --foot: #8a5800;
  --foot-bar: #b57810;
  --foot-tint: #fcf0d3;
  --host: #f2c55c;
  --on-host: #33260a;
  --danger: #ab2f24;
  --on-danger: #ffffff;
  --danger-tint: #fbe9e4;
  --focus: #1f6a4c;
  --shadow: 0 1px 2px #241f1914, 0 6px 20px -4px #241f1926;
}
.pc[data-theme=dark] {
  color-scheme: dark;
  --ground: #171512;
  --raised: #23201b;
  --sunk: #211e1a;
  --line: #35302a;
  --edge: #80786b;
  --ink: #efeae1;
  --ink2: #c0b8ab;
  --ink3: #a39a8c;
  --accent: #84cda8;
  --on-accent: #0d2519;
  --accent-tint: #1d2f26;
  --foot: #e3ae47;
  --foot-bar: #e3ae47;
  --foot-tint: #312812;
  --host: #e9bb55;
  --on-host: #2a1f06;
  --danger: #f2938a;
  --on-danger: #33100b;
  --danger-tint: #3a201b;
  --focus: #a5e0c1;
  --shadow: 0 0 0 1px #ffffff0f, 0 8px 24px -4px #000000a6;
}
.pc .name, .pc .av { color: var(--nl) } .pc .av { background: var(--bl); color: var(--fl) }
.pc:not([data-theme=light]) .name { color: var(--nd) }
.pc:not([data-theme=light]) .av { background: var(--bd); color: var(--fd) }
`
