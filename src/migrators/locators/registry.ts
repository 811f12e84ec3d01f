/** Every kind of locator, by hand: a test holds this list against the files of the folder. */
import { commandLocator } from './command.ts';
import { fileLocator } from './file.ts';
import { hostsLocator } from './hosts.ts';
import { imdsLocator } from './imds.ts';
import type { LocatorKind } from './locator.ts';
import { networkLocator } from './network.ts';
import { providerLocator } from './provider.ts';

export const locatorKinds: readonly LocatorKind[] = [
  hostsLocator,
  providerLocator,
  networkLocator,
  imdsLocator,
  fileLocator,
  commandLocator,
];
