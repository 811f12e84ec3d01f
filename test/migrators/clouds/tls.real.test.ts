/** A cloud behind a certificate of its own, made by openssl: trusted where the conf says so. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ec2Cloud } from '../../../src/migrators/clouds/ec2.ts';
import { EC2_OPTIONS } from '../../../src/migrators/clouds/ec2-options.ts';
import { hastyClock } from '../../support/clouds/clocks.ts';
import { IMAGE, KEY, REGION } from '../../support/clouds/ec2.ts';
import { optionsFrom } from '../../support/options.ts';
import { tempFolder } from '../../support/temp.ts';
import { never } from './launches.ts';

const EMPTY = '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>';

async function startServer() {
  const folder = tempFolder();
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  openssl('req', '-x509', ...key, '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', ...key.slice(0, 3), '-subj', '/CN=x', '-keyout', 'key', '-out', 'csr');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
  openssl('x509', '-req', '-in', 'csr', ...signed, '-extfile', 'names', '-out', 'cert');
  const [own, cert] = ['key', 'cert'].map((name) => readFileSync(join(folder, name)));
  let asked = 0;
  const server = createServer({ key: own, cert }, (_, response) => {
    asked += 1;
    response.end(EMPTY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { port, ca: join(folder, 'ca.pem'), asked: () => asked };
}

function cloudAt(endpoint: string, ca: string | undefined) {
  const given = {
    ...{ region: REGION, image: IMAGE, instance_type: 't3.small', endpoint },
    ...{ access_key: KEY.accessKey, secret_key: KEY.secretKey },
  };
  const options = optionsFrom(EC2_OPTIONS, ca === undefined ? given : { ...given, ca });
  return ec2Cloud(options, { clock: hastyClock() });
}

it('is asked where its authority is trusted and its name is right, and else sent nothing', async () => {
  const { port, ca, asked } = await startServer();
  expect(await cloudAt(`https://localhost:${port}/`, ca).instances('nii3', never)).toEqual([]);
  expect(asked()).toBe(1);
  const refusals = [
    cloudAt(`https://localhost:${port}/`, undefined),
    cloudAt(`https://127.0.0.1:${port}/`, ca),
    cloudAt(`https://localhost:${port}/`, `${ca}.missing`),
  ];
  for (const cloud of refusals) {
    await expect(cloud.instances('nii3', never)).rejects.toMatchObject({
      name: 'CloudFailure',
      kind: 'refused',
    });
  }
  expect(asked()).toBe(1);
});
