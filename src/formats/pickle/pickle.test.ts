import { describe, expect, it } from 'vitest';
import { memorySource } from '../byte-source';
import { FormatError } from '../format-error';
import { riskOf } from './risk';
import { pickleSession, unpickle } from './unpickle';

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

async function load(text: string) {
  const session = pickleSession();
  const pickle = await unpickle(memorySource(bytesOf(text), 'test.pkl'), 0, session);
  return { value: pickle.value, end: pickle.end, imports: session.imports.all };
}

describe('a pickle', () => {
  it.each<[string, string, unknown]>([
    ['None, True, False', '(N\x88\x89t.', [null, true, false]],
    [
      'numbers in text',
      '(I01\nI00\nI-5\nL12345678901234567890L\nF1.5\nt.',
      [true, false, -5, 12345678901234567890n, 1.5],
    ],
    ['numbers in bytes', '(K\xffM\x01\x02J\xff\xff\xff\xffG\x3f\xf8\0\0\0\0\0\0t.', [255, 513, -1, 1.5]],
    [
      'long integers',
      '(\x8a\x01\xff\x8a\0\x8a\x09\0\0\0\0\0\0\0\0\x01\x8b\x02\0\0\0\x34\x12t.',
      [-1, 0, 2n ** 64n, 0x1234],
    ],
    ['texts in text', "(S'it\\'s \\x41'\nV\\u00e9t\\U0001f600\nt.", ["it's A", 'ét😀']],
    ['texts in bytes', '(X\x02\0\0\0\xc3\xa9\x8c\x01aU\x01b\x8d\x01\0\0\0\0\0\0\0ct.', ['é', 'a', 'b', 'c']],
    ['bytes', '(C\x01aB\x02\0\0\0bc\x96\x01\0\0\0\0\0\0\0dt.', [bytesOf('a'), bytesOf('bc'), bytesOf('d')]],
    ['lists', '(](K\x01K\x02e]K\x03a(K\x04lt.', [[1, 2], [3], [4]]],
    ['tuples', '()K\x01\x85K\x01K\x02\x86K\x01K\x02K\x03\x87t.', [[], [1], [1, 2], [1, 2, 3]]],
    ['dictionaries', '(}U\x01aK\x01s(U\x01bK\x02dt.', [new Map([['a', 1]]), new Map([['b', 2]])]],
    ['sets', '(\x8f(K\x01K\x02\x90(K\x03\x91t.', [new Set([1, 2]), new Set([3])]],
    ['the memo', '(U\x01aq\x000h\0p5\n0g5\nU\x01b\x94h\x02t.', ['a', 'b', 'b']],
    ['what is taken back', '(K\x01K\x020K\x032(K\x041t.', [1, 3, 3]],
    ['names that are dangerous as keys of objects', '}U\x09__proto__K\x01s.', new Map([['__proto__', 1]])],
  ])('gives %s', async (_, text, value) => {
    expect((await load(text)).value).toEqual(value);
  });

  it('says where it ends', async () => {
    expect((await load('\x80\x02K\x01.and more')).end).toBe(5);
  });

  it('keeps calls as records, in all their forms, and lists them', async () => {
    const forms = [
      'cm\nf\n(K\x01tR',
      'cm\nf\n(K\x01t\x81',
      '(cm\nf\nK\x01o',
      '(K\x01im\nf\n',
      '\x8c\x01m\x8c\x01f\x93K\x01\x85R',
    ];
    for (const form of forms) {
      const { value, imports } = await load(`${form}}U\x01aK\x02sb.`);
      expect(value).toEqual({
        kind: 'object',
        callee: { kind: 'global', module: 'm', name: 'f' },
        callArguments: [1],
        state: new Map([['a', 2]]),
      });
      expect(imports).toEqual([{ name: 'm.f', risk: 'unknown', call: 'm.f(1)' }]);
    }
  });

  it('leaves long texts and bytes in the file', async () => {
    const long = 'x'.repeat(40_000);
    const { value, end } = await load(`(B\x40\x9c\0\0${long}X\x40\x9c\0\0${long}K\x07t.`);
    expect(value).toMatchObject([
      { kind: 'left-in-file', isText: false, offset: 6, byteLength: 40_000 },
      { kind: 'left-in-file', isText: true, byteLength: 40_000 },
      7,
    ]);
    expect(end).toBe(80_000 + 15);
  });

  it.each<[string, string, RegExp]>([
    ['an end in the middle', 'X\x05\0\0\0ab', /ends in the middle/],
    ['no end', '\x80\x02', /ends in the middle/],
    ['a value that is not there', 'R.', /has not put down/],
    ['a list that is not open', 't.', /has not opened/],
    ['a memo that is not there', 'h\x05.', /has not memorised/],
    ['an instruction that does not exist', '\xff.', /instruction that does not exist \(255\)/],
    ["a memo that would fill Python's memory", ']r\xff\xff\xff\xff.', /numbers its memo up to 4294967295/],
    ['marks within marks', '('.repeat(10_001), /more than 10000 deep/],
    ['an integer of a gigabyte', '\x8b\0\0\0\x40', /integer of 1073741824 bytes/],
    ['a number that is none', 'Ix\n.', /number that is none/],
    ['buffers outside the file', '\x97.', /outside the file/],
    ['bytes beyond the end', 'B\xff\xff\xff\x7f.', /ends in the middle/],
    ['a line without an end', 'V'.padEnd(90_000, 'x'), /does not end/],
    ['appending to a text', 'U\x01aK\x01a.', /no list/],
    ['entries of a list', ']K\x01K\x01s.', /no dictionary/],
  ])('is refused for %s', async (_, text, message) => {
    await expect(load(text)).rejects.toThrow(FormatError);
    await expect(load(text)).rejects.toThrow(message);
  });

  it('is refused for more instructions than any model has', async () => {
    const bytes = new Uint8Array(2_500_000).fill(']'.charCodeAt(0));
    const reading = unpickle(memorySource(bytes, 'test.pkl'), 0, pickleSession());
    await expect(reading).rejects.toThrow(/more than 2000000 instructions/);
  });
});

describe('the risk of an import', () => {
  const risk = (module: string, name: string) => riskOf({ kind: 'global', module, name });

  it.each([
    ['torch._utils', '_rebuild_tensor_v2'],
    ['torch', 'FloatStorage'],
    ['torch.cuda', 'HalfStorage'],
    ['torch', 'float8_e4m3fn'],
    ['torch.nn.modules.conv', 'Conv2d'],
    ['collections', 'OrderedDict'],
    ['copy_reg', '_reconstructor'],
    ['__builtin__', 'set'],
    ['numpy._core.multiarray', '_reconstruct'],
    ['__torch__.mnist', 'MnistModelCNN'],
  ])('is none for %s.%s', (module, name) => {
    expect(risk(module, name)).toBe('none');
  });

  it.each([
    ['models.resnet', 'ResNet'],
    ['__main__', 'Net'],
    ['torch.optim.sgd', 'SGD'],
    ['__main__', 'Outer.Inner'],
    ['posixlike', 'system'],
  ])('is unknown for %s.%s', (module, name) => {
    expect(risk(module, name)).toBe('unknown');
  });

  it.each([
    ['posix', 'system'],
    ['nt', 'system'],
    ['os.path', 'join'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['__builtin__', 'getattr'],
    ['builtins', '__import__'],
    ['runpy', '_run_code'],
    ['importlib', 'import_module'],
    ['webbrowser', 'open'],
    ['ctypes', 'CDLL'],
    ['pickle', 'loads'],
    ['torch', 'load'],
    ['torch.hub', 'load'],
    ['torch', 'serialization.os.system'],
    ['torch.nn.modules.module', 'Module.__init__.__globals__'],
    ['builtins', 'print.__class__.__base__.__subclasses__'],
    ['collections', '__builtins__'],
    ['numpy', 'load'],
    ['operator', 'attrgetter'],
  ])('is told of %s.%s', (module, name) => {
    expect(risk(module, name)).toBe('dangerous');
  });
});
