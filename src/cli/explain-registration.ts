/** The registration part of `explain` as a person reads it. */
import { escapeTerminal } from '../core/lenses/text.ts';
import type { EligibilityLine } from '../core/registration-rules.ts';
import { type ExplainedRegistration, REGISTRATION_NEXT } from '../views/explained-registration.ts';
import { displayTime, displayValue, type Paint, renderTable } from './format.ts';

/** The part as a person reads it. */
export function renderRegistration(explained: ExplainedRegistration, paint: Paint): string {
  const { status, statusReason, lines, next, history } = explained;
  const reason = statusReason === null ? '' : `: ${statusReason}`;
  const rows = [
    ['review', escapeTerminal(`${status ?? 'not registered'}${reason}`)],
    ['next', REGISTRATION_NEXT[next]],
    ...lines.map((line) => [markOf(line, paint), escapeTerminal(line.text)]),
    ...history.map(({ at, field, from, value, requestId }) => [
      displayTime(at),
      escapeTerminal(
        `${field.slice('registration.'.length)}: ${displayValue(from, 30)} -> ${displayValue(value, 30)}${requestId === null ? '' : ` (request ${requestId})`}`,
      ),
    ]),
  ];
  return `${paint('bold', 'registration')}\n${renderTable(rows, { paint }).replace(/^(?=.)/gm, '  ')}`;
}

function markOf({ ok, required }: EligibilityLine, paint: Paint): string {
  if (ok === true) return paint('green', 'yes');
  if (ok === null) return 'open';
  return required ? paint('red', 'no') : paint('yellow', 'mind');
}
