/** What systemd says of the sockets that it hands over. */
import { describe, expect, it } from 'vitest';
import { activatedSockets } from '../../../src/sink/receiver/activation.ts';

const PID = 4711;

function activated(fds: string, names?: string, pid = String(PID)) {
  const named = names === undefined ? {} : { LISTEN_FDNAMES: names };
  return activatedSockets({ LISTEN_PID: pid, LISTEN_FDS: fds, ...named }, PID);
}

const NONE = { ok: true, value: { plain: [], tls: [] } };

describe('sockets of systemd', () => {
  it('are known by their names, from descriptor 3 on', () => {
    expect(activated('3', 'plain:tls:plain')).toEqual({
      ok: true,
      value: { plain: [3, 5], tls: [4] },
    });
  });

  it('are none without systemd, of another process, and where it says 0', () => {
    expect(activatedSockets({}, PID)).toEqual(NONE);
    expect(activated('1', 'plain', '4712')).toEqual(NONE);
    expect(activated('0', '')).toEqual(NONE);
  });

  it.each([
    ['another name', '1', 'vmmanage-sink.socket', 'a socket is named “vmmanage-sink.socket”'],
    ['no name', '1', undefined, 'a socket is named “”'],
    ['fewer names than sockets', '2', 'plain', 'a socket is named “”'],
    ['a name that every object has', '1', 'constructor', 'a socket is named “constructor”'],
    ['no number', 'many', 'plain', 'LISTEN_FDS is no number up to 64'],
    ['a number below none', '-1', 'plain', 'LISTEN_FDS is no number up to 64'],
    ['too many', '65', 'plain', 'LISTEN_FDS is no number up to 64'],
  ])('are refused with %s', (_, fds, names, problem) => {
    expect(activated(fds, names)).toEqual({ ok: false, problem });
  });
});
