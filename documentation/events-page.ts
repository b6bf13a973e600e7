import { z } from 'zod';
import { eventSchemas } from '../automation/report/schema.ts';
import { eventExamples } from './event-examples.ts';
import { code, list, page, prose, table } from './markdown.ts';

/** docs/events.md: what programs get of a run. */
export function eventsPage(): string {
  const types = Object.keys(eventExamples) as (keyof typeof eventExamples)[];
  return page([
    '<!-- Made by `npm run docs` from documentation/events-page.ts and automation/report/schema.ts: edit there. -->',
    '# Output for programs: JSON, events, traces',
    'With `--json` standard output is JSON and nothing else, also where a command fails; progress, questions and messages for people are on standard error. [Secrets](operator.md#secrets) are in none of it but where they are asked for (`render --show-secrets`, `sandbox env`, `kubeconfig --credential`). (`--help` and `completion` are for people and shells with `--json` too.)',
    table(
      ['command', 'on standard output with `--json`'],
      [
        ['`up`, `upgrade`, `destroy`, `rehearse`', '[events](#events), one a line, as they happen'],
        ['`preview`, `drift`', 'one document: [plan-v1.schema.json](schemas/plan-v1.schema.json)'],
        [
          '`upgrade --dry-run`',
          'one document: `environment` and the `upgrade` of [plan-v1.schema.json](schemas/plan-v1.schema.json)',
        ],
        [
          '`upgrade --list`, `status`, `kubeconfig`, `render`, `charts`, `migrate`, `comment`, `sandbox`, `toolchain`',
          'one document each',
        ],
        ['any of them, failing', 'at the end one [`error`](#error) event, or several, a line each'],
      ],
    ),
    'A preview that finds something to say no to (exit codes 4 and 7) has not failed itself: its document says so in `verdict`, and there is no `error`. [What exit codes mean](operator.md#exit-codes).',
    '## What may be relied on',
    list([
      'Every line is one JSON object with `type` and `at`. [events-v1.schema.json](schemas/events-v1.schema.json) (JSON Schema 2020-12) describes each, and the tests hold what is really printed to it.',
      '`version` in `run-started` and `error`, and in plans, is 1. It is raised when a field or an event changes its meaning or goes away, and nothing else of that kind happens within a version.',
      'What is new doesn’t raise it: fields, types of events, values of `outcome`, `op`, `origin`, `release` and the like. Leave out what you don’t know; don’t fail.',
      'A run is `run-started`, ..., `run-finished`; within it a step is `step-started`, ..., `step-finished`. Runs within a run (`up` and `upgrade` of a rehearsal) lie within one of its steps. A process that is killed prints no end.',
      'Events are in the order in which things happened. `at` never tells the order of two lines with the same time.',
      'Wording of `message`, `summary`, `title`, `detail`, `reason` and `fix` is for people, and changes.',
    ]),
    '`result.json` of `--report`, and the lines in the cluster’s record, are made from the same events.',
    '## Events',
    ...types.flatMap(section),
    traces,
    groups,
  ]);
}

function section(type: keyof typeof eventExamples): string[] {
  const schema = eventSchemas.find(({ shape }) => shape.type.value === type)!;
  const { type: _type, ...fields } = schema.shape as Record<string, z.ZodType>;
  const rows = Object.entries(fields).map(([name, field]) => [
    code(name),
    kindOf(field) + (field.isOptional() ? ', may be absent' : ''),
    prose(field.description ?? ''),
  ]);
  return [
    `### ${type}`,
    prose(schema.description ?? ''),
    table(['field', 'is', 'meaning'], rows),
    `\`\`\`json\n${JSON.stringify(eventExamples[type])}\n\`\`\``,
  ];
}

/** What a field's JSON is, in a word or two. */
function kindOf(field: z.ZodType): string {
  const { type, enum: values, const: only } = z.toJSONSchema(field, { io: 'input' });
  if (values) return values.map((value) => code(String(value))).join(', ');
  if (only !== undefined) return code(String(only));
  return { string: 'text', integer: 'whole number', array: 'list', object: 'object' }[String(type)] ?? String(type);
}

const traces = `## Traces

Where \`OTEL_EXPORTER_OTLP_ENDPOINT\` (or \`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT\`) is set, every run of \`up\`, \`upgrade\`, \`destroy\`, \`rehearse\`, \`preview\` and \`drift\` is also sent there as an OpenTelemetry trace (OTLP, \`http/protobuf\`), made from the same events:

| span                             | below  | attributes (each begins with \`kubezero.\`)                                                                          |
| -------------------------------- | ------ | ------------------------------------------------------------------------------------------------------------------ |
| \`kubezero <command>\`             | parent | \`command\`, \`environment\`, \`release.from\`, \`release.to\`, \`plan\`, \`exit_code\`, \`summary\`                             |
| \`<step>\`                         | run    | \`step\`, \`step.title\`, \`step.passage\`, \`outcome\`, \`detail\`; of \`preview\` and \`drift\`: a step for each stack         |
| \`stack: <stack>\`                 | step   | \`stack\`, \`preview\`, \`changes.create\`, \`changes.update\`, \`changes.replace\`, \`changes.delete\`, \`changes.same\`        |
| \`gate: <gate>\`                   | step   | \`gate\`, \`gate.waits\`, \`gate.waits_for\` (what it waited for last); from the first look that wasn't satisfied         |
| \`<what> <object>\`, e.g. a drain  | step   | \`action\`, \`object\`; until the next thing of its step                                                               |

- A step or run that fails has the status \`Error\` with the reason; an \`error\` event is the run's exception, with \`kubezero.where\`, \`.state\` and \`.fix\`. Warnings, policy violations and tolerated issues are span events. Exit code 2 (changes) is no error.
- A \`TRACEPARENT\` in the environment, as CI tools set it, becomes the parent. Commands that a rehearsal starts are in its trace.
- \`service.name\` is \`kubezero\` unless \`OTEL_SERVICE_NAME\` or \`OTEL_RESOURCE_ATTRIBUTES\` says otherwise. Headers, compression, certificates and sampling are set as everywhere: \`OTEL_EXPORTER_OTLP_HEADERS\`, \`OTEL_EXPORTER_OTLP_COMPRESSION\`, \`OTEL_TRACES_SAMPLER\`, ... \`OTEL_SDK_DISABLED=true\` switches all of it off.
- A collector that can't be reached fails no run. The end of the run waits two seconds for it at most, and one line on standard error says what was lost.`;

const groups = `## Logs of pipelines

Lines for people (no terminal, no \`--json\`) are folded where the host can do that: with \`GITHUB_ACTIONS=true\` each step is a group, warnings and the error are annotations; with \`GITLAB_CI=true\` each step is a collapsed section. A step's last line, its outcome, stays outside.`;
