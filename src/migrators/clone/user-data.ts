/**
 * What the cloud gives the clone on its way: cloud-init's `#cloud-config`. It tells the machine what
 * it is and when to end, and holds no secret: those come with the image, or with the instance's role.
 */
import { dirname, join } from 'node:path';
import { CLONE_CONF, CLONE_FILE, type CloneDocument, formatDocument } from '../../wire/clone.ts';

/** EC2's bound, the narrowest of them (RunInstances, UserData); a site asks no cloud for more. */
export const USER_DATA_MAX_BYTES = 16 * 1024;

const MINUTE_MS = 60_000;

interface Given {
  readonly stateFolder: string;
  readonly lifeMs: number;
  /** A conf, without secrets. */
  readonly sitePart?: string | undefined;
}

/** Where a machine with this state folder looks for the document that makes it a clone. */
export function cloneFileOf(stateFolder: string): string {
  return join(dirname(stateFolder), CLONE_FILE);
}

/** And for what of the conf belongs to its site, to be taken instead of what the image has of that. */
export function cloneConfOf(stateFolder: string): string {
  return join(dirname(stateFolder), CLONE_CONF);
}

/**
 * JSON is YAML, so nothing has to be quoted. The timer is shutdown's own: it needs no daemon. It is set at
 * the end of each boot: before logind runs, `shutdown` may not wait.
 */
export function userData(document: CloneDocument, given: Given): string {
  const { stateFolder, lifeMs, sitePart } = given;
  const end = join(dirname(stateFolder), `vmmanage-end-${document.request}`);
  const config = {
    write_files: [
      {
        path: '/var/lib/cloud/scripts/per-boot/vmmanage-end',
        permissions: '0755',
        content: endScript(end, Math.max(1, Math.floor(lifeMs / MINUTE_MS))),
      },
      // Before the document: where that is, this is too.
      ...(sitePart === undefined
        ? []
        : [{ path: cloneConfOf(stateFolder), permissions: '0644', content: sitePart }]),
      {
        path: cloneFileOf(stateFolder),
        permissions: '0644',
        content: `${formatDocument(document)}\n`,
      },
    ],
  };
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`;
}

/** The end is kept in a file, so that a reboot doesn't put it off; one that is no time is made anew. */
function endScript(file: string, minutes: number): string {
  const end = `'${file.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh
now=$(date +%s)
end=$(cat ${end} 2>/dev/null)
case $end in
'' | *[!0-9]*)
  end=$((now + ${minutes * 60}))
  echo "$end" >${end}.new && mv ${end}.new ${end}
  ;;
esac
left=$(((end - now + 59) / 60))
[ "$left" -ge 0 ] || left=0
[ "$left" -le ${minutes} ] || left=${minutes}
exec shutdown -P "+$left"
`;
}
