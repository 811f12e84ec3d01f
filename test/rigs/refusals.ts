/** Everything that the guest's key must not open, tried with that key from within the guest. */
import { HOST_USER, KEY_FILE, KNOWN_HOSTS_FILE } from './confs.ts';
import { must } from './player.ts';
import type { Rig, Said } from './rig.ts';

interface Trial {
  readonly what: string;
  /** Of ssh, after its options: further options, whose account, and the words. */
  readonly words: string;
  readonly status: number;
  /** In what is printed. */
  readonly says: RegExp;
}

const SSH = [
  `ssh -F none -i ${KEY_FILE} -o UserKnownHostsFile=${KNOWN_HOSTS_FILE}`,
  '-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10',
].join(' ');
const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const NOT_UNDERSTOOD = { status: 64, says: /^reason=expected: where, capacity/m };

function trials(rig: Rig): readonly Trial[] {
  const at = `${HOST_USER}@${rig.address(1)}`;
  const other = rig.address(2);
  return [
    { what: 'its own place', words: `${at} where`, status: 0, says: /^here=yes$/m },
    { what: 'xl list', words: `${at} xl list`, ...NOT_UNDERSTOOD },
    { what: 'virsh list', words: `${at} virsh list`, ...NOT_UNDERSTOOD },
    { what: 'a shell', words: `${at} </dev/null`, ...NOT_UNDERSTOOD },
    { what: 'sh -c id', words: `${at} sh -c id`, ...NOT_UNDERSTOOD },
    {
      what: 'a terminal',
      words: `-tt ${at} where`,
      status: 255,
      says: /PTY allocation request failed/,
    },
    { what: 'a second command', words: `${at} "where; id"`, ...NOT_UNDERSTOOD },
    { what: 'a substitution', words: `${at} 'where $(id)'`, ...NOT_UNDERSTOOD },
    { what: 'another line', words: `${at} "$(printf 'where\\nid')"`, ...NOT_UNDERSTOOD },
    { what: 'another VM', words: `${at} -- --vm other where`, ...NOT_UNDERSTOOD },
    { what: 'a VM as a word', words: `${at} where other`, ...NOT_UNDERSTOOD },
    { what: "another host's question", words: `${at} -- --admit 1 host2`, ...NOT_UNDERSTOOD },
    {
      what: 'a host not its own',
      words: `${at} migrate host9 ${ID}`,
      status: 77,
      says: /host9 is none/,
    },
    {
      what: 'a forwarded connection',
      words: `-W ${other}:22 ${at}`,
      status: 255,
      says: /administratively prohibited/,
    },
    {
      what: 'a forwarded port',
      words: `-o ExitOnForwardFailure=yes -R 2222:127.0.0.1:22 ${at} where`,
      status: 255,
      says: /remote port forwarding failed/,
    },
    { what: 'files by sftp', words: `-s ${at} sftp`, status: 64, says: /./ },
    { what: 'root', words: `root@${rig.address(1)} where`, status: 255, says: /Permission denied/ },
  ];
}

/** Gives back how many were refused; rejects with all that weren't. */
export async function tryRefusals(rig: Rig): Promise<number> {
  const all = trials(rig);
  const wrong: string[] = [];
  for (const trial of all) {
    const said = await rig.ask(['guest', `${SSH} ${trial.words}`]);
    wrong.push(...against(trial, said));
  }
  wrong.push(...(await tryOtherName(rig)));
  must(wrong.length === 0, wrong.join('\n'));
  // One was its right, and one more is tried at the host itself.
  return all.length;
}

function against({ what, status, says }: Trial, said: Said): string[] {
  const text = `${said.stdout}\n${said.stderr}`;
  if (said.status === status && says.test(text)) return [];
  return [`${what}: expected ${status} and ${says}, got ${said.status}: ${text}`];
}

/** Even the account itself may name no other VM to sudo. */
async function tryOtherName(rig: Rig): Promise<string[]> {
  const words = 'sudo -n /usr/local/bin/vmmanage-host --vm other where';
  const said = await rig.ask(['host', '1', `su -s /bin/sh ${HOST_USER} -c '${words}'`]);
  const trial = { what: 'another VM by sudo', words, status: 1, says: /password is required/ };
  return against(trial, said);
}
