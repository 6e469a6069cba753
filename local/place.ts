import { AssemblyError, type AssemblyStack } from './assembly';

/** Where a stack leaves its account open: the account that AWS itself uses in examples. */
const EXAMPLE_ACCOUNT = '123456789012';
const FALLBACK_REGION = 'us-east-1';

/** The one account and region that is emulated. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/**
 * The account and region in which these stacks stand; those that leave one open stand where the others do.
 * @throws AssemblyError when there are several, or when two stacks have one name
 */
export function placeOf(stacks: readonly AssemblyStack[]): Place {
  const names = stacks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new AssemblyError(`There are two stacks named ${twice}. Name each assembly once, and each stack differently.`);
  return {
    accountId: only('account', stacks, 'accountId') ?? EXAMPLE_ACCOUNT,
    region: only('region', stacks, 'region') ?? FALLBACK_REGION,
  };
}

function only(what: string, stacks: readonly AssemblyStack[], member: 'accountId' | 'region'): string | undefined {
  const [first, ...others] = stacks.filter((stack) => stack[member] !== undefined);
  const other = others.find((stack) => stack[member] !== first?.[member]);
  if (!other) return first?.[member];
  throw new AssemblyError(
    `The emulator has one ${what}: stack ${first?.name} is in ${first?.[member]}, stack ${other.name} in ${other[member]}. Synthesize both for one.`,
  );
}
