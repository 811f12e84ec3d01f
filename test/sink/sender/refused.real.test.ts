/** A sink over TLS that doesn't take the guest's certificate, and says so by hanging up. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Authority } from '../../support/certificates.ts';
import { tempFolder } from '../../support/temp.ts';
import { texts, textsOf } from '../records.ts';
import { sentLinesOf, startSink, until } from '../support.ts';
import { sendAll, startSender, urlOf } from './help.ts';

test.each(['syslog+tls', 'relp+tls'])(
  'over %s a sink that refuses the guest costs no record, and gets all when it lets it in',
  async (scheme) => {
    const ca = new Authority();
    const own = ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' });
    const guest = ca.sign({ subject: 'CN=nii3', names: 'DNS:nii3' });
    const allowFile = join(tempFolder(), 'allowed');
    writeFileSync(allowFile, 'nii4\n');
    const tls = { ...own, clientCa: ca.cert, allowFile };
    const sink = await startSink({ listen: [{ host: '127.0.0.1', port: 0, tls }] });
    const refused = () => sink.listeners[0]?.turned.name ?? 0;
    const url = urlOf(sink.listeners[0]?.port ?? 0, scheme, 'localhost');
    const sender = startSender(url, { tls: { ca: ca.cert, ...guest } });
    for (let sent = 0; sent < 2000; sent += 50) {
      sendAll(sender, texts(50, sent));
      const before = refused();
      await until(() => refused() > before);
    }
    await until(() => sender.status().queued === 2000);
    expect(sender.status().lastError).toMatch(/^the sink hung up/);
    writeFileSync(allowFile, 'nii3\n');
    await sink.reopen();
    await until(() => sender.status().queued === 0);
    await until(() => sentLinesOf(sink.file).length >= 2000);
    expect(textsOf(sentLinesOf(sink.file))).toEqual(texts(2000));
  },
);
