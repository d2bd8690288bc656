// A network's file for pictures of any one size. LiteRT.js knows no sizes that change, but it computes every size within
// the network from that of the picture: so a file with open sizes is given fixed ones before it is compiled.
// A TFLite file is a FlatBuffer: https://flatbuffers.dev/internals, https://github.com/tensorflow/tensorflow schema.fbs.

// Places of fields in their tables.
const MODEL = { subgraphs: 2, signatures: 7 };
const SUBGRAPH = { tensors: 0 };
const TENSOR = { shape: 0, openShape: 7 };
const SIGNATURE = { inputs: 0, outputs: 1, subgraph: 4 };
const MAPPED = { tensor: 1 };

/**
 * @param {Uint8Array} file of a network whose pictures are 1 × any height × any width × 3.
 * @returns a copy for pictures of this width and height alone, in all of its signatures.
 */
export function withSize(file, width, height) {
  const fixed = file.slice();
  const view = new DataView(fixed.buffer);
  const model = follow(view, 0);
  const subgraphs = vector(view, model, MODEL.subgraphs);
  for (const signature of tables(view, model, MODEL.signatures)) {
    const number = field(view, signature, SIGNATURE.subgraph);
    const graph = follow(view, subgraphs.at + 4 * (number ? view.getUint32(number, true) : 0));
    const tensors = vector(view, graph, SUBGRAPH.tensors);
    for (const side of [SIGNATURE.inputs, SIGNATURE.outputs]) {
      for (const mapped of tables(view, signature, side)) {
        const index = field(view, mapped, MAPPED.tensor);
        fix(view, follow(view, tensors.at + 4 * (index ? view.getUint32(index, true) : 0)), height, width);
      }
    }
  }
  return fixed;
}

/** Fixes the size of a tensor where it is open. */
function fix(view, tensor, height, width) {
  const open = vector(view, tensor, TENSOR.openShape);
  if (open.length !== 4 || view.getInt32(open.at + 4, true) !== -1) return;
  for (const { at } of [open, vector(view, tensor, TENSOR.shape)]) {
    view.setInt32(at + 4, height, true);
    view.setInt32(at + 8, width, true);
  }
}

function follow(view, at) {
  return at + view.getUint32(at, true);
}

/** Where a field of a table lies; 0 where it is left out. */
function field(view, table, number) {
  const places = table - view.getInt32(table, true);
  const entry = 4 + 2 * number;
  const offset = entry < view.getUint16(places, true) ? view.getUint16(places + entry, true) : 0;
  return offset && table + offset;
}

/** Of a field that is a vector: its length, and where its first element lies. */
function vector(view, table, number) {
  const place = field(view, table, number);
  if (!place) return { at: 0, length: 0 };
  const at = follow(view, place);
  return { at: at + 4, length: view.getUint32(at, true) };
}

function tables(view, table, number) {
  const { at, length } = vector(view, table, number);
  return Array.from({ length }, (_, i) => follow(view, at + 4 * i));
}
