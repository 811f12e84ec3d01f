/**
 * What a part of this room has to say to whoever runs it. The room itself logs nothing.
 */
export interface Notice {
  readonly level: 'info' | 'warn' | 'error';
  /** Constant; what varies stands in the fields. */
  readonly text: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export type Tell = (notice: Notice) => void;
