/** Commands that have commands of their own, one of which is meant where none is named. */
import type { Command } from 'commander';
import { closest } from '../config/suggest.ts';

/** Calls a word that names none of the group's commands what it is, instead of an argument too many of the default one. */
export function refuseUnknownCommands(group: Command): void {
  group.hook('preSubcommand', ({ args, commands }) => {
    const [word] = args;
    const names = [...commands.flatMap((command) => [command.name(), ...command.aliases()]), 'help'];
    if (word === undefined || word.startsWith('-') || names.includes(word)) return;
    const meant = closest(word, names);
    const hint = meant === null ? `There are: ${names.join(', ')}.` : `(Did you mean ${meant}?)`;
    group.error(`error: unknown command '${group.name()} ${word}'\n${hint}`);
  });
}
