const SELECTED_AS_SENT =
  'Angarium selects by JMSMessageID as JMS shows it, with a prefix that tells its type. Artemis finds no such message unless the identifier was sent with ID:.';

/** Checks that hold on Angarium and not on Artemis, each with the reason. One that holds on both, or is no check, does not belong here. */
export const KNOWN_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  [
    'a subscriber of a topic gets what is sent to names below it, and one of such a name just that',
    'Names below a topic belong to it in Angarium. In Artemis a name is one address; hierarchies are asked for with wildcards.',
  ],
  [
    '[3.8.1.1] a sign may stand before a number of any type',
    'Artemis does not negate properties of the types short and byte; the specification asks for all numbers.',
  ],
  ['a message with an identifier of the type UUID comes with it, and can be selected by it', SELECTED_AS_SENT],
  ['a message with an identifier of the type UUID_STRING comes with it, and can be selected by it', SELECTED_AS_SENT],
]);
