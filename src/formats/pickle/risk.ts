/**
 * How much harm a Python import can do when a pickle is loaded. The safe list is what PyTorch itself allows with
 * weights_only=True, what NumPy's arrays need, and plain containers; the dangerous one names what runs code, starts
 * programs, opens files or connections, or reaches such things by a detour. Anything else is unknown, which is the
 * truth: a person's own classes are among it.
 */
import type { ImportRisk } from '../model-file';
import { globalName, type PickledGlobal } from './values';

/** Modules of which everything is safe. A name within must be plain: "a.b" would reach into what the module imports. */
const SAFE_MODULES = [
  // Classes of TorchScript, which live in the archive's own code and never in Python.
  '__torch__',
  'torch.nn.modules',
  'torch.nn.parameter',
  'torch.jit._pickle',
];

const SAFE = new Set([
  'argparse.Namespace',
  'builtins.bytearray',
  'builtins.bytes',
  'builtins.complex',
  'builtins.dict',
  'builtins.float',
  'builtins.frozenset',
  'builtins.int',
  'builtins.list',
  'builtins.object',
  'builtins.range',
  'builtins.set',
  'builtins.slice',
  'builtins.str',
  'builtins.tuple',
  'collections.Counter',
  'collections.OrderedDict',
  'collections.defaultdict',
  'collections.deque',
  '_codecs.encode',
  'copyreg.__newobj__',
  'copyreg.__newobj_ex__',
  'copyreg._reconstructor',
  'datetime.date',
  'datetime.datetime',
  'datetime.timedelta',
  'decimal.Decimal',
  'numpy.dtype',
  'numpy.ndarray',
  'numpy.core.multiarray._reconstruct',
  'numpy.core.multiarray.scalar',
  'numpy.core.numeric._frombuffer',
  'numpy._core.multiarray._reconstruct',
  'numpy._core.multiarray.scalar',
  'numpy._core.numeric._frombuffer',
  'pathlib.PosixPath',
  'pathlib.PurePosixPath',
  'pathlib.PureWindowsPath',
  'pathlib.WindowsPath',
  'pathlib._local.PosixPath',
  'pathlib._local.WindowsPath',
  'torch.Size',
  'torch.Tensor',
  'torch.device',
  'torch._tensor._rebuild_from_type_v2',
  'torch._utils._rebuild_device_tensor_from_cpu_tensor',
  'torch._utils._rebuild_device_tensor_from_numpy',
  'torch._utils._rebuild_meta_tensor_no_storage',
  'torch._utils._rebuild_nested_tensor',
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch._utils._rebuild_qtensor',
  'torch._utils._rebuild_sparse_tensor',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_wrapper_subclass',
  'torch._utils._rebuild_xla_tensor',
  'torch.autograd.variable.Variable',
  'torch.nn.functional.elu',
  'torch.nn.functional.gelu',
  'torch.nn.functional.leaky_relu',
  'torch.nn.functional.relu',
  'torch.nn.functional.silu',
  'torch.serialization._get_layout',
  'torch.storage.TypedStorage',
  'torch.storage.UntypedStorage',
  'torch.storage._TypedStorage',
  'torch.storage._UntypedStorage',
  'types.SimpleNamespace',
]);

/** torch.FloatStorage, torch.cuda.HalfTensor, torch.float8_e4m3fn, torch.per_channel_affine, … */
const SAFE_PATTERN =
  /^torch\.((cuda\.)?\w+(Storage|Tensor)|u?int\d+|q?u?int\d+(x\d+)?|b?float\w*|bool|half|double|complex\w+|bits\w+|per_\w+|strided|sparse_\w+|\w+_format)$/;

/** Modules that no model needs and that can do harm, with all that lies within them. */
const DANGEROUS_MODULES = new Set(
  [
    'os posix nt ntpath posixpath subprocess _posixsubprocess commands popen2 pty signal multiprocessing concurrent',
    'sys builtins importlib imp zipimport pkgutil runpy code codeop types inspect gc',
    'pickle _pickle cPickle dill cloudpickle joblib shelve marshal jsonpickle torch.package',
    'socket _socket socketserver ssl asyncio http httplib urllib urllib2 urllib3 requests aiohttp httpx ftplib telnetlib',
    'smtplib poplib imaplib nntplib xmlrpc paramiko webbrowser antigravity',
    'shutil tempfile fileinput tarfile zipfile sqlite3 dbm mmap linecache',
    'ctypes _ctypes cffi operator _operator atexit threading _thread',
    'pip ensurepip setuptools distutils venv site sysconfig lib2to3 idlelib pydoc pdb bdb timeit trace profile cProfile',
    'doctest unittest test.support numpy.testing numpy.f2py numpy.ctypeslib pandas.io torch.hub',
    'torch._dynamo torch._inductor torch.fx torch.utils.cpp_extension torch.utils.collect_env torch.utils.bottleneck',
    'torch.utils._config_module torch.utils.data.datapipes torch.jit.unsupported_tensor_ops torch.distributed.rpc',
    'IPython transformers.models.auto tensorflow.io _osx_support _aix_support _pyrepl',
  ].flatMap((line) => line.split(' ')),
);

/** Names in modules that are otherwise harmless. */
const DANGEROUS = new Set([
  'codecs.open',
  'functools.reduce',
  'io.FileIO',
  'io.open',
  '_io.FileIO',
  '_io.open',
  'logging.config.dictConfig',
  'logging.config.fileConfig',
  'logging.config.listen',
  'numpy.fromfile',
  'numpy.load',
  'numpy.memmap',
  'pandas.read_pickle',
  'platform.popen',
  'torch.classes.load_library',
  'torch.from_file',
  'torch.load',
  'torch.serialization.load',
  'torch.jit.load',
  'torch.ops.load_library',
  // Unpickles bytes that are hidden in the pickle, where nobody has looked.
  'torch.storage._load_from_bytes',
  'uuid._get_command_stdout',
]);

const isWithin = (module: string, parents: ReadonlySet<string>) => {
  const parts = module.split('.');
  return parts.some((_, index) => parents.has(parts.slice(0, index + 1).join('.')));
};

const SAFE_PARENTS: ReadonlySet<string> = new Set(SAFE_MODULES);

/** Python 3 reads what Python 2 wrote under these names. */
const RENAMED = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/** What importing and calling this global could do to the person who loads the pickle in Python. */
export function riskOf({ module, name }: PickledGlobal): ImportRisk {
  const importedModule = RENAMED.get(module) ?? module;
  const fullName = globalName({ kind: 'global', module: importedModule, name });
  if (SAFE.has(fullName) || SAFE_PATTERN.test(fullName)) return 'none';
  if (DANGEROUS.has(fullName) || isWithin(importedModule, DANGEROUS_MODULES)) return 'dangerous';
  const path = name.split('.');
  if (path.length > 1) {
    // "torch" . "serialization.os.system": a way through a harmless module into another.
    const isDetour = path.some((part) => part.startsWith('__') || DANGEROUS_MODULES.has(part));
    return isDetour ? 'dangerous' : 'unknown';
  }
  if (/^__\w+__$/.test(name)) return 'dangerous';
  return isWithin(importedModule, SAFE_PARENTS) ? 'none' : 'unknown';
}
