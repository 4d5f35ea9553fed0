/** Always there: it is what clients mean who name none, and where administrators of the server are at home. */
export const SPACE_DEFAULT = 'default';
