/** Why a document is not taken, where the core has no refusal for it. */
export const RESOURCE_PROBLEMS = {
  'resource-invalid': { status: 422, meaning: 'The document cannot be like this; the detail says why.' },
  'resource-not-found': { status: 404, meaning: 'There is no document of this kind and name.' },
  'resource-exists': { status: 409, meaning: 'There is a document of this kind and name already.' },
  'resource-in-use': { status: 409, meaning: 'Something needs the document: it may not be deleted without force.' },
  'resource-read-only': { status: 405, meaning: 'The server alone makes documents of this kind.' },
  'resources-exhausted': { status: 403, meaning: 'There are as many documents of this kind as there may be.' },
  conflict: { status: 409, meaning: 'The document was changed since it was read.' },
  'version-gone': { status: 410, meaning: 'Changes since this version are not known any more.' },
  'watches-exhausted': { status: 503, meaning: 'As many watches are open as there may be.' },
} as const;

export type ResourceProblemCode = keyof typeof RESOURCE_PROBLEMS;

/** A no to a document, with the words for the one who has to do something about it. */
export class Problem {
  readonly code: ResourceProblemCode;
  readonly description: string;

  constructor(code: ResourceProblemCode, description: string) {
    this.code = code;
    this.description = description;
  }
}
