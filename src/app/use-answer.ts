/** An answer of the open model's worker, asked for again whenever the model or the question changes. */
import { useEffect, useState } from 'react';
import { openModelApi } from './model-client';
import { useApp } from './store';

/**
 * `question` names what is asked (undefined: nothing yet); `ask` asks it. Undefined until the answer has come: an answer
 * to an earlier question, or about a model that was replaced, is never shown.
 */
export function useAnswer<T>(
  question: string | undefined,
  ask: (api: ReturnType<typeof openModelApi>) => Promise<T>,
): T | undefined {
  const modelNumber = useApp((state) => state.modelNumber);
  const [answer, setAnswer] = useState<{ to: string; value: T }>();
  const key = question === undefined ? undefined : `${modelNumber} ${question}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question stands for the function that asks it
  useEffect(() => {
    if (key === undefined) return;
    let isCurrent = true;
    ask(openModelApi())
      .then((value) => {
        if (isCurrent) setAnswer({ to: key, value });
      })
      .catch(() => undefined); // the model was replaced meanwhile, and its worker with it
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return answer?.to === key ? answer?.value : undefined;
}
