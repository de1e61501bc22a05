/** What is said of a wrong command line. */

/** `--name=value` in quotes, as commander names an option that it does not know. */
const GIVEN_VALUE = /('--?[\w-]+=)[^']*(?='|$)/g;

/** Wrong usage without the values that were given with it: a misspelt option may carry a secret. */
export function withoutValues(message: string): string {
  return message.replace(GIVEN_VALUE, '$1…');
}
