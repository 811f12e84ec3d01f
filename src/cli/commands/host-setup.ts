/**
 * `vmmanage host-setup`: what a provider does on a host so that guests may ask for their moves. Prints a script, or has sh
 * run that same script here; what is done stands in etc/host/setup.
 */
import { open } from 'node:fs/promises';
import { runProgram } from '../../system/programs.ts';
import type { Call, CliCommand } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { printEc2Policy } from '../host-setup/ec2.ts';
import { KEY_FILE_MAX, type PublicKey, parsePublicKey } from '../host-setup/public-key.ts';
import { type Script, scriptText, type Task, type Values } from '../host-setup/script.ts';
import { declare, knownName, type Options } from '../host-setup/values.ts';
import { clean, jsonText } from '../render/clean.ts';
import { version } from '../version.ts';

/** sshd, useradd and vmmanage-host take seconds at most, on a host that does much else. */
const RUN_MS = 120_000;
const SAID_MAX = 4 * 1024 * 1024;

/** The options of --add alone. */
const OF_ADD = [
  ...(['key', 'replaceKey', 'tool', 'domain', 'hosts'] as const),
  ...(['base', 'minStay', 'separate', 'set'] as const),
];
/** What only looks does so at once; what changes something is printed unless --apply is said. */
const LOOKING: readonly Task[] = ['list', 'audit', 'known-hosts'];

export const hostSetup: CliCommand<Options> = {
  notes: `Prints a script for a host: read it, and pipe it to sh there, as root. The host needs no Node.
--apply does the same here. Run twice it changes nothing; lines that aren't its own stay as they
are, links are not followed. Begin with the script of no option, then --add each guest on each host.
--list, --audit and --known-hosts look at this machine; with --print they print a script, too.
--ec2 is for a cloud instead: it reads the guest's conf, and prints what IAM is to permit.`,
  examples: [
    'vmmanage host-setup --name xen1 | ssh root@xen1 sh',
    'vmmanage host-setup --add nii3 --key nii3.pub --tool xl --hosts xen1,xen2 | ssh root@xen1 sh',
    'vmmanage host-setup --add web1 --key web1.pub --tool libvirt --hosts kvm1,kvm2 --apply',
    'vmmanage host-setup --add nii3 --base xen9 --set address.xen2=10.77.0.12',
    'vmmanage host-setup --revoke nii3 | ssh root@xen1 sh',
    'vmmanage host-setup --audit --print | ssh root@xen1 sh',
    'vmmanage host-setup --list --json',
    'vmmanage host-setup --known-hosts xen1 192.0.2.11:2222',
    'vmmanage host-setup --ec2 -c /etc/vmmanage/vmmanage.conf --aws-account 123456789012',
  ],
  describe: declare,
  async run(call) {
    if (call.options.ec2) return printEc2Policy(onlyEc2(call));
    const task = taskOf(call);
    checkOptions(task, call);
    const script = await scriptFor(task, call);
    if (!runsHere(task, call.options)) {
      call.terminal.out(scriptText(script).trimEnd());
      return EXIT.done;
    }
    return runHere(script, call);
  },
};

/** What else is said is of hosts. */
function onlyEc2(call: Call<Options>): Call<Options> {
  const { ec2: _, awsAccount: __, conf: ___, account: ____, ...others } = call.options;
  const [other] = [...Object.keys(others).map((each) => `--${dashed(each)}`), ...call.operands];
  if (other === undefined) return call;
  throw new CliError(EXIT.usage, `--ec2 and ${other} don't go together`);
}

function taskOf({ options }: Call<Options>): Task {
  const { add, revoke, list, audit, knownHosts } = options;
  const asked: readonly (Task | false | undefined)[] = [
    add !== undefined && 'add',
    revoke !== undefined && 'revoke',
    list && 'list',
    audit && 'audit',
    knownHosts && 'known-hosts',
  ];
  const [task = 'install', another] = asked.filter((each) => typeof each === 'string');
  if (another !== undefined)
    throw new CliError(EXIT.usage, `--${task} and --${another} don't go together`);
  return task;
}

function runsHere(task: Task, { apply, print }: Options): boolean {
  return apply === true || (LOOKING.includes(task) && print !== true);
}

function checkOptions(task: Task, { options, operands }: Call<Options>): void {
  const wrong = (text: string) =>
    new CliError(EXIT.usage, text, ['see vmmanage host-setup --help']);
  if (options.awsAccount !== undefined) throw wrong('--aws-account needs --ec2');
  if (options.conf !== undefined && options.conf.length > 0) throw wrong('--conf needs --ec2');
  const stray = OF_ADD.find((each) => options[each] !== undefined);
  if (task !== 'add' && stray !== undefined) throw wrong(`--${dashed(stray)} needs --add`);
  if (task !== 'install' && options.name !== undefined)
    throw wrong('--name is of the installation');
  if (task !== 'known-hosts' && operands.length > 0) throw wrong(`what is ${operands[0]}?`);
  if (options.json && task !== 'list' && task !== 'audit')
    throw wrong('--json needs --list or --audit');
  if (options.print && (options.apply || options.json))
    throw wrong('--print prints the script alone');
  if (options.apply && LOOKING.includes(task))
    throw wrong(`--${task} changes nothing: without --apply`);
  if (task === 'known-hosts' && options.root !== undefined && operands.length === 0) {
    throw wrong('say by which names guests ask for the host of --root');
  }
}

function dashed(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function scriptFor(task: Task, { options, operands }: Call<Options>): Promise<Script> {
  const key = options.key === undefined ? undefined : await readKey(options.key);
  const place = {
    root: options.root ?? '',
    account: options.account,
    sshdConfig: options.sshdConfig ?? '',
  };
  const values = valuesOf(task, options, key, operands);
  const about = aboutOf(task, options, key);
  return { task, place, values, about, forPrograms: options.json === true };
}

function valuesOf(
  task: Task,
  options: Options,
  key: PublicKey | undefined,
  operands: readonly string[],
): Values {
  switch (task) {
    case 'install':
      return { name: options.name ?? '' };
    case 'add':
      return {
        vm: options.add ?? '',
        key: key === undefined ? '' : `${key.kind} ${key.blob}`,
        replace_key: options.replaceKey ? 'yes' : 'no',
        settings: settingsOf(options).join('\n'),
      };
    case 'revoke':
      return { vm: options.revoke ?? '' };
    case 'known-hosts':
      return { names: [...new Set(operands.map(inPlace))].join(',') };
    case 'audit':
      return { version: version() };
    case 'list':
      return {};
  }
}

/** Operands are looked at here, options by commander. */
function inPlace(operand: string): string {
  try {
    return knownName(operand);
  } catch (error) {
    throw new CliError(EXIT.usage, (error as Error).message);
  }
}

/** `key=value` of vms.conf, of what was given; the last one counts. */
function settingsOf(options: Options): readonly string[] {
  const { tool, domain, hosts, base, minStay: min_stay, separate } = options;
  const own = { tool, domain, hosts, base, min_stay, separate };
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const others = (options.set ?? []).map((each) => each.split(/=(.*)/s));
  const all = new Map([...given, ...others].map(([key, value]) => [key, value]));
  return Array.from(all, ([key, value]) => `${key}=${value}`);
}

function aboutOf(task: Task, options: Options, key: PublicKey | undefined): readonly string[] {
  const where = options.root === undefined ? 'on a host' : `in ${options.root}`;
  const whose = key === undefined ? '' : `, key ${key.fingerprint}`;
  const what = {
    install: 'installs vmmanage-host, its account and its conf',
    add: `lets ${options.add} ask for its moves${whose}`,
    revoke: `takes from ${options.revoke} what it may ask for`,
    list: 'shows the guests, and changes nothing',
    audit: 'looks for mistakes, and changes nothing',
    'known-hosts': "shows the host's public keys, and changes nothing",
  }[task];
  return [
    `vmmanage host-setup ${version()}: ${what}.`,
    `To be run ${where} as root by sh, as in: ssh root@HOST sh <THIS_FILE. Twice is as once.`,
  ];
}

async function readKey(file: string): Promise<PublicKey> {
  const key = parsePublicKey(await textOf(file));
  if (typeof key !== 'string') return key;
  throw new CliError(EXIT.failed, `${file} is no public key: ${key}`, [
    "a guest's tenant makes one with ssh-keygen -t ed25519, and gives you the .pub file",
  ]);
}

async function textOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(KEY_FILE_MAX),
        0,
        KEY_FILE_MAX,
        0,
      );
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CliError(EXIT.failed, `${file} can't be read: ${(error as Error).message}`);
  }
}

/** The script as it would be printed, given to sh on its standard input. */
async function runHere(script: Script, { terminal, options }: Call<Options>): Promise<number> {
  const ended = await runProgram(
    {
      argv: ['sh', '-s'],
      input: scriptText(script),
      timeoutMs: RUN_MS,
      maxOutputBytes: SAID_MAX,
      signal: terminal.interrupted(),
    },
    terminal.clock,
  );
  if (ended.aborted) throw new CliError(EXIT.interrupted, 'interrupted');
  if (ended.exit === undefined)
    throw new CliError(EXIT.failed, ended.notStarted ?? 'sh did not end');
  for (const line of linesOf(ended.stderr)) terminal.err(clean(line));
  if (ended.cut) throw new CliError(EXIT.failed, 'more was said than can be taken in');
  const lines = linesOf(ended.stdout);
  // What couldn't look says why, and nothing of what there is.
  if (options.json && ended.exit !== 0 && lines.length === 0) return ended.exit;
  if (options.json) terminal.out(jsonText(forPrograms(script.task, lines)));
  else for (const line of lines) terminal.out(clean(line));
  return ended.exit;
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function forPrograms(task: Task, lines: readonly string[]) {
  const rows = lines.map((line) => line.split('\t'));
  if (task === 'list') return { vms: rows.map(guestOf) };
  const findings = rows.map(([where, what, remedy]) => ({ where, what, remedy }));
  return { ok: findings.length === 0, findings };
}

function guestOf([vm, tool, domain, hosts, base, keys]: readonly string[]) {
  const or = (text: string | undefined) => (text === '-' ? null : text);
  return {
    vm,
    tool: or(tool),
    domain: or(domain),
    hosts: hosts === '-' ? [] : hosts?.split(','),
    base: or(base),
    keys: keys?.split(' ').filter((each) => each.startsWith('SHA256:')),
  };
}
