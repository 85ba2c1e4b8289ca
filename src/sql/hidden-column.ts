/** Athena's hidden column: the object that a row stands in. Every table has it for who names it; no star takes it. */
export const pathColumn = '$path';
