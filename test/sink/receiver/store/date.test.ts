/** The date in front of a line, against the thesis's own example and against what `date` prints. */
import { describe, expect, test } from 'vitest';
import { datePrefix } from '../../../../src/sink/receiver/store/date.ts';
import { parseZoneFile } from '../../../../src/sink/receiver/store/zone.ts';

const THESIS_MS = 1_242_232_480_000;

describe('the date', () => {
  // Each as `TZ=ZONE LC_ALL=C date -d @SECONDS` of coreutils 9.1 prints it.
  test.each([
    ['Europe/Oslo', THESIS_MS, '1242232480 Wed May 13 18:34:40 CEST 2009 '],
    ['Europe/Oslo', THESIS_MS + 999, '1242232480 Wed May 13 18:34:40 CEST 2009 '],
    ['UTC', THESIS_MS, '1242232480 Wed May 13 16:34:40 UTC 2009 '],
    ['Etc/UTC', THESIS_MS, '1242232480 Wed May 13 16:34:40 UTC 2009 '],
    ['Asia/Tokyo', THESIS_MS, '1242232480 Thu May 14 01:34:40 JST 2009 '],
    ['America/New_York', THESIS_MS, '1242232480 Wed May 13 12:34:40 EDT 2009 '],
    ['Asia/Kolkata', THESIS_MS, '1242232480 Wed May 13 22:04:40 IST 2009 '],
    ['America/Sao_Paulo', THESIS_MS, '1242232480 Wed May 13 13:34:40 -03 2009 '],
    ['Europe/Oslo', 1_793_494_800_000, '1793494800 Sun Nov  1 02:00:00 CET 2026 '],
    ['Europe/Oslo', 4_096_000_000_000, '4096000000 Sun Oct 18 11:46:40 CEST 2099 '],
    ['Europe/Oslo', 1_256_430_600_000, '1256430600 Sun Oct 25 02:30:00 CEST 2009 '],
    ['Europe/Oslo', 1_256_434_200_000, '1256434200 Sun Oct 25 02:30:00 CET 2009 '],
  ])('in %s at %d', (zone, wallMs, prefix) => {
    expect(datePrefix(zone)(wallMs)).toBe(prefix);
  });

  test('follows the seconds', () => {
    const prefix = datePrefix('UTC');
    expect(prefix(THESIS_MS)).toContain('16:34:40');
    expect(prefix(THESIS_MS + 1000)).toContain('16:34:41');
    expect(prefix(THESIS_MS)).toContain('16:34:40');
  });

  test('what is not a zone file is not taken for one', () => {
    expect(() => parseZoneFile(Buffer.from('TZif2'))).toThrow();
    expect(() => parseZoneFile(Buffer.alloc(100))).toThrow('not a zone file');
  });
});
