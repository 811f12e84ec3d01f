/** `--activity` and `--html`: what is drawn, and that no log can break a page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { contentOf, logs, MADE, written } from './support.ts';

const NASTY = `</script><img src=x onerror="alert(1)">&'\u2028`;

async function pageOf(content: string, ...args: string[]) {
  const folder = tempFolder();
  const path = join(folder, 'page.html');
  const told = await logs([written(folder, 'a.log', content), '--html', path, ...args]);
  expect([told.status, told.err]).toEqual([0, `wrote ${path}\n`]);
  return { html: readFileSync(path, 'utf8'), out: told.out };
}

function dataOf(html: string) {
  const [, text = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(text);
}

describe('--activity', () => {
  it('draws requests of each guest and guests of each host', async () => {
    const { out } = await logs([written(tempFolder(), 'a.log', contentOf(MADE)), '--activity']);
    expect(out).toMatch(/^5 guests on 3 hosts from 2009-05-13 18:34 to 2009-05-14 18:\d\d, /);
    expect(out).toMatch(/\nnii5 +\d+ +\d+ failed +at most \d+ +[·▁▂▃▄▅▆▇█]{25}\n/);
    expect(out).toMatch(/\nmln3 +on average \d\.\d +at most \d\.\d +[·▁▂▃▄▅▆▇█]{25}\n/);
  });

  it('says all as JSON too', async () => {
    const file = written(tempFolder(), 'a.log', contentOf(MADE));
    const { out } = await logs([file, '--activity', '--json']);
    const { guests, hosts } = JSON.parse(out);
    expect(hosts).toEqual(['mln1', 'mln2', 'mln3']);
    const requests = MADE.filter(({ name, text }) => name === 'nii2' && text.startsWith('Req'));
    expect(guests[1].requestsMs).toEqual(requests.map(({ epochS }) => epochS * 1000));
  });

  it('keeps to the filters, and says when nothing is left', async () => {
    const file = written(tempFolder(), 'a.log', contentOf(MADE));
    expect((await logs([file, '--activity', '--host', 'nii2'])).out).toContain(
      '1 guest on 3 hosts',
    );
    expect((await logs([file, '--activity', '--host', 'x'])).out).toBe('nothing in that time\n');
  });

  it('sums up those that ask least', async () => {
    const many = MADE.flatMap((line) =>
      Array.from({ length: 20 }, (_, n) => ({ ...line, name: `${line.name}-${n}` })),
    );
    const { out } = await logs([written(tempFolder(), 'a.log', contentOf(many)), '--activity']);
    expect(out).toContain('and 60 guests that asked less often');
  });
});

describe('--html', () => {
  it('holds every guest with its stays and its lines', async () => {
    const { html, out } = await pageOf(contentOf(MADE));
    expect(out).toBe('');
    const data = dataOf(html);
    expect(data).toMatchObject({ zone: 'Europe/Oslo', hosts: ['mln1', 'mln2', 'mln3'] });
    expect(data.guests.map(({ name }: { name: string }) => name)).toEqual([
      'nii1',
      'nii2',
      'nii3',
      'nii4',
      'nii5',
    ]);
    const [guest] = data.guests;
    const own = MADE.filter(({ name }) => name === 'nii1');
    expect(guest.lines).toHaveLength(
      own.filter(({ text }) => /^Req|^Arr|^Move|^Held/.test(text)).length,
    );
    expect(guest.lines[0][2]).toBe(
      'Requesting migration of VM: just moving (mln1→mln2, policy db, value 76, threshold 50, tarry 3/3)',
    );
    expect(guest.stays[0].slice(0, 2)).toEqual([0, 0]);
    expect(guest.stays.at(-1)[2]).toBe(data.span);
  });

  it('loads nothing, and permits only the scripts and styles that it holds', async () => {
    const { html } = await pageOf(contentOf(MADE));
    expect(html).not.toMatch(
      /https?:|@import|<link|<iframe|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML/,
    );
    expect(html).toContain(`content="default-src 'none'; `);
    expect(html).not.toContain('unsafe');
  });

  it.each([
    [
      'a name',
      `1242232480 Wed May 13 18:34:40 CEST 2009 a: Now using ${NASTY.replace(/ /g, '_')}\n1242232490 Wed May 13 18:34:50 CEST 2009 a: x\n`,
    ],
    ['a text', `1242232480 Wed May 13 18:34:40 CEST 2009 a: Held: ${NASTY}\n`],
    [
      'a field',
      `${JSON.stringify({ time: '2009-05-13T16:34:40Z', name: NASTY, text: 'Held: x', fields: { [NASTY]: NASTY } })}\n`,
    ],
  ])('is unharmed by %s', async (_, line) => {
    const { html } = await pageOf(line);
    expect(html).not.toContain('<img');
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(JSON.stringify(dataOf(html))).toContain('onerror');
  });

  it('of nothing is a page still', async () => {
    expect(dataOf((await pageOf('')).html)).toMatchObject({ guests: [], span: 1 });
  });

  it('tells where it can’t be written', async () => {
    const file = written(tempFolder(), 'a.log', contentOf(MADE));
    const { status, err } = await logs([file, '--html', '/nonexistent/a']);
    expect(status).toBe(1);
    expect(err).toContain("/nonexistent/a can't be written");
    expect(await logs([file, '--html', '-'])).toMatchObject({ status: 2, out: '' });
  });
});
