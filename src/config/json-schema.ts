/** JSON schemas of both files, for completion and checks in editors. */
import { z } from 'zod';
import { ConfigSchema } from './config-schema.ts';
import { MappingSchema } from './mapping-schema.ts';

const REFERENCE = '\\$\\{[A-Za-z_]\\w*\\}';

/** Wherever a value is expected, a reference to an environment variable may stand. */
function allowReferences(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean') {
    Object.assign(schema, { type: [schema.type, 'string'], pattern: `^${REFERENCE}$` });
  } else if (schema.type === 'string' && schema.pattern !== undefined) {
    schema.pattern = `(?:${schema.pattern})|${REFERENCE}`;
  }
}

function render(schema: z.ZodType, title: string, takesReferences: boolean): string {
  const json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      if (takesReferences) allowReferences(jsonSchema);
    },
  });
  return `${JSON.stringify({ title, ...json }, null, 2)}\n`;
}

/** The schema files by name, ready to be written. */
export function renderSchemas(): Readonly<Record<'cosell-sync.schema.json' | 'mapping.schema.json', string>> {
  return {
    'cosell-sync.schema.json': render(ConfigSchema, 'cosell-sync configuration', true),
    'mapping.schema.json': render(MappingSchema, 'cosell-sync mapping', false),
  };
}
