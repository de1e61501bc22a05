/** JSON values and the few operations on them that the stand-in needs. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Whether a value is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a slash-separated path; undefined when a step is missing. Array steps are indexes. */
export function valueAt(root: Json, path: string): Json | undefined {
  let current: Json | undefined = root;
  for (const step of path.split('/')) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isObject(current)) current = current[step];
    else return undefined;
  }
  return current;
}

/** The text at a path, or null when there is none. */
export function textAt(root: Json, path: string): string | null {
  const value = valueAt(root, path);
  return typeof value === 'string' ? value : null;
}

/** The array at a path, or an empty one. */
export function listAt(root: Json, path: string): readonly Json[] {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value : [];
}

/** Puts a value at a path of object keys, making the objects in between. */
export function setAt(root: JsonObject, path: string, value: Json): void {
  const steps = path.split('/');
  const last = steps.pop() ?? '';
  let current = root;
  for (const step of steps) {
    const next = current[step];
    if (isObject(next)) current = next;
    else {
      const made: JsonObject = {};
      current[step] = made;
      current = made;
    }
  }
  current[last] = value;
}

/** A copy of `base` with `changes` laid over it: objects merge, everything else (arrays too) is replaced. */
export function mergeDeep(base: JsonObject, changes: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const before = merged[key];
    merged[key] = isObject(value) && isObject(before) ? mergeDeep(before, value) : value;
  }
  return merged;
}

/** A deep copy with each key passed through `rename`. */
export function renameKeys(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]),
  );
}
