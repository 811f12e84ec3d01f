/** RELP's sending end against sinks of all manners: what was acknowledged has left, and nothing else. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type RelpFrame, RelpReader, relpFrame } from '../../../src/sink/formats/relp.ts';
import { texts } from '../records.ts';
import { until } from '../support.ts';
import { sendAll, startSender, startServer, urlOf } from './help.ts';

/** One session as the test's sink has it. */
interface Session {
  readonly count: number;
  readonly socket: Socket;
  readonly frames: RelpFrame[];
  answer(frame: RelpFrame | undefined, said?: string): void;
}

type Manners = (frame: RelpFrame, session: Session) => void;

/** A sink that does with each frame what the test says; `open` is taken unless that says otherwise. */
async function startRelp(manners: Manners, opens = true) {
  const sessions: Session[] = [];
  const { port } = await startServer((socket, count) => {
    const reader = new RelpReader(100_000);
    const frames: RelpFrame[] = [];
    const session: Session = {
      ...{ count, socket, frames },
      answer: (frame, said = '200 OK') => {
        if (frame) socket.write(relpFrame(frame.transaction, 'rsp', Buffer.from(said)));
      },
    };
    sessions.push(session);
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) {
        if (frame.command === 'open' && opens) {
          session.answer(frame, '200 OK\nrelp_version=1\ncommands=syslog');
        } else {
          frames.push(frame);
          manners(frame, session);
        }
      }
    });
    socket.on('end', () => socket.end());
  });
  return { url: urlOf(port, 'relp'), sessions };
}

function textsIn({ frames }: Pick<Session, 'frames'>): string[] {
  const records = frames.filter(({ command }) => command === 'syslog');
  return records.map(({ data }) => data.toString().replace(/^.*\] /, ''));
}

const acknowledge: Manners = (frame, { answer, socket }) => {
  if (frame.command === 'syslog') answer(frame);
  else socket.end(relpFrame(frame.transaction, 'rsp'));
};

describe('over RELP', () => {
  test('each record is a transaction, and has left when it was answered', async () => {
    const { url, sessions } = await startRelp(() => undefined);
    const sender = startSender(url);
    sendAll(sender, texts(3));
    await until(() => sessions[0]?.frames.length === 3);
    const [session] = sessions;
    expect(session?.frames.map(({ transaction }) => transaction)).toEqual([2, 3, 4]);
    expect(session?.frames[0]?.data.toString()).toMatch(
      /^<30>1 \S+Z nii3 vmmanage - - \[vmmanage@32473 boot="b0070000-[^"]+" seq="\d+"\] record 0$/,
    );
    expect(sender.status().queued).toBe(3);
    session?.answer(session.frames[0]);
    await until(() => sender.status().queued === 2);
    session?.answer(session.frames[2]);
    session?.answer(session.frames[1]);
    await until(() => sender.status().queued === 0);
  });

  test('512 and a batch are under way at most, and the next follow the answers', async () => {
    const { url, sessions } = await startRelp(() => undefined);
    const sender = startSender(url);
    sendAll(sender, texts(1500));
    await until(() => (sessions[0]?.frames.length ?? 0) >= 512);
    const [session] = sessions;
    const underWay = session?.frames.length ?? 0;
    expect(underWay).toBeLessThan(512 + 200);
    for (const frame of session?.frames.slice(0, underWay) ?? []) session?.answer(frame);
    await until(() => (session?.frames.length ?? 0) >= underWay + 512);
    expect(sender.status().queued).toBe(1500 - underWay);
    expect(session && textsIn(session)).toEqual(texts(session?.frames.length ?? 0));
  });

  test('an end in order waits for what is owed', async () => {
    const late: RelpFrame[] = [];
    const { url, sessions } = await startRelp((frame, session) => {
      if (frame.command === 'syslog') return late.push(frame);
      for (const each of late) session.answer(each);
      return acknowledge(frame, session);
    });
    const sender = startSender(url);
    sendAll(sender, texts(10));
    await until(() => sessions[0]?.frames.length === 10);
    sender.renew();
    await until(() => sender.status().queued === 0);
    await until(() => sessions.length === 2);
    expect(sessions[0]?.frames.at(-1)?.command).toBe('close');
    expect(sessions[1]?.frames).toEqual([]);
  });
});

describe('what was not acknowledged is sent again, and only that', () => {
  test.each<[string, (session: Session) => void, RegExp]>([
    ['the sink hangs up', ({ socket }) => socket.end(), /hung up without an answer/],
    ['the connection is reset', ({ socket }) => socket.resetAndDestroy(), /^the sink hung up$/],
    [
      'the sink refuses a record',
      ({ answer, frames }) => answer(frames[6], '500 disk\nfull'),
      /^the sink refused a record: 500 disk\\x0afull$/,
    ],
    [
      'the sink answers what it was not sent',
      ({ answer }) => answer({ transaction: 999 } as RelpFrame),
      /answers 999, which it owes no answer/,
    ],
    [
      'the sink answers twice',
      ({ answer, frames }) => answer(frames[2]),
      /answers 4, which it owes no answer/,
    ],
    ['the sink says what is not RELP', ({ socket }) => socket.write('HTTP/1.1 200 OK\r\n'), /RELP/],
    [
      'the sink says what no client is told',
      ({ socket }) => socket.write('0 starttls 0\n'),
      /no client is told: starttls/,
    ],
  ])('where %s', async (_, harm, problem) => {
    const { url, sessions } = await startRelp((frame, session) => {
      if (session.count > 1) return acknowledge(frame, session);
      if (session.frames.length <= 6) session.answer(frame);
    });
    // Slow enough to see why.
    const sender = startSender(url, { retry: { firstMs: 150, maxMs: 150 } });
    sendAll(sender, texts(10));
    await until(() => sender.status().queued === 4 && sessions[0]?.frames.length === 10);
    if (sessions[0]) harm(sessions[0]);
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status().lastError).toMatch(problem);
    expect(sender.status()).toMatchObject({ connected: false, queued: 4 });
    await until(() => sender.status().queued === 0);
    expect(sessions.map(textsIn)).toEqual([texts(10), texts(4, 6)]);
    expect(sender.status().lastError).toBeUndefined();
  });

  test('where the sink closes: what it still answers has left', async () => {
    const { url, sessions } = await startRelp((frame, session) => {
      if (session.count > 1) return acknowledge(frame, session);
      if (session.frames.length !== 10) return;
      session.socket.write('0 serverclose 0\n');
      for (const each of session.frames.slice(0, 7)) session.answer(each);
      session.socket.end();
    });
    const sender = startSender(url);
    sendAll(sender, texts(10));
    await until(() => sender.status().queued === 0);
    expect(sessions.map(textsIn)).toEqual([texts(10), texts(3, 7)]);
  });

  test('where no answer comes in time', async () => {
    const { url, sessions } = await startRelp((frame, session) => {
      if (session.count > 1 || session.frames.length < 4) acknowledge(frame, session);
    });
    const sender = startSender(url, { answerMs: 600, retry: { firstMs: 150, maxMs: 150 } });
    sendAll(sender, texts(5));
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status().lastError).toBe('the sink gave no answer for 1 s');
    await until(() => sender.status().queued === 0);
    expect(sessions.map(textsIn)).toEqual([texts(5), texts(2, 3)]);
  });

  test('not where answers come, however slowly, nor where none is owed', async () => {
    const { url, sessions } = await startRelp((frame, session) => {
      setTimeout(() => acknowledge(frame, session), session.frames.indexOf(frame) * 60);
    });
    const sender = startSender(url, { answerMs: 400 });
    sendAll(sender, texts(10));
    await until(() => sender.status().queued === 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(sessions).toHaveLength(1);
    expect(sender.status().connected).toBe(true);
  });
});

describe('a session is not begun', () => {
  test.each<[string, (frame: RelpFrame, session: Session) => void, RegExp]>([
    [
      'where the sink refuses it',
      (frame, { answer }) => answer(frame, '500 go away'),
      /^the sink refused the session: 500 go away$/,
    ],
    ['where it hangs up', (_, { socket }) => socket.end(), /^the sink hung up$/],
    ['where it says nothing', () => undefined, /^the sink doesn't answer in RELP$/],
    [
      'where it speaks otherwise',
      (_, { socket }) => void socket.write('220 mail\r\n'),
      /not a frame/,
    ],
  ])('%s', async (_, manners, problem) => {
    const { url } = await startRelp(manners, false);
    const sender = startSender(url, { connectMs: 200 });
    sendAll(sender, texts(2));
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status().lastError).toMatch(problem);
    expect(sender.status()).toMatchObject({ connected: false, queued: 2 });
  });
});
