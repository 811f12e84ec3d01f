/**
 * The commands there are, in the order of the help. A new one is a file in commands/ and one entry
 * here; the file is read only when the command runs or its help is asked for.
 */
import type { CliCommand } from './command.ts';

export interface Entry {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  load(): Promise<CliCommand>;
}

export const COMMANDS: readonly Entry[] = [
  {
    name: 'run',
    summary: 'run the daemon in the foreground',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'check',
    summary: 'check the conf without connecting anywhere (also: vmmanage -t)',
    load: async () => (await import('./commands/check.ts')).check,
  },
  {
    name: 'status',
    summary: 'how things stand now',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'explain',
    summary: "why the guest moves or doesn't, with every gate",
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'probe',
    summary: 'read a probe of the conf once',
    load: async () => (await import('./commands/probe.ts')).probe,
  },
  {
    name: 'hosts',
    summary: 'the hosts, and which of them can be a target now',
    load: async () => (await import('./commands/hosts.ts')).hosts,
  },
  {
    name: 'where',
    summary: 'ask now where the guest is',
    load: async () => (await import('./commands/where.ts')).where,
  },
  {
    name: 'move',
    summary: 'ask for a move and follow it to its outcome',
    load: async () => (await import('./commands/move.ts')).move,
  },
  {
    name: 'cancel',
    summary: 'ask to stop the move that is under way',
    load: async () => (await import('./commands/cancel.ts')).cancel,
  },
  {
    name: 'resolve',
    summary: 'end a request that nobody can confirm, by hand',
    load: async () => (await import('./commands/resolve.ts')).resolve,
  },
  {
    name: 'pause',
    summary: 'make no requests, until resumed or for a time',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  {
    name: 'resume',
    summary: 'make requests again',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'inhibit',
    summary: 'run a program, with no move beginning while it runs',
    load: async () => (await import('./commands/inhibit.ts')).inhibit,
  },
  {
    name: 'reload',
    summary: 'make the daemon read its conf again',
    load: async () => (await import('./commands/reload.ts')).reload,
  },
  {
    name: 'history',
    summary: 'what was asked for and what came of it, from the journal',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'cost',
    summary: 'what the guest cost, by host, site and policy, from the journal',
    load: async () => (await import('./commands/cost.ts')).cost,
  },
  {
    name: 'simulate',
    summary: 'what a conf would have done with recorded readings',
    load: async () => (await import('./commands/simulate.ts')).simulate,
  },
  {
    name: 'test',
    summary: 'whether a conf does what its scenario files expect',
    load: async () => (await import('./commands/test.ts')).test,
  },
  {
    name: 'jobs',
    summary: 'the job queues: what is claimed, done and failed',
    load: async () => (await import('./commands/jobs.ts')).jobs,
  },
  {
    name: 'work',
    summary: 'run the jobs that the daemon hands out, in the foreground',
    load: async () => (await import('./commands/work.ts')).work,
  },
  {
    name: 'sink',
    summary: 'run the central log in the foreground',
    load: async () => (await import('./commands/sink.ts')).sink,
  },
  {
    name: 'logs',
    summary: 'read the central log: filter it, follow it, draw it',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'host-setup',
    summary: 'set up a host that guests ask for their moves',
    load: async () => (await import('./commands/host-setup.ts')).hostSetup,
  },
  {
    name: 'init',
    summary: 'write a first conf: asks, tries the probe, checks',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'sample-conf',
    summary: 'print a conf to begin with, the options of its kinds explained',
    load: async () => (await import('./commands/sample-conf.ts')).sampleConf,
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).versionCommand,
  },
];
