import { vectorIndexContract } from '../../../../contract/vector-index';
import { AossHarness } from './harness';

vectorIndexContract(() => AossHarness.start());
