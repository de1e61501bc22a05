/** Loaded into the command before anything else: its clock is off by `COSELL_CLOCK_OFFSET_MS`. */
const offset = Number(process.env.COSELL_CLOCK_OFFSET_MS ?? 0);
const realNow = Date.now.bind(Date);

class ShiftedDate extends Date {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(realNow() + offset);
    else super(...(given as [number]));
  }
}
ShiftedDate.now = () => realNow() + offset;
Object.assign(globalThis, { Date: ShiftedDate });
