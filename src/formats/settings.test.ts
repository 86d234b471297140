import { describe, expect, it } from 'vitest';
import { memorySource, openModel } from '.';

const text = (content: string, name: string) => memorySource(new TextEncoder().encode(content), name);

/** A safetensors file without tensors. */
const tensors = text('\x02\0\0\0\0\0\0\0{}', 'model.safetensors');

describe('config.json beside a file of tensors', () => {
  it('is read whatever the order of the files', async () => {
    const config = text('{"num_attention_heads": 12, "__proto__": {"x": 1}}', 'config.json');
    for (const sources of [
      [tensors, config],
      [config, tensors],
    ]) {
      const { settings } = await openModel(sources);
      expect(settings?.get('num_attention_heads')).toBe(12);
      expect(settings?.has('x')).toBe(false);
    }
  });

  it('is not there where none was dropped', async () => {
    expect((await openModel([tensors])).settings).toBeUndefined();
  });

  it.each([
    ['{"a":', /not valid JSON/],
    ['[1]', /not a JSON object/],
    ['null', /not a JSON object/],
  ])('is refused when it is %s', async (content, sentence) => {
    await expect(openModel([tensors, text(content, 'config.json')])).rejects.toThrow(sentence);
  });
});
