/**
 * What a migrator and a locator are. A migrator carries a request out; a locator tells where the
 * guest is. Neither decides anything: what they saw goes back into `step`, which judges it.
 */
import type { Clock } from '../core/clock.ts';
import type { HandOver, Origin } from '../core/clone.ts';
import type { HeldByProvider } from '../core/events.ts';
import type { Word } from '../core/locating.ts';
import type { OptionsOf, OptionsTable } from '../core/options.ts';
import type { OpenRequest } from '../core/state.ts';
import type { CloneSite } from './clone/site.ts';

/** A request on its way to one target. */
export interface Move {
  /** The request's id, a ULID. */
  readonly request: string;
  readonly vm: string;
  readonly from: string;
  readonly to: string;
}

/** `reason` is one line, without secrets. */
export type Preflight =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly held?: HeldByProvider;
      /** The host that the guest is on is why: no other target would do better. */
      readonly ofSource?: true;
    };

/** What the attempt said of itself. Not the outcome: that is a locator's (DESIGN.md §7). */
export interface Attempt {
  readonly ok: boolean;
  readonly text: string;
  /** Nothing was begun: the provider holds the guest. */
  readonly held?: HeldByProvider;
  /** Nothing was begun, and the host that the guest is on is why. */
  readonly ofSource?: true;
  /** The project file that is in force from now on (MLN). */
  readonly using?: string;
}

export interface Migrator {
  /** Whether `to` could take the guest now. Changes nothing. */
  preflight(move: Move, signal: AbortSignal): Promise<Preflight>;
  /**
   * Asks for the move and waits until the attempt has ended. An abort asks to cancel. `progress`
   * is told how far it is, in a few words for people.
   */
  migrate(move: Move, signal: AbortSignal, progress?: (text: string) => void): Promise<Attempt>;
  /** After a restart: whether this request's attempt may still be under way. */
  underway(request: string): Promise<boolean>;
}

/** What some migrators can besides: end an attempt that an earlier life of the daemon began. */
export interface Stopper {
  stop(request: string): Promise<void>;
}

export interface Locator {
  /** Whom it asks, for people: `the hosts`; itself where it is left out. */
  readonly asks?: string;
  /** Its word counts only for a site that has no locator that decides (DESIGN.md §7). */
  readonly onlyWarns?: true;
  /** Where the guest is, as far as this locator can tell. Never rejects. */
  locate(signal: AbortSignal): Promise<Word>;
}

export interface MigratorContext {
  readonly clock: Clock;
  readonly vm: string;
  /** The site's hosts, its base included. */
  readonly hosts: readonly string[];
  /** How a host is reached: `[host NAME] address`, or else its name. */
  addressOf(host: string): string;
  /** What of the conf belongs to its site, as a conf without secrets. */
  readonly sitePart?: string;
  /** Where this migrator may keep files; it exists. */
  readonly stateFolder: string;
  /** Where the guest stands now, by its journal: for clouds, where a clone may be out. */
  standing?(): Standing;
}

export interface Standing {
  readonly request?: OpenRequest | undefined;
  readonly handedOver?: HandOver | undefined;
  readonly origin?: Origin | undefined;
}

export interface OpenedMigrator {
  readonly migrator: Migrator;
  readonly locator: Locator;
  readonly stopper?: Stopper;
  /** Where it is a cloud, to which a clone goes. */
  readonly cloneSite?: CloneSite;
}

export interface MigratorKind<T extends OptionsTable = OptionsTable> {
  readonly kind: string;
  readonly help: string;
  readonly options: T;
  /** What in options that are right each by itself doesn't go together. */
  conflict?(options: OptionsOf<T>): { readonly key: string; readonly problem: string } | undefined;
  /** Said once at start and by `check`, where it isn't what it seems (`local` moves nothing). */
  caution?(options: OptionsOf<T>): string | undefined;
  /** What there has to be before it can move the guest: lines for people, what is typed indented. */
  setup?(options: OptionsOf<T>, guest: SetUpFor): readonly string[];
  open(options: OptionsOf<T>, context: MigratorContext): OpenedMigrator;
}

export interface SetUpFor {
  readonly vm: string;
  readonly hosts: readonly string[];
  readonly base: string | undefined;
  /** The conf's file. */
  readonly file: string;
}
