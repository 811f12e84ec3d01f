/** Certificates for tests, made by openssl: an authority, and what it signs, in a folder of the test. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './temp.ts';

export interface Signed {
  /** Files in PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Subject {
  /** `CN=nii3`; none: an empty subject. */
  readonly subject?: string;
  /** As `subjectAltName` has it: `DNS:nii3,IP:10.0.0.1`. */
  readonly names?: string;
  /** Ended years ago. */
  readonly expired?: true;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const LONG_AGO = ['-startdate', '20010101000000Z', '-enddate', '20020101000000Z'];

export class Authority {
  readonly folder = tempFolder();
  readonly cert = join(this.folder, 'ca.pem');
  #made = 0;

  constructor() {
    const own = ['-subj', '/CN=authority', '-days', '1', '-keyout', 'ca.key', '-out', 'ca.pem'];
    this.#openssl('req', '-x509', ...EC, ...own);
  }

  sign({ subject, names, expired }: Subject): Signed {
    this.#made += 1;
    const name = `c${this.#made}`;
    const asked = ['-subj', subject === undefined ? '/' : `/${subject}`];
    this.#openssl('req', ...EC, ...asked, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(this.folder, 'names'), names === undefined ? '' : `subjectAltName=${names}`);
    if (expired) this.#signExpired(name);
    else {
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
      const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', 'names'];
      this.#openssl('x509', '-req', ...by, ...files);
    }
    return {
      cert: join(this.folder, `${name}.pem`),
      key: join(this.folder, `${name}.key`),
    };
  }

  /** Only `openssl ca` signs for a time that is over. */
  #signExpired(name: string): void {
    const conf = `[ca]\ndefault_ca=x\n[x]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256
policy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=optional\n`;
    writeFileSync(join(this.folder, 'ca.conf'), conf);
    writeFileSync(join(this.folder, 'index'), '');
    const by = ['-config', 'ca.conf', '-batch', '-notext', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
    const files = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', 'names'];
    this.#openssl('ca', ...by, ...LONG_AGO, ...files);
  }

  #openssl(...words: string[]): void {
    execFileSync('openssl', words, { cwd: this.folder, stdio: 'pipe' });
  }
}
