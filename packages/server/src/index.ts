export { EventLoopTurn, TURN_TASKS_MAX } from './event-loop-turn.ts';
