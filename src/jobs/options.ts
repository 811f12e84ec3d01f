/**
 * What a `[queue NAME]` says of its jobs, beyond what its readings need. The conf room is handed
 * this table; what its values mean stands in the files of this room.
 */
import { isLoopback } from '../core/option-addresses.ts';
import { argv, httpUrl } from '../core/option-shapes.ts';
import {
  bad,
  choice,
  durationWithin,
  good,
  integer,
  path,
  pattern,
  sizeWithin,
  text,
} from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional } from '../core/options.ts';
import { quoted } from '../core/text.ts';

const DAY_MS = 86_400_000;
const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

/** Where results go: an address that takes a POST, or a file. */
export type ResultPlace = { readonly url: string } | { readonly file: string };

const resultPlace: OptionType<ResultPlace> = {
  name: 'http://, https:// or file:/ address',
  parse(given) {
    if (given.startsWith('file:')) {
      const file = path.parse(given.slice('file:'.length).replace(/^\/\/(?=\/)/, ''));
      if (!file.ok) return file;
      if (file.value.endsWith('/')) return bad(`${quoted(given)} is a folder: name a file in it`);
      return good({ file: file.value });
    }
    if (!/^https?:/.test(given)) {
      return bad(`${quoted(given)} is neither https://… nor file:/…; a program: results_command`);
    }
    if (/^https?:\/\/[^/]*@/.test(given)) {
      return bad('holds a user or a password: give a token, as results_token_file = …');
    }
    const url = httpUrl.parse(given);
    return url.ok ? good({ url: url.value }) : url;
  },
};

const destination = pattern(
  /^([A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9._:-]*$/,
  'USER@HOST',
);

export const QUEUE_OPTIONS = {
  user: optional(text, {
    example: 'vmmanage',
    help: "Who asks the queue's server, where it wants to know (basic authentication).",
  }),
  password: optional(text, { secret: true, help: 'Of the user.' }),
  ca: optional(path, {
    example: '/etc/ssl/certs/queue-ca.pem',
    help: "Where the certificates of the servers come from; the system's authorities by default.",
  }),
  max_size: option(sizeWithin({ min: 1024, max: 64 * MEBIBYTE }), '16M', {
    help: 'A larger page is not taken.',
  }),
  max_jobs: option(integer({ min: 1, max: 1_000_000 }), '100000', {
    help: 'A page with more lines than this is not taken.',
  }),
  claim: option(choice('webdav', 'ssh', 'command'), 'webdav', {
    help: 'How the page is renamed to URL.GUEST, so that no other guest does its jobs.',
  }),
  ssh: optional(destination, {
    example: 'queue@ci.example.org',
    help: 'With claim = ssh: the account whose forced command is vmmanage-queue.',
  }),
  ssh_port: option(integer({ min: 1, max: 65_535 }), '22', { help: "The ssh server's port." }),
  ssh_key: optional(path, {
    example: '/var/lib/vmmanage/.ssh/queue',
    help: 'The key for it; those of the daemon’s user by default.',
  }),
  ssh_known_hosts: optional(path, {
    example: '/etc/vmmanage/known_hosts',
    help: "The file that holds the server's own key; the system's and the user's by default.",
  }),
  claim_command: optional(argv, {
    example: '/usr/local/bin/claim-queue',
    help: 'With claim = command: run with one word more, claim or release.',
  }),
  exec: option(argv, 'bc -q', {
    help: 'The program that does a job, run by the worker without a shell.',
  }),
  payload: option(choice('stdin', 'argument'), 'stdin', {
    help: 'Whether it finds the payload on its standard input, or as one argument after --.',
  }),
  job_timeout: option(durationWithin({ min: 100, max: 31 * DAY_MS }), '1h', {
    help: 'A job that takes longer is ended, and has failed.',
  }),
  max_output: option(sizeWithin({ min: 0, max: 32 * MEBIBYTE }), '1M', {
    help: 'A job that prints more has failed.',
  }),
  retries: option(integer({ min: 0, max: 100 }), '2', {
    help: 'How often a job that failed is run again before its failure is its result.',
  }),
  losses: option(integer({ min: 1, max: 1000 }), '10', {
    help: 'A job under which the worker, and not the daemon, has ended so often is not run again.',
  }),
  workers: option(integer({ min: 1, max: 64 }), '1', { help: 'How many jobs run side by side.' }),
  results: optional(resultPlace, {
    example: 'https://ci.example.org/results',
    help: 'Where results go: an address that takes a POST, or file:/PATH for lines of JSON.',
  }),
  results_command: optional(argv, {
    example: '/usr/local/bin/take-result',
    help: 'Instead: a program that takes a result on its standard input and exits with 0.',
  }),
  results_token: optional(text, { secret: true, help: 'Sent with each result as a bearer token.' }),
  max_results: option(sizeWithin({ min: 1024, max: 1024 * GIBIBYTE }), '256M', {
    help: 'With a file: it grows to this size, and then results wait until it was rotated.',
  }),
  result_tries: option(integer({ min: 1, max: 100 }), '3', {
    help: 'So often a result may be refused for good before it is set aside in jobs/NAME.refused of the state folder.',
  }),
  max_refused: option(sizeWithin({ min: 1024, max: GIBIBYTE }), '64M', {
    help: 'That file grows to this size, and then a refused result waits.',
  }),
  result_alert: option(durationWithin({ min: 1000, max: 31 * DAY_MS }), '15m', {
    help: 'People are alerted to a result that has waited for so long ([alert]).',
  }),
};

/** The keys that each way to claim cannot do without. */
const NEEDED = { webdav: undefined, ssh: 'ssh', command: 'claim_command' } as const;

/** Keys that say something to one way to claim alone. */
const HEEDED = {
  ssh: 'ssh',
  ssh_port: 'ssh',
  ssh_key: 'ssh',
  ssh_known_hosts: 'ssh',
  claim_command: 'command',
} as const satisfies Partial<Record<keyof typeof QUEUE_OPTIONS, QueueOptions['claim']>>;

/** What the conf room is handed. */
export const queueTable = {
  options: QUEUE_OPTIONS,
  contradictions(given: Readonly<Record<string, unknown>>, url: string) {
    const options = given as QueueOptions;
    const needed = NEEDED[options.claim];
    const found: { key: string; text: string }[] = [];
    if (needed !== undefined && options[needed] === undefined) {
      const { example } = QUEUE_OPTIONS[needed];
      const text = `${options.claim} needs ${needed}, as in ${needed} = ${example}`;
      found.push({ key: 'claim', text });
    }
    if (options.results !== undefined && options.results_command !== undefined) {
      found.push({ key: 'results_command', text: 'results go one way: results is given too' });
    }
    const text = notRenamed(url, options);
    if (text !== undefined) found.push({ key: 'url', text });
    return [...found, ...exposed(options, url)];
  },
  unheeded(given: Readonly<Record<string, unknown>>) {
    const { claim } = given as QueueOptions;
    return Object.entries(HEEDED)
      .filter(([, way]) => way !== claim)
      .map(([key, way]) => ({
        key,
        text: `has no meaning with claim = ${claim}; claim = ${way}?`,
      }));
  },
  misnamed,
};

/** To claim a page is to give its name an ending; a program may know better. */
function notRenamed(url: string, { claim }: QueueOptions): string | undefined {
  const { search, pathname } = new URL(url);
  if (search !== '' && claim !== 'command')
    return 'holds a ?: what is claimed is renamed, so it has to be a page of its own';
  if (pathname.endsWith('/')) return 'ends in a /: that is a folder, and not a page in it';
  return undefined;
}

/** Nothing secret crosses a network in the open. */
function exposed({ password, results, results_token }: QueueOptions, url: string) {
  const found: { key: string; text: string }[] = [];
  if (password !== undefined && isOpen(url)) {
    found.push({ key: 'url', text: inTheOpen('password') });
  }
  if (results_token !== undefined && results && 'url' in results && isOpen(results.url)) {
    found.push({ key: 'results', text: inTheOpen('token') });
  }
  return found;
}

function inTheOpen(what: string): string {
  return `the ${what} would go there in the open: write https:// (http:// only to this machine)`;
}

function isOpen(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

export type QueueOptions = OptionsOf<typeof QUEUE_OPTIONS>;

/** A queue of the conf. */
export interface QueueSettings {
  readonly name: string;
  readonly url: string;
  /** The guest's name. */
  readonly vm: string;
  readonly options: QueueOptions;
  /** Where results go if the conf doesn't say. */
  readonly resultsFile: string;
}

/** A page, and the guest in whose name it is claimed. */
export type Place = Pick<QueueSettings, 'url' | 'vm'>;

/** Where the page is once it belongs to the guest, and once its jobs are done. */
export function claimedUrl({ url, vm }: Place): string {
  return beside(url, vm);
}

export function doneUrl({ url, vm }: Place): string {
  return beside(url, `${vm}${DONE}`);
}

/** Also in etc/queue/vmmanage-queue. */
const DONE = '.done';

/** Or what one guest claims lies where another puts its pages away, or is another's claimed page. */
function misnamed({ url, vm }: Place): string | undefined {
  if (`.${vm}`.endsWith(DONE)) {
    return `a guest called ${quoted(vm)} can't claim pages: those that are put away end in ${DONE}`;
  }
  const ending = [DONE, `.${vm}`].find((each) => new URL(url).pathname.endsWith(each));
  if (ending === undefined) return undefined;
  const what = ending === DONE ? 'that are put away' : 'that this guest has claimed';
  return `the address ends in ${quoted(ending)}, as those of pages ${what} do`;
}

function beside(url: string, ending: string): string {
  const other = new URL(url);
  other.pathname += `.${ending}`;
  return other.href;
}
