import Type from 'typebox';
import { LOG_LEVELS, LOG_PARTS, type LogLevel, type LogPart } from './log-parts.ts';

function levelOf(description: string) {
  return Type.Unsafe<LogLevel>({ type: 'string', enum: [...LOG_LEVELS], description });
}

const parts = Object.entries(LOG_PARTS).map(([part, description]) => [part, levelOf(description)]);

/** A level for each part of the server. */
export const LOG_LEVELS_OF_PARTS = Object.fromEntries(parts) as Readonly<Record<LogPart, ReturnType<typeof levelOf>>>;
