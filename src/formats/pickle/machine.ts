/** The stack, the memo and the instructions of a pickle, over inert values. */
import type { ImportList } from './imports';
import { readDecimal, readLiteral, readNameLine } from './literals';
import * as op from './opcodes';
import type { PickleReader } from './pickle-reader';
import { isGlobal, isObject, type PickledGlobal, type PickledObject, type PickleValue } from './values';

/** Python makes room for every number below the largest one that a memo uses: a huge one is an attack on its memory. */
const MAX_MEMO = 2 ** 24;
/** Marks that are open at once: lists within lists. */
const MAX_NESTING = 10_000;

export class Machine {
  #stack: PickleValue[] = [];
  /** The stacks below the open marks. */
  readonly #marked: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly persistentIds: PickleValue[] = [];

  constructor(
    readonly reader: PickleReader,
    readonly imports: ImportList,
  ) {}

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.reader.damaged('The pickle takes a value that it has not put down');
    return value;
  }

  execute(opcode: number): void {
    const { reader } = this;
    const stack = this.#stack;
    const literal = readLiteral(opcode, reader);
    if (literal !== undefined) {
      stack.push(literal);
      return;
    }
    switch (opcode) {
      case op.MARK:
        this.#mark();
        break;
      case op.POP:
        if (stack.length > 0) stack.pop();
        else this.#popMark();
        break;
      case op.POP_MARK:
        this.#popMark();
        break;
      case op.DUP:
        stack.push(this.#top());
        break;
      case op.EMPTY_TUPLE:
      case op.EMPTY_LIST:
        stack.push([]);
        break;
      case op.TUPLE:
      case op.LIST: {
        const items = this.#popMark();
        this.#stack.push(items);
        break;
      }
      case op.TUPLE1:
        this.#tuple(1);
        break;
      case op.TUPLE2:
        this.#tuple(2);
        break;
      case op.TUPLE3:
        this.#tuple(3);
        break;
      case op.EMPTY_DICT:
        stack.push(new Map());
        break;
      case op.DICT: {
        const items = this.#popMark();
        this.#stack.push(new Map());
        this.#setItems(items);
        break;
      }
      case op.EMPTY_SET:
        stack.push(new Set());
        break;
      case op.FROZENSET: {
        const items = this.#popMark();
        this.#stack.push(new Set(items));
        break;
      }
      case op.APPEND:
        this.#append([this.pop()]);
        break;
      case op.APPENDS:
      case op.ADDITEMS:
        this.#append(this.#popMark());
        break;
      case op.SETITEM: {
        const value = this.pop();
        this.#setItems([this.pop(), value]);
        break;
      }
      case op.SETITEMS:
        this.#setItems(this.#popMark());
        break;
      case op.GET:
        stack.push(this.#recall(Number(readDecimal(reader))));
        break;
      case op.BINGET:
        stack.push(this.#recall(reader.uint8()));
        break;
      case op.LONG_BINGET:
        stack.push(this.#recall(reader.uint32()));
        break;
      case op.PUT:
        this.#remember(Number(readDecimal(reader)));
        break;
      case op.BINPUT:
        this.#remember(reader.uint8());
        break;
      case op.LONG_BINPUT:
        this.#remember(reader.uint32());
        break;
      case op.MEMOIZE:
        this.#remember(this.#memo.size);
        break;
      case op.GLOBAL:
        stack.push(this.#readGlobal());
        break;
      case op.STACK_GLOBAL: {
        const name = this.pop();
        stack.push(this.#global(this.pop(), name));
        break;
      }
      case op.EXT1:
        stack.push(this.#global('copyreg', `extension ${reader.uint8()}`));
        break;
      case op.EXT2:
        stack.push(this.#global('copyreg', `extension ${reader.uint16()}`));
        break;
      case op.EXT4:
        stack.push(this.#global('copyreg', `extension ${reader.uint32()}`));
        break;
      case op.REDUCE:
      case op.NEWOBJ: {
        const callArguments = this.pop();
        this.#call(this.pop(), callArguments);
        break;
      }
      case op.NEWOBJ_EX: {
        const keywords = this.pop();
        const callArguments = this.pop();
        this.#call(this.pop(), [...(Array.isArray(callArguments) ? callArguments : []), keywords]);
        break;
      }
      case op.INST: {
        const callee = this.#readGlobal();
        const callArguments = this.#popMark();
        this.#call(callee, callArguments);
        break;
      }
      case op.OBJ: {
        const [callee, ...callArguments] = this.#popMark();
        if (callee === undefined) throw reader.damaged('The pickle makes an object of no class');
        this.#call(callee, callArguments);
        break;
      }
      case op.BUILD:
        this.#build(this.pop());
        break;
      case op.PERSID:
        this.#persistent(readNameLine(reader));
        break;
      case op.BINPERSID:
        this.#persistent(this.pop());
        break;
      case op.PROTO:
        reader.uint8();
        break;
      case op.FRAME:
        reader.uint64();
        break;
      case op.NEXT_BUFFER:
        throw reader.damaged('The pickle keeps data in buffers outside the file');
      case op.READONLY_BUFFER:
        break;
      default:
        throw reader.damaged(`The pickle holds an instruction that does not exist (${opcode})`);
    }
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.reader.damaged('The pickle uses a value that it has not put down');
    return value;
  }

  #mark(): void {
    if (this.#marked.length >= MAX_NESTING) {
      throw this.reader.excessive(`The pickle nests its values more than ${MAX_NESTING} deep`);
    }
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  #popMark(): PickleValue[] {
    const items = this.#stack;
    const below = this.#marked.pop();
    if (!below) throw this.reader.damaged('The pickle closes a list that it has not opened');
    this.#stack = below;
    return items;
  }

  #tuple(length: number): void {
    const items = Array.from({ length }, () => this.pop());
    this.#stack.push(items.reverse());
  }

  #append(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (target instanceof Set) for (const item of items) target.add(item);
    else if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (isObject(target)) {
      target.items ??= [];
      for (const item of items) target.items.push(item);
    } else throw this.reader.damaged('The pickle appends to what is no list');
  }

  #setItems(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (isObject(target)) target.entries ??= new Map();
    const entries = isObject(target) ? target.entries : target;
    if (!(entries instanceof Map) || items.length % 2 !== 0) {
      throw this.reader.damaged('The pickle sets entries of what is no dictionary');
    }
    for (let index = 0; index < items.length; index += 2) entries.set(items[index], items[index + 1]);
  }

  #remember(index: number): void {
    if (!(index >= 0 && index < MAX_MEMO)) {
      throw this.reader.excessive(
        `The pickle numbers its memo up to ${index}, which would fill Python's memory`,
      );
    }
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined)
      throw this.reader.damaged('The pickle recalls a value that it has not memorised');
    return value;
  }

  #readGlobal(): PickledGlobal {
    const module = readNameLine(this.reader);
    return this.#global(module, readNameLine(this.reader));
  }

  #global(module: PickleValue, name: PickleValue): PickledGlobal {
    if (typeof module !== 'string' || typeof name !== 'string') {
      return this.imports.computedName(module, name);
    }
    const global: PickledGlobal = { kind: 'global', module, name };
    this.imports.imported(global);
    return global;
  }

  #call(callee: PickleValue, callArguments: PickleValue): void {
    if (!Array.isArray(callArguments)) throw this.reader.damaged('The pickle makes a call without arguments');
    this.imports.called(callee, callArguments);
    const object: PickledObject = { kind: 'object', callee, callArguments };
    this.#stack.push(object);
  }

  #build(state: PickleValue): void {
    const target = this.#top();
    if (isObject(target)) target.state = state;
    else if (isGlobal(target)) this.imports.changed(target);
  }

  #persistent(id: PickleValue): void {
    this.persistentIds.push(id);
    this.#stack.push({ kind: 'persistent-id', id });
  }
}
