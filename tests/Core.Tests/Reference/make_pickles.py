#!/usr/bin/env python3
"""Writes the pickle fixtures of the import tests from the safetensors beside it, with nothing but the standard library.

Stub modules carry torch's, numpy's and NVlabs' names, so that Python's own pickler writes what theirs would:

  nvlabs_16.pkl          the networks of stylegan2_16.safetensors as stylegan2-ada-pytorch pickles them (G is G_ema halved)
  rosinality_16_old.pt   rosinality_16.pt in torch's format before 1.6
  model_0.pth            member 0 of labeler_16.safetensors as DatasetGAN saves it
  types_zip.pt, types_old.pt     one tensor of each element type, strided views, a shared storage
  values_p2.pkl ... values_p5.pkl    plain values in each pickle protocol

Run it in this folder; the output is the same bytes every time.
"""
import collections
import io
import json
import pickle
import struct
import sys
import types
import zipfile

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001
SIZES = {'Float': 4, 'Half': 2, 'BFloat16': 2, 'Double': 8, 'Long': 8, 'Int': 4, 'Short': 2, 'Char': 1, 'Byte': 1, 'Bool': 1}


def stub(module, name, value=None):
    """Makes module.name importable, as the pickler insists, and returns it."""
    parts = module.split('.')
    for i in range(1, len(parts) + 1):
        sys.modules.setdefault('.'.join(parts[:i]), types.ModuleType('.'.join(parts[:i])))
    if value is None:
        def value(*_):
            raise NotImplementedError
    value.__module__, value.__name__, value.__qualname__ = module, name, name
    setattr(sys.modules[module], name, value)
    return value


rebuild_persistent = stub('torch_utils.persistence', '_reconstruct_persistent_obj')
rebuild_tensor = stub('torch._utils', '_rebuild_tensor_v2')
rebuild_parameter = stub('torch._utils', '_rebuild_parameter')
load_from_bytes = stub('torch.storage', '_load_from_bytes')
numpy_dtype = stub('numpy', 'dtype')
numpy_scalar = stub('numpy.core.multiarray', 'scalar')
storage_types = {k: stub('torch', f'{k}Storage', type(f'{k}Storage', (), {})) for k in SIZES}
EasyDict = stub('dnnlib.util', 'EasyDict', type('EasyDict', (dict,), {}))
Namespace = stub('argparse', 'Namespace', type('Namespace', (), {}))


class NumpyType:
    def __reduce__(self):
        return numpy_dtype, ('f8', False, True), (3, '<', None, None, None, -1, -1, 0)


class NumpyFloat:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return numpy_scalar, (NumpyType(), struct.pack('<d', self.value))


class Storage:
    """kind: Float, Long, ...; data: its raw little-endian elements."""

    def __init__(self, kind, data):
        self.kind, self.data, self.count = kind, data, len(data) // SIZES[kind]

    def __reduce__(self):  # inside another pickle
        return load_from_bytes, (old_format(self),)


class Tensor:
    def __init__(self, storage, shape, offset=0, strides=None):
        self.storage, self.shape, self.offset = storage, tuple(shape), offset
        self.strides = dense(shape) if strides is None else tuple(strides)

    def __reduce__(self):
        return rebuild_tensor, (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())


class Parameter(Tensor):
    def __reduce__(self):
        return rebuild_parameter, (Tensor(self.storage, self.shape, self.offset, self.strides), False, collections.OrderedDict())


class Module:
    """A persistent object of NVlabs' torch_utils: class name, source text and the module's attributes."""
    source = 'raise SystemExit("the source text of a pickle must never be run")\n'

    def __init__(self, class_name, parameters=(), buffers=(), modules=(), **attributes):
        self.class_name = class_name
        self.state = dict(
            training=False, _parameters=collections.OrderedDict(parameters), _buffers=collections.OrderedDict(buffers),
            _non_persistent_buffers_set=set(), _backward_hooks=collections.OrderedDict(), _is_full_backward_hook=None,
            _forward_hooks=collections.OrderedDict(), _modules=collections.OrderedDict(modules), **attributes)

    def __reduce__(self):
        meta = dict(type='class', version=6, module_src=self.source, class_name=self.class_name, state=self.state)
        return rebuild_persistent, (meta,)


def dense(shape):
    strides, step = [], 1
    for n in reversed(shape):
        strides.insert(0, step)
        step *= n
    return tuple(strides)


class TorchPickler(pickle.Pickler):
    """Pickles storages as torch.save does: a persistent id each, the data elsewhere."""

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key = next((k for k, s in self.storages.items() if s is value), str(len(self.storages)))
        self.storages[key] = value
        id = ('storage', storage_types[value.kind], key, 'cpu', value.count)
        return id + (None,) if self.old else id

    old = False


def old_format(value):
    file = io.BytesIO()
    machine = dict(protocol_version=VERSION, little_endian=True, type_sizes=dict(short=2, int=4, long=4))
    for head in (MAGIC, VERSION, machine):
        pickle.dump(head, file, protocol=2)
    pickler = TorchPickler(file)
    pickler.old = True
    pickler.dump(value)
    keys = sorted(pickler.storages)
    pickle.dump(keys, file, protocol=2)
    for key in keys:
        file.write(struct.pack('<q', pickler.storages[key].count) + pickler.storages[key].data)
    return file.getvalue()


def zip_format(value, name):
    file, out = io.BytesIO(), io.BytesIO()
    pickler = TorchPickler(file)
    pickler.dump(value)
    entries = {'data.pkl': file.getvalue(), 'byteorder': b'little', **{f'data/{k}': s.data for k, s in pickler.storages.items()}, 'version': b'3\n'}
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED) as archive:
        for entry, data in entries.items():
            archive.writestr(zipfile.ZipInfo(f'{name}/{entry}', (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


def safetensors(path):
    raw = open(path, 'rb').read()
    head = struct.unpack('<Q', raw[:8])[0]
    header = json.loads(raw[8:8 + head])
    header.pop('__metadata__', None)
    return {n: (tuple(t['shape']), raw[8 + head + t['data_offsets'][0]:8 + head + t['data_offsets'][1]]) for n, t in header.items()}


def network(state, class_name, attributes, path=''):
    """A nested Module from the tensors whose names begin with path."""
    own = {n[len(path):]: t for n, t in state.items() if n.startswith(path)}
    children = list(dict.fromkeys(n.split('.')[0] for n in own if '.' in n))
    buffer_names = ('resample_filter', 'noise_const', 'w_avg')
    leaves = {n: t for n, t in own.items() if '.' not in n}
    made = {}
    for n, (shape, data) in leaves.items():
        if n == 'noise_strength':
            shape = ()  # a scalar in NVlabs' networks
        made[n] = (Tensor if n in buffer_names else Parameter)(Storage('Float', data), shape)
    kind = lambda c: {'synthesis': 'SynthesisNetwork', 'mapping': 'MappingNetwork', 'torgb': 'ToRGBLayer'}.get(c, 'Layer')
    modules = {c: network(state, kind(c), dict(act_gain=NumpyFloat(2 ** 0.5)), f'{path}{c}.') for c in children}
    if path.endswith('b4.') and 'out' in children:
        modules['mbstd'] = Module('MinibatchStdLayer', group_size=4, num_channels=1)
    return Module(class_name, {n: t for n, t in made.items() if n not in buffer_names}, {n: t for n, t in made.items() if n in buffer_names}, modules, **attributes)


def halved(data):
    n = len(data) // 4
    return struct.pack(f'<{n}f', *(x / 2 for x in struct.unpack(f'<{n}f', data)))


def write(name, data):
    with open(name, 'wb') as file:
        file.write(data)
    print(f'{name}: {len(data)} bytes')


def part(tensors, prefix):
    return {n[len(prefix):]: t for n, t in tensors.items() if n.startswith(prefix)}


def main():
    nets = safetensors('stylegan2_16.safetensors')
    options = dict(_init_args=(), _init_kwargs=EasyDict(z_dim=16, synthesis_kwargs=EasyDict(channel_base=256)), img_resolution=16, img_channels=3)
    g, d = part(nets, 'G.'), part(nets, 'D.')
    snapshot = dict(
        training_set_kwargs=EasyDict(class_name='training.dataset.ImageFolderDataset', path='images.zip'),
        G=network({n: (s, halved(t)) for n, (s, t) in g.items()}, 'Generator', options),
        D=network(d, 'Discriminator', options),
        G_ema=network(g, 'Generator', options),
        augment_pipe=None)
    write('nvlabs_16.pkl', pickle.dumps(snapshot, protocol=4))

    # Read our own rosinality file with stubs that keep what they are given.
    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if (module, name) == ('collections', 'OrderedDict'):
                return collections.OrderedDict
            if name == '_rebuild_tensor_v2':
                return lambda storage, offset, shape, strides, *_: Tensor(storage, shape, offset, strides)
            return name

        def persistent_load(self, id):
            return Storage(id[1].removesuffix('Storage'), archive.read(f'rosinality_16/data/{id[2]}'))

    with zipfile.ZipFile('rosinality_16.pt') as archive:
        rosinality = Reader(io.BytesIO(archive.read('rosinality_16/data.pkl'))).load()
    # 'args' and 'g_optim': what a training checkpoint holds besides.
    write('rosinality_16_old.pt', old_format(dict(g_optim=dict(state={0: dict(step=3)}, param_groups=[dict(lr=0.002)]), args=Namespace(), **rosinality)))

    member = part(safetensors('labeler_16.safetensors'), 'member0.')
    state = collections.OrderedDict((f'module.{n}', Tensor(Storage('Float', data), shape)) for n, (shape, data) in member.items())
    state['module.layers.2.num_batches_tracked'] = Tensor(Storage('Long', struct.pack('<q', 7)), ())
    state['module.layers.5.num_batches_tracked'] = Tensor(Storage('Long', struct.pack('<q', 7)), ())
    write('model_0.pth', zip_format(dict(model_state_dict=state), 'archive'))

    floats = struct.pack('<6f', *range(6))
    shared = Storage('Float', struct.pack('<12f', *range(12)))
    every = collections.OrderedDict(
        float=Tensor(Storage('Float', floats), (2, 3)),
        half=Tensor(Storage('Half', struct.pack('<3e', 1, -2, 0.5)), (3,)),
        bfloat16=Tensor(Storage('BFloat16', b''.join(struct.pack('<f', x)[2:] for x in (1, -2, 0.5))), (3,)),
        double=Tensor(Storage('Double', struct.pack('<2d', 1e300, -2)), (2,)),
        long=Tensor(Storage('Long', struct.pack('<2q', 1 << 40, -2)), (2,)),
        int=Tensor(Storage('Int', struct.pack('<2i', 1 << 30, -2)), (2,)),
        short=Tensor(Storage('Short', struct.pack('<2h', 1 << 14, -2)), (2,)),
        char=Tensor(Storage('Char', struct.pack('<2b', 100, -2)), (2,)),
        byte=Tensor(Storage('Byte', bytes([200, 3])), (2,)),
        bool=Tensor(Storage('Bool', bytes([1, 0])), (2,)),
        scalar=Tensor(Storage('Float', struct.pack('<f', 7)), ()),
        empty=Tensor(Storage('Float', b''), (0, 3)),
        transposed=Tensor(shared, (4, 3), 0, (1, 4)),
        window=Tensor(shared, (2, 2), 5, (4, 1)),
        expanded=Tensor(shared, (2, 3), 3, (0, 1)))
    write('types_zip.pt', zip_format(every, 'archive'))
    write('types_old.pt', old_format(every))

    row = Tensor(Storage('Float', floats), (6,))
    values = dict(
        none=None, yes=True, no=False, small=7, word=300, negative=-5, large=1 << 40, huge=1 << 80, minus=-(1 << 80), pi=3.25, text='Grüße', raw=b'\x00\xff',
        items=[1, 2, [3]], single=(1,), pair=(1, 2), triple=(1, 2, 3), four=(1, 2, 3, 4), nothing=(), names={'a'}, frozen=frozenset(['b']),
        nested={1: {'x': row}}, ordered=collections.OrderedDict(a=row), number=NumpyFloat(2.5))
    for protocol in (2, 3, 4, 5):
        write(f'values_p{protocol}.pkl', pickle.dumps(values, protocol=protocol))


if __name__ == '__main__':
    main()
