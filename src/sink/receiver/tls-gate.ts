/**
 * Lets TCP connections in through TLS (RFC 5425: the log's bytes with nothing around them). It judges
 * who may come in and hands over what did; it reads none of what is said.
 *
 *   entered ── handshake ──► judged ──► admitted
 *      └── too slow, failed, the oldest of too many ──► turned away
 */
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import type { Notice, Tell } from '../notice.ts';
import { type ListenerParts, refuse, type Turned } from './listener.ts';
import { Seldom } from './seldom.ts';
import { readTlsFiles, type TlsFiles, type TlsMaterial } from './tls-files.ts';
import { certificateName } from './tls-name.ts';

export interface TlsLimits {
  /** A handshake that takes longer is given up. */
  readonly handshakeMs: number;
  /** At once; beyond them the oldest is given up, so that a crowd of silent ones shuts nobody out. */
  readonly handshakes: number;
}

const TLS_LIMITS: TlsLimits = { handshakeMs: 10_000, handshakes: 1000 };

type Admit = (socket: TLSSocket, certificate: string | undefined) => void;

interface Entering {
  readonly raw: Socket;
  readonly peer: string;
  readonly admit: Admit;
}

/** Why one is turned away, and what is said of it. */
interface Refusal {
  readonly why: keyof Turned;
  readonly text: string;
  /** What it is said once for in a while. */
  readonly key: string;
  readonly fields: Notice['fields'];
}

/** Rejects with TlsFilesError. */
export async function openGate(files: TlsFiles, parts: ListenerParts): Promise<TlsGate> {
  const material = await readTlsFiles(files);
  return new TlsGate(files, material, parts);
}

export class TlsGate {
  readonly turned = { handshake: 0, certificate: 0, name: 0 } satisfies Turned;
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #limits: TlsLimits;
  readonly #seldom: Seldom;
  readonly #server: Server;
  /** The oldest first. */
  readonly #entering = new Map<string, Entering>();
  #material: TlsMaterial;

  constructor(files: TlsFiles, material: TlsMaterial, { clock, tell, limits }: ListenerParts) {
    this.#files = files;
    this.#clock = clock;
    this.#tell = tell;
    this.#limits = { ...TLS_LIMITS, ...limits };
    this.#seldom = new Seldom(clock);
    this.#material = material;
    this.#server = createServer({
      ...contextOf(material),
      allowHalfOpen: true,
      handshakeTimeout: this.#limits.handshakeMs,
      requestCert: files.clientCa !== undefined,
      // Judged here: Node would end it without saying why.
      rejectUnauthorized: false,
    });
    this.#server.on('secureConnection', (socket) => this.#judge(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
    this.#warnOfEnd();
  }

  get certificateEndsMs(): number {
    return this.#material.endsMs;
  }

  enter(raw: Socket, peer: string, admit: Admit): void {
    raw.on('error', () => undefined);
    const key = keyOf(raw);
    if (key === undefined) {
      raw.destroy();
      return;
    }
    if (this.#entering.size >= this.#limits.handshakes) this.#giveUpOldest();
    const entering = { raw, peer, admit };
    this.#entering.set(key, entering);
    raw.on('close', () => {
      if (this.#entering.get(key) === entering) this.#leave(key, 'it ended before it was through');
    });
    this.#server.emit('connection', raw);
  }

  async reload(): Promise<void> {
    try {
      const material = await readTlsFiles(this.#files);
      this.#server.setSecureContext(contextOf(material));
      this.#material = material;
      this.#warnOfEnd();
    } catch (error) {
      const fields = { error: (error as Error).message };
      const text = 'TLS files not read anew, the old ones stay in use';
      this.#tell({ level: 'error', text, fields });
    }
  }

  close(): void {
    const entering = [...this.#entering.values()];
    this.#entering.clear();
    for (const { raw } of entering) raw.destroy();
  }

  #judge(socket: TLSSocket): void {
    const key = keyOf(socket);
    const entering = key === undefined ? undefined : this.#entering.get(key);
    if (key === undefined || entering === undefined) {
      socket.destroy();
      return;
    }
    this.#entering.delete(key);
    const asked = this.#files.clientCa !== undefined;
    const certificate = asked ? certificateName(socket.getPeerCertificate()) : undefined;
    const refusal = asked ? this.#refusalOf(socket, certificate, entering.peer) : undefined;
    if (refusal === undefined) return entering.admit(socket, certificate);
    this.#turnAway(refusal);
    refuse({ socket, carrier: entering.raw });
  }

  #refusalOf(socket: TLSSocket, name: string | undefined, peer: string): Refusal | undefined {
    if (!socket.authorized) {
      const reason = reasonOf(socket);
      const text = 'client refused: no certificate that is trusted';
      return { why: 'certificate', text, key: `certificate ${peer}`, fields: { peer, reason } };
    }
    if (name === undefined) {
      const text = "client refused: its certificate holds no host's name";
      return { why: 'name', text, key: `nameless ${peer}`, fields: { peer } };
    }
    const { allowed } = this.#material;
    if (allowed === undefined || allowed.has(name)) return undefined;
    const text = 'client refused: its name is not allowed';
    return { why: 'name', text, key: `name ${name}`, fields: { name, peer } };
  }

  #failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const key = keyOf(socket);
    if (key !== undefined) this.#leave(key, HANDSHAKE[error.code ?? ''] ?? error.code ?? 'failed');
    // Never with the connection underneath in the same turn: Node 20 doesn't survive that.
    socket.destroy();
  }

  /** The TLS above it ends with it. */
  #giveUpOldest(): void {
    const [oldest] = this.#entering;
    if (oldest === undefined) return;
    const [key, { raw }] = oldest;
    this.#leave(key, 'too many at once');
    raw.destroy();
  }

  #leave(key: string, reason: string): void {
    const entering = this.#entering.get(key);
    if (entering === undefined) return;
    this.#entering.delete(key);
    const { peer } = entering;
    const text = 'TLS handshake failed';
    this.#turnAway({ why: 'handshake', text, key: `handshake ${peer}`, fields: { peer, reason } });
  }

  #turnAway({ why, text, key, fields }: Refusal): void {
    this.turned[why] += 1;
    const pass = this.#seldom.pass(key);
    if (pass === undefined) return;
    const unsaid = pass.unsaid === 0 ? {} : { not_said: pass.unsaid };
    this.#tell({ level: 'warn', text, fields: { ...fields, ...unsaid } });
  }

  #warnOfEnd(): void {
    const leftMs = this.#material.endsMs - this.#clock.now().wallMs;
    if (leftMs > 0) return;
    const fields = { file: this.#files.cert };
    this.#tell({ level: 'error', text: "the sink's own certificate has expired", fields });
  }
}

const HANDSHAKE: Readonly<Record<string, string>> = {
  ERR_TLS_HANDSHAKE_TIMEOUT: 'it took too long',
  ERR_SSL_HTTP_REQUEST: 'it speaks no TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'its TLS is older than 1.2',
};

/**
 * No connection goes on where another left off: a certificate is looked at each time. (Clients keep
 * theirs for days, so that nothing is gained by it.)
 */
function contextOf({ context }: TlsMaterial) {
  return { ...context, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET } as const;
}

/** Both ends of a connection; undefined once it is gone. TLS over a unix socket has none either. */
function keyOf(socket: Socket): string | undefined {
  const { remoteAddress, remotePort, localAddress } = socket;
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** OpenSSL's word, `CERT_HAS_EXPIRED`; `none` where there was no certificate. */
function reasonOf(socket: TLSSocket): string {
  const none = Object.keys(socket.getPeerCertificate()).length === 0;
  return none ? 'none' : String(socket.authorizationError);
}
