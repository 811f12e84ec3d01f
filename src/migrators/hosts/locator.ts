/** Where the guest is, by every host's own word. It believes nobody more than another. */
import type { Sighting } from '../../core/sighting.ts';
import type { Locator } from '../migrator.ts';
import type { Where } from './answer.ts';
import { against, type HostCalls, type Reply } from './calls.ts';
import { ofEach } from './of-each.ts';

/** What one host said of the guest. */
export interface Word {
  readonly host: string;
  readonly reply: Reply<Where>;
}

export class HostsLocator implements Locator {
  readonly #calls: Pick<HostCalls, 'where'>;
  readonly #hosts: readonly string[];

  constructor(calls: Pick<HostCalls, 'where'>, hosts: readonly string[]) {
    this.#calls = calls;
    this.#hosts = hosts;
  }

  async locate(signal: AbortSignal): Promise<Sighting> {
    const words = await ofEach(this.#hosts, async (host) => ({
      host,
      reply: await this.#calls.where(host, signal),
    }));
    return sightingOf(words);
  }
}

/** `at` where exactly one host has it and none has a transfer of it open (DESIGN.md §7). */
export function sightingOf(words: readonly Word[]): Sighting {
  const answers = words.map(({ host, reply }) => ({ who: host, says: says(reply) }));
  const to = destination(words);
  if (to !== undefined) return { kind: 'moving', to, answers };
  const [at, another] = words.filter(({ reply }) => hereOf(reply) === 'yes');
  if (at === undefined || another) return { kind: 'unknown', answers };
  return { kind: 'at', host: at.host, answers };
}

/** Where it is being received; or where a host that has a transfer of it open says it goes. */
function destination(words: readonly Word[]): string | undefined {
  const receiving = words.find(({ reply }) => hereOf(reply) === 'incoming');
  if (receiving) return receiving.host;
  const sending = words.find(({ reply }) => isSending(reply));
  if (sending?.reply.kind !== 'answer') return undefined;
  const { target } = sending.reply.value;
  return words.find(({ host }) => host === target)?.host ?? sending.host;
}

function isSending(reply: Reply<Where>): boolean {
  if (reply.kind !== 'answer') return false;
  const { here, target } = reply.value;
  return here === 'leaving' || (here === 'yes' && target !== undefined);
}

function hereOf(reply: Reply<Where>) {
  return reply.kind === 'answer' ? reply.value.here : undefined;
}

function says(reply: Reply<Where>): string {
  if (reply.kind !== 'answer') return against(reply);
  const { here, since, target } = reply.value;
  const goes = target === undefined ? '' : `, moving to ${target}`;
  switch (here) {
    case 'yes':
      return `here${since === undefined ? '' : ` since ${timeText(since)}`}${goes}`;
    case 'no':
      return 'no such domain here';
    case 'incoming':
      return 'receiving it';
    case 'leaving':
      return `handing it over${target === undefined ? '' : ` to ${target}`}`;
  }
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
