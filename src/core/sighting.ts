/** What locators saw of the guest's place. */

/** Who said what, for people: `xen2: ssh time-out`. */
export interface Answer {
  readonly who: string;
  readonly says: string;
}

/**
 * `at`: seen at a host. `moving`: seen under way. `unknown`: nobody could tell, or the answers
 * contradict each other.
 */
export type Sighting =
  | {
      readonly kind: 'at';
      readonly host: string;
      readonly answers: readonly Answer[];
      /** It is a clone of the guest that is there: nobody need believe the host it has left. */
      readonly clone?: { readonly request: string; readonly instance: string };
    }
  | { readonly kind: 'moving'; readonly to: string; readonly answers: readonly Answer[] }
  | { readonly kind: 'unknown'; readonly answers: readonly Answer[] };
