/**
 * The page's own style: light and dark by the reader's setting, one column that prints well. Charts take their colours
 * from the same variables. Series colours are told apart by the colour-blind too (after Okabe and Ito), at a contrast of
 * 3 to 1 or more against either background.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #17202e; --faint: #5b6675; --rule: #e2e6ec;
  --series-1: #2f6fde; --series-2: #d9730d; --series-3: #0f8f70; --series-4: #b0489a;
  --series-5: #8a7400; --series-6: #5a55c9; --series-7: #c33d4b; --series-8: #5f6b7a;
  --good: #0f8f70; --fair: #c07a00; --bad: #c33d4b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e131b; --card: #171e29; --ink: #e7ecf3; --faint: #9aa7b8; --rule: #2a3442;
    --series-1: #6ea2ff; --series-2: #f0994a; --series-3: #3fc6a0; --series-4: #dd84c9;
    --series-5: #cfb53b; --series-6: #a29cff; --series-7: #f2808b; --series-8: #a3afbf;
    --good: #3fc6a0; --fair: #f0b341; --bad: #f2808b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main, header.page { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
header.page { padding-top: 40px; padding-bottom: 8px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 40px 0 2px; letter-spacing: -0.005em; }
h3 { font-size: 15px; margin: 0; }
p { margin: 0; }
.faint, .note { color: var(--faint); }
.note { font-size: 13px; margin-top: 2px; }
nav { margin-top: 14px; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; }
a { color: var(--series-1); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
.cards { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; margin-top: 14px; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px 18px; margin: 0; min-width: 0; }
.card.wide { grid-column: 1 / -1; }
.card svg { display: block; width: 100%; height: auto; margin-top: 10px; overflow: visible; }
.card figcaption { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-top: 8px; padding: 0; list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px; margin: 14px 0 0; padding: 0; }
.figures div { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.figures dt { color: var(--faint); font-size: 13px; }
.figures dd { margin: 2px 0 0; font-size: 25px; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin-top: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--faint); font-weight: 500; }
td.number, th.number { text-align: right; padding-left: 14px; white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
details { margin-top: 10px; font-size: 13px; }
summary { color: var(--faint); cursor: pointer; width: fit-content; }
details .scroll { max-height: 320px; overflow-y: auto; }
footer { max-width: 1180px; margin: 36px auto 0; padding: 0 24px 48px; color: var(--faint); font-size: 13px; }
@media (max-width: 820px) { .cards { grid-template-columns: minmax(0, 1fr); } }
@media print {
  :root { color-scheme: light; --page: #fff; }
  body { font-size: 11px; }
  nav, details { display: none; }
  .card, .figures div { break-inside: avoid; border-color: #ccc; }
  h2 { break-after: avoid; margin-top: 22px; }
  @page { margin: 14mm; }
}
`;
