export {
  CONFIGURATION,
  type Configuration,
  type ConfigurationOption,
  configurationOptions,
  defaultConfiguration,
} from './configuration.ts';
export { parseDuration } from './duration.ts';
export { EventLoopTurn, TURN_TASKS_MAX } from './event-loop-turn.ts';
export { Authenticator } from './identity/authenticator.ts';
export { hashPassword, parsePasswordHash, verifyPassword } from './identity/password-hash.ts';
export { type ConfigurationSources, loadConfiguration } from './load-configuration.ts';
export { createLogger, type Logger } from './logger.ts';
export { StartError } from './start-error.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
export { VERSION } from './version.ts';
