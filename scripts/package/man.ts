/** The man pages vmmanage(1) and vmmanage-sink(8), from the help of the commands. */
import { EXIT } from '../../src/cli/exit.ts';
import { type Described, described, describedCommands } from './commands.ts';
import type { Release } from './release.ts';
import { block, item, page, paragraph, section, subsection } from './roff.ts';

const STATUSES: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'It is done.',
  failed: 'It failed.',
  usage: 'The command line is wrong.',
  noDaemon: "The daemon isn't running.",
  held: 'A gate holds it; try later.',
  denied: 'It is not permitted.',
  conf: 'The conf is wrong.',
  interrupted: 'It was ended by Ctrl-C.',
};

const FILES = [
  ['/etc/vmmanage/vmmanage.conf', 'The conf; then `/etc/vmmanage/conf.d/*.conf`.'],
  ['/var/lib/vmmanage', "The state folder: journal, history, ledgers, and the daemon's ssh keys."],
  ['/run/vmmanage', 'The control sockets: one to look, one to act.'],
  ['/usr/share/doc/vmmanage', 'More to read, and examples.'],
] as const;

export async function mainPage(release: Release): Promise<string> {
  const commands = await describedCommands();
  const title = {
    ...{ name: 'vmmanage', number: 1, manual: 'User commands' },
    what: 'watch a service in this virtual machine and ask for the machine to be moved',
  };
  const parts = [
    section('synopsis', '.B vmmanage', '.I COMMAND', '[options]'),
    section('description', ...DESCRIPTION.map(paragraph)),
    section('commands', ...commands.map(commandPart)),
    section('environment', item('VMMANAGE_RUNTIME', "The folder of the daemon's sockets.")),
    section('files', ...FILES.map(([path, what]) => item(path, what))),
    section('exit status', ...statuses()),
  ];
  return page(title, release, parts, ['vmmanage.conf(5)', 'vmmanage-sink(8)', 'systemctl(1)']);
}

const DESCRIPTION = [
  'vmmanage is a daemon inside a virtual machine (the guest). It reads probes of the service that the guest exists for, holds them against policies, and asks the infrastructure to move the guest: to the next host while the service suffers, to a cheap base host while it idles.',
  '`vmmanage run` is the daemon, which `vmmanage.service` starts. The other commands ask it, tell it what to do, or do without it. Members of the group `vmmanage` may look at the daemon, members of `vmmanage-admin` may tell it what to do.',
];

function commandPart(command: Described): string {
  const { name, usage, summary, operands, options, examples } = command;
  return subsection(
    `vmmanage ${name} ${usage}`,
    paragraph(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`),
    ...[...operands, ...options].map(({ term, help }) => item(term, help)),
    ...notesOf(command),
    block(examples),
  );
}

/** Notes whose lines are more than broken prose stay as they are. */
function notesOf({ notes }: Described): string[] {
  if (notes === '') return [];
  return notes.split('\n\n').map((part) => {
    const lines = part.split('\n');
    return lines.some((line) => line.startsWith(' ')) ? block(lines) : paragraph(part);
  });
}

function statuses(): string[] {
  return Object.entries(EXIT).map(([name, status]) =>
    item(String(status), STATUSES[name as keyof typeof EXIT]),
  );
}

const SINK_DESCRIPTION = [
  '`vmmanage-sink.service` runs `vmmanage sink`: it takes log records from many guests over TCP and appends them to one file, each with the time in front and who sent it behind. It listens on loopback until `/etc/default/vmmanage-sink` says otherwise. Anybody who reaches the plain port may write to it: keep it inside your own network, or use the one with TLS.',
  'With `vmmanage-sink.socket`, and `vmmanage-sink-tls.socket` for TLS, systemd keeps the ports open while the sink restarts; their addresses then count instead. A reload (SIGHUP) opens the files anew, and reads certificates and names anew. `vmmanage logs` reads the log.',
];

const SINK_FILES = [
  ['/etc/default/vmmanage-sink', '`LISTEN`, `FILE` and `OPTIONS` of the service.'],
  ['/var/log/vmmanage/central.log', 'The log.'],
  ['/etc/logrotate.d/vmmanage-sink', 'How it is rotated.'],
] as const;

export async function sinkPage(release: Release): Promise<string> {
  const { usage, notes, options, examples } = await described('sink');
  const title = {
    ...{ name: 'vmmanage-sink', number: 8, manual: 'System administration' },
    what: 'the central log of the guests that vmmanage moves',
  };
  const parts = [
    section('synopsis', '.B vmmanage sink', usage, '.PP', 'vmmanage\\-sink.service'),
    section('description', ...[...SINK_DESCRIPTION, notes].map(paragraph)),
    section('options', ...options.map(({ term, help }) => item(term, help))),
    section('files', ...SINK_FILES.map(([path, what]) => item(path, what))),
    section('examples', block(examples)),
  ];
  return page(title, release, parts, ['vmmanage(1)', 'vmmanage.conf(5)', 'logrotate(8)']);
}
