import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AlertSettings } from '../../src/conf/loaded.ts';
import type { Happening } from '../../src/core/events.ts';
import { Alerter } from '../../src/daemon/alerter.ts';
import { systemClock } from '../../src/system/clock.ts';
import { tempFolder } from '../support/temp.ts';

const clock = systemClock();
/** The waits between two tries are no wait here. */
const hasty = {
  ...clock,
  sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms < 10_000 ? ms : 1, signal),
};
const ALERT = {
  ...{ n: 7, about: 'unconfirmed', text: 'nobody “knows”' },
  at: { wallMs: Date.UTC(2026, 10, 21), boot: 'b', bootMs: 0 },
};
const MESSAGE = {
  ...{ v: 1, vm: 'db7', n: 7, time: '2026-11-21T00:00:00.000Z' },
  ...{ about: 'unconfirmed', text: 'nobody “knows”' },
};

function setUp(settings: Partial<AlertSettings>) {
  const events: Happening[] = [];
  const post = async (event: Happening) => void events.push(event);
  const all: AlertSettings = {
    ...{ exec: undefined, url: undefined, mail: [], sendmail: '/no/such/sendmail' },
    ...{ timeoutMs: 5000, tries: 3, remindMs: undefined },
    ...settings,
  };
  return { events, alerter: new Alerter(all, { clock: hasty, vm: 'db7', post }) };
}

/** Answers with each status in turn, and keeps what it was sent. */
async function server(...statuses: number[]) {
  const bodies: unknown[] = [];
  const listening = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(JSON.parse(text));
    response.writeHead(statuses.shift() ?? 200).end();
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => void listening.close());
  return { bodies, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/hook` };
}

describe('an alert', () => {
  it('goes to a program, in its environment and on its standard input', async () => {
    const folder = tempFolder();
    const script = `cat > ${folder}/in; env | grep ^VMMANAGE_ | sort > ${folder}/env`;
    const { alerter, events } = setUp({ exec: ['/bin/sh', '-c', script] });
    await alerter.send(ALERT);
    expect(JSON.parse(readFileSync(join(folder, 'in'), 'utf8'))).toEqual(MESSAGE);
    expect(readFileSync(join(folder, 'env'), 'utf8').trim().split('\n')).toEqual([
      'VMMANAGE_ALERT=unconfirmed',
      'VMMANAGE_ALERT_N=7',
      'VMMANAGE_TEXT=nobody “knows”',
      'VMMANAGE_TIME=2026-11-21T00:00:00.000Z',
      'VMMANAGE_VM=db7',
    ]);
    expect(events).toMatchObject([{ type: 'alerted', n: 7, ok: true, text: 'exec' }]);
  });

  it('goes to an address, and again where it was not taken', async () => {
    const { bodies, url } = await server(500, 503, 204);
    const { alerter, events } = setUp({ url });
    await alerter.send(ALERT);
    expect(bodies).toEqual([MESSAGE, MESSAGE, MESSAGE]);
    expect(events).toMatchObject([{ ok: true, text: 'url' }]);
  });

  it('goes by mail', async () => {
    const folder = tempFolder();
    const sendmail = join(folder, 'sendmail');
    writeFileSync(sendmail, `#!/bin/sh\necho "$@" > ${folder}/args\ncat > ${folder}/mail\n`, {
      mode: 0o755,
    });
    const { alerter, events } = setUp({ mail: ['ops@example.org'], sendmail });
    await alerter.send(ALERT);
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('-t -i\n');
    const mail = readFileSync(join(folder, 'mail'), 'utf8');
    expect(mail).toContain('Subject: vmmanage db7: unconfirmed\n');
    expect(events).toMatchObject([{ ok: true, text: 'mail' }]);
  });

  it('that one way doesn’t take goes the others all the same, and is told as not sent', async () => {
    const { bodies, url } = await server(404, 404, 404, 404);
    const { alerter, events } = setUp({ url, exec: ['/bin/true'], mail: ['a@b.c'] });
    await alerter.send(ALERT);
    expect(bodies).toHaveLength(3);
    expect(events).toMatchObject([
      { ok: false, text: 'url: HTTP status 404, mail: no such program: /no/such/sendmail' },
    ]);
  });

  it('to nobody there keeps the address to itself', async () => {
    const { alerter, events } = setUp({ url: 'http://127.0.0.1:1/secret-token', tries: 1 });
    await alerter.send(ALERT);
    expect(events).toMatchObject([{ ok: false, text: 'url: ECONNREFUSED' }]);
  });

  it('is given up when it takes too long', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const { alerter, events } = setUp({ url, tries: 1, timeoutMs: 100 });
    await alerter.send(ALERT);
    expect(events).toMatchObject([{ ok: false, text: 'url: timed out' }]);
  });

  it('that a program doesn’t read does no harm', async () => {
    const { alerter, events } = setUp({ exec: ['/bin/true'] });
    await alerter.send({ ...ALERT, text: 'x'.repeat(1_000_000) });
    expect(events).toMatchObject([{ ok: true }]);
  });

  it('over the bound of 32 is let go, and at the end all are', async () => {
    const { alerter, events } = setUp({ exec: ['/bin/sleep', '60'] });
    const sent = Array.from({ length: 40 }, () => alerter.send(ALERT));
    await Promise.all(sent.slice(32));
    alerter.end();
    await Promise.all(sent);
    expect(events).toEqual([]);
  });
});
