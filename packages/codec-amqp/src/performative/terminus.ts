import type { ByteWriter } from '../byte-writer.ts';
import { AmqpDecodeError } from '../decode-error.ts';
import { COORDINATOR, descriptorName, SOURCE, TARGET } from '../descriptor.ts';
import { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';
import { type DeliveryState, deliveryStateField, encodeDeliveryState } from './delivery-state.ts';

/** terminus-durability (part 3, section 3.5.5): nothing, the terminus' configuration, or its unsettled state as well is kept. */
export type TerminusDurability = 0 | 1 | 2;

/**
 * source (part 3, section 3.5.3), descriptor 0x28:
 *
 *     address                  address (here: string)
 *     durable                  terminus-durability (uint)       default none (0)
 *     expiry-policy            terminus-expiry-policy (symbol)  default session-end
 *     timeout                  seconds (uint)                   default 0
 *     dynamic                  boolean                          default false
 *     dynamic-node-properties  node-properties (fields)
 *     distribution-mode        std-dist-mode (symbol)
 *     filter                   filter-set (map)
 *     default-outcome          an outcome
 *     outcomes                 symbol  multiple
 *     capabilities             symbol  multiple
 */
export interface Source {
  address?: string;
  durable?: TerminusDurability;
  expiryPolicy?: string;
  /** Seconds. */
  timeout?: number;
  dynamic?: boolean;
  dynamicNodeProperties?: AmqpMap;
  distributionMode?: string;
  filter?: AmqpMap;
  defaultOutcome?: DeliveryState;
  outcomes?: string[];
  capabilities?: string[];
}

/**
 * target (part 3, section 3.5.4), descriptor 0x29:
 *
 *     address                  address (here: string)
 *     durable                  terminus-durability (uint)       default none (0)
 *     expiry-policy            terminus-expiry-policy (symbol)  default session-end
 *     timeout                  seconds (uint)                   default 0
 *     dynamic                  boolean                          default false
 *     dynamic-node-properties  node-properties (fields)
 *     capabilities             symbol  multiple
 */
export interface Target {
  kind: 'target';
  address?: string;
  durable?: TerminusDurability;
  expiryPolicy?: string;
  /** Seconds. */
  timeout?: number;
  dynamic?: boolean;
  dynamicNodeProperties?: AmqpMap;
  capabilities?: string[];
}

/**
 * coordinator (part 4, section 4.5.1), descriptor 0x30: the target of a link that controls transactions.
 *
 *     capabilities  txn-capability (symbol)  multiple
 */
export interface Coordinator {
  kind: 'coordinator';
  capabilities?: string[];
}

/** The first six fields, which source and target have in common. */
function decodeTerminus(fields: FieldReader, terminus: Source | Target): void {
  const address = fields.string();
  if (address !== undefined) terminus.address = address;
  const durable = fields.uint(-1);
  if (durable > 2) throw fields.invalid('durable', `is ${durable}`);
  if (durable >= 0) terminus.durable = durable as TerminusDurability;
  const expiryPolicy = fields.symbol();
  if (expiryPolicy !== undefined) terminus.expiryPolicy = expiryPolicy;
  const timeout = fields.uint(-1);
  if (timeout >= 0) terminus.timeout = timeout;
  const dynamic = fields.boolean(-1);
  if (dynamic >= 0) terminus.dynamic = dynamic === 1;
  const dynamicNodeProperties = fields.map();
  if (dynamicNodeProperties !== undefined) terminus.dynamicNodeProperties = dynamicNodeProperties;
}

function encodeTerminus(fields: FieldWriter, terminus: Source | Target): void {
  fields.string(terminus.address);
  fields.uint(terminus.durable);
  fields.symbol(terminus.expiryPolicy);
  fields.uint(terminus.timeout);
  fields.boolean(terminus.dynamic);
  fields.map(terminus.dynamicNodeProperties);
}

/** The next field as a source, if there is one. */
export function sourceField(outer: FieldReader): Source | undefined {
  const start = outer.skip();
  if (start < 0) return undefined;
  const fields = new FieldReader();
  const code = fields.begin(outer.bytes, start, outer.at);
  if (code !== SOURCE) throw unknownTerminus('source', code);
  const source: Source = {};
  decodeTerminus(fields, source);
  const distributionMode = fields.symbol();
  if (distributionMode !== undefined) source.distributionMode = distributionMode;
  const filter = fields.map();
  if (filter !== undefined) source.filter = filter;
  const defaultOutcome = deliveryStateField(fields);
  if (defaultOutcome !== undefined) source.defaultOutcome = defaultOutcome;
  const outcomes = fields.symbols();
  if (outcomes !== undefined) source.outcomes = outcomes;
  const capabilities = fields.symbols();
  if (capabilities !== undefined) source.capabilities = capabilities;
  fields.finish();
  return source;
}

export function encodeSource(writer: ByteWriter, source: Source): void {
  const fields = new FieldWriter(writer, SOURCE);
  encodeTerminus(fields, source);
  fields.symbol(source.distributionMode);
  fields.map(source.filter);
  fields.composite(source.defaultOutcome, encodeDeliveryState);
  fields.symbols(source.outcomes);
  fields.symbols(source.capabilities);
  fields.finish();
}

/** The next field as a target or coordinator, if there is one. */
export function targetField(outer: FieldReader): Target | Coordinator | undefined {
  const start = outer.skip();
  if (start < 0) return undefined;
  const fields = new FieldReader();
  const code = fields.begin(outer.bytes, start, outer.at);
  const target = code === TARGET ? decodeTarget(fields) : code === COORDINATOR ? decodeCoordinator(fields) : undefined;
  if (target === undefined) throw unknownTerminus('target', code);
  fields.finish();
  return target;
}

function decodeTarget(fields: FieldReader): Target {
  const target: Target = { kind: 'target' };
  decodeTerminus(fields, target);
  const capabilities = fields.symbols();
  if (capabilities !== undefined) target.capabilities = capabilities;
  return target;
}

function decodeCoordinator(fields: FieldReader): Coordinator {
  const capabilities = fields.symbols();
  return capabilities === undefined ? { kind: 'coordinator' } : { kind: 'coordinator', capabilities };
}

export function encodeTarget(writer: ByteWriter, target: Target | Coordinator): void {
  if (target.kind === 'coordinator') {
    const fields = new FieldWriter(writer, COORDINATOR);
    fields.symbols(target.capabilities);
    fields.finish();
    return;
  }
  const fields = new FieldWriter(writer, TARGET);
  encodeTerminus(fields, target);
  fields.symbols(target.capabilities);
  fields.finish();
}

function unknownTerminus(role: string, code: number): AmqpDecodeError {
  return new AmqpDecodeError('amqp:not-implemented', `the ${role} of an attach is ${descriptorName(code)}`);
}
