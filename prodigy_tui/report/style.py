"""The style sheet of pages: by day, by night, on paper. No font, no picture, nothing that comes from elsewhere."""

from typing import Final

CSS: Final = """
:root { color-scheme: light dark;
  --paper: #fbfbf9; --card: #ffffff; --ink: #1d2329; --soft: #5d6873; --rule: #e3e5e1;
  --good: #2e9e6b; --bad: #d1495b; --warn: #e0a030; --calm: #4f7cac; --idle: #b9c0c6;
  --a: #4f7cac; --b: #2e9e6b; --c: #e0a030; --d: #8b6bb1; --e: #d97b4f; --f: #3aa6a6; --g: #c2677f; --h: #94a0aa; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181c; --card: #1b2126; --ink: #e4e8eb; --soft: #97a3ad; --rule: #2c343b;
  --good: #3fb581; --bad: #e2677a; --warn: #e8b455; --calm: #6f9bcb; --idle: #4a545d; --h: #66727c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
header p { margin: .2rem 0 0; color: var(--soft); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 2.4rem 0 .3rem; font-size: 1.1rem; }
.about { margin: 0 0 .7rem; color: var(--soft); font-size: .88rem; }
.badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; color: #fff; font-size: .85rem;
  vertical-align: middle; background: var(--calm); }
.badge.good { background: var(--good); } .badge.bad { background: var(--bad); }
.badge.warn { background: var(--warn); color: #241a05; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem;
  margin: 1.4rem 0 .9rem; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .7rem .9rem; }
.card b { display: block; font-size: 1.15rem; line-height: 1.35; font-weight: 600; white-space: nowrap; }
.card span { color: var(--soft); font-size: .82rem; }
.bottleneck { border-left: 4px solid var(--warn); background: var(--card); padding: .6rem .9rem; margin: 0;
  border-radius: .25rem; overflow-wrap: anywhere; }
.bottleneck b { margin-right: .4rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg.bar { border-radius: .3rem; overflow: hidden; } svg.bar text { font-size: 13px; }
svg.plot { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .5rem; }
svg text { font-family: inherit; }
.axis { fill: var(--soft); font-size: 11.5px; }
.on { fill: #fff; font-weight: 600; }
.grid { stroke: var(--rule); fill: none; }
.session { stroke: var(--soft); stroke-dasharray: 4 3; fill: none; stroke-width: 1.5; }
path.good { fill: var(--good); fill-opacity: .85; } path.bad { fill: var(--bad); fill-opacity: .85; }
path.line { fill: none; stroke-width: 1.4; }
path.agents { stroke: var(--calm); } text.agents { fill: var(--calm); }
path.spent { fill: var(--calm); fill-opacity: .55; }
.end-success { fill: var(--good); } .end-failed { fill: var(--bad); }
.end-conflict, .end-not_merged { fill: var(--warn); } .end-running { fill: var(--calm); }
.end-suspect { fill: var(--d); } .end-interrupted, .end-cancelled { fill: var(--idle); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .5rem 0 0; padding: 0; list-style: none;
  color: var(--soft); font-size: .85rem; }
.legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: .15rem; margin-right: .35rem;
  vertical-align: -1px; }
.c0 { fill: var(--a); background: var(--a); }
.c1 { fill: var(--b); background: var(--b); }
.c2 { fill: var(--c); background: var(--c); }
.c3 { fill: var(--d); background: var(--d); }
.c4 { fill: var(--e); background: var(--e); }
.c5 { fill: var(--f); background: var(--f); }
.c6 { fill: var(--g); background: var(--g); } .c7 { fill: var(--h); background: var(--h); }
.k-good { background: var(--good); } .k-bad { background: var(--bad); } .k-warn { background: var(--warn); }
.k-calm { background: var(--calm); } .k-idle { background: var(--idle); } .k-doubt { background: var(--d); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th { text-align: left; color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--rule);
  padding: .3rem .7rem .3rem 0; white-space: nowrap; }
td { border-bottom: 1px solid var(--rule); padding: .28rem .7rem .28rem 0; vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; overflow-wrap: normal; padding-right: 1.1rem; }
td.foreign { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; font-size: .92em;
  max-width: 34rem; overflow-wrap: anywhere; }
table.facts { width: auto; }
table.facts td:first-child { color: var(--soft); white-space: nowrap; padding-right: 1.6rem; }
.good-text { color: var(--good); font-weight: 600; }
.bad-text { color: var(--bad); font-weight: 600; }
.warn-text { color: var(--warn); font-weight: 600; }
table.small { width: auto; min-width: min(34rem, 100%); }
svg + table, svg + .wide, .legend + table, .legend + .wide { margin-top: .8rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .82rem; border-top: 1px solid var(--rule);
  padding-top: .8rem; }
@media print {
  :root { color-scheme: light; --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --rule: #ccc; }
  body { max-width: none; padding: 0; font-size: 10pt; } .wide { overflow: visible; }
  h2 { break-after: avoid; margin-top: 1.4rem; }
  svg, .card, tr, .bottleneck { break-inside: avoid; }
  thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
