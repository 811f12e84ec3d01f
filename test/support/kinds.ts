/** The kinds that the files of a folder export, whoever registered them. */
import { readdirSync } from 'node:fs';

interface Kind {
  readonly kind: string;
  open(...args: never[]): unknown;
}

/** Imports every file of `folder` (a URL with a slash at its end) and gathers what looks like one. */
export async function kindsIn(folder: URL): Promise<Kind[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    files.map((name) => import(new URL(name, folder).href) as Promise<Record<string, unknown>>),
  );
  return modules.flatMap((each) => Object.values(each)).filter(isKind);
}

function isKind(value: unknown): value is Kind {
  return typeof value === 'object' && value !== null && 'kind' in value && 'open' in value;
}
