import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalFault } from '../../src/record/decimal.ts';

test('a decimal holds what it holds exactly, in any spelling', () => {
  for (const text of ['0', '-0.00', '12.34', '1234.5', '1.50000', '1e3', '12.5e-1', '0.01', '99999e-2', '+7'])
    assert.equal(decimalFault(text, 6, 2), undefined, text);
  for (const [text, fault] of [
    ['1.005', 'too_precise'],
    ['1e-3', 'too_precise'],
    ['10000', 'out_of_range'],
    ['1e4', 'out_of_range'],
    ['', 'wrong_type'],
    ['1.', 'wrong_type'],
    ['NaN', 'wrong_type'],
    ['0x10', 'wrong_type'],
  ] as const)
    assert.equal(decimalFault(text, 6, 2), fault, text);
});

test('any number of the form is accepted, and one more digit on either side is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), fc.boolean(), (precision, smaller, negative) => {
      const scale = Math.min(smaller, precision);
      const whole = precision - scale === 0 ? '0' : '9'.repeat(precision - scale);
      const sign = negative ? '-' : '';
      const fraction = scale === 0 ? '' : `.${'1'.repeat(scale)}`;
      assert.equal(decimalFault(`${sign}${whole}${fraction}`, precision, scale), undefined);
      assert.equal(decimalFault(`${sign}1${'0'.repeat(precision - scale)}`, precision, scale), 'out_of_range');
      assert.equal(decimalFault(`${sign}0.${'0'.repeat(scale)}1`, precision, scale), 'too_precise');
    }),
  );
});
