import { z } from 'zod';
import { environmentPlan } from '../automation/plan/document.ts';
import { event } from '../automation/report/schema.ts';

/** JSON Schema (2020-12) of what `--json` prints, by path in the repository. Unknown fields are allowed: some are added with time. */
export function jsonSchemas(): [string, string][] {
  return [
    ['docs/schemas/events-v1.schema.json', schemaOf(event, 'A line that kubezero --json prints')],
    ['docs/schemas/plan-v1.schema.json', schemaOf(environmentPlan, 'What kubezero preview and kubezero drift find')],
  ];
}

function schemaOf(schema: z.ZodType, title: string): string {
  const made = z.toJSONSchema(schema, {
    // As input: an object may have more than is known of it.
    io: 'input',
    override: ({ jsonSchema }) => {
      // `format` says it, and can be read.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const { $schema, ...rest } = made;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
