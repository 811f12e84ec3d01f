/**
 * A page of `--html`: it holds everything that it shows and asks nobody for anything. What comes from
 * outside goes in as JSON that can't end its element, or escaped; the page's own policy forbids every
 * script and every address but those that are written here.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installed } from './installed.ts';

export interface Page {
  readonly title: string;
  /** A line below the title. */
  readonly span: string;
  /** HTML, in which all that others said is escaped. */
  readonly body: string;
  /** What the scripts draw. */
  readonly data: unknown;
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
}

export function htmlOf({ title, span, body, data, styles, scripts }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyOf(styles, scripts)}">
<title>${escaped(title)}</title>
${styles.map((text) => `<style>${text}</style>`).join('\n')}
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p class="dim">${escaped(span)}</p>
${body}
</main>
<script type="application/json" id="data">${inert(data)}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

/** A file of assets/. */
export function asset(path: string): string {
  return textAt(installed(`assets/${path}`).href);
}

export function textAt(url: string): string {
  return readFileSync(fileURLToPath(url), 'utf8').trim();
}

/** The browser may be elsewhere than the machine that wrote the page. */
export function namedZone(zone: string): string {
  return zone === 'system' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
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

export interface Card {
  readonly label: string;
  readonly rows: readonly { readonly name: string; readonly value: string }[];
}

export function cardsHtml(cards: readonly Card[]): string {
  return `<div class="cards">${cards.map(card).join('')}</div>`;
}

function card({ label, rows }: Card): string {
  const lines = rows.map(({ name, value }) => {
    const of = name === '' ? '' : `<span class="name">${escaped(name)}</span>`;
    return `<div class="row"><b>${escaped(value)}</b>${of}</div>`;
  });
  return `<div class="card"><span class="dim">${escaped(label)}</span>${lines.join('')}</div>`;
}
