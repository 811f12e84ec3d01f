/** The page of metrics of the built daemon: by Prometheus's own checker, and by our own probe. */
import { spawnSync } from 'node:child_process';
import { get } from 'node:http';
import { expect, it } from 'vitest';
import { prometheus } from '../../src/probes/prometheus.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';
import { freePort, mustFind } from '../support/program.ts';
import { Rig, until } from '../support/rig.ts';

const clock = systemClock();

const conf = (port: number, more = '') => `
[array]
hosts = h1, h2
base = b
spread = no
[probe cpu]
kind = system
measure = cpu
interval = 200ms
[probe gone]
kind = command
command = /bin/false
interval = 200ms
[policy p]
kind = base-aware
probe = cpu
suffering = > 200 for 3
idle = < -1 for 20
[migrator]
kind = local
[cost]
array = 1
base = 0.5
[metrics]
listen = 127.0.0.1:${port}
${more}
`;

function text(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let said = '';
      answer.on('data', (chunk) => {
        said += chunk;
      });
      answer.on('end', () => resolve(said));
    }).on('error', reject);
  });
}

/** As a tenant's `[probe] kind = prometheus` reads it. */
async function probed(port: number, metric: string) {
  const url = `http://127.0.0.1:${port}/metrics`;
  const options = optionsFrom(prometheus.options, { url, metric });
  const probe = prometheus.open(options, { clock, intervalMs: 1000 });
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(5000));
  await probe.close();
  return measured;
}

it('is as promtool wants it, and follows what the guest does', async () => {
  const port = await freePort();
  const rig = new Rig(conf(port));
  const daemon = await rig.startAndWait();
  const missing = 'vmmanage_probe_missing_readings_total{probe="gone"}';
  await until('three missing readings', async () => {
    const read = await probed(port, missing);
    return 'value' in read && read.value >= 3;
  });
  const page = await text(`http://127.0.0.1:${port}/metrics`);
  const checked = spawnSync(mustFind('promtool'), ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  });
  expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
  expect(await probed(port, 'vmmanage_probe_failing{probe="gone"}')).toEqual({ value: 1 });
  expect(await probed(port, 'vmmanage_probe_value{probe="cpu"}')).toEqual({
    value: expect.any(Number),
  });
  expect(await probed(port, 'vmmanage_info{vm="db7"}')).toEqual({ value: 1 });

  expect((await rig.act('/v1/move', { verdict: 'move' })).status).toBe(202);
  const moved = 'vmmanage_outcomes_total{verdict="move",outcome="confirmed"}';
  await until('the move', async () => {
    const read = await probed(port, moved);
    return 'value' in read && read.value === 1;
  });
  expect(await probed(port, 'vmmanage_at_host{host="h2"}')).toEqual({ value: 1 });
  expect(await probed(port, 'vmmanage_requests_total{verdict="move"}')).toEqual({ value: 1 });
  expect(await daemon.end()).toBe(0);
});

it('goes where a reload says, and leaves the daemon alone where that is taken', async () => {
  const [port, next] = [await freePort(), await freePort()];
  const rig = new Rig(conf(port));
  await rig.startAndWait();
  rig.write(conf(next));
  expect((await rig.act('/v1/reload')).status).toBe(200);
  expect(await probed(next, 'vmmanage_journal_trouble')).toEqual({ value: 0 });
  expect(await probed(port, 'vmmanage_journal_trouble')).toEqual({
    missing: expect.stringMatching(/^no server listens/),
  });
  const other = new Rig(conf(next));
  const daemon = await other.startAndWait();
  const cautions = (await other.status())?.cautions ?? [];
  expect(cautions).toContainEqual(
    expect.stringMatching(/^metrics can't be served at .*EADDRINUSE/),
  );
  expect(await daemon.end()).toBe(0);
});
