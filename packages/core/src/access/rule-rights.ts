import type { Refusal } from '../delivery/refusal.ts';
import { type AccessPattern, compileAccessPattern, covers, exactly, meets, ofTopicFilter, widestAccessPattern } from './access-pattern.ts';
import { ACTIONS, type Action, type Rights, refuseAction } from './principal.ts';
import type { Explanation, Grant, Rule } from './rule.ts';

/** Decisions that are remembered for each action; beyond, all are made anew. */
export const DECISIONS_REMEMBERED_MAX = 1024;

/** Made for a client, which alone was told its name. */
const DYNAMIC = exactly('$dynamic').levels[0];
/** Topics of the server about itself. */
const STATUS = exactly('$angarium').levels[0];

/** One pattern of a rule; undefined: it can have no name, so that an allow has none, and a deny all. */
interface Clause {
  readonly pattern: AccessPattern | undefined;
  readonly grant: Grant;
}

interface Clauses {
  readonly allow: Clause[];
  readonly deny: Clause[];
  readonly decided: Map<string, Refusal | undefined>;
}

export interface RuleRightsOptions {
  readonly user: string;
  readonly space: string;
  readonly grants: readonly Grant[];
}

/** Rights by rules: deny beats allow, and what nobody says anything of is refused. */
export class RuleRights implements Rights {
  readonly #options: RuleRightsOptions;
  readonly #clauses: Readonly<Record<Action, Clauses>>;

  constructor(options: RuleRightsOptions) {
    this.#options = options;
    this.#clauses = Object.fromEntries(ACTIONS.map(action => [action, this.#compile(action)])) as Record<Action, Clauses>;
  }

  #compile(action: Action): Clauses {
    const clauses: Clauses = { allow: [], deny: [], decided: new Map() };
    for (const grant of this.#options.grants) {
      const { effect = 'allow', actions, addresses = [] } = grant.rule;
      if (actions.includes(action))
        for (const text of addresses) clauses[effect].push({ pattern: compileAccessPattern(text, this.#options), grant });
    }
    return clauses;
  }

  // ---- addresses

  refuse(action: Action, address: string): Refusal | undefined {
    const { decided } = this.#clauses[action];
    const known = decided.get(address);
    if (known !== undefined || decided.has(address)) return known;
    const refusal = this.#refusalOf(action, address, this.#decide(action, exactly(address)));
    if (decided.size >= DECISIONS_REMEMBERED_MAX) decided.clear();
    decided.set(address, refusal);
    return refusal;
  }

  refusePattern(action: Action, pattern: string): Refusal | undefined {
    return this.#refusalOf(action, pattern, this.#decide(action, ofTopicFilter(pattern), true));
  }

  explain(action: Action, address: string, pattern = false): Explanation {
    return this.#decide(action, pattern ? ofTopicFilter(address) : exactly(address), pattern);
  }

  refuseAny(action: Action): Refusal | undefined {
    const { allow, deny } = this.#clauses[action];
    // Several denials that cover it only together do not count: asking for a name then says so.
    const isDenied = (wanted: AccessPattern): boolean => deny.some(({ pattern }) => pattern === undefined || covers(pattern, wanted));
    const some = allow.some(({ pattern }) => pattern !== undefined && !isDenied(pattern));
    return some ? undefined : refuseAction(this.#options, action, 'any address');
  }

  #refusalOf(action: Action, what: string, { allowed }: Explanation): Refusal | undefined {
    return allowed ? undefined : refuseAction(this.#options, action, what);
  }

  #decide(action: Action, wanted: AccessPattern, pattern = false): Explanation {
    // What the server says of itself is looked at, however it is taken.
    if (wanted.levels[0] === STATUS && action === 'receive') return this.#decide('view', wanted, pattern);
    const { allow, deny } = this.#clauses[action];
    const denied = deny.find(clause => clause.pattern === undefined || meets(clause.pattern, wanted));
    if (denied) return { allowed: false, ...denied.grant };
    if (wanted.levels[0] === DYNAMIC && !pattern && (action === 'send' || action === 'receive'))
      return { allowed: true, from: 'an address that was made for a client is for all who know its name' };
    const allowed = allow.find(clause => clause.pattern !== undefined && covers(clause.pattern, wanted));
    if (allowed) return { allowed: true, ...allowed.grant };
    return { allowed: false, from: 'no rule allows it' };
  }

  // ---- declared documents

  refuseKind(action: 'view' | 'manage', kind: string): Refusal | undefined {
    return this.#refusalOf(action, `documents of kind ${kind}`, this.explainKind(action, kind));
  }

  explainKind(action: 'view' | 'manage', kind: string): Explanation {
    const of = (effect: 'allow' | 'deny'): Grant | undefined =>
      this.#options.grants.find(
        ({ rule }) => (rule.effect ?? 'allow') === effect && rule.actions.includes(action) && hasKind(rule, kind, effect === 'deny'),
      );
    const denied = of('deny');
    if (denied) return { allowed: false, ...denied };
    const allowed = of('allow');
    return allowed ? { allowed: true, ...allowed } : { allowed: false, from: 'no rule allows it' };
  }

  // ---- giving

  refuseRule({ actions, addresses = [], kinds = [] }: Rule): Refusal | undefined {
    for (const action of actions) {
      for (const text of addresses) {
        const pattern = widestAccessPattern(text);
        if (pattern === undefined || !this.#holds(action, pattern)) return refuseAction(this.#options, action, `all of ${text}`);
      }
      for (const kind of kinds) {
        const refusal = action === 'view' || action === 'manage' ? this.refuseKind(action, kind) : undefined;
        if (refusal) return refusal;
      }
    }
    return undefined;
  }

  #holds(action: Action, wanted: AccessPattern): boolean {
    const { allow, deny } = this.#clauses[action];
    if (deny.some(({ pattern }) => pattern === undefined || meets(pattern, wanted))) return false;
    return allow.some(({ pattern }) => pattern !== undefined && covers(pattern, wanted));
  }
}

/** All kinds meet each denied one; all of them are allowed by `*` alone. */
function hasKind({ kinds = [] }: Rule, kind: string, denies: boolean): boolean {
  return kinds.includes(kind) || kinds.includes('*') || (denies && kind === '*' && kinds.length > 0);
}
