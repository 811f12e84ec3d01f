/** The forms that a line can have, by name; form.ts writes them. */
export const FORMATS = ['text', 'json', 'rfc5424'] as const;

export type Format = (typeof FORMATS)[number];
