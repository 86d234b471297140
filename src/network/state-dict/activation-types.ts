/** Activation functions that hidden layers of a state dict may have: ONNX's operator, and what people call it. */

interface ActivationName {
  /** What configurations call it, and corrections. */
  readonly value: string;
  readonly label: string;
  readonly type: string;
}

/** The first name of each is the one that is offered; the others are further names in configurations. */
const NAMES = [
  { value: 'relu', label: 'ReLU', type: 'Relu' },
  { value: 'relu6', label: 'ReLU6', type: 'Clip' },
  { value: 'leaky_relu', label: 'Leaky ReLU', type: 'LeakyRelu' },
  { value: 'elu', label: 'ELU', type: 'Elu' },
  { value: 'selu', label: 'SELU', type: 'Selu' },
  { value: 'gelu', label: 'GELU', type: 'Gelu' },
  { value: 'gelu_new', label: 'GELU', type: 'Gelu' },
  { value: 'gelu_fast', label: 'GELU', type: 'Gelu' },
  { value: 'gelu_pytorch_tanh', label: 'GELU', type: 'Gelu' },
  { value: 'silu', label: 'SiLU', type: 'Swish' },
  { value: 'swish', label: 'SiLU', type: 'Swish' },
  { value: 'mish', label: 'Mish', type: 'Mish' },
  { value: 'hard_swish', label: 'Hard Swish', type: 'HardSwish' },
  { value: 'sigmoid', label: 'Sigmoid', type: 'Sigmoid' },
  { value: 'hard_sigmoid', label: 'Hard Sigmoid', type: 'HardSigmoid' },
  { value: 'tanh', label: 'Tanh', type: 'Tanh' },
  { value: 'softplus', label: 'Softplus', type: 'Softplus' },
  { value: 'sine', label: 'Sine', type: 'Sin' },
  { value: 'none', label: 'None', type: 'Identity' },
] as const satisfies readonly ActivationName[];

/** An operator of ONNX. */
export type ActivationType = (typeof NAMES)[number]['type'];

/** One name for each function. */
const OFFERED = NAMES.filter(({ type }, index) => NAMES.findIndex((name) => name.type === type) === index);

export const ACTIVATION_OPTIONS: readonly { readonly value: string; readonly label: string }[] = OFFERED.map(
  ({ value, label }) => ({ value, label }),
);

/** The function that a configuration or a correction names. */
export const activationNamed = (value: string): ActivationType | undefined =>
  NAMES.find((name) => name.value === value)?.type;

/** What people call a function, and corrections. */
export function nameOfActivation(type: ActivationType): ActivationName {
  return OFFERED.find((name) => name.type === type) ?? OFFERED[0];
}
