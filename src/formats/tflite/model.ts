/** The structure of a TensorFlow Lite model: its subgraphs, their tensors and operators, as the file states them. */
import type { ByteSource } from '../byte-source';
import { FormatError } from '../format-error';
import type { RefusedTensors } from '../refused-tensors';
import { FlatBuffer, type Table } from './flatbuffer';
import { MODEL, OPERATOR, OPERATOR_CODE, OPERATORS, SUBGRAPH } from './schema';
import { readTensor, type Tensor, type TensorContext, UniqueNames } from './tensors';

const SCHEMA_VERSION = 3;
/** More than any real model has. */
const MAX_COUNT = 40_000;

export interface OperatorEntry {
  /** As in the schema; of custom operators the name that the file gives. */
  readonly type: string;
  readonly isCustom: boolean;
  /** Numbers of tensors; −1 for an optional input that is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Table;
  /** Options of operators that came later. */
  readonly options2?: Table;
}

export interface Subgraph {
  readonly name: string;
  readonly tensors: readonly Tensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly OperatorEntry[];
}

export class TfliteModel {
  #operatorsLeft = MAX_COUNT;

  private constructor(
    readonly root: Table,
    readonly context: TensorContext,
    readonly subgraphPlaces: readonly number[],
    readonly operatorCodes: readonly { type: string; isCustom: boolean }[],
  ) {}

  /** Reads what all subgraphs share. Throws FormatError. */
  static async open(source: ByteSource, refused: RefusedTensors): Promise<TfliteModel> {
    const file = new FlatBuffer(source);
    const root = await file.table(await file.follow(0));
    const version = root.uint32(MODEL.version);
    if (version !== SCHEMA_VERSION) {
      throw new FormatError(
        `The file has version ${version} of TensorFlow Lite's schema; version ${SCHEMA_VERSION} is read`,
        source.name,
        'Convert the model again with a current TensorFlow or ai-edge-litert.',
      );
    }
    const codes = await root.tables(MODEL.operatorCodes, MAX_COUNT);
    const operatorCodes: { type: string; isCustom: boolean }[] = [];
    for (const code of codes) operatorCodes.push(await readCode(code));
    const buffers = await root.places(MODEL.buffers, 10 * MAX_COUNT);
    const context = { file, buffers, names: new UniqueNames(), refused };
    const places = await root.places(MODEL.subgraphs, MAX_COUNT);
    if (places.length === 0) {
      throw new FormatError('The file holds no graph', source.name, 'It is not a model; convert it again.');
    }
    return new TfliteModel(root, context, places, operatorCodes);
  }

  /** Reads one subgraph. Every time it gets names of its own, begun with `prefix`. */
  async subgraph(index: number, prefix = ''): Promise<Subgraph> {
    const { file } = this.context;
    const place = this.subgraphPlaces[index];
    if (place === undefined) throw file.damaged(`An operator names subgraph ${index}, which is not there`, 0);
    const table = await file.table(place);
    const tensors: Tensor[] = [];
    for (const tensor of await table.tables(SUBGRAPH.tensors, MAX_COUNT)) {
      tensors.push(await readTensor(this.context, tensor, tensors.length, prefix));
    }
    const numbers = async (of: Table, field: number) => {
      const list = (await of.int32s(field, MAX_COUNT)) ?? [];
      const wrong = list.find((number) => number < -1 || number >= tensors.length);
      if (wrong !== undefined)
        throw file.damaged(`Tensor ${wrong} is named, which is not there`, of.position);
      return list;
    };
    const operators: OperatorEntry[] = [];
    for (const operator of await table.tables(SUBGRAPH.operators, MAX_COUNT)) {
      this.#operatorsLeft--;
      if (this.#operatorsLeft < 0)
        throw file.damaged('The model has more operators than any real one', place);
      const code = this.operatorCodes[operator.uint32(OPERATOR.code)];
      if (!code)
        throw file.damaged('An operator is of a kind that the file does not list', operator.position);
      operators.push({
        ...code,
        inputs: await numbers(operator, OPERATOR.inputs),
        outputs: (await numbers(operator, OPERATOR.outputs)).filter((number) => number >= 0),
        options: await operator.table(OPERATOR.options),
        options2: await operator.table(OPERATOR.options2),
      });
    }
    return {
      name: await table.text(SUBGRAPH.name),
      tensors,
      inputs: (await numbers(table, SUBGRAPH.inputs)).filter((number) => number >= 0),
      outputs: (await numbers(table, SUBGRAPH.outputs)).filter((number) => number >= 0),
      operators,
    };
  }
}

/** Numbers above 127 have a field of their own; the old field then holds 127. */
async function readCode(table: Table): Promise<{ type: string; isCustom: boolean }> {
  const number = Math.max(table.int8(OPERATOR_CODE.oldBuiltin), table.int32(OPERATOR_CODE.builtin));
  const type = OPERATORS[number] ?? `operator ${number}`;
  if (type !== 'CUSTOM') return { type, isCustom: false };
  return { type: (await table.text(OPERATOR_CODE.custom)) || 'CUSTOM', isCustom: true };
}
