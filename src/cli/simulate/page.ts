/**
 * `--html`: one page that holds everything it shows and asks nobody for anything. What comes from a
 * conf or a trace goes in as JSON that can't end its element, and the page puts it in as text; the
 * page's own policy forbids every script and every address but those that are written here.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installed } from '../installed.ts';
import { pageData } from './page-data.ts';
import type { Series } from './points.ts';
import type { Run } from './run.ts';

const ASSETS = installed('assets/simulate/');

/** Zooms and hovers over half a million points; nothing of it is run here. */
const UPLOT = {
  css: import.meta.resolve('uplot/dist/uPlot.min.css'),
  js: import.meta.resolve('uplot/dist/uPlot.iife.min.js'),
};

export type ProbeSeries = readonly [probe: string, series: Series];

export function pageOf(runs: readonly Run[], series: readonly ProbeSeries[], zone: string): string {
  const data = pageData(runs, series, zone);
  const styles = [textAt(UPLOT.css), own('page.css')];
  const scripts = [textAt(UPLOT.js), own('page.js')];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyOf(styles, scripts)}">
<title>${escaped(data.title)}</title>
${styles.map((text) => `<style>${text}</style>`).join('\n')}
</head>
<body>
<main>
<h1>${escaped(data.title)}</h1>
<p class="dim">${escaped(data.span)}</p>
<div class="cards">${data.cards.map(card).join('')}</div>
<noscript>The charts need JavaScript; the figures below don't.</noscript>
<div id="readout" class="dim">Point at a chart to read it; drag to zoom, double-click to see all.</div>
<div id="charts"></div>
${figuresTable(data)}
${data.confs.map(requestsTable).join('\n')}
<p class="dim">* The values of a trace don't react to moves: a move that would have helped is followed by
the same readings as one that wouldn't.</p>
</main>
<script type="application/json" id="data">${inert(data)}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

type Data = ReturnType<typeof pageData>;

function own(file: string): string {
  return textAt(new URL(file, ASSETS).href);
}

function textAt(url: string): string {
  return readFileSync(fileURLToPath(url), 'utf8').trim();
}

/** Nothing is fetched, and only these very texts are run. */
function policyOf(styles: readonly string[], scripts: readonly string[]): string {
  const sources = (texts: readonly string[]) =>
    texts.map((text) => `'sha256-${sha(text)}'`).join(' ');
  const [style, script] = [sources(styles), sources(scripts)];
  return `default-src 'none'; style-src ${style}; script-src ${script}`;
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** JSON in which nothing looks like a tag or a comment to a browser. */
function inert(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function card({ label, rows }: Data['cards'][number]): string {
  const lines = rows.map(({ name, value }) => {
    const of = name === '' ? '' : `<span class="name">${escaped(name)}</span>`;
    return `<div class="row"><b>${escaped(value)}</b>${of}</div>`;
  });
  return `<div class="card"><span class="dim">${escaped(label)}</span>${lines.join('')}</div>`;
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
