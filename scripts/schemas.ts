/** Writes the JSON schemas that editors use for the configuration and mapping files: `npm run schemas`. */
import { writeFile } from 'node:fs/promises';
import { renderSchemas } from '../src/config/json-schema.ts';

for (const [name, text] of Object.entries(renderSchemas())) {
  await writeFile(new URL(`../config/${name}`, import.meta.url), text);
}
