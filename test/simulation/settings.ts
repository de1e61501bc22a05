/** Three values of each of two fields, numbered; the first is what a deal begins with. */
export function settingOf(value: number): { readonly notes: string | null; readonly amount: number | null } {
  const notes = ['Renewal with added scope.', 'Second notes', 'Third notes'][value] ?? null;
  return { notes, amount: [10_000, 20_000, 30_000][value - 3] ?? null };
}
