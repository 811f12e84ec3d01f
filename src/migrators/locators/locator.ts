/**
 * What a kind of `[locator NAME]` is: somebody besides the migrators who tells where the guest is. Whose
 * word counts is core's to say (core/locating.ts).
 */
import type { OptionsOf, OptionsTable } from '../../core/options.ts';
import type { Locator, MigratorContext } from '../migrator.ts';

export interface LocatorContext
  extends Pick<MigratorContext, 'clock' | 'vm' | 'hosts' | 'addressOf'> {
  /** Those of whose sites it is asked; `hosts` are theirs. */
  readonly sites: readonly KnownSite[];
  /** This machine's own addresses now. */
  addresses(): readonly OwnAddress[];
  /** GET /v1/vm at the provider's; absent where the conf has none. Never rejects. */
  askProvider?(signal: AbortSignal): Promise<ProviderSays>;
}

/** A site, and what tells its network: one of these, or none. */
export interface KnownSite {
  readonly name: string;
  readonly broadcast?: string | undefined;
  readonly cidrs: readonly string[];
}

export interface OwnAddress {
  readonly address: string;
  /** `192.0.2.7/24` */
  readonly cidr: string | null;
  /** The machine's own loop. */
  readonly internal: boolean;
}

export type ProviderSays = { readonly body: string } | { readonly problem: string };

export interface LocatorKind<T extends OptionsTable = OptionsTable> {
  readonly kind: string;
  readonly help: string;
  readonly options: T;
  /** What the conf must hold besides: a [provider], or a site with `broadcast` or `cidr`, one site alone that asks it. */
  readonly needs?: 'provider' | 'networks' | 'one site';
  open(options: OptionsOf<T>, context: LocatorContext): Locator;
}
