/** The provider's answers, over real HTTP: what is believed, and what isn't. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askProvider } from '../../../src/daemon/provider/ask.ts';
import { providerLocator } from '../../../src/migrators/locators/provider.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { parseVm } from '../../../src/wire/provider.ts';
import { freePort } from '../../support/program.ts';
import { type Provider, startProvider, TOKEN } from '../../support/provider.ts';
import { contextWith, NEVER, told } from './context.ts';

const ANSWER = {
  ...{ name: 'db7', site: 'oslo', host: 'xen2', since: '2026-11-21T08:12:00Z' },
  hosts: [{ name: 'xen1', base: false, state: 'up', rank: 1, free_mem_mb: 512, load: 0.5 }],
};

async function look({ port }: Pick<Provider, 'port'>, timeoutMs = 5000, token = TOKEN) {
  const settings = {
    ...{ url: `http://127.0.0.1:${port}/base/`, token, ca: undefined, everyMs: undefined },
    ...{ bounds: [], hysteresis: 0.1, timeoutMs, queueMax: 10 },
  };
  const ask = (signal: AbortSignal) => askProvider(settings, systemClock(), signal);
  return told(await providerLocator.open({}, contextWith({ askProvider: ask })).locate(NEVER));
}

describe('the provider', () => {
  it('says on which host the guest is, and since when', async () => {
    const provider = await startProvider();
    provider.vm = ANSWER;
    expect(await look(provider)).toEqual(['at xen2', 'provider: xen2 since 2026-11-21T08:12:00Z']);
    expect(provider.wrong).toEqual([]);
  });

  it.each<[string, object, [string, string]]>([
    ['a site and no host', { host: null }, ['inside oslo', 'oslo, no host']],
    [
      'a site that the conf doesn’t have',
      { host: null, site: 'rome' },
      ['unknown', 'rome, no host'],
    ],
    ['no since', { since: undefined }, ['at xen2', 'xen2']],
    ['more than anybody knows', { mood: 'good' }, ['at xen2', 'xen2 since 2026-11-21T08:12:00Z']],
    ['another host', { host: 'xen7' }, ['unknown', 'not a host of the conf: xen7']],
    ['another guest', { name: 'db8' }, ['unknown', 'speaks of another guest: db8']],
  ])('may say %s', async (_, more, [word, says]) => {
    const provider = await startProvider();
    provider.vm = { ...ANSWER, ...more };
    expect(await look(provider)).toEqual([word, `provider: ${says}`]);
  });

  it.each<[string, string]>([
    ['no JSON', 'xen2'],
    ['a list', '["xen2"]'],
    ['no host', JSON.stringify({ ...ANSWER, host: undefined })],
    ['a number for a host', JSON.stringify({ ...ANSWER, host: 2 })],
    ['a host too long', JSON.stringify({ ...ANSWER, host: 'x'.repeat(301) })],
    ['an odd time', JSON.stringify({ ...ANSWER, since: 'yesterday' })],
    ['hosts of another shape', JSON.stringify({ ...ANSWER, hosts: [{ name: 'xen1' }] })],
    [
      'a state that there isn’t',
      JSON.stringify({ ...ANSWER, hosts: [{ name: 'x', base: true, state: 'odd' }] }),
    ],
    ['a field of the prototype', '{"__proto__":{"name":"db7","site":"oslo","host":"xen2"}}'],
  ])('isn’t believed with %s', async (_, body) => {
    const provider = await startProvider();
    provider.answer = (_request, response) => void response.end(body);
    const [word, says] = await look(provider);
    expect(word).toBe('unknown');
    expect(says).toMatch(/^provider: not a provider's answer: /);
  });

  it('that refuses, hangs, floods, leads elsewhere or isn’t there tells nothing', async () => {
    const provider = await startProvider();
    const answered = async (answer: Provider['answer'], timeoutMs?: number) => {
      provider.answer = answer;
      return look(provider, timeoutMs);
    };
    const elsewhere = { location: 'http://127.0.0.1:1/' };
    expect(await look(provider, 5000, 'wrong')).toEqual(['unknown', 'provider: HTTP status 401']);
    expect(await answered((_, r) => void r.writeHead(503).end())).toEqual([
      'unknown',
      'provider: HTTP status 503',
    ]);
    expect(await answered((_, r) => void r.writeHead(302, elsewhere).end())).toEqual([
      'unknown',
      'provider: HTTP status 302',
    ]);
    expect(await answered((_, r) => void r.write('{'), 200)).toEqual([
      'unknown',
      'provider: no answer in time',
    ]);
    expect(await answered((_, r) => void r.end('x'.repeat(200_000)))).toEqual([
      'unknown',
      'provider: ERR_BAD_RESPONSE',
    ]);
    expect(await look({ port: await freePort() })).toEqual(['unknown', 'provider: ECONNREFUSED']);
  });
});

it('no body makes the reader throw, nor a host of another type', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      const answer = parseVm(body);
      if (answer) expect(typeof answer.name).toBe('string');
    }),
  );
});
