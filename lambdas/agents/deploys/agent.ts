import * as z from 'zod';
import { confidence, decisionShape, defineAgent, defineEffect, defineEvent } from '../../core/agents';

/** The end of a log says why; what is before it costs tokens. */
const MAX_LOG = 20_000;
const MAX_CHANGES = 50;
/** What a change touches shows in its title and its first files; a model reads no thousand paths. */
const SHOWN_FILES = 10;

export const deploymentFailed = defineEvent({
  name: 'deployment.failed',
  version: 1,
  owner: 'delivery',
  description: 'A deployment has failed or was rolled back.',
  data: z.strictObject({
    deployment_id: z.string().min(1).max(128),
    incident_id: z.string().min(1).max(128),
    service: z.string().max(128),
    environment: z.string().max(32),
    /** The step that failed. */
    step: z.string().max(128),
    /** The end of its log. */
    log: z.string().max(MAX_LOG),
    /** What is new in it, newest first. */
    changes: z
      .array(z.strictObject({ id: z.string().max(64), title: z.string().max(300), files: z.array(z.string().max(300)).max(100) }))
      .max(MAX_CHANGES),
  }),
});

export const incidentComment = defineEffect('incident-comment', z.object({ incident_id: z.string(), text: z.string() }));

const output = z.object({
  ...decisionShape,
  cause: z
    .enum(['code_change', 'configuration', 'missing_permission', 'dependency', 'capacity', 'flaky_test', 'infrastructure', 'unknown'])
    .describe('What kind of thing made it fail first.'),
  suspect: z
    .string()
    .max(64)
    .nullable()
    .describe('Id of the change that most likely did it; null when none of them did, or nobody can tell.'),
  explanation: z
    .string()
    .max(1_000)
    .describe('What happened, from first cause to failure, for an engineer on call, quoting the line of the log that shows it.'),
  next_step: z.string().max(500).describe('The one thing to do first, which is safe to try.'),
  confidence,
});

/** Why did a deployment fail? */
export const deploys = defineAgent({
  name: 'deploys',
  event: deploymentFailed,
  prompt: 'deploys',
  variables: ({ data }) => ({
    deployment: { ...data, changes: data.changes.map(({ files, ...change }) => ({ ...change, files: files.slice(0, SHOWN_FILES) })) },
  }),
  output,
  effects: [incidentComment],
  act({ output: { cause, suspect, explanation, next_step }, id }, { data: { incident_id } }) {
    const change = suspect === null ? '' : ` Suspect: change ${suspect}.`;
    return [incidentComment({ incident_id, text: `Likely cause: ${cause}.${change} ${explanation} Next: ${next_step} (Decision ${id}.)` })];
  },
});
