import type { EmulatorEvent } from '../../local/events';

/** The gateway's own line for a request, as it writes it to its log. */
interface RequestLine {
  readonly message: string;
  readonly level: string;
  readonly method?: string;
  readonly route?: string;
  /** Of functions that name no route. */
  readonly path?: string;
  readonly status?: number;
  readonly model?: string;
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cost_micro_usd?: number;
  readonly total_ms?: number;
  readonly trace_id?: string;
  readonly error_code?: string;
}

const MICRO_PER_USD = 1_000_000;

/** What to show a person of an event; undefined when nothing. */
export function narrate(event: EmulatorEvent): string | undefined {
  switch (event.kind) {
    case 'log': {
      const line = parse(event.line);
      if (line?.message === 'request') return requestLine(line);
      return line?.level === 'ERROR' || line?.level === 'WARN' ? `  ${line.level.toLowerCase()}  ${line.message}` : undefined;
    }
    case 'access':
      return event.answeredBy === 'api'
        ? `${event.status}  ${event.method} ${event.path}  ${event.ms.toFixed(0)} ms  (answered by API Gateway)`
        : undefined;
    case 'denied':
      return `  DENIED  ${event.principal}: ${event.action} on ${event.resource}\n          ${event.reason}`;
    case 'crash':
      return `  CRASH  ${event.functionName}: ${event.reason}`;
    case 'discarded':
      return `  DISCARDED  ${event.functionName}: ${event.count} records of ${event.source} (${event.condition}): ${event.reason}${event.lost === undefined ? '' : `; LOST: ${event.lost}`}`;
    case 'batch-failed':
      return `  FAILED  ${event.functionName}: messages of ${event.source}: ${event.reason}`;
    case 'undelivered':
      return `  UNDELIVERED  ${event.from} → ${event.target} (${event.code}): ${event.reason}; ${event.lost === undefined ? `in ${event.deadLetterArn}` : `LOST: ${event.lost}`}`;
    case 'alarm':
      return alarmLine(event);
    case 'model':
      return undefined;
  }
}

/** That all is well at the start is no news. */
function alarmLine({ name, description, from, to, reason, deliveries }: Extract<EmulatorEvent, { kind: 'alarm' }>): string | undefined {
  if (from === 'INSUFFICIENT_DATA' && to === 'OK') return undefined;
  const told = deliveries.map(({ target, told, failure }) =>
    failure === undefined ? `told: ${[target, ...told].join(', ')}` : `NOT TOLD: ${target}: ${failure}`,
  );
  return [`  ALARM  ${name}: ${from} → ${to}: ${reason}`, description, ...told].join('\n         ');
}

function requestLine(line: RequestLine): string {
  const parts = [String(line.status), `${line.method} ${line.route ?? line.path}`];
  if (line.model) parts.push(line.model);
  if (line.input_tokens !== undefined) parts.push(`${line.input_tokens}+${line.output_tokens ?? 0} tokens`);
  if (line.cost_micro_usd !== undefined) parts.push(`$${(line.cost_micro_usd / MICRO_PER_USD).toFixed(6)}`);
  if (line.error_code) parts.push(line.error_code);
  if (line.total_ms !== undefined) parts.push(`${line.total_ms.toFixed(0)} ms`);
  if (line.trace_id) parts.push(line.trace_id);
  return parts.join('  ');
}

function parse(line: string): RequestLine | undefined {
  try {
    return JSON.parse(line) as RequestLine;
  } catch {
    return undefined;
  }
}
