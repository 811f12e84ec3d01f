/**
 * The story, the same for both rigs: a guest under load is moved, and everything that may come in between
 * comes. There are but two hosts, so the base of its step is one of the two, by a conf of its own.
 */
import { happens } from '../../scripts/main-job/say.ts';
import type { Array2 } from './confs.ts';
import { signalDaemon, startDaemon, writeConf } from './install.ts';
import { must, Player } from './player.ts';
import { tryRefusals } from './refusals.ts';
import type { Stage } from './stage.ts';
import type { Row } from './table.ts';

interface Step {
  readonly name: string;
  /** Plays it, checks it, and gives back what came of it. */
  readonly play: (player: Player) => Promise<string>;
}

const HOLD = '/etc/vmmanage-host/hold';
const HOLD_REASON = 'the storage is being changed';
const HELD_MS = 180_000;
/** An ask of each emulated host, and no transfer. */
const ASKING_MS = 150_000;

/** In this order: the last one leaves a host without power. */
const STEPS: readonly Step[] = [
  {
    name: 'what its key must not open',
    async play({ stage }) {
      const n = await tryRefusals(stage.rig);
      return `${n} trials: every one refused`;
    },
  },
  {
    name: 'it suffers',
    async play(player) {
      return player.arrivesAt(2, await player.asks('suffering'));
    },
  },
  {
    name: 'it idles: to its base',
    async play(player) {
      await reload(player, 'base');
      const came = await player.arrivesAt(1, await player.asks('idle'));
      await reload(player, 'both');
      return came;
    },
  },
  {
    name: 'no memory at the target',
    async play(player) {
      const { rig, hypervisor } = player.stage;
      await hypervisor.takeMemory(rig, 2);
      // A veto: nothing was transferred, however long the emulated hosts took to say so.
      const came = await player.fails(await player.asks('suffering'), 1, /vetoed \(memory\)/);
      await player.isBarred(2);
      await hypervisor.giveMemory(rig, 2);
      return came;
    },
  },
  {
    name: 'the target fails late',
    async play(player) {
      const { rig, hypervisor } = player.stage;
      await hypervisor.slow(rig, 1);
      const request = await player.asks('suffering');
      await player.comesTo(2);
      await hypervisor.spoil(rig, 2);
      const trouble = /^(?:Unconfirmed|Move to host2 failed): [^[]*/;
      const [seen] = await player.says('its failure', trouble);
      await hypervisor.mend(rig, 2);
      const { text, arrived } = await player.ends(request);
      must(arrived === undefined, text);
      await player.isAlone(1);
      await player.isBarred(2);
      return seen.startsWith('Unconfirmed') ? `${seen.trim()}; theirs removed: ${text}` : text;
    },
  },
  {
    name: 'the provider holds it',
    async play(player) {
      const { rig } = player.stage;
      const set = `printf '%s\\nretry-after: 5\\n' '${HOLD_REASON}' >${HOLD}`;
      await Promise.all([rig.host(1, set), rig.host(2, set)]);
      await player.load('suffering');
      const [held] = await player.says('a hold', new RegExp(`^Held: .*${HOLD_REASON}`), HELD_MS);
      await player.isAlone(1);
      await Promise.all([rig.host(1, `rm ${HOLD}`), rig.host(2, `rm ${HOLD}`)]);
      // It may have asked, and been refused: what counts is what it asks for from now on.
      player.begin();
      const came = await player.arrivesAt(2, await player.asks('suffering'));
      return `${held}; lifted: ${came}`;
    },
  },
  {
    name: 'the provider moves it',
    async play(player) {
      const { rig, hypervisor } = player.stage;
      await hypervisor.move(rig, 2, 1);
      const [moved] = await player.says('its place', /^Moved by others: arrived at host1/);
      await player.isAlone(1);
      return moved;
    },
  },
  {
    name: 'the daemon is killed',
    async play(player) {
      const { rig, hypervisor } = player.stage;
      await hypervisor.slow(rig, 1);
      const request = await player.asks('suffering');
      await player.comesTo(2);
      await signalDaemon(rig, 'KILL');
      await startDaemon(rig);
      const { text, arrived } = await player.ends(request);
      await player.isAlone(arrived === undefined ? 1 : 2);
      return `killed in mid-transfer, and: ${text}`;
    },
  },
  {
    name: 'the target has no power',
    async play(player) {
      const at = /^guest$/m.test(await player.domains(2)) ? 2 : 1;
      const target = at === 2 ? 1 : 2;
      await player.switchOff(target);
      const request = await player.asks('suffering');
      const began = performance.now();
      const came = await player.fails(request, at, /./);
      must(performance.now() - began < ASKING_MS, 'it should be known soon');
      await player.isBarred(target);
      return came;
    },
  },
];

/** Rejects at the first step that goes otherwise; `rows` has what happened until then. */
export async function tellStory(stage: Stage, rows: Row[]): Promise<void> {
  const player = new Player(stage);
  for (const { name, play } of STEPS) {
    happens(`── ${name}`);
    const began = performance.now();
    player.begin();
    const note = (came: string) => {
      const tookMs = performance.now() - began;
      const silentMs = stage.silence.longestSince(began);
      const request = player.request;
      rows.push({ step: name, came, tookMs, silentMs, ...(request ? { request } : {}) });
    };
    try {
      note(await play(player));
    } catch (error) {
      note(`NOT AS IT SHOULD: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }
}

async function reload(player: Player, array: Array2): Promise<void> {
  const { rig, hypervisor } = player.stage;
  player.begin();
  await writeConf(rig, hypervisor, array);
  await signalDaemon(rig, 'HUP');
  await player.says('a new conf', /^Conf loaded/);
}
