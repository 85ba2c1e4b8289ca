import { type CutOff, eraseCases } from '../pipeline/erase/erase-cases.ts';
import { soakCases } from './length.ts';

eraseCases(
  soakCases<CutOff>([
    ['erase.remembered', 1],
    ['erase.segment-written', 1],
    ['erase.segment-indexed', 1],
    ['erase.log', 1],
    ['erase.journal', 1],
    ['erase.replacing', 1],
    ['erase.replaced', 2],
    ['erase.commit-amended', 1],
    ['erase.commit-amended', 2],
    ['erase.catalogued', 1],
    ['erase.lake', 1],
    ['erase.state', 1],
  ]),
  true,
);
