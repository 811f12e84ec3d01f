/** The server's side of RELP, frame by frame. */
import { describe, expect, test } from 'vitest';
import { relpFrame } from '../../../src/sink/formats/relp.ts';
import { RelpServer } from '../../../src/sink/receiver/relp-server.ts';
import { OFFERS } from '../streams.ts';

const OPEN = relpFrame(1, 'open', Buffer.from(OFFERS)).toString();

function talk(text: string, limit = 100) {
  const { received, owes, ends } = new RelpServer(limit).push(Buffer.from(text, 'latin1'));
  return {
    received: received.map(({ bytes, flaw }) => (flaw ? `${bytes}|${flaw}` : `${bytes}`)),
    owes: owes?.toString() ?? '',
    ends: ends ?? false,
  };
}

describe('a RELP session', () => {
  test('is opened with what both can', () => {
    expect(talk(OPEN)).toEqual({
      received: [],
      owes: '1 rsp 60 200 OK\nrelp_version=0\nrelp_software=vmmanage\ncommands=syslog\n',
      ends: false,
    });
  });

  test('agrees on no later version than its own', () => {
    const offers = 'relp_version=7\ncommands=eventlog,syslog';
    expect(talk(`1 open ${offers.length} ${offers}\n`).owes).toContain('relp_version=1\n');
  });

  test('owes an answer for each message, and gives them at once', () => {
    const said = talk(`${OPEN}2 syslog 3 abc\n3 syslog 2 de\n`);
    expect(said.received).toEqual(['abc', 'de']);
    expect(said.owes).toMatch(/\n2 rsp 6 200 OK\n3 rsp 6 200 OK\n$/);
  });

  test('cuts a message over the limit, and answers for it', () => {
    const said = talk(`${OPEN}2 syslog 4 abcd\n3 syslog 3 efg\n`, 3);
    expect(said.received).toEqual(['abc|cut', 'efg']);
    expect(said.owes).toMatch(/2 rsp 6 200 OK\n3 rsp 6 200 OK\n$/);
  });

  test('ends as the client asks, and takes nothing after it', () => {
    const said = talk(`${OPEN}2 syslog 1 a\n3 close 0\n4 syslog 1 b\n`);
    expect(said.received).toEqual(['a']);
    expect(said.owes).toMatch(/2 rsp 6 200 OK\n3 rsp 0\n0 serverclose 0\n$/);
    expect(said.ends).toBe(true);
  });

  test('a frame that is none ends it, after what was valid', () => {
    const said = talk(`${OPEN}2 syslog 1 a\nrubbish in between\n3 syslog 1 b\n`);
    expect(said.received).toEqual(['a']);
    expect(said.owes).toContain('2 rsp 6 200 OK\n');
    expect(said.ends).toBe(true);
  });

  test('what never came whole is not taken', () => {
    const server = new RelpServer(100);
    server.push(Buffer.from(`${OPEN}2 syslog 5 ab`));
    expect(server.end()).toEqual({ received: [] });
  });

  test('a message without a byte says nothing, and is answered', () => {
    const said = talk(`${OPEN}2 syslog 0\n`);
    expect([said.received, said.owes.endsWith('\n2 rsp 6 200 OK\n')]).toEqual([[], true]);
  });

  test('does not know other commands, and goes on', () => {
    const said = talk(`${OPEN}2 eventlog 1 a\n3 syslog 1 b\n`);
    expect(said.owes).toMatch(/2 rsp 19 500 no such command\n3 rsp 6 200 OK\n$/);
    expect([said.received, said.ends]).toEqual([['b'], false]);
  });

  test.each([
    ['a message before it is opened', '1 syslog 1 a\n'],
    ['no version', '1 open 15 commands=syslog\n'],
    ['an odd version', '1 open 32 relp_version=one\ncommands=syslog\n'],
    ['no syslog', '1 open 32 relp_version=0\ncommands=eventlog\n'],
    ['a number that is the server’s', `0 open ${OFFERS.length} ${OFFERS}\n`],
    ['opening twice', `${OPEN}${OPEN.replace('1', '2')}`],
  ])('is refused for %s', (_, text) => {
    const said = talk(text);
    expect(said.owes).toMatch(/\d rsp \d+ 500 .*\n0 serverclose 0\n$/);
    expect([said.received, said.ends]).toEqual([[], true]);
  });

  test('is late only until it is open', () => {
    const [slow, open] = [new RelpServer(100), new RelpServer(100)];
    open.push(Buffer.from(OPEN));
    expect([slow.late(), open.late()]).toEqual([{ received: [], ends: true }, undefined]);
  });
});
