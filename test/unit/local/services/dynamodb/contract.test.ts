import { type StoreServer, storeContract, storeTables } from '../../../../contract/store';
import { Harness } from './harness';

storeContract(async (): Promise<StoreServer> => {
  const harness = await Harness.start({ tables: storeTables });
  return { client: harness.client, url: harness.url, stop: () => harness.stop() };
});
