/**
 * By what the system can tell this machine from a copy of it. What is read is secret to its machine
 * (machine-id(5)), so a digest leaves here that is of use to nobody else. It decides nothing: a
 * restored backup may change both, and a careless clone neither. A hypervisor's generation id (vmgenid) is no source:
 * Linux keeps it to itself (drivers/virt/vmgenid.c), and shows no user what it is.
 */
import { createHmac } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Name of the source → digest of what stands there. */
type Digests = Readonly<Record<string, string>>;

const SOURCES: Readonly<Record<string, string>> = {
  'machine-id': '/etc/machine-id',
  // Root alone may read it on most machines.
  'product-uuid': '/sys/class/dmi/id/product_uuid',
};
const MAX_BYTES = 64;
/** Both are hexadecimal digits, the one without dashes. */
const ID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/;

/** Those that can be read; a source that is missing or holds something else is left out. */
export async function readIdentity(root = ''): Promise<Digests> {
  const found = await Promise.all(
    Object.entries(SOURCES).map(async ([name, path]) => [name, await idIn(root + path)] as const),
  );
  return Object.fromEntries(
    found.flatMap(([name, id]) => (id === undefined ? [] : [[name, digestOf(id)]])),
  );
}

async function idIn(path: string): Promise<string | undefined> {
  const handle = await open(path).catch(() => undefined);
  try {
    const read = await handle?.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    const text = read?.buffer.toString('latin1', 0, read.bytesRead).trim().toLowerCase() ?? '';
    return ID.test(text) ? text : undefined;
  } catch {
    // As good as none.
    return undefined;
  } finally {
    await handle?.close();
  }
}

function digestOf(id: string): string {
  return createHmac('sha256', id).update('vmmanage').digest('hex').slice(0, 32);
}
