import * as fc from 'fast-check';
import { authorize, supportedConditionOperators } from '../../../../local/iam/evaluate';
import type { Access, Decision, PolicyDocument, PolicyStatement, RolePrincipal, ServicePrincipal } from '../../../../local/iam/types';

const ACCOUNT = '111122223333';
const TABLE = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/Audit`;
const FOREIGN_TABLE = 'arn:aws:dynamodb:eu-west-1:999988887777:table/Audit';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/gateway`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/gateway/fn`;
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/k1`;

type Statement = Partial<PolicyStatement>;

const policy = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
});

const GET: Statement = { Action: 'dynamodb:GetItem', Resource: TABLE };
const ANYTHING: Statement = { Action: '*', Resource: '*' };
const DENY_GET: Statement = { ...GET, Effect: 'Deny' };

function role(statements: readonly Statement[], boundary?: readonly Statement[]): RolePrincipal {
  return {
    kind: 'role',
    name: 'GatewayFunction',
    roleArn: ROLE,
    sessionArn: SESSION,
    accountId: ACCOUNT,
    identityPolicies: statements.map((statement) => policy(statement)),
    ...(boundary && { permissionsBoundary: policy(...boundary) }),
  };
}

const service: ServicePrincipal = { kind: 'service', name: 'events.amazonaws.com', accountId: ACCOUNT };

const getItem = (more: Partial<Access> = {}): Access => ({ action: 'dynamodb:GetItem', resource: TABLE, ...more });
const refusal = (because: string, resource = TABLE, action = 'dynamodb:GetItem'): Decision => ({
  allowed: false,
  reason: `User: ${SESSION} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
});
const ALLOWED: Decision = { allowed: true };
const NO_IDENTITY = refusal('because no identity-based policy allows the dynamodb:GetItem action');
const NO_BOUNDARY = refusal('because no permissions boundary allows the dynamodb:GetItem action');

describe('identity policies', () => {
  test.each<[string, readonly Statement[], Decision]>([
    ['nothing attached', [], NO_IDENTITY],
    ['the very action', [GET], ALLOWED],
    ['lists', [{ Action: ['s3:*', 'dynamodb:Get*'], Resource: ['arn:aws:s3:::b', TABLE] }], ALLOWED],
    ['another action', [{ ...GET, Action: 'dynamodb:PutItem' }], NO_IDENTITY],
    ['another resource', [{ ...GET, Resource: `${TABLE}2` }], NO_IDENTITY],
    ['NotAction that leaves the action', [{ NotAction: 'iam:*', Resource: '*' }], ALLOWED],
    ['NotAction that takes the action out', [{ NotAction: ['iam:*', 'dynamodb:*'], Resource: '*' }], NO_IDENTITY],
    ['NotResource that leaves the resource', [{ Action: '*', NotResource: `${TABLE}/index/*` }], ALLOWED],
    ['NotResource that takes the resource out', [{ Action: '*', NotResource: [TABLE] }], NO_IDENTITY],
    ['a deny beside an allow', [ANYTHING, DENY_GET], refusal('with an explicit deny in an identity-based policy')],
    ['a deny of something else', [ANYTHING, { ...DENY_GET, Action: 'dynamodb:PutItem' }], ALLOWED],
    [
      'a deny with NotAction',
      [ANYTHING, { Effect: 'Deny', NotAction: 's3:*', Resource: '*' }],
      refusal('with an explicit deny in an identity-based policy'),
    ],
    ['a condition that fails', [{ ...GET, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }], NO_IDENTITY],
  ])('%s', (_, statements, decision) => {
    expect(authorize(role(statements), getItem())).toEqual(decision);
  });

  test('a statement that stands alone in its document', () => {
    const single: RolePrincipal = { ...role([]), identityPolicies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }] };
    expect(authorize(single, getItem())).toEqual(ALLOWED);
  });
});

describe('permissions boundary', () => {
  test.each<[string, readonly Statement[], readonly Statement[], Decision]>([
    ['both allow', [GET], [ANYTHING], ALLOWED],
    ['only the boundary allows', [], [ANYTHING], NO_IDENTITY],
    ['only the identity policy allows', [GET], [{ Action: 's3:*', Resource: '*' }], NO_BOUNDARY],
    ['an empty boundary', [GET], [], NO_BOUNDARY],
    ['the boundary denies', [GET], [ANYTHING, DENY_GET], refusal('with an explicit deny in a permissions boundary')],
  ])('%s', (_, statements, boundary, decision) => {
    expect(authorize(role(statements, boundary), getItem())).toEqual(decision);
  });
});

describe('resource policy within the account', () => {
  const toResource = (statement: Statement): PolicyDocument => policy({ Action: 'dynamodb:GetItem', Resource: '*', ...statement });
  const DENIED_BY_RESOURCE = refusal('with an explicit deny in a resource-based policy');

  test.each<[string, Statement, Decision]>([
    ['names the role', { Principal: { AWS: ROLE } }, ALLOWED],
    ['names the session', { Principal: { AWS: SESSION } }, ALLOWED],
    ['names everyone', { Principal: '*' }, ALLOWED],
    ['names every AWS principal', { Principal: { AWS: '*' } }, ALLOWED],
    ['names it in a list', { Principal: { AWS: ['arn:aws:iam::999988887777:root', ROLE] } }, ALLOWED],
    ['names the account only', { Principal: { AWS: ROOT } }, NO_IDENTITY],
    ['names the bare account id only', { Principal: { AWS: ACCOUNT } }, NO_IDENTITY],
    ['names another role', { Principal: { AWS: `${ROLE}2` } }, NO_IDENTITY],
    ['names another account', { Principal: { AWS: 'arn:aws:iam::999988887777:root' } }, NO_IDENTITY],
    ['names a service', { Principal: { Service: 'events.amazonaws.com' } }, NO_IDENTITY],
    ['names a federation', { Principal: { Federated: ROLE } }, NO_IDENTITY],
    ['names nobody', {}, NO_IDENTITY],
    ['names a pattern of roles', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } }, NO_IDENTITY],
    ['allows everyone but another role', { NotPrincipal: { AWS: `${ROLE}2` } }, ALLOWED],
    ['allows everyone but the role', { NotPrincipal: { AWS: ROLE } }, NO_IDENTITY],
    ['allows everyone but the account', { NotPrincipal: { AWS: ROOT } }, NO_IDENTITY],
    ['names the role for another action', { Principal: { AWS: ROLE }, Action: 'dynamodb:PutItem' }, NO_IDENTITY],
    ['names the role for another resource', { Principal: { AWS: ROLE }, Resource: FOREIGN_TABLE }, NO_IDENTITY],
  ])('an allow that %s', (_, statement, decision) => {
    expect(authorize(role([]), getItem({ resourcePolicy: toResource(statement) }))).toEqual(decision);
  });

  test.each<[string, Statement, Decision]>([
    ['names the role', { Principal: { AWS: ROLE } }, DENIED_BY_RESOURCE],
    ['names the session', { Principal: { AWS: SESSION } }, DENIED_BY_RESOURCE],
    ['names the account', { Principal: { AWS: ROOT } }, DENIED_BY_RESOURCE],
    ['names everyone', { Principal: '*' }, DENIED_BY_RESOURCE],
    ['names nobody', {}, DENIED_BY_RESOURCE],
    ['names another role', { Principal: { AWS: `${ROLE}2` } }, ALLOWED],
    ['spares the role but not its session', { NotPrincipal: { AWS: [ROLE, ROOT] } }, DENIED_BY_RESOURCE],
    ['spares only the account', { NotPrincipal: { AWS: ROOT } }, DENIED_BY_RESOURCE],
    ['spares account, role and session', { NotPrincipal: { AWS: [ROOT, ROLE, SESSION] } }, ALLOWED],
    ['spares everyone', { NotPrincipal: '*' }, ALLOWED],
    ['spares every AWS principal', { NotPrincipal: { AWS: '*' } }, ALLOWED],
  ])('a deny that %s', (_, statement, decision) => {
    expect(authorize(role([GET]), getItem({ resourcePolicy: toResource({ Effect: 'Deny', ...statement }) }))).toEqual(decision);
  });

  test('a boundary limits a grant to the role, not one to its session', () => {
    const nothing: readonly Statement[] = [];
    expect(authorize(role([], nothing), getItem({ resourcePolicy: toResource({ Principal: { AWS: ROLE } }) }))).toEqual(NO_BOUNDARY);
    expect(authorize(role([], nothing), getItem({ resourcePolicy: toResource({ Principal: { AWS: SESSION } }) }))).toEqual(ALLOWED);
    const denying = role([], [DENY_GET]);
    expect(authorize(denying, getItem({ resourcePolicy: toResource({ Principal: { AWS: SESSION } }) }))).toEqual(
      refusal('with an explicit deny in a permissions boundary'),
    );
  });

  test('a resource whose ARN names no account is in the caller’s', () => {
    const model = 'arn:aws:bedrock:eu-west-1::foundation-model/m';
    expect(authorize(role([ANYTHING]), { action: 'bedrock:InvokeModel', resource: model })).toEqual(ALLOWED);
  });
});

describe('another account’s resource', () => {
  const theirs = (statement?: Statement): Access =>
    getItem({ resource: FOREIGN_TABLE, ...(statement && { resourcePolicy: policy({ Action: '*', Resource: '*', ...statement }) }) });
  const NO_RESOURCE = refusal('because no resource-based policy allows the dynamodb:GetItem action', FOREIGN_TABLE);

  test.each<[string, readonly Statement[], Statement | undefined, Decision]>([
    ['only our side', [ANYTHING], undefined, NO_RESOURCE],
    [
      'only their side',
      [],
      { Principal: { AWS: ROLE } },
      refusal('because no identity-based policy allows the dynamodb:GetItem action', FOREIGN_TABLE),
    ],
    ['both, theirs to the role', [ANYTHING], { Principal: { AWS: ROLE } }, ALLOWED],
    ['both, theirs to our account', [ANYTHING], { Principal: { AWS: ROOT } }, ALLOWED],
    ['theirs to somebody else', [ANYTHING], { Principal: { AWS: '444455556666' } }, NO_RESOURCE],
  ])('%s', (_, statements, statement, decision) => {
    expect(authorize(role(statements), theirs(statement))).toEqual(decision);
  });
});

describe('a key, whose policy is the root of its permissions', () => {
  const DECRYPT: Statement = { Action: 'kms:Decrypt', Resource: KEY };
  const viaDynamo = { StringEquals: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' } };
  const decrypt = (...statements: readonly Statement[]): Access => ({
    action: 'kms:Decrypt',
    resource: KEY,
    resourcePolicy: policy(...statements.map((statement) => ({ Resource: '*', ...statement }))),
    resourcePolicyIsRoot: true,
    context: { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' },
  });
  const NO_KEY_POLICY = refusal('because no resource-based policy allows the kms:Decrypt action', KEY, 'kms:Decrypt');
  const NO_IDENTITY_KEY = refusal('because no identity-based policy allows the kms:Decrypt action', KEY, 'kms:Decrypt');
  const delegate: Statement = { Action: 'kms:*', Principal: { AWS: ROOT } };

  test.each<[string, readonly Statement[], Access, Decision]>([
    ['delegated, and the identity policy allows', [DECRYPT], decrypt(delegate), ALLOWED],
    ['delegated to the bare account id', [DECRYPT], decrypt({ ...delegate, Principal: { AWS: ACCOUNT } }), ALLOWED],
    ['delegated, but the identity policy is silent', [], decrypt(delegate), NO_IDENTITY_KEY],
    ['not delegated', [DECRYPT], decrypt({ Action: 'kms:*', Principal: { AWS: `${ROLE}2` } }), NO_KEY_POLICY],
    ['delegated for other actions only', [DECRYPT], decrypt({ Action: 'kms:Describe*', Principal: { AWS: ROOT } }), NO_KEY_POLICY],
    ['delegated to another account', [DECRYPT], decrypt({ Action: 'kms:*', Principal: { AWS: '999988887777' } }), NO_KEY_POLICY],
    ['granted by the key policy itself', [], decrypt({ Action: 'kms:Decrypt', Principal: { AWS: ROLE } }), ALLOWED],
    ['granted via the service', [], decrypt({ Action: 'kms:Decrypt', Principal: { AWS: ROLE }, Condition: viaDynamo }), ALLOWED],
    [
      'granted via another service',
      [],
      decrypt({
        Action: 'kms:Decrypt',
        Principal: { AWS: ROLE },
        Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
      }),
      NO_KEY_POLICY,
    ],
    ['no key policy', [DECRYPT], { ...decrypt(), resourcePolicy: undefined }, NO_KEY_POLICY],
  ])('%s', (_, statements, access, decision) => {
    expect(authorize(role(statements), access)).toEqual(decision);
  });
});

describe('a service', () => {
  const queue = `arn:aws:sqs:eu-west-1:${ACCOUNT}:q`;
  const send = (...statements: readonly Statement[]): Access => ({
    action: 'sqs:SendMessage',
    resource: queue,
    context: { 'aws:SourceAccount': ACCOUNT },
    resourcePolicy: policy(...statements.map((statement) => ({ Action: 'sqs:SendMessage', Resource: queue, ...statement }))),
  });
  const reason = (because: string): Decision => ({
    allowed: false,
    reason: `User: events.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: ${queue} ${because}`,
  });
  const NO_GRANT = reason('because no resource-based policy allows the sqs:SendMessage action');
  const named: Statement = { Principal: { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] } };

  test.each<[string, Access, Decision]>([
    ['named', send(named), ALLOWED],
    ['everyone', send({ Principal: '*' }), ALLOWED],
    ['another service', send({ Principal: { Service: 'sns.amazonaws.com' } }), NO_GRANT],
    ['an account', send({ Principal: { AWS: ROOT } }), NO_GRANT],
    ['no policy', { action: 'sqs:SendMessage', resource: queue }, NO_GRANT],
    ['named for this source account', send({ ...named, Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } } }), ALLOWED],
    [
      'named for another source account',
      send({ ...named, Condition: { StringEquals: { 'aws:SourceAccount': '999988887777' } } }),
      NO_GRANT,
    ],
    ['denied', send(named, { ...named, Effect: 'Deny' }), reason('with an explicit deny in a resource-based policy')],
    ['spared by a deny', send(named, { Effect: 'Deny', NotPrincipal: { Service: 'events.amazonaws.com' } }), ALLOWED],
    [
      'met by a deny that spares another',
      send(named, { Effect: 'Deny', NotPrincipal: { Service: 'sns.amazonaws.com' } }),
      reason('with an explicit deny in a resource-based policy'),
    ],
    ['a service by its global key', send({ ...named, Condition: { Bool: { 'aws:PrincipalIsAWSService': 'true' } } }), ALLOWED],
  ])('%s', (_, access, decision) => {
    expect(authorize(service, access)).toEqual(decision);
  });
});

describe('global condition keys', () => {
  test.each<[string, unknown, boolean]>([
    ['aws:PrincipalArn', ROLE, true],
    ['AWS:principalARN', ROLE, true],
    ['aws:PrincipalArn', SESSION, false],
    ['aws:PrincipalAccount', ACCOUNT, true],
    ['aws:PrincipalIsAWSService', 'false', true],
    ['aws:SourceAccount', ACCOUNT, false],
  ])('%s equals %s: %s', (key, value, allowed) => {
    const decision = authorize(role([{ ...GET, Condition: { StringEquals: { [key]: value } } }]), getItem());
    expect(decision.allowed).toBe(allowed);
  });

  test('a call cannot give them itself', () => {
    const condition = { StringEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/admin' } };
    const access = getItem({ context: { 'AWS:PrincipalArn': 'arn:aws:iam::111122223333:role/admin' } });
    expect(authorize(role([{ ...GET, Condition: condition }]), access).allowed).toBe(false);
    expect(authorize(service, { ...access, resourcePolicy: policy({ ...GET, Principal: '*', Condition: condition }) }).allowed).toBe(false);
  });
});

describe('what is not evaluated', () => {
  const note = (what: string) => ` (not evaluated by the local emulator, and so taken as a denial: ${what})`;
  const because = 'because no identity-based policy allows the dynamodb:GetItem action';
  const binary = { BinaryEquals: { k: 'QQ==' } };

  test.each<[string, Statement, string]>([
    ['an operator', { ...GET, Condition: binary }, 'the condition operator BinaryEquals'],
    [
      'an operator beside one that fails',
      { ...GET, Condition: { StringEquals: { k: 'x' }, ...binary } },
      'the condition operator BinaryEquals',
    ],
    [
      'a variable in the resource',
      { ...GET, Resource: 'arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/t}' },
      'the policy variable ${aws:PrincipalTag/t} in Resource',
    ],
    [
      'a variable that should exclude',
      { Action: '*', NotResource: '${aws:PrincipalArn}' },
      'the policy variable ${aws:PrincipalArn} in NotResource',
    ],
    ['neither Action nor NotAction', { Resource: '*' }, 'a statement without either Action or NotAction'],
    ['both Action and NotAction', { ...GET, NotAction: 's3:*' }, 'a statement without either Action or NotAction'],
    ['no Resource', { Action: '*' }, 'a statement without either Resource or NotResource'],
    ['an unresolved resource', { Action: '*', Resource: { Ref: 'Table' } as unknown as string }, 'a Resource that is not resolved to text'],
  ])('%s: an allow never matches, a deny always does, and both name it', (_, statement, what) => {
    expect(authorize(role([statement]), getItem())).toEqual(refusal(because + note(what)));
    expect(authorize(role([ANYTHING, { ...statement, Effect: 'Deny' }]), getItem())).toEqual(
      refusal(`with an explicit deny in an identity-based policy${note(what)}`),
    );
  });

  test('does not matter where the statement is about something else, or another one allows', () => {
    const elsewhere: Statement = { Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: binary };
    expect(authorize(role([GET, elsewhere]), getItem())).toEqual(ALLOWED);
    expect(authorize(role([GET, { ...GET, Condition: binary }]), getItem())).toEqual(ALLOWED);
    expect(authorize(role([{ ...GET, Resource: ['${x}', TABLE] }]), getItem())).toEqual(ALLOWED);
  });

  test('an effect that is neither Allow nor Deny denies', () => {
    const odd = { ...GET, Effect: 'allow' } as unknown as Statement;
    expect(authorize(role([ANYTHING, odd]), getItem()).allowed).toBe(false);
  });

  test('the supported operators are listed', () => {
    expect(supportedConditionOperators).toEqual(expect.arrayContaining(['StringEquals', 'ArnLike', 'Null', 'IpAddress']));
    expect(supportedConditionOperators).not.toContain('BinaryEquals');
  });
});

describe('properties', () => {
  const element = (key: 'Action' | 'Resource', values: readonly string[]) =>
    fc.oneof(
      fc.constantFrom(...values).map((value) => ({ [key]: value })),
      fc.constantFrom(...values).map((value) => ({ [`Not${key}`]: value })),
    );
  const statements = fc.array(
    fc
      .record({
        effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
        action: element('Action', ['*', 'dynamodb:*', 'dynamodb:GetItem', 's3:*']),
        resource: element('Resource', ['*', TABLE, FOREIGN_TABLE]),
        principal: fc.constantFrom('*' as const, { AWS: ROLE }, { AWS: ROOT }, { AWS: SESSION }, { Service: 'events.amazonaws.com' }),
      })
      .map(({ effect, action, resource, principal }): Statement => ({ Effect: effect, Principal: principal, ...action, ...resource })),
    { maxLength: 4 },
  );
  const worlds = fc.record({
    identity: statements,
    boundary: fc.option(statements, { nil: undefined }),
    resource: fc.option(statements, { nil: undefined }),
    isRoot: fc.boolean(),
    target: fc.constantFrom(TABLE, FOREIGN_TABLE),
  });
  type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;
  const decide = ({ identity, boundary, resource, isRoot, target }: World) =>
    authorize(
      role(identity, boundary),
      getItem({ resource: target, resourcePolicyIsRoot: isRoot, ...(resource && { resourcePolicy: policy(...resource) }) }),
    );
  const denyAll: Statement = { Effect: 'Deny', Action: '*', Resource: '*', Principal: '*' };

  test('an explicit deny wins wherever it stands', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom('identity' as const, 'boundary' as const, 'resource' as const), fc.nat(4), (world, where, at) => {
        const denied = { ...world, [where]: (world[where] ?? []).toSpliced(at, 0, denyAll) };
        const decision = decide(denied);
        expect(decision.allowed).toBe(false);
        expect(decision).toMatchObject({
          reason: expect.stringMatching(
            / with an explicit deny in an? (identity-based|resource-based) policy$| with an explicit deny in a permissions boundary$/,
          ),
        });
      }),
      { numRuns: 500 },
    );
  });

  test('the order of statements does not matter, and one more deny or boundary never allows more', () => {
    let allowed = 0;
    fc.assert(
      fc.property(worlds, statements, (world, extra) => {
        const decision = decide(world);
        if (decision.allowed) allowed++;
        expect(decide({ ...world, identity: world.identity.toReversed() }).allowed).toBe(decision.allowed);
        if (!decision.allowed) {
          const denials = extra.filter((statement) => statement.Effect === 'Deny');
          expect(decide({ ...world, identity: [...world.identity, ...denials] }).allowed).toBe(false);
          if (world.boundary === undefined) expect(decide({ ...world, boundary: extra }).allowed).toBe(false);
        }
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(allowed).toBeGreaterThan(50);
  });
});
