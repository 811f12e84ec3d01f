/** `simulate --html`: what a conf would have done, drawn; see cli/page.ts for what every page keeps to. */
import { asset, cardsHtml, escaped, htmlOf, textAt } from '../page.ts';
import { pageData } from './page-data.ts';
import type { Series } from './points.ts';
import type { Run } from './run.ts';

/** Zooms and hovers over half a million points; nothing of it is run here. */
const UPLOT = {
  css: import.meta.resolve('uplot/dist/uPlot.min.css'),
  js: import.meta.resolve('uplot/dist/uPlot.iife.min.js'),
};

export type ProbeSeries = readonly [probe: string, series: Series];

export function pageOf(runs: readonly Run[], series: readonly ProbeSeries[], zone: string): string {
  const data = pageData(runs, series, zone);
  const { title, span } = data;
  return htmlOf({
    ...{ title, span, data },
    body: bodyOf(data),
    styles: [textAt(UPLOT.css), asset('page.css')],
    scripts: [textAt(UPLOT.js), asset('simulate/page.js')],
  });
}

type Data = ReturnType<typeof pageData>;

function bodyOf(data: Data): string {
  return `${cardsHtml(data.cards)}
<noscript>The charts need JavaScript; the figures below don't.</noscript>
<div id="readout" class="dim">Point at a chart to read it; drag to zoom, double-click to see all.</div>
<div id="charts"></div>
${figuresTable(data)}
${data.confs.map(requestsTable).join('\n')}
<p class="dim">* The values of a trace don't react to moves: a move that would have helped is followed by
the same readings as one that wouldn't.</p>`;
}

function figuresTable({ confs, figures }: Data): string {
  const head = ['', ...confs.map(({ name }) => name)].map((name) => `<th>${escaped(name)}</th>`);
  const rows = figures.map((cells) => {
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  return `<section class="panel scroll"><h2>In figures</h2>
<table><tr>${head.join('')}</tr>${rows.join('')}</table></section>`;
}

/** More than anybody reads; `--json` has all. */
const REQUESTS_MAX = 500;

function requestsTable({ short, requests, rows }: Data['confs'][number]): string {
  const shown = rows.slice(0, REQUESTS_MAX);
  const left = rows.length - shown.length;
  const note = left > 0 ? `<p class="dim">and ${left} more, in vmmanage simulate --json</p>` : '';
  const lines = shown.map((cells) => {
    return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['time', 'verdict', 'way', 'value', 'policy', 'outcome'].map((t) => `<th>${t}</th>`);
  return `<details class="panel"><summary>${requests.length} requests of ${escaped(short)}</summary>
<div class="scroll"><table><tr>${head.join('')}</tr>${lines.join('')}</table></div>${note}</details>`;
}
