/** What the main job needs around its story: a folder, the three programs, and their end. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Mariadb, startMariadb } from '../../test/support/mariadb.ts';
import { Child } from './child.ts';
import { confText, LONG_QUERY_S } from './conf.ts';
import { announces, indented, say } from './say.ts';

const PROGRAM = ['bin/vmmanage'];
const LOOK_EVERY_MS = 100;
const READY_MS = 15_000;
const PARENT_EVERY_MS = 1_000;

export interface JobOptions {
  readonly keep: boolean;
  readonly remove: boolean;
}

/** Where the story plays. */
export interface Stage {
  readonly folder: string;
  readonly database: Mariadb;
  readonly sink: Child;
  readonly daemon: Child;
  readonly runtime: string;
  readonly state: string;
  readonly centralLog: string;
}

/** Sets the stage, plays `story`, and clears it away, whatever happens. */
export async function runJob(
  options: JobOptions,
  end: AbortSignal,
  story: (stage: Stage) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-main-job-'));
  const undo: (() => Promise<void>)[] = [];
  try {
    const stage = await setStage(folder, undo, end);
    await story(stage);
    if (options.keep) await keep(stage, end);
  } finally {
    for (const step of undo.reverse()) await step();
    if (options.remove) rmSync(folder, { recursive: true, force: true });
    else tellFiles(folder);
  }
}

async function setStage(
  folder: string,
  undo: (() => Promise<void>)[],
  end: AbortSignal,
): Promise<Stage> {
  const file = (name: string) => join(folder, name);
  announces('STARTING', 'a private MariaDB');
  const database = await startMariadb({ flags: [`--long-query-time=${LONG_QUERY_S}`] });
  undo.push(() => database.remove());
  await database.query('CREATE USER vmmanage@localhost');
  end.throwIfAborted();

  const centralLog = file('central.log');
  const listen = ['sink', '--listen', '127.0.0.1:0', '--file', centralLog];
  const sink = new Child('the sink', [...PROGRAM, ...listen], file('sink.log'));
  undo.push(() => sink.end());
  const sinkPort = Number(await saidBy(sink, /127\.0\.0\.1:(\d+)/, end));
  announces('STARTING', `the central sink on 127.0.0.1:${sinkPort}, into ${centralLog}`);

  const conf = file('vmmanage.conf');
  const text = confText({ folder, database: database.socket, sinkPort });
  writeFileSync(conf, text, { mode: 0o600 });
  announces('STARTING', `the daemon: vmmanage run -c ${conf}`);
  say(`\n${indented(text)}\n`);
  const daemon = new Child('the daemon', [...PROGRAM, 'run', '-c', conf], file('daemon.log'));
  undo.push(() => daemon.end());
  const stage = { folder, database, sink, daemon, centralLog };
  return { ...stage, runtime: file('run'), state: file('state') };
}

/** The first group of `pattern` in what a program says. */
async function saidBy(child: Child, pattern: RegExp, end: AbortSignal): Promise<string> {
  const found = () => pattern.exec(child.said())?.[1];
  return until(`${child.name} to say ${pattern}`, READY_MS, end, () => {
    if (!child.running && found() === undefined) throw new Error(child.ending());
    return found();
  });
}

/** Looks again and again until there is something; rejects when that takes longer than `ms`. */
export async function until<T>(
  what: string,
  ms: number,
  end: AbortSignal,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const last = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > last) throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
    await sleep(LOOK_EVERY_MS, undefined, { signal: end });
  }
}

async function keep({ runtime, centralLog }: Stage, end: AbortSignal): Promise<void> {
  say('Left running until Ctrl-C. To look at it from another terminal, in this folder:\n');
  say(indented(`npx vmmanage status --runtime ${runtime}`));
  say(indented(`npx vmmanage explain --runtime ${runtime}`));
  say(indented(`npx vmmanage move --why "to see it" --force --runtime ${runtime}`));
  say(indented(`tail -f ${centralLog}`));
  await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }));
}

function tellFiles(folder: string): void {
  const files = {
    'vmmanage.conf': 'the conf',
    'central.log': 'the central log',
    'state/journal.jsonl': 'the journal: every decision and request',
    'state/history': 'every reading, one CSV file a day',
    'daemon.log': "the daemon's own log",
    'sink.log': "the sink's own log",
  };
  const there = Object.entries(files).filter(([name]) => existsSync(join(folder, name)));
  say(`\nThe files are in ${folder} (the database's are gone):`);
  for (const [name, what] of there) say(`    ${name.padEnd(20)} ${what}`);
}

/** Calls `then` when the process that started this one has ended. */
export function parentGone(end: AbortSignal, then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) then();
  }, PARENT_EVERY_MS);
  timer.unref();
  end.addEventListener('abort', () => clearInterval(timer), { once: true });
}

export function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
