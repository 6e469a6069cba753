/** No call lasts longer than a Lambda function may, in milliseconds. Source: Lambda quotas, function timeout. */
export const LONGEST_CALL_MS = 900_000;

/** Clocks differ, and a call's last writes take their time. */
export const MARGIN_MS = 120_000;
