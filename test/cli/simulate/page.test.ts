/** The page of --html: whole, for itself, and safe whatever the conf and the trace say. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { escaped } from '../../../src/cli/page.ts';
import { pageOf } from '../../../src/cli/simulate/page.ts';
import { Points } from '../../../src/cli/simulate/points.ts';
import type { Run } from '../../../src/cli/simulate/run.ts';
import { Simulation } from '../../../src/core/simulate.ts';
import { tempFolder } from '../../support/temp.ts';
import { csvOf, every, recordedLooking, stampAt, toReading } from '../../support/traces.ts';
import { makeConf } from '../../support/world.ts';
import { CONF, file, run } from './support.ts';

const NASTY = `</script><img src=x onerror="alert(1)">&'\u2028`;

interface Named {
  readonly vm?: string;
  readonly name?: string;
  readonly probe?: string;
  /** Of two confs. */
  readonly names?: readonly string[];
}

function page({ vm = 'db7', name = 'a.conf', probe = 'slow', names }: Named = {}): string {
  const base = makeConf({ vm, prices: { h1: 1 } });
  const rules = {
    ...base,
    probes: { [probe]: { intervalMs: 60_000, maxErrors: 3, unit: '' } },
    policies: base.policies.map((policy) => ({ ...policy, probe })),
  };
  const simulation = new Simulation(rules, { host: 'h1', moveTakesMs: 0, failing: new Set() });
  const points = new Points();
  for (const row of recordedLooking(300)) {
    const reading = toReading(row, probe);
    simulation.take(reading);
    points.see(reading);
  }
  const simulated = simulation.end();
  const runs: Run[] = (names ?? [name]).map((each) => ({
    name: each,
    rules,
    simulated,
  }));
  return pageOf(runs, points.series(), 'Europe/Oslo');
}

function dataOf(html: string) {
  const [, text = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(text);
}

describe('the page', () => {
  it('holds everything that it shows', () => {
    const data = dataOf(page());
    expect(data).toMatchObject({
      title: 'db7: what vmmanage would have done',
      zone: 'Europe/Oslo',
      from: stampAt(0).wallMs / 1000,
      confs: [{ short: 'a.conf', bounds: [{ kind: 'suffering', value: 50 }, { kind: 'idle' }] }],
      hosts: [{ name: 'h1' }, { name: 'h2' }, { name: 'h3' }, { name: 'b', base: true }],
    });
    const [conf] = data.confs;
    expect(conf.perHour).toHaveLength(5);
    expect(conf.requests.length).toBeGreaterThan(0);
    expect(conf.rows).toHaveLength(conf.requests.length);
    expect(conf.stays[0]).toMatchObject({ host: 'h1', from: data.from });
  });

  it('keeps every reading, and the missing ones as such', () => {
    const [series] = dataOf(page()).series;
    const floats = Buffer.from(series.values, 'base64');
    const values = Array.from({ length: 300 }, (_, i) => floats.readFloatLE(i * 4));
    const ticks = Buffer.from(series.times, 'base64');
    const rows = recordedLooking(300);
    expect(values.map((v) => (Number.isNaN(v) ? undefined : Math.round(v * 10) / 10))).toEqual(
      rows.map(([, value]) => value),
    );
    expect(series.fromMs + ticks.readUInt32LE(299 * 4) * series.unitMs).toBe(
      stampAt(299 * 60).wallMs,
    );
  });

  it('loads nothing: no address, no source but itself', () => {
    const html = page();
    expect(html).not.toMatch(/\b(src|href|action)\s*=\s*["']?https?:/i);
    expect(html).not.toMatch(/@import|<link|<iframe|\bfetch\(|XMLHttpRequest|WebSocket/);
    const urls = html.match(/https?:\/\/[^\s"'<>)]+/g) ?? [];
    expect(urls.filter((url) => !url.startsWith('https://github.com/leeoniya/uPlot'))).toEqual([]);
    expect(html).toContain(`content="default-src 'none'; `);
  });

  it('permits only the very scripts and styles that it holds', () => {
    const html = page();
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    const texts = [...html.matchAll(/<(?:script|style)>(.*?)<\/(?:script|style)>/gs)];
    expect(texts).toHaveLength(4);
    for (const [, text = ''] of texts) {
      const hash = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`'sha256-${hash}'`);
    }
    expect(policy).not.toContain('unsafe');
  });

  it.each(['vm', 'name', 'probe'])('puts in what a %s says as text', (field) => {
    const html = page({ [field]: NASTY });
    expect(html).not.toContain('<img');
    expect(html).not.toContain(NASTY);
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    expect(JSON.stringify(dataOf(html))).toContain('onerror');
  });

  it('shows two confs side by side, by their short names where these differ', () => {
    const names = ['/etc/low.conf', '/etc/high.conf'];
    expect(dataOf(page({ names })).confs.map(({ short }: { short: string }) => short)).toEqual([
      'low.conf',
      'high.conf',
    ]);
    const same = ['/a/x.conf', '/b/x.conf'];
    expect(dataOf(page({ names: same })).confs[0].short).toBe('/a/x.conf');
  });
});

it('escapes what ends text and attributes', () => {
  expect(escaped(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
});

describe('--html', () => {
  const trace = () => file('a.csv', csvOf(every(60, [76, 76, 76, 1])));

  it('writes the page beside the summary', async () => {
    const path = join(tempFolder(), 'page.html');
    const { status, out, err } = await run('-c', file('a.conf', CONF), '--html', path, trace());
    expect([status, err]).toEqual([0, `wrote ${path}\n`]);
    expect(out).toContain('requests*');
    expect(dataOf(readFileSync(path, 'utf8')).confs[0].requests).toHaveLength(1);
  });

  it('tells where it can’t', async () => {
    const { status, err } = await run(
      '-c',
      file('a.conf', CONF),
      '--html',
      '/nonexistent/a',
      trace(),
    );
    expect(status).toBe(1);
    expect(err).toContain("/nonexistent/a can't be written");
  });
});
