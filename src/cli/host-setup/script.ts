/**
 * The script that `vmmanage host-setup` prints or runs: values in front, then the parts of etc/host/setup that its task
 * needs. There is one implementation, in POSIX sh, since hosts needn't have Node. It is run from its last line on, so
 * that one that came through in part does nothing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { installed } from '../installed.ts';

/** What is to be done; each has its part in etc/host/setup. */
export type Task = 'install' | 'add' | 'revoke' | 'list' | 'audit' | 'known-hosts';

/** Where and for whom, for every task. */
export interface Place {
  /** The folder of another system; '' for this one. */
  readonly root: string;
  /** Whose authorized_keys hold the guests' keys. */
  readonly account: string;
  /** Of the sshd that guests reach; '' for the usual one. */
  readonly sshdConfig: string;
}

/** The variables of a task's part. Their values are checked: no quote, no control character but a newline. */
export type Values = Readonly<Record<string, string>>;

export interface Script {
  readonly task: Task;
  readonly place: Place;
  readonly values: Values;
  /** For who reads it: what it does, in a line or two. */
  readonly about: readonly string[];
  /** Findings and rows with tabs between, rather than for people. */
  readonly forPrograms: boolean;
}

const PARTS: Readonly<Record<Task, readonly string[]>> = {
  install: ['common', 'sudoers', 'install'],
  add: ['common', 'sudoers', 'add'],
  revoke: ['common', 'sudoers', 'revoke'],
  list: ['common', 'list'],
  audit: ['common', 'sudoers', 'audit'],
  'known-hosts': ['common', 'known-hosts'],
};

/** What ends the program's text in the script. */
const ENDS = 'END_OF_VMMANAGE_HOST';
const FOLDER = installed('etc/host/');

export function scriptText(script: Script): string {
  const { task, place } = script;
  const values = {
    root: place.root,
    account: place.account,
    sshd_config: place.sshdConfig,
    for_programs: script.forPrograms ? 'yes' : 'no',
    ...script.values,
    ...(task === 'install' || task === 'audit' ? { digest: digest(program()) } : {}),
  };
  return [
    '#!/bin/sh',
    ...script.about.map((line) => `# ${line}`),
    '# shellcheck shell=sh disable=SC2034,SC2154,SC2317,SC2329 # not each task needs all of what they share',
    'set -euf',
    'umask 022',
    'LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'export LC_ALL PATH',
    '',
    ...Object.entries(values).map(([name, value]) => `${name}=${shellQuoted(value)}`),
    '',
    ...PARTS[task].map(part),
    ...(task === 'install' ? [programPart()] : []),
    'main </dev/null',
    '',
  ].join('\n');
}

function part(name: string): string {
  return readFileSync(new URL(`setup/${name}.sh`, FOLDER), 'utf8');
}

function program(): string {
  return readFileSync(new URL('vmmanage-host', FOLDER), 'utf8');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function programPart(): string {
  const text = program();
  if (text.includes(ENDS)) throw new Error(`vmmanage-host holds ${ENDS}`);
  return `# --- vmmanage-host, as it is installed ---\n\nprogram() {\ncat <<'${ENDS}'\n${text}${ENDS}\n}\n`;
}

/** In single quotes all stands for itself; what would end them never gets here. */
function shellQuoted(value: string): string {
  if (/'|(?!\n)\p{C}/u.test(value)) throw new Error('a value of host-setup was not checked');
  return `'${value}'`;
}
