import type { Outcome, Visit } from '@angarium/core';
import { checkDocument, checkEvent, EVENT_TYPE } from './cloud-event.ts';
import type { HttpLimits } from './limits.ts';
import { readMessageHeaders } from './message-headers.ts';
import { messageFromJson, parseJson } from './message-json.ts';
import type { MessagePath } from './message-path.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { type HttpProblem, outcomeProblem, problemDocument, RequestError, writeJson } from './problem.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import { encodeSent, type SentMessage, sentMessage } from './sent-message.ts';
import type { SharedProducer } from './shared-producer.ts';

/** How the messages of one request are written; undefined: the body is one message. */
export type BatchForm = 'json' | 'ndjson' | 'multipart' | 'events';

export function batchForm(request: HttpRequest, { query }: MessagePath): BatchForm | undefined {
  const type = request.headers['content-type'] ?? '';
  const wanted = query.get('batch');
  if (wanted !== null) {
    if (wanted !== 'json' || !/^application\/json\b/i.test(type))
      throw new RequestError('media-type-unsupported', 'batch=json takes a JSON array, with content-type application/json.');
    return 'json';
  }
  if (/^application\/x-ndjson\b/i.test(type)) return 'ndjson';
  if (/^multipart\/mixed\b/i.test(type)) return 'multipart';
  if (/^application\/cloudevents-batch\+json\b/i.test(type)) return 'events';
  return undefined;
}

/** The messages of a batch, in order. Throws `RequestError`. */
export function readBatch(form: BatchForm, body: Uint8Array, contentType: string, limits: HttpLimits): SentMessage[] {
  const { batchMessagesMax: max } = limits;
  switch (form) {
    case 'json':
      return array(parseJson(body), max).map((each, i) => messageFromJson(each, `body/${i}`));
    case 'events':
      return array(parseJson(body), max).map((each, i) => structuredEvent(each, `body/${i}`));
    case 'ndjson': {
      const lines = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
        .toString('utf8')
        .split('\n', 2 * max + 1)
        .filter(line => line.trim() !== '');
      if (lines.length > max) throw tooMany(max);
      return lines.map((line, i) => messageFromJson(parseJson(Buffer.from(line)), `line ${i + 1}`));
    }
    case 'multipart':
      return readMultipart(body, multipartBoundary(contentType), { partsMax: max, headerBytesMax: limits.multipartHeaderBytesMax }).map(
        part => {
          const sent = sentMessage(part.body);
          readMessageHeaders(part.headers, sent);
          checkEvent(sent);
          return sent;
        },
      );
  }
}

function array(json: unknown, max: number): unknown[] {
  if (!Array.isArray(json)) throw new RequestError('request-invalid', 'The body is no JSON array.');
  if (json.length > max) throw tooMany(max);
  return json;
}

function tooMany(max: number): RequestError {
  return new RequestError('body-too-large', `A batch has at most ${max} messages (batchMessagesMax): send several.`);
}

/** Structured mode, as in the AMQP binding: the event's document is the body. */
function structuredEvent(event: unknown, where: string): SentMessage {
  checkDocument(event, where);
  const sent = sentMessage(Buffer.from(JSON.stringify(event), 'utf8'));
  sent.properties.contentType = EVENT_TYPE;
  return sent;
}

/** A request that sends several messages: answered when every outcome is known, with one for each. */
export class BatchExchange {
  readonly #response: HttpResponse;
  readonly #outcomes: (HttpProblem | Accepted)[] = [];
  #open = 1;

  constructor(response: HttpResponse) {
    this.#response = response;
  }

  send(messages: readonly SentMessage[], producer: SharedProducer, untilMs: number, sender: Visit): void {
    for (let i = 0; i < messages.length; i++) {
      this.#open++;
      producer.send(
        encodeSent(messages[i]!),
        {
          settled: (outcome: Outcome) => this.#known(i, outcomeProblem(outcome) ?? acceptedOf(outcome)),
          refused: problem => this.#known(i, problem),
        },
        untilMs,
        sender,
      );
    }
    this.#done();
  }

  #known(index: number, outcome: HttpProblem | Accepted): void {
    this.#outcomes[index] = outcome;
    this.#done();
  }

  #done(): void {
    if (--this.#open > 0) return;
    const outcomes = this.#outcomes;
    const refused = outcomes.filter(isProblem).length;
    writeJson(this.#response, refused === 0 ? 202 : 207, {
      accepted: outcomes.length - refused,
      refused,
      outcomes: outcomes.map(outcome => (isProblem(outcome) ? problemDocument(outcome) : outcome)),
    });
  }
}

/** The outcome of a message that was accepted, as the answer has it. */
interface Accepted {
  readonly status: 202;
  readonly sequence?: number;
}

function acceptedOf(outcome: Outcome): Accepted {
  const sequence = outcome.kind === 'accepted' ? outcome.sequence : undefined;
  return { status: 202, ...(sequence !== undefined && { sequence }) };
}

function isProblem(outcome: HttpProblem | Accepted): outcome is HttpProblem {
  return 'code' in outcome;
}
