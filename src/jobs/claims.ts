/**
 * How a page becomes this guest's: by a rename on its server that refuses to overwrite, so that of
 * two guests one gets it. Whether it worked, to claim or to put away, is not taken from what is said
 * here: the caller looks whether the claimed page is there.
 */
import type { Clock } from '../core/clock.ts';
import { type Access, exchange, statusText } from '../system/exchange.ts';
import { describeEnd, runProgram } from '../system/programs.ts';
import { sshWords } from '../system/ssh.ts';
import { claimedUrl, doneUrl, type QueueSettings } from './options.ts';

/** `not now`: by what is said, there is nothing to rename any more, or it was done before. */
export type Renamed = 'done' | 'not now' | { readonly failed: string };

export interface ClaimWay {
  /** The page to this guest's. */
  claim(signal: AbortSignal): Promise<Renamed>;
  /** This guest's page to the one that is kept until its next. */
  release(signal: AbortSignal): Promise<Renamed>;
}

/** Servers may explain themselves, but nobody reads it. */
const ANSWER_MAX_BYTES = 64 * 1024;
/** sysexits.h: EX_TEMPFAIL. */
const EXIT_NOT_NOW = 75;
const PROGRAM_MS = 60_000;

export function claimWay(settings: QueueSettings, clock: Clock): ClaimWay {
  switch (settings.options.claim) {
    case 'webdav':
      return webdav(settings);
    case 'ssh':
      return programs(settings, clock, (word) => claimWords(settings, word));
    case 'command':
      return programs(settings, clock, (word) => [...(settings.options.claim_command ?? []), word]);
  }
}

/** RFC 4918, 9.9: MOVE with `Overwrite: F` is refused with 412 where the target is there. */
function webdav(settings: QueueSettings): ClaimWay {
  const move = async (
    url: string,
    destination: string,
    overwrite: 'T' | 'F',
    signal: AbortSignal,
  ) => {
    const headers = { destination, overwrite };
    const access: Access = settings.options;
    const asked = { method: 'MOVE', url, headers, maxBytes: ANSWER_MAX_BYTES, access } as const;
    const answer = await exchange(asked, signal);
    return 'failed' in answer ? answer : moved(answer.status, access);
  };
  const claimed = claimedUrl(settings);
  return {
    claim: (signal) => move(settings.url, claimed, 'F', signal),
    release: (signal) => move(claimed, doneUrl(settings), 'T', signal),
  };
}

function moved(status: number, access: Access): Renamed {
  if (status === 201 || status === 204) return 'done';
  if (status === 404 || status === 412) return 'not now';
  return { failed: statusText(status, access) };
}

type Word = 'claim' | 'release';

const CONNECT_S = 20;

/** The guest's name isn't sent: the forced command knows whose key it is. */
function claimWords({ url, options }: QueueSettings, word: Word): string[] {
  const { ssh: account = '', ssh_port: port, ssh_key: key, ssh_known_hosts: knownHosts } = options;
  const page = new URL(url).pathname.split('/').at(-1) ?? '';
  return sshWords({ account, port, key, knownHosts, connectSeconds: CONNECT_S }, [word, page]);
}

function programs(
  settings: QueueSettings,
  clock: Clock,
  words: (word: Word) => readonly string[],
): ClaimWay {
  const env = {
    VMMANAGE_VM: settings.vm,
    VMMANAGE_QUEUE: settings.name,
    VMMANAGE_URL: settings.url,
    VMMANAGE_CLAIMED_URL: claimedUrl(settings),
    VMMANAGE_DONE_URL: doneUrl(settings),
  };
  const run = async (word: Word, signal: AbortSignal): Promise<Renamed> => {
    const program = { argv: words(word), env, timeoutMs: PROGRAM_MS, signal };
    const ended = await runProgram(program, clock);
    if (ended.timedOut || ended.aborted) return { failed: describeEnd(ended) };
    if (ended.exit === 0) return 'done';
    return ended.exit === EXIT_NOT_NOW ? 'not now' : { failed: describeEnd(ended) };
  };
  return {
    claim: (signal) => run('claim', signal),
    release: (signal) => run('release', signal),
  };
}
