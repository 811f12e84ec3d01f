/**
 * What the cloud gives the clone on its way: cloud-init's `#cloud-config`. It tells the machine what
 * it is and when to end, and holds no secret: those come with the image, or with the instance's role.
 */
import { dirname, join } from 'node:path';
import { CLONE_FILE, type CloneDocument, formatDocument } from '../../wire/clone.ts';

export const USER_DATA_MAX_BYTES = 16 * 1024;

const MINUTE_MS = 60_000;

/** Where a machine with this state folder looks for the document that makes it a clone. */
export function cloneFileOf(stateFolder: string): string {
  return join(dirname(stateFolder), CLONE_FILE);
}

/**
 * JSON is YAML, so nothing has to be quoted. The timer is shutdown's own: it needs no daemon. It is set at
 * the end of each boot: before logind runs, `shutdown` may not wait.
 */
export function userData(document: CloneDocument, stateFolder: string, lifeMs: number): string {
  const minutes = Math.max(1, Math.floor(lifeMs / MINUTE_MS));
  const config = {
    write_files: [
      {
        path: '/var/lib/cloud/scripts/per-boot/vmmanage-end',
        permissions: '0755',
        content: `#!/bin/sh\nexec shutdown -P +${minutes}\n`,
      },
      {
        path: cloneFileOf(stateFolder),
        permissions: '0644',
        content: `${formatDocument(document)}\n`,
      },
    ],
  };
  return `#cloud-config\n${JSON.stringify(config, null, 1)}\n`;
}
