import type { PolicyDocument } from './types';

/**
 * Policies that AWS itself keeps and that apps have whether they name them or not, by their names with the path.
 * Source: AWS Managed Policy Reference, as of 2026-11.
 */
const POLICIES: Readonly<Record<string, PolicyDocument>> = {
  // What CDK attaches to the role of a function that brings none.
  'service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' }],
  },
};

/** A policy of AWS's own by its ARN, of any partition; undefined for all that is not known here. */
export function awsManagedPolicy(arn: string): PolicyDocument | undefined {
  const name = /^arn:aws[a-z-]*:iam::aws:policy\/(?<name>.+)$/.exec(arn)?.groups?.name;
  return name !== undefined && Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
}
