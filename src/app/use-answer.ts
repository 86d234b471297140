/** An answer of the open model's worker, asked for again whenever the model or the question changes. */
import { useEffect, useState } from 'react';
import { openModelApi } from './model-client';
import { useApp } from './store';

/**
 * `question` names what is asked (undefined: nothing yet); `ask` asks it. Undefined until the answer has come: an answer
 * to an earlier question, or about a model that was replaced, is never shown. After an edit of the open model the old answer
 * stands until the new one is there: nothing flickers.
 */
export function useAnswer<T>(
  question: string | undefined,
  ask: (api: ReturnType<typeof openModelApi>) => Promise<T>,
): T | undefined {
  const modelNumber = useApp((state) => state.modelNumber);
  const model = useApp((state) => state.model);
  const [answer, setAnswer] = useState<{ to: string; about: typeof model; value: T }>();
  const key = question === undefined ? undefined : `${modelNumber} ${question}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question stands for the function that asks it
  useEffect(() => {
    if (key === undefined) return;
    let isCurrent = true;
    ask(openModelApi())
      .then((value) => {
        if (isCurrent) setAnswer({ to: question as string, about: model, value });
      })
      .catch(() => undefined); // the model was replaced meanwhile, and its worker with it
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return answer && answer.to === question && answer.about === model ? answer.value : undefined;
}
