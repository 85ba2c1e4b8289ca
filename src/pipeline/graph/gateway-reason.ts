import { errorKinds, PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { gatewayReason, reasonParts } from '../../observe/answered-request.ts';
import { recordRules } from '../../source/record-intake.ts';
import type { PipelineDefinition } from '../definition.ts';
import { resolveAddress } from './address.ts';

const reasons = [...recordRules, ...Object.keys(errorKinds)];

/**
 * What a metric counts of a gateway, as `door/not_one_of` or `door/PH_RATE_LIMITED`: records or requests that were refused for
 * this reason. Returns it with the gateway's whole address. PH_ADDRESS_UNKNOWN, PH_ADDRESS_AMBIGUOUS.
 */
export function addressedReason(pipelines: readonly PipelineDefinition[], of: string, within: string): string {
  const { gateway, reason } = reasonParts(of);
  const { address } = resolveAddress(pipelines, gateway, ['gateway'], within);
  if (reasons.includes(reason)) return gatewayReason(address, reason);
  throw new PlayheadError('PH_ADDRESS_UNKNOWN', `${address} refuses nothing for "${reason}"`, {
    hint: suggestion(reason, reasons),
  });
}
