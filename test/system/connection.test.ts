/** The words for each way in which a connection fails; real ones are in the tests of those who ask. */
import { expect, it } from 'vitest';
import { connectionProblem, isLost, isUnreached } from '../../src/system/connection.ts';

const URL_ASKED = new URL('https://www.example.org:8443/status');
const WRONG_VERSION = '139:error:ssl3_get_record:wrong version number:';

it.each([
  ['ECONNREFUSED', '', 'no server listens at www.example.org:8443', 'unreached'],
  ['ENOTFOUND', '', 'host www.example.org is not known', 'unreached'],
  ['EAI_AGAIN', '', 'host www.example.org is not known', 'unreached'],
  ['EHOSTUNREACH', '', "www.example.org:8443 can't be reached", 'unreached'],
  ['ENETUNREACH', '', "www.example.org:8443 can't be reached", 'unreached'],
  ['ECONNRESET', 'socket hang up', 'connection to www.example.org:8443 lost', 'lost'],
  ['EPIPE', '', 'connection to www.example.org:8443 lost', 'lost'],
  ['EPROTO', WRONG_VERSION, 'www.example.org:8443: no TLS is spoken there; http://?', undefined],
  ['EPROTO', 'unsupported protocol', undefined, undefined],
  ['CERT_HAS_EXPIRED', 'certificate has expired', undefined, undefined],
])('%s %s means: %s', (code, message, sentence, kind) => {
  expect(connectionProblem({ code, message }, URL_ASKED)).toBe(sentence);
  expect([isUnreached(code), isLost(code)]).toEqual([kind === 'unreached', kind === 'lost']);
});

it('an error without a code or a message has no such words', () => {
  expect(connectionProblem({}, URL_ASKED)).toBeUndefined();
});
