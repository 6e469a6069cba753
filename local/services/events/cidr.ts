import { BlockList, isIP } from 'node:net';

const BITS = { ipv4: 32, ipv6: 128 } as const;

/**
 * Whether an address is in a range of IPv4 or IPv6 addresses.
 *
 * @throws Error when the text is no range
 */
export function parseCidr(range: unknown): (address: string) => boolean {
  const [, network = '', prefix = ''] = (typeof range === 'string' && /^([^/]+)\/(\d{1,3})$/.exec(range)) || [];
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(network) === 0 || Number(prefix) > BITS[family]) throw new Error(`malformed CIDR: ${JSON.stringify(range)}`);
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}
