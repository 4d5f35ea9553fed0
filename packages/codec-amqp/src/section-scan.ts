import { hexadecimal, malformed, truncated } from './decode-error.ts';
import {
  AMQP_SEQUENCE,
  AMQP_VALUE,
  APPLICATION_PROPERTIES,
  DATA,
  DELIVERY_ANNOTATIONS,
  descriptorCode,
  descriptorName,
  FOOTER,
  HEADER,
  MESSAGE_ANNOTATIONS,
  PROPERTIES,
} from './descriptor.ts';
import * as code from './format-code.ts';
import { skipData, skipValue } from './skip-value.ts';

export type BodyKind = 'data' | 'amqp-sequence' | 'amqp-value' | 'none';

/**
 * Finds the sections of a message (part 3, section 3.2) without decoding them. Each span begins with the section's descriptor and is
 * -1 to -1 when there is no such section; several data or sequence sections are one span.
 *
 *     header? delivery-annotations? message-annotations? properties? application-properties? (data+ | amqp-sequence+ | amqp-value)? footer?
 *
 * The bare message is properties to body. A message without a body is taken, as there are clients that send it.
 */
export class SectionScan {
  headerStart = -1;
  headerEnd = -1;
  deliveryAnnotationsStart = -1;
  deliveryAnnotationsEnd = -1;
  messageAnnotationsStart = -1;
  messageAnnotationsEnd = -1;
  propertiesStart = -1;
  propertiesEnd = -1;
  applicationPropertiesStart = -1;
  applicationPropertiesEnd = -1;
  bodyStart = -1;
  bodyEnd = -1;
  bodyKind: BodyKind = 'none';
  footerStart = -1;
  footerEnd = -1;

  /** Scans the message in `bytes[start, end)`. Throws `AmqpDecodeError` for anything but these sections in this order. */
  scan(bytes: Uint8Array, start: number, end: number): void {
    this.#scan(bytes, start, end, FOOTER);
  }

  /** The same for what comes before the body, which is not looked at: it is `bytes[bodyStart, end)`, with the footer. */
  scanToBody(bytes: Uint8Array, start: number, end: number): void {
    this.bodyStart = this.#scan(bytes, start, end, APPLICATION_PROPERTIES);
    this.bodyEnd = end;
  }

  /** Scans as far as sections up to `highest` go, and answers the offset after them. */
  #scan(bytes: Uint8Array, start: number, end: number, highest: number): number {
    this.#clear();
    let at = start;
    let last = 0;
    while (at < end) {
      const section = sectionCode(bytes, at, end);
      if (section > highest) break;
      // Only data and amqp-sequence may come more than once; data, amqp-sequence and amqp-value exclude one another.
      const repeated = section === last && (section === DATA || section === AMQP_SEQUENCE);
      const mixed = isBody(section) && isBody(last);
      if (!repeated && (section <= last || mixed)) throw malformed(`${descriptorName(section)} follows ${descriptorName(last)}`);
      const after = sectionEnd(bytes, at, end, section);
      this.#keep(section, at, after);
      last = section;
      at = after;
    }
    return at;
  }

  #clear(): void {
    this.headerStart = -1;
    this.headerEnd = -1;
    this.deliveryAnnotationsStart = -1;
    this.deliveryAnnotationsEnd = -1;
    this.messageAnnotationsStart = -1;
    this.messageAnnotationsEnd = -1;
    this.propertiesStart = -1;
    this.propertiesEnd = -1;
    this.applicationPropertiesStart = -1;
    this.applicationPropertiesEnd = -1;
    this.bodyStart = -1;
    this.bodyEnd = -1;
    this.bodyKind = 'none';
    this.footerStart = -1;
    this.footerEnd = -1;
  }

  #keep(section: number, start: number, end: number): void {
    switch (section) {
      case HEADER:
        this.headerStart = start;
        this.headerEnd = end;
        return;
      case DELIVERY_ANNOTATIONS:
        this.deliveryAnnotationsStart = start;
        this.deliveryAnnotationsEnd = end;
        return;
      case MESSAGE_ANNOTATIONS:
        this.messageAnnotationsStart = start;
        this.messageAnnotationsEnd = end;
        return;
      case PROPERTIES:
        this.propertiesStart = start;
        this.propertiesEnd = end;
        return;
      case APPLICATION_PROPERTIES:
        this.applicationPropertiesStart = start;
        this.applicationPropertiesEnd = end;
        return;
      case FOOTER:
        this.footerStart = start;
        this.footerEnd = end;
        return;
      default:
        if (this.bodyStart < 0) this.bodyStart = start;
        this.bodyEnd = end;
        this.bodyKind = section === DATA ? 'data' : section === AMQP_SEQUENCE ? 'amqp-sequence' : 'amqp-value';
    }
  }
}

function isBody(section: number): boolean {
  return section >= DATA && section <= AMQP_VALUE;
}

/**
 * The offset of a section before the body in `bytes[start, end)`, which may be the beginning of a message; -1: there is none. What follows it is not
 * looked at. Throws `AmqpDecodeError` when what is before it is not well formed.
 */
export function findSection(bytes: Uint8Array, start: number, end: number, wanted: number): number {
  let at = start;
  let last = HEADER - 1;
  while (at < end) {
    const section = sectionCode(bytes, at, end);
    if (section === wanted && section > last) return at;
    if (section > wanted || section <= last) return -1;
    last = section;
    at = sectionEnd(bytes, at, end, section);
  }
  return -1;
}

/** The descriptor code of the section at `start`. Throws `AmqpDecodeError` when there is no section of a message. */
export function sectionCode(bytes: Uint8Array, start: number, end: number): number {
  const section =
    end - start > 2 && bytes[start] === code.DESCRIBED && bytes[start + 1] === code.ULONG_SMALL
      ? bytes[start + 2]!
      : descriptorCode(bytes, start, end);
  if (section < HEADER || section > FOOTER) throw malformed('a message has something that is no section');
  return section;
}

/** The offset of the value of the section at `start`, after its descriptor. */
export function sectionValueStart(bytes: Uint8Array, start: number, end: number): number {
  return bytes[start + 1] === code.ULONG_SMALL ? start + 3 : skipValue(bytes, start + 1, end);
}

/** The offset after the section at `start`, whose value must be of the type that this section has. */
export function sectionEnd(bytes: Uint8Array, start: number, end: number, section: number): number {
  const at = sectionValueStart(bytes, start, end);
  if (section === AMQP_VALUE) return skipValue(bytes, at, end);
  if (at >= end) throw truncated('a section');
  const format = bytes[at]!;
  if (!suits(section, format)) throw malformed(`${descriptorName(section)} has a value with format code ${hexadecimal(format)}`);
  return skipData(bytes, at + 1, end, format);
}

function suits(section: number, format: number): boolean {
  switch (section) {
    case DATA:
      return format === code.BINARY_8 || format === code.BINARY_32;
    case HEADER:
    case PROPERTIES:
    case AMQP_SEQUENCE:
      return format === code.LIST_8 || format === code.LIST_32 || format === code.LIST_0;
    default:
      return format === code.MAP_8 || format === code.MAP_32;
  }
}
