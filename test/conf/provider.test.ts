/** [provider]: what is right, what isn't, and that the token stays out of everything. */
import { describe, expect, it } from 'vitest';
import { printConf } from '../../src/conf/print.ts';
import { check, HERE, loaded, problems, warnings } from './help.ts';

const REST =
  '[array]\nhosts = a, b\n[probe cpu]\nkind = system\nmeasure = cpu\n[policy]\nkind = threshold-aware\nsuffering = > 90 for 3\n';
const TOKEN = 's3cret-token==';
const setting = { surroundings: { ...HERE, env: { TOKEN } } };
const conf = (text: string) => check([`[provider]\n${text}${REST}`], setting);
const given = `token = ${'$'}{TOKEN}\n`;

describe('a provider', () => {
  it('is none without the section', () => {
    expect(loaded(check([REST])).provider).toBeUndefined();
  });

  it('has defaults for all but its address and token', () => {
    expect(loaded(conf(`url = https://control.example.net\n${given}`)).provider).toEqual({
      url: 'https://control.example.net/',
      token: TOKEN,
      ca: undefined,
      everyMs: 10_000,
      bounds: [],
      hysteresis: 0.1,
      timeoutMs: 5000,
      queueMax: 10_000,
    });
  });

  it('is told of bounds of probes', () => {
    const events = 'push_event = cpu > 90, cpu<5.5\npush_hysteresis = 2.5 %\npush = off\n';
    const { provider } = loaded(conf(`url = http://127.0.0.1:80\n${given}${events}`));
    expect(provider).toMatchObject({
      everyMs: undefined,
      hysteresis: 0.025,
      bounds: [
        { probe: 'cpu', compare: '>', bound: 90 },
        { probe: 'cpu', compare: '<', bound: 5.5 },
      ],
    });
  });

  it('means the same when its conf is printed and loaded again', () => {
    const more = 'push = off\npush_event = cpu > 90, cpu<5\npush_hysteresis = 12.5%\nca = /a/b\n';
    const made = loaded(conf(`url = http://localhost:8443/guests\n${given}${more}`));
    expect(loaded(check([printConf(made)], setting)).provider).toEqual(made.provider);
  });

  it('keeps its token out of the conf that is shown and journaled', () => {
    const made = loaded(conf(`url = https://control.example.net\ntoken = ${TOKEN}\n`));
    expect(made.provider?.token).toBe(TOKEN);
    expect(printConf(made)).toContain('; token = (secret)');
    expect(printConf(made) + JSON.stringify(made.effective)).not.toContain(TOKEN);
  });

  it.each([
    ['http://localhost:8080/base', []],
    ['http://[::1]:8080', []],
    ['http://control.example.net', [/url: would send the token in the open: write https:/]],
    ['http://10.0.0.1', [/url: would send the token in the open/]],
    ['https://a:b@control.example.net', [/url: holds a user: the token stands in token_file/]],
    ['https://control.example.net/?x=1', [/url: holds a \?, which/]],
    ['ftp://control.example.net', [/url: “ftp:.*is not a URL/]],
  ])('at %s', (url, expected) => {
    const found = problems(conf(`url = ${url}\n${given}`));
    expect(found).toEqual(expected.map((each) => expect.stringMatching(each)));
  });

  const URL_AND_TOKEN = `url = https://control.example.net\n${given}`;
  it.each([
    [
      'url = https://control.example.net\n',
      /^1.conf:1: \[provider\]: token_file must be given, as in token_file = \/etc/,
    ],
    [given, /^1.conf:1: \[provider\]: url must be given, as in url = https/],
    [
      'url = https://a.org\ntoken = two words\n',
      /^1.conf:3: \[provider\] token: is not a bearer token$/,
    ],
    [
      `${URL_AND_TOKEN}push_event = cpu > 90, cup < 5\n`,
      /push_event: there is no probe “cup” \(did you mean cpu\?\)$/,
    ],
    [
      `${URL_AND_TOKEN}push_event = cpu 90\n`,
      /push_event: “cpu 90” is not a bound of a probe such as cpu > 90;/,
    ],
    [`${URL_AND_TOKEN}push_event = cpu > much\n`, /push_event: “much” is not a number/],
    [
      `${URL_AND_TOKEN}push_hysteresis = 10\n`,
      /push_hysteresis: “10” is not a percentage such as 10%$/,
    ],
    [`${URL_AND_TOKEN}push_hysteresis = 101%\n`, /push_hysteresis: 101 is not between 0 and 100$/],
    [`${URL_AND_TOKEN}push = 10ms\n`, /push: 10ms is not between 1s and 1d/],
    [`${URL_AND_TOKEN}requests = yes\n`, /requests: isn't in this version yet$/],
    [`${URL_AND_TOKEN}pusch = 10s\n`, /pusch: unknown key \(did you mean push\?\)$/],
  ])('%j is wrong', (text, expected) => {
    expect(problems(conf(text))).toEqual([expect.stringMatching(expected)]);
  });

  it('that is never told of anything is warned of', () => {
    const said = (text: string) =>
      warnings(conf(`${URL_AND_TOKEN}${text}`)).filter((each) => each.includes('provider'));
    expect(said('push = off\n')).toEqual([
      '1.conf:4: [provider] push: off, and there is no push_event: nothing is ever sent',
    ]);
    expect(said('push = off\npush_event = cpu > 90\n')).toEqual([]);
    const asked = `[locator us]\nkind = provider\n`;
    expect(said(`push = off\n${asked}`)).toEqual([]);
  });
});
