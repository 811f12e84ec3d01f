/**
 * Made-up central logs: guests that suffer by turns and move round their hosts. The texts are the
 * daemon's, each line stands as the sink writes it, and the same arguments give the same lines.
 */
import { DateTime } from 'luxon';

export interface Made {
  readonly guests: number;
  readonly hosts: number;
  /** When the first line came, in seconds since 1970. */
  readonly fromS: number;
  readonly toS: number;
  /** From one request of a guest to its next; the busy hours have more of them. */
  readonly everyS: number;
}

export interface MadeLine {
  readonly epochS: number;
  readonly name: string;
  readonly text: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly seq: number;
}

/** In order of time. */
export function madeLines(made: Made): MadeLine[] {
  const lines = Array.from({ length: made.guests }, (_, guest) => guestLines(made, guest)).flat();
  return lines.toSorted((a, b) => a.epochS - b.epochS);
}

function guestLines({ hosts, fromS, toS, everyS }: Made, guest: number): MadeLine[] {
  const name = `nii${guest + 1}`;
  const lines: MadeLine[] = [];
  const add = (epochS: number, text: string, fields: MadeLine['fields'] = []) => {
    if (epochS <= toS) lines.push({ epochS, name, text, fields, seq: lines.length });
  };
  let at = guest % hosts;
  const beginS = fromS + ((guest * 37) % everyS);
  add(beginS, 'Starting VMManage', [['version', '0.1.0']]);
  add(beginS, `Now using mln${at + 1}`, [['by', 'hosts']]);
  for (let n = 1, nowS = beginS; nowS < toS; n += 1) {
    nowS += pauseOf(nowS, guest, n, everyS);
    const [from, to] = [`mln${at + 1}`, `mln${((at + 1) % hosts) + 1}`];
    const request = `R${String(guest + 1).padStart(3, '0')}N${String(n).padStart(5, '0')}`;
    const way = [
      ['from', from],
      ['to', to],
    ] as const;
    add(nowS, 'Requesting migration of VM: just moving', [
      ...([
        ['request', request],
        ['policy', guest % 2 === 0 ? 'db' : 'web'],
      ] as const),
      ...way,
      ...([
        ['value', '76'],
        ['threshold', '50'],
        ['tarry', '3/3'],
      ] as const),
    ]);
    const tookS = 20 + ((guest * 7 + n * 13) % 40);
    if ((guest + n) % 11 === 0) {
      const why = `no memory (still at ${from})`;
      add(nowS + tookS, `Move to ${to} failed: ${why}`, [['request', request], ...way]);
    } else {
      add(nowS + tookS, `Arrived at ${to} after ${tookS} s`, [['request', request], ...way]);
      at = (at + 1) % hosts;
    }
    if (n % 5 === 0) add(nowS + tookS + 60, 'Held: cooldown 4m left', [['verdict', 'move']]);
  }
  return lines;
}

/** Twice as often by day as at night. */
function pauseOf(nowS: number, guest: number, n: number, everyS: number): number {
  const hour = Math.floor(nowS / 3600) % 24;
  const busy = hour >= 7 && hour < 17 ? 0.6 : 1.4;
  return Math.max(120, Math.round(everyS * busy * (0.6 + ((guest * 31 + n * 17) % 80) / 100)));
}

/** As `vmmanage sink` writes it by default, in UTC. */
export function textLine({ epochS, name, text, fields, seq }: MadeLine): string {
  const date = DateTime.fromSeconds(epochS, { zone: 'utc', locale: 'en-US' });
  const day = String(date.day).padStart(2);
  const when = `${date.toFormat('ccc LLL')} ${day} ${date.toFormat('HH:mm:ss')} UTC ${date.year}`;
  const said = fields.length === 0 ? '' : ` [${fields.map((field) => field.join('=')).join(' ')}]`;
  return `${epochS} ${when} ${name}: ${text}${said} [peer=10.0.0.5 boot=6f1c seq=${seq}]`;
}

/** As with `--format json`. */
export function jsonLine({ epochS, name, text, fields, seq }: MadeLine): string {
  const time = new Date(epochS * 1000).toISOString();
  const known = { time, at: time, name, peer: '10.0.0.5', boot: '6f1c', seq, priority: 30, text };
  return JSON.stringify({ ...known, fields: Object.fromEntries(fields), marks: [] });
}

/** As with `--format rfc5424`. */
export function rfc5424Line({ epochS, name, text, fields, seq }: MadeLine): string {
  const time = new Date(epochS * 1000).toISOString();
  const all = [['boot', '6f1c'], ['seq', String(seq)], ...fields];
  const data = all.map(([key, value]) => ` ${key}="${value}"`).join('');
  const sink = `[sink@32473 peer="10.0.0.5" received="${time}"]`;
  return `<30>1 ${time} ${name} vmmanage - - [vmmanage@32473${data}]${sink} ${text}`;
}

export const FORMS = { text: textLine, json: jsonLine, rfc5424: rfc5424Line } as const;
