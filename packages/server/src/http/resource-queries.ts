import Type, { type Static } from 'typebox';

/** Documents of one page of a list, when the client does not say. */
export const PAGE_DEFAULT = 500;
/** Most documents of one page: a page is made in one go, and the messages wait meanwhile. */
export const PAGE_MAX = 1000;

const flag = (description: string) => Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description }));
const text = (description: string) => Type.Optional(Type.String({ description }));

const SELECTORS = {
  labelSelector: text('Documents with these labels: a=b, a!=b, a in (b, c), a notin (b, c), a, !a, with commas between them.'),
  fieldSelector: text('metadata.name=NAME: the document of this name.'),
};

export const LIST_QUERY = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9]\\d{0,3}$', description: `Most items of the answer, up to ${PAGE_MAX}; ${PAGE_DEFAULT} when absent.` }),
    ),
    continue: text('Where the last page ended: `metadata.continue` of its answer.'),
    ...SELECTORS,
    watch: flag('Answer with changes as they come, a line of JSON each, until the client goes: { type, object }.'),
    resourceVersion: Type.Optional(
      Type.String({
        pattern: '^\\d{1,16}$',
        expected: 'a version that the server has told',
        description: 'Of a watch: changes since this version. When absent or 0, the documents that are there come first.',
      }),
    ),
    allowWatchBookmarks: flag('Of a watch: tell now and then which version has been reached.'),
    timeoutSeconds: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,6}$', description: 'Of a watch: end it after so long.' })),
    secrets: flag('With what is never shown otherwise, for administrators of the server alone.'),
  },
  { additionalProperties: false },
);
export type ListQuery = Static<typeof LIST_QUERY>;

const DRY_RUN = {
  dryRun: Type.Optional(Type.Literal('All', { description: 'Check it, and change nothing.' })),
  fieldValidation: Type.Optional(Type.Literal('Strict', { description: 'Unknown fields are always refused.' })),
  fieldManager: text('Ignored.'),
};

export const WRITE_QUERY = Type.Object(
  {
    ...DRY_RUN,
    force: flag('When this takes the last finalizer of a deleted document: it goes although it is in use or holds something.'),
  },
  { additionalProperties: false },
);
export type WriteQuery = Static<typeof WRITE_QUERY>;

export const DELETE_QUERY = Type.Object(
  {
    ...DRY_RUN,
    force: flag('Delete it although it is in use or holds something; of an address space: with all that is in it.'),
    resourceVersion: text('The version that is to be deleted; another one is a conflict.'),
  },
  { additionalProperties: false },
);
export type DeleteQuery = Static<typeof DELETE_QUERY>;
