// The tree of a scenario's text: sim/scenario/yaml_tree.h.

export const enum Kind { Map, List, Scalar, Problem }

export interface Place {
    line: number; // from 1; 0: not known
    column: number; // in characters
}

export interface TreeNode {
    kind: Kind;
    place: Place;
    keyPlace: Place;
    key: string | null;
    text: string | null;
    isQuoted: boolean;
    first: number;
    count: number;
}
