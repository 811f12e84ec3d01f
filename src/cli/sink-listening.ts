/**
 * Where `vmmanage sink` listens, by its options and by the sockets that systemd hands it. It opens
 * nothing: what doesn't fit together is wrong usage.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { listenText } from '../core/option-addresses.ts';
import { integer } from '../core/option-types.ts';
import { type Activated, activatedSockets } from '../sink/receiver/activation.ts';
import type { Endpoint, Place } from '../sink/receiver/listener.ts';
import type { TlsFiles } from '../sink/receiver/tls-files.ts';
import { parseNames } from '../sink/receiver/tls-name.ts';
import { span, typed } from './command.ts';
import { CliError, EXIT } from './exit.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ListeningOptions {
  readonly listen?: Address;
  readonly listenTls?: Address;
  readonly cert?: string;
  readonly key?: string;
  readonly clientCa?: string;
  readonly allow?: ReadonlySet<string>;
  readonly allowFile?: string;
  /** Milliseconds. */
  readonly handshake?: number;
}

export function declareListening(command: Command): void {
  command
    .option('--listen <host:port>', 'where guests send to; port 0: any free one', address)
    .option(
      '--listen-tls <host:port>',
      'the same with TLS (RFC 5425), on a port of its own',
      address,
    )
    .option('--cert <file>', "the sink's certificate (PEM), followed by intermediate ones")
    .option('--key <file>', 'its key (PEM), which others must not be able to read')
    .option('--client-ca <file>', 'clients have to show a certificate of this authority (PEM)')
    .option('--allow <names>', 'whose certificates may come in: nii3,nii4 (default: all)', names)
    .option('--allow-file <file>', 'the same as a file, a name a line')
    .option('--handshake <span>', 'give up a TLS handshake after it (default: 10s)', span);
}

/** `127.0.0.1:31000`, `[::1]:31000`, `log.example.org:31000`. */
function address(text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw new InvalidArgumentError('expected HOST:PORT, as 127.0.0.1:31000.');
  return { host, port: typed(integer({ min: 0, max: 65_535 }))(match?.[3] ?? '') };
}

function names(text: string): ReadonlySet<string> {
  return typed({ name: 'names', parse: parseNames })(text);
}

/**
 * The plain ones first. What systemd hands over of a kind stands in for the address of that kind,
 * which it has taken already. Throws CliError.
 */
export function endpointsOf(
  options: ListeningOptions,
  env: Readonly<Record<string, string | undefined>>,
): readonly Endpoint[] {
  const activated = activatedOf(env);
  const plain = placesOf(activated.plain, options.listen);
  const secret = placesOf(activated.tls, options.listenTls);
  if (plain.length + secret.length === 0) {
    throw usage('where to listen?', ['--listen 127.0.0.1:31000', '--listen-tls 0.0.0.0:6514 …']);
  }
  const tls = secret.length > 0 ? tlsOf(options) : noTls(options);
  return [...plain, ...secret.map((place) => ({ ...place, ...(tls ? { tls } : {}) }))];
}

function activatedOf(env: Readonly<Record<string, string | undefined>>): Activated {
  const parsed = activatedSockets(env, process.pid);
  if (parsed.ok) return parsed.value;
  throw usage(`systemd's sockets can't be used: ${parsed.problem}`, [
    'in each socket unit: FileDescriptorName=plain, or FileDescriptorName=tls',
  ]);
}

function placesOf(descriptors: readonly number[], address: Address | undefined): readonly Place[] {
  if (descriptors.length > 0) return descriptors.map((fd) => ({ fd }));
  return address === undefined ? [] : [address];
}

function tlsOf(options: ListeningOptions): TlsFiles {
  const { cert, key, clientCa, allow, allowFile } = options;
  if (cert === undefined || key === undefined) {
    throw usage('TLS needs --cert and --key', ['docs/sink.md tells how to make them']);
  }
  if (clientCa === undefined && (allow ?? allowFile) !== undefined) {
    throw usage('--allow needs --client-ca: without it clients show no names');
  }
  return {
    ...{ cert, key },
    ...(clientCa === undefined ? {} : { clientCa }),
    ...(allow === undefined ? {} : { allow }),
    ...(allowFile === undefined ? {} : { allowFile }),
  };
}

/** Whoever names a certificate believes that it is used. */
function noTls({ cert, key, clientCa, allow, allowFile }: ListeningOptions): undefined {
  if ((cert ?? key ?? clientCa ?? allow ?? allowFile) === undefined) return undefined;
  throw usage('certificates, and names to allow, need --listen-tls', ['--listen-tls 0.0.0.0:6514']);
}

function usage(message: string, hints: readonly string[] = []): CliError {
  return new CliError(EXIT.usage, message, hints);
}

/** `127.0.0.1:31000`, `[::1]:6514 (TLS)`, `port 31000 of systemd`. `port` is the one that it has. */
export function listeningText(endpoint: Endpoint, port = 0): string {
  const tls = endpoint.tls === undefined ? '' : ' (TLS)';
  if ('host' in endpoint) return `${listenText({ host: endpoint.host, port })}${tls}`;
  return `${port === 0 ? 'a socket' : `port ${port}`} of systemd${tls}`;
}

/** How it was asked for: `--listen 127.0.0.1:31000`. */
export function askedText(endpoint: Endpoint): string {
  if (!('host' in endpoint)) return `(${listeningText(endpoint)})`;
  return `${endpoint.tls === undefined ? '--listen' : '--listen-tls'} ${listenText(endpoint)}`;
}
