import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { addressed, resolveAddress } from '../../../src/pipeline/graph/address.ts';
import { shop } from '../shop.ts';

const one = [shop()];
const two = [shop(), shop({}, 'outlet')];

describe('addresses', () => {
  it('find a definition by pipeline and name, and by name where it is unique', () => {
    assert.equal(resolveAddress(one, 'shop.landing', ['table']).definition.location, 'orders/');
    assert.equal(resolveAddress(one, 'landing', ['table']).address, 'shop.landing');
  });

  it('prefer the pipeline that a reference stands in', () => {
    assert.equal(resolveAddress(two, 'orders', ['stream'], 'outlet').address, 'outlet.orders');
  });

  it('that are ambiguous list the candidates', () => {
    assert.throws(
      () => resolveAddress(two, 'orders', ['stream']),
      (error) => isPlayheadError(error, 'PH_ADDRESS_AMBIGUOUS') && error.hint === 'Write shop.orders or outlet.orders.',
    );
  });

  it('that are misspelled suggest the nearest, with or without the pipeline', () => {
    for (const misspelled of ['shop.ordrs', 'ordrs', 'shp.orders']) {
      assert.throws(
        () => resolveAddress(one, misspelled, ['stream']),
        (error) => isPlayheadError(error, 'PH_ADDRESS_UNKNOWN') && error.hint === 'Did you mean "shop.orders"?',
        misspelled,
      );
    }
  });

  it('that lead to nothing near list what there is', () => {
    assert.throws(
      () => resolveAddress(one, 'zebra', ['job', 'delivery']),
      (error) => isPlayheadError(error, 'PH_ADDRESS_UNKNOWN') && error.hint === 'There are: shop.deliver, shop.curate.',
    );
  });

  it('of another kind say which', () => {
    assert.throws(
      () => resolveAddress(one, 'curate', ['delivery']),
      (error) =>
        isPlayheadError(error, 'PH_ADDRESS_UNKNOWN') && error.message === '"shop.curate" is a job, not a delivery',
    );
  });

  it('enumerate the definitions of some kinds in their order', () => {
    assert.deepEqual(
      addressed(two, 'delivery', 'job').map(({ address }) => address),
      ['shop.deliver', 'shop.curate', 'outlet.deliver', 'outlet.curate'],
    );
  });
});
