const ARN_FIELDS = 6;

/**
 * Whether the text matches an IAM pattern: `*` stands for any run of characters, `?` for exactly one, all else for itself.
 * Two pointers and one remembered star: at most pattern × text steps and no memory, whatever the pattern. A RegExp built from a policy could take
 * exponential time.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resumeAt = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Whether an action such as `dynamodb:GetItem` matches a pattern such as `DynamoDB:Get*`; case does not count. */
export function matchesAction(pattern: string, action: string): boolean {
  return matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
}

/**
 * Whether an ARN matches an ARN pattern. Each of the six colon-separated fields is matched by itself, so a wildcard in the region cannot swallow the account;
 * the last field may contain colons, and fields missing at the end count as `*`, as IAM completes them. Case counts.
 */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const texts = arnFields(arn);
  if (texts.length < ARN_FIELDS) return matchesWildcard(pattern, arn);
  const patterns = arnFields(pattern);
  return texts.every((text, index) => matchesWildcard(patterns[index] ?? '*', text));
}

/** The account that an ARN names; undefined where it names none, as S3 and foundation model ARNs do. */
export function accountOf(arn: string): string | undefined {
  const account = arnFields(arn)[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

function arnFields(arn: string): readonly string[] {
  const parts = arn.split(':');
  if (parts.length <= ARN_FIELDS) return parts;
  return [...parts.slice(0, ARN_FIELDS - 1), parts.slice(ARN_FIELDS - 1).join(':')];
}
