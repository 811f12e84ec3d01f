import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance } from '../../src/core/nearest.ts';

const KEYS = ['threshold', 'lowthreshold', 'tarry', 'max_moves', 'at'];

describe('the nearest name', () => {
  it.each([
    ['a letter too few', 'treshold', 'threshold'],
    ['two letters changed over', 'tarryr', 'tarry'],
    ['another sign between words', 'max-moves', 'max_moves'],
    ['capitals', 'Tarry', 'tarry'],
    ['a short word, one letter off', 'an', 'at'],
  ])('is found for %s', (_, word, name) => {
    expect(didYouMean(word, KEYS)).toBe(` (did you mean ${name}?)`);
  });

  it.each([
    ['a short word, two letters off', 'to'.repeat(2)],
    ['nothing like it', 'weather'],
    ['a word that is far too long', 'threshold'.repeat(100)],
  ])('is not made up for %s', (_, word) => {
    expect(didYouMean(word, KEYS)).toBe('');
  });

  it.each([
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['kitten', 'sitting', 3],
  ])('counts edits: %s to %s', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });
});
